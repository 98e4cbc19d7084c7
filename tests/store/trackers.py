"""Rasa's tracker store as a file, made without Rasa."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS events (id INTEGER NOT NULL, sender_id VARCHAR(255) NOT NULL, type_name VARCHAR(255) NOT NULL, "
    "timestamp FLOAT, intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT, PRIMARY KEY (id))"
)


def add_event(folder: Path, sender: str, timestamp: float, **data: Any) -> None:
    """Add one event as Rasa 3.6.21 writes it (rasa.core.tracker_store, SQLTrackerStore.save)."""
    with sqlite3.connect(folder / "tracker.db") as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(SCHEMA)
        row = (sender, data.get("event", "user"), timestamp, json.dumps(data))
        connection.execute("insert into events (sender_id, type_name, timestamp, data) values (?, ?, ?, ?)", row)
    connection.close()


def senders(folder: Path) -> list[str]:
    """Return who has events."""
    with sqlite3.connect(folder / "tracker.db") as connection:
        found = [row[0] for row in connection.execute("select distinct sender_id from events order by 1")]
    connection.close()
    return found
