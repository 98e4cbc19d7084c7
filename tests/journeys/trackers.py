"""What Rasa understood of a talk, and remembers: its events, as the tracker store has them."""

from __future__ import annotations

import json
from typing import Any

from tests.faults.watching import rows
from tests.journeys.serving import Servers


def events(servers: Servers, sender: str) -> list[dict[str, Any]]:
    """Return every event of a talk, in order."""
    stored = rows(servers.folder / "tracker.db", "select data from events where sender_id = ? order by id", (sender,))
    return [json.loads(data) for (data,) in stored]


def heard(servers: Servers, sender: str) -> list[str]:
    """Return every text of the visitor, in order."""
    return [event["text"] for event in events(servers, sender) if event["event"] == "user"]


def obeyed(servers: Servers, sender: str) -> list[str]:
    """Return what was obeyed as a command in place of being read: Rasa's own « /intent » leaves no trace of our reading,
    a restart or a new session asked for leave theirs."""
    found = []
    for event in events(servers, sender):
        if event["event"] == "user" and "understanding" not in event["parse_data"]:
            found.append(str(event["text"]))
        if event["event"] in ("restart", "undo", "reset_slots"):
            found.append(event["event"])
    return found + ["session_started"] * ([e["event"] for e in events(servers, sender)].count("session_started") - 1)


def remembered(servers: Servers, sender: str) -> dict[str, list[Any]]:
    """Return every value that each slot was given in a talk."""
    given: dict[str, list[Any]] = {}
    for event in events(servers, sender):
        if event["event"] == "slot":
            given.setdefault(event["name"], []).append(event["value"])
    return given
