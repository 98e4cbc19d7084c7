"""Opens the database, late and once for each address."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from sqlalchemy import create_engine, event, func, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.settings import settings
from bot.store import patience
from bot.store.pooling import pooled_engine, waiting

BUSY_MILLISECONDS = 1400
"""How long a writer waits for another. Two batches of the gateway, one behind the other, make 2.8 s: within 3 s a visitor is to
hear that the question cannot be kept (notes/reliability.md, T4)."""

LOOK_AGAIN_SECONDS = 0.002
"""A transaction takes some milliseconds."""


@lru_cache(maxsize=8)
def engine(url: str) -> Engine:
    """Return the engine of one database address. SQLite gets WAL, a busy time-out and foreign keys; PostgreSQL an end to waiting."""
    if not url.startswith("sqlite"):
        patience.install()
        return create_engine(url, future=True, hide_parameters=True, pool_pre_ping=True, pool_size=5, max_overflow=5)
    file = Path(url.partition(":///")[2])
    file.parent.mkdir(parents=True, exist_ok=True)
    made = pooled_engine(file, BUSY_MILLISECONDS, future=True)

    @event.listens_for(made, "connect")
    def prepare(connection, record):  # type: ignore[no-untyped-def]
        # pysqlite starts transactions late and not for SELECT; the documented recipe hands control to SQLAlchemy.
        connection.isolation_level = None

    @event.listens_for(made, "begin")
    def begin(connection):  # type: ignore[no-untyped-def]
        if connection.get_execution_options().get("writes", False):
            _begin_writing(connection)
        else:
            connection.exec_driver_sql("BEGIN")

    return made


def _begin_writing(connection: Connection) -> None:
    """Begin a transaction that writes, as soon as the writer before us is done. Raises OperationalError after BUSY_MILLISECONDS.

    SQLite itself looks again after 1, 2, 5, 10, 15, 20, 25 … milliseconds (sqlite3.c: sqliteDefaultBusyCallback), which in a crowd
    makes a transaction of three wait for a hundred.
    """
    until = time.monotonic() + BUSY_MILLISECONDS / 1000
    with waiting(connection.connection, 0):
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as error:
                if getattr(error.orig, "args", ("",))[0] != "database is locked" or time.monotonic() > until:
                    raise
            time.sleep(LOOK_AGAIN_SECONDS)


@contextmanager
def reading(url: str | None = None) -> Iterator[Session]:
    """Give a session for reading; nothing is committed."""
    with Session(engine(url or settings().store_url), future=True) as session:
        yield session


def await_erasure(session: Session, conversation: str, erases: bool = False) -> None:
    """Wait, within a transaction, until no other erases a talk (`conversation`: its hash); whoever `erases` waits for those who write.

    On PostgreSQL, whose writers work side by side; of SQLite's there is one.
    """
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.blake2b(conversation.encode(), digest_size=8).digest(), "big", signed=True)
        session.execute(select(func.pg_advisory_xact_lock(number) if erases else func.pg_advisory_xact_lock_shared(number)))


_shared = threading.local()


@contextmanager
def together(url: str | None = None) -> Iterator[None]:
    """Let all `writing` of this thread within the block be one transaction, committed at its end.

    Each `writing` is a savepoint of it: an error that leaves it undoes only what it did.
    """
    address = url or settings().store_url
    bound = engine(address).execution_options(writes=True)
    with Session(bound, future=True) as session, session.begin():
        _shared.address, _shared.session = address, session
        try:
            yield
        finally:
            _shared.address = _shared.session = None


@contextmanager
def writing(url: str | None = None) -> Iterator[Session]:
    """Give a session whose changes are committed together at the end, or not at all if an error leaves the block."""
    address = url or settings().store_url
    if getattr(_shared, "address", None) == address:
        with _shared.session.begin_nested():
            yield _shared.session
        return
    bound = engine(address).execution_options(writes=True)
    with Session(bound, future=True) as session, session.begin():
        yield session
