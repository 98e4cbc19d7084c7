"""Takes what somebody wrote, and took back, out of Rasa's tracker and our lines: the message itself, and what else repeats it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import column, select, table, update
from sqlalchemy.engine import Row
from sqlalchemy.inspection import inspect

from bot.settings import Settings, settings
from bot.store.sessions import engine, reading, writing
from bot.store.tables import OutboxRow
from bot.store.traces import has_tracker, tracker_url

QUOTED_LENGTH = 8
"""Characters from which a text that stands inside another is a quotation of it: « oui » stands in many."""
CUT = "…"

_events = table("events", column("id"), column("sender_id"), column("data"))


def forget_words(sender: str, message_ids: Collection[str], given: Settings | None = None) -> None:
    """Leave no word of messages in a talk's tracker; what was understood of them stays, or the talk would lose its thread.

    A form in which one of them was typed is given up. Raises SQLAlchemyError.
    """
    given = given or settings()
    changed, words = {}, set()
    for number, data in _events_of(sender, given):
        event = json.loads(data)
        if event.get("event") == "user":
            if event.get("message_id") in message_ids and event.get("text"):
                words.add(event["text"])
                changed[number] = {**event, "text": "", "parse_data": {**event["parse_data"], "text": "", "entities": []}}
        elif words:
            without = event
            for said in words:
                without = _without(without, said)
            if without != event:
                changed[number] = {**without, "value": None} if event.get("name") == "form" else without
    if changed:
        with writing(tracker_url(given)) as session:
            for number, event in changed.items():
                session.execute(update(_events).where(_events.c.id == number).values(data=json.dumps(event)))


def words_of(sender: str, message_ids: Collection[str], given: Settings | None = None) -> set[str]:
    """Return the texts of messages, as a talk's tracker has them. Raises SQLAlchemyError."""
    events = [json.loads(data) for _, data in _events_of(sender, given or settings())]
    return {e["text"] for e in events if e.get("event") == "user" and e.get("message_id") in message_ids and e.get("text")}


def forget_quotes(sender: str, words: Collection[str], url: str | None = None) -> None:
    """Leave no word of these texts in the lines and calls to a person in which we repeat them, such as a request's summary."""
    with writing(url) as session:
        for row in session.scalars(select(OutboxRow).where(OutboxRow.sender == sender)):
            without = row.payload
            for said in words:
                if len(said) >= QUOTED_LENGTH:
                    without = _without(without, said, CUT)
            if without != row.payload:
                row.payload = without


def _events_of(sender: str, given: Settings) -> Sequence[Row]:
    url = tracker_url(given)
    if not has_tracker(given) or not inspect(engine(url)).has_table("events"):
        return []
    with reading(url) as session:
        return session.execute(select(_events.c.id, _events.c.data).where(_events.c.sender_id == sender).order_by(_events.c.id)).all()


def _without(value: Any, said: str, in_place: str = "") -> Any:
    """Return `value` (as of JSON) without what was said, wherever it stands in it; `in_place` of a text that is nothing else."""
    if isinstance(value, str):
        return in_place if value == said else value.replace(said, CUT) if len(said) >= QUOTED_LENGTH else value
    if isinstance(value, list):
        return [_without(one, said, in_place) for one in value]
    if isinstance(value, dict):
        return {name: _without(one, said, in_place) for name, one in value.items()}
    return value
