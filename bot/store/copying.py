"""Copies the store from SQLite into another database, whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Table, func, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.store.forgetting import counted_in
from bot.store.migrating import upgrade
from bot.store.sessions import engine
from bot.store.tables import Base

PIECE = 1000
"""Rows held in memory at a time."""


class CopyError(Exception):
    """The store was not copied, and the target is as it was; the message says why, in French."""


@dataclass(frozen=True)
class Content:
    """What a table holds: how many rows, and the sum of their sha256, since databases sort text each in their own way."""

    rows: int
    digest: int


def copy_store(source: str, target: str, done: Callable[[int], None] = lambda rows: None) -> dict[str, int]:
    """Copy every row of one store into another that is empty or already the same; return the rows of each table.

    `source`, `target`: SQLAlchemy addresses; both get the newest shape first. `done` is told how many rows were copied since it
    was told last. All is one transaction, read again before it is committed: a copy that is broken off leaves nothing. Raises
    CopyError.
    """
    try:
        upgrade(source)
        upgrade(target)
        given_out = counted_in(source)
        with engine(source).connect() as read, engine(target).execution_options(writes=True).begin() as write:
            wanted = contents(read)
            there = contents(write)
            if any(table.rows for table in there.values()):
                if there != wanted:
                    raise CopyError("la base d’arrivée contient déjà autre chose : videz-la, ou donnez-en une neuve.")
                return {name: table.rows for name, table in wanted.items()}
            for table in Base.metadata.sorted_tables:
                for rows in pieces(read, table):
                    write.execute(insert(table), rows)
                    done(len(rows))
                number_on(write, table, given_out.get(table.name, 0))
            if contents(write) != wanted:
                raise CopyError("ce qui a été relu n’est pas ce qui a été copié.")
    except (SQLAlchemyError, ValueError) as error:  # ValueError: text that the target cannot hold
        raise CopyError(f"une des deux bases refuse ({type(error).__name__}).") from error
    return {name: table.rows for name, table in wanted.items()}


def total_rows(url: str) -> int:
    """Return how many rows a store holds. Raises CopyError."""
    try:
        upgrade(url)
        with engine(url).connect() as read:
            return sum(read.execute(select(func.count()).select_from(table)).scalar_one() for table in Base.metadata.sorted_tables)
    except SQLAlchemyError as error:
        raise CopyError(f"la base de départ ne peut pas être lue ({type(error).__name__}).") from error


def contents(connection: Connection) -> dict[str, Content]:
    """Return what each table holds."""
    return {table.name: content(connection, table) for table in Base.metadata.sorted_tables}


def content(connection: Connection, table: Table) -> Content:
    """Return what one table holds."""
    digest, count = 0, 0
    for rows in pieces(connection, table):
        count += len(rows)
        told = (json.dumps(row, sort_keys=True, default=str).encode() for row in rows)
        digest += sum(int.from_bytes(hashlib.sha256(one).digest(), "big") for one in told)
    return Content(count, digest)


def pieces(connection: Connection, table: Table) -> Iterator[list[Mapping[str, Any]]]:
    """Give the rows of a table, some at a time."""
    found = connection.execute(select(table).execution_options(yield_per=PIECE))
    for some in found.mappings().partitions():
        yield [dict(row) for row in some]


def number_on(connection: Connection, table: Table, given_out: int) -> None:
    """Let the table count on from the last number that was `given_out`, which may be of a row that was erased, or that it holds.

    SQLite counts from what it holds by itself; PostgreSQL's sequences do not see what is given.
    """
    counted = [column for column in table.primary_key if isinstance(column.type, Integer) and not column.foreign_keys]
    if connection.dialect.name == "postgresql" and len(table.primary_key) == len(counted) == 1:
        sequence = func.pg_get_serial_sequence(table.name, counted[0].name)
        last = max(given_out, connection.scalar(select(func.max(counted[0]))) or 0)
        if last:
            connection.execute(select(func.setval(sequence, last)))
