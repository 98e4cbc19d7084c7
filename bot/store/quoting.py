"""Takes what somebody wrote, and took back, out of Rasa's tracker and our lines: the message itself, and what repeats it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from phonenumbers import NumberParseException
from sqlalchemy import select, update

from bot.language.contact import Contact
from bot.settings import Settings, settings
from bot.store.sessions import reading, writing
from bot.store.tables import OutboxRow
from bot.store.traces import EVENTS, tracked, tracker_url

QUOTED_LENGTH = 8
"""Characters from which a message that stands inside a text of ours is a quotation of it: « oui » stands in many."""
CUT = "…"
TEXTS = ("text", "texts", "body")
"""Fields of lines and calls that are read by people; the others are ids, paths and commands."""
TYPED = ("name", "contact", "question")
"""Fields of the form (`bot.dialogue.form`) that hold what was typed."""

Event = Mapping[str, Any]


@dataclass
class Words:
    """What was taken back: whole messages, and what the form read out of them."""

    messages: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.messages or self.read)

    def out_of(self, text: str) -> str:
        """Return a text of ours without them."""
        for said in self.messages:
            if len(said) >= QUOTED_LENGTH:
                text = text.replace(said, CUT)
        for value in self.read:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", CUT, text)
        return text


@dataclass
class Gone:
    """Events of a tracker as they are to be, by their row's number, and the words that leave them."""

    changed: dict[int, Event] = field(default_factory=dict)
    words: Words = field(default_factory=Words)


def look_for(sender: str, message_ids: Collection[str], given: Settings | None = None) -> Gone:
    """Return what is to be changed in a talk's tracker for messages to be gone. Raises SQLAlchemyError."""
    given = given or settings()
    if not tracked(given):
        return Gone()
    query = select(EVENTS.c.id, EVENTS.c.data).where(EVENTS.c.sender_id == sender).order_by(EVENTS.c.id)
    with reading(tracker_url(given)) as session:
        return without_messages(_readable(session.execute(query)), message_ids)


def forget_events(changed: Mapping[int, Event], given: Settings | None = None) -> None:
    """Change events of the tracker. Raises SQLAlchemyError."""
    if changed:
        with writing(tracker_url(given or settings())) as session:
            for number, event in changed.items():
                session.execute(update(EVENTS).where(EVENTS.c.id == number).values(data=json.dumps(event)))


def forget_quotes(sender: str, words: Words, url: str | None = None) -> None:
    """Leave no such word in the lines and calls to a person in which we repeat them, such as a request's summary."""
    with writing(url) as session:
        for row in session.scalars(select(OutboxRow).where(OutboxRow.sender == sender)):
            without = _in_texts(row.payload, words)
            if without != row.payload:
                row.payload = without


def without_messages(events: Iterable[tuple[int, Event]], message_ids: Collection[str]) -> Gone:
    """Return what is to be changed in events, given with their numbers and in order. Pure.

    What was understood of a message stays, or the talk would lose its thread; a form in which it was typed is given up.
    """
    gone, held, in_turn, given_up = Gone(), list(events), False, False
    form: Event = {}
    for number, event in held:
        kind, name, value = event.get("event"), event.get("name"), event.get("value")
        if kind == "user":
            in_turn = event.get("message_id") in message_ids
            if in_turn and event.get("text"):
                gone.words.messages.add(str(event["text"]))
                gone.changed[number] = {**event, "text": "", "parse_data": {**(event.get("parse_data") or {}), "text": "", "entities": []}}
        elif kind == "slot" and name == "form":
            now = value if isinstance(value, dict) else {}
            typed = [field for field in TYPED if now.get(field) and now.get(field) != form.get(field)]
            repeats = any(now.get(field) in gone.words.messages for field in TYPED)
            given_up = bool(now) and (given_up or repeats or (in_turn and bool(typed)))
            if given_up:
                if in_turn:
                    gone.words.read.update(_as_shown(now, typed))
                gone.changed[number] = {**event, "value": None}
            form = now
    for number, event in held:
        if event.get("event") == "bot" and isinstance(event.get("text"), str):
            text = gone.words.out_of(event["text"])
            if text != event["text"]:
                gone.changed[number] = {**event, "text": text}
        elif event.get("event") == "slot" and event.get("name") == "asked" and event.get("value"):
            if event["value"] in gone.words.messages or gone.words.out_of(str(event["value"])) != event["value"]:
                gone.changed[number] = {**event, "value": ""}
    return gone


def _as_shown(form: Event, typed: Sequence[str]) -> set[str]:
    """Return what the form read in a turn, as it is kept and as it is shown."""
    values = {str(form[field]) for field in typed}
    if "contact" in typed:
        with suppress(NumberParseException):
            values.add(Contact(str(form.get("contact_kind")), str(form["contact"])).shown)
    return values


def _readable(rows: Iterable[Any]) -> list[tuple[int, Event]]:
    """Return events with their numbers; a damaged row is left to who purges it (docs/faults.md)."""
    found: list[tuple[int, Event]] = []
    for number, data in rows:
        with suppress(ValueError, TypeError):
            event = json.loads(data)
            if isinstance(event, dict):
                found.append((number, event))
    return found


def _in_texts(value: Any, words: Words, read: bool = False) -> Any:
    """Return `value` (as of JSON) with its texts, and nothing else, without words. `read`: it is the value of such a field."""
    if isinstance(value, str):
        return words.out_of(value) if read else value
    if isinstance(value, list):
        return [_in_texts(one, words, read) for one in value]
    if isinstance(value, dict):
        return {name: _in_texts(one, words, name in TEXTS) for name, one in value.items()}
    return value
