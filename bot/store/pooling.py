"""Keeps connections to SQLite's files open between transactions.

SQLAlchemy 1.4 opens a file anew for each session (« NullPool », its default for SQLite). The last connection that closes also
moves the whole write-ahead log into the file and waits for the disk, several times in a turn. What closing did besides is done
here or elsewhere: a file that was exchanged is opened anew, and erasing empties the log (`bot.store.traces.empty_log`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

_POOL: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 5, "max_overflow": 5, "pool_use_lifo": True}
"""More than a process has threads that use the store: nobody waits for a connection."""
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-256")
"""256 kB of pages for each connection instead of 2 MB, which they would fill within hours: the system keeps the files in memory, too."""


def pooled_engine(file: Path, busy_milliseconds: int, **given: Any) -> Engine:
    """Return an engine on a file of SQLite's: WAL, each commit on the disk, what is deleted overwritten.

    `busy_milliseconds`: how long a writer waits for another; `given`: more for `create_engine`.
    """
    made = create_engine(f"sqlite:///{file}", hide_parameters=True, connect_args={"check_same_thread": False}, **_POOL, **given)

    @event.listens_for(made, "connect")
    def prepare(connection: Any, record: Any) -> None:
        for pragma in (f"busy_timeout={busy_milliseconds}", *_PRAGMAS):
            connection.execute(f"PRAGMA {pragma}")

    _follow_the_file(made, file)
    return made


@contextmanager
def waiting(connection: Any, milliseconds: int) -> Iterator[None]:
    """Let an open connection, as the driver gives it, wait for others for so long within the block, and as before after it."""
    (before,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout={milliseconds:d}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout={before:d}")


def _follow_the_file(made: Engine, file: Path) -> None:
    """Let an engine open its file anew where another lies in its place, or where who may write it has changed.

    What is written into the old file would be lost; and what was made read-only is not to be written.
    """

    @event.listens_for(made, "connect")
    def remember(connection: Any, record: Any) -> None:
        record.info["file"] = _identity(file)

    @event.listens_for(made, "checkout")
    def compare(connection: Any, record: Any, proxy: Any) -> None:
        if record.info["file"] != _identity(file):
            # All of them: SQLite opens a file by what it has of it open still (os_unix.c: findReusableFd).
            made.dispose()
            raise DisconnectionError("not the file that was opened")


def _identity(file: Path) -> tuple[int, int, int] | None:
    try:
        held = file.stat()
    except OSError:
        return None
    return held.st_dev, held.st_ino, held.st_mode
