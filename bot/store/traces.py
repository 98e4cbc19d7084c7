"""Deletes so that the file holds it no more: SQLite only marks room as free, and keeps what was there until it is used again."""

from __future__ import annotations

import sqlite3

from sqlalchemy.orm import Session

from bot.settings import Settings
from bot.store.sessions import engine


def tracker_url(given: Settings) -> str:
    """Return the SQLAlchemy address of Rasa's tracker store (`bot.store.tracker`)."""
    return f"sqlite:///{given.folder / 'tracker.db'}"


def has_tracker(given: Settings) -> bool:
    """Tell whether Rasa has made its tracker store."""
    return (given.folder / "tracker.db").exists()


def overwrite_deleted(session: Session) -> None:
    """Have what this session's connection deletes overwritten with zeros (SQLite: `PRAGMA secure_delete`)."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA secure_delete=ON")


def empty_log(url: str) -> bool:
    """Move what the write-ahead log holds to the database and empty the log; return False where a reader is in the way.

    Readers end within a turn: the next call, or the last connection that closes, does it then.
    """
    bound = engine(url)
    if bound.dialect.name != "sqlite":
        return True
    raw = bound.raw_connection()
    try:
        busy = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.OperationalError:
        return False
    finally:
        raw.close()
    return busy == 0
