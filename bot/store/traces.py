"""What SQLite keeps of deleted rows: overwritten where they stood (`bot.store.pooling`), but still in the write-ahead log."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from sqlalchemy import column, table
from sqlalchemy.inspection import inspect

from bot.settings import Settings
from bot.store.pooling import waiting
from bot.store.sessions import BUSY_MILLISECONDS, engine


def tracker_url(given: Settings) -> str:
    """Return the SQLAlchemy address of Rasa's tracker store (`bot.store.tracker`)."""
    return f"sqlite:///{given.folder / 'tracker.db'}"


def has_tracker(given: Settings) -> bool:
    """Tell whether Rasa has made its tracker store."""
    return (given.folder / "tracker.db").exists()


EVENTS = table("events", column("id"), column("sender_id"), column("type_name"), column("timestamp"), column("data"))
"""What the tracker store keeps (rasa.core.tracker_store), as far as we read and change it."""


def tracked(given: Settings) -> bool:
    """Tell whether Rasa's tracker store can hold events."""
    return has_tracker(given) and bool(inspect(engine(tracker_url(given))).has_table("events"))


def empty_log(url: str, patience: int = BUSY_MILLISECONDS) -> bool:
    """Move what the write-ahead log holds to the database and empty the log; return False where a reader is in the way.

    Writers stand still while it waits for readers, for `patience` milliseconds at most. Readers end within a turn, and the
    gateway calls this again and again (`bot.gateway.upkeep`).
    """
    bound = engine(url)
    if bound.dialect.name != "sqlite":
        return True
    with closing(bound.raw_connection()) as raw:
        try:
            # Most of it while others write; what is left then holds them up for a moment only.
            raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            with waiting(raw, patience):
                return bool(raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
        except sqlite3.Error:  # held by another writer, or damaged, which is told of at the start
            return False
