"""Takes what somebody wrote, and took back, out of Rasa's tracker and our lines: the message itself, and what repeats it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from phonenumbers import NumberParseException
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

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
AT_ONCE = 100
"""Rows held in memory."""

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


def look_for(sender: str, message_ids: Collection[str], words: Words | None = None, given: Settings | None = None) -> Gone:
    """Return what is to be changed in a talk's tracker for messages to be gone. Raises SQLAlchemyError.

    `words`: what was found in them before, where they are gone already and something may have repeated them since.
    """
    given = given or settings()
    if not tracked(given):
        return Gone()
    named = or_(*(EVENTS.c.data.contains(json.dumps(one), autoescape=True) for one in message_ids))
    with reading(tracker_url(given)) as session:
        # Most of what is taken back was answered by nobody, such as a picture; a talk may be as long as its writer likes.
        if session.scalar(select(EVENTS.c.id).where(EVENTS.c.sender_id == sender, EVENTS.c.type_name == "user", named).limit(1)) is None:
            return Gone()
        gone = without_messages(_events(session, sender, "user", "slot"), message_ids, words)
        if gone.words:
            gone.changed.update(without_quotes(_events(session, sender, "bot", "slot"), gone.words))
        return gone


def forget_events(sender: str, changed: Mapping[int, Event], given: Settings | None = None) -> None:
    """Change events of a talk in the tracker. Raises SQLAlchemyError."""
    if changed:
        with writing(tracker_url(given or settings())) as session:
            for number, event in changed.items():
                # A talk that was erased since leaves its numbers to others.
                session.execute(update(EVENTS).where(EVENTS.c.id == number, EVENTS.c.sender_id == sender).values(data=json.dumps(event)))


def forget_quotes(sender: str, words: Words, url: str | None = None) -> None:
    """Leave no such word in the lines and calls to a person in which we repeat them, such as a request's summary."""
    with writing(url) as session:
        lines = select(OutboxRow).where(OutboxRow.sender == sender).execution_options(yield_per=AT_ONCE)
        for row in session.scalars(lines):
            without = _in_texts(row.payload, words)
            if without != row.payload:
                row.payload = without


def without_messages(events: Iterable[tuple[int, Event]], message_ids: Collection[str], words: Words | None = None) -> Gone:
    """Return what is to be changed in messages and forms, given with their numbers and in order. Pure.

    What was understood of a message stays, or the talk would lose its thread; a form in which it was typed is given up.
    """
    gone, in_turn, given_up = Gone(words=words or Words()), False, False
    form: Event = {}
    for number, event in events:
        kind, name, value = event.get("event"), event.get("name"), event.get("value")
        if kind == "user":
            in_turn = event.get("message_id") in message_ids
            if in_turn and event.get("text"):
                gone.words.messages.add(str(event["text"]))
                gone.changed[number] = {**event, "text": "", "parse_data": {**(event.get("parse_data") or {}), "text": "", "entities": []}}
        elif kind == "slot" and name == "form":
            now = value if isinstance(value, dict) else {}
            typed = [field for field in TYPED if now.get(field) and now.get(field) != form.get(field)]
            repeats = any(now.get(field) in gone.words.messages | gone.words.read for field in TYPED)
            given_up = bool(now) and (given_up or repeats or (in_turn and bool(typed)))
            if given_up:
                if in_turn:
                    gone.words.read.update(_as_shown(now, typed))
                gone.changed[number] = {**event, "value": None}
            form = now
    return gone


def without_quotes(events: Iterable[tuple[int, Event]], words: Words) -> dict[int, Event]:
    """Return events that repeat words, as they are to be, by their number. Pure."""
    changed: dict[int, Event] = {}
    for number, event in events:
        if event.get("event") == "bot" and isinstance(event.get("text"), str):
            text = words.out_of(event["text"])
            if text != event["text"]:
                changed[number] = {**event, "text": text}
        elif event.get("event") == "slot" and event.get("name") == "asked" and event.get("value"):
            if event["value"] in words.messages or words.out_of(str(event["value"])) != event["value"]:
                changed[number] = {**event, "value": ""}
    return changed


def _as_shown(form: Event, typed: Sequence[str]) -> set[str]:
    """Return what the form read in a turn, as it is kept and as it is shown."""
    values = {str(form[field]) for field in typed}
    if "contact" in typed:
        with suppress(NumberParseException):
            values.add(Contact(str(form.get("contact_kind")), str(form["contact"])).shown)
    return values


def _events(session: Session, sender: str, *types: str) -> Iterator[tuple[int, Event]]:
    """Return a talk's events of some types with their numbers, a few at a time; a damaged row is left to who purges it (docs/faults.md)."""
    of = (EVENTS.c.sender_id == sender, EVENTS.c.type_name.in_(types))
    for number, data in session.execute(select(EVENTS.c.id, EVENTS.c.data).where(*of).order_by(EVENTS.c.id)).yield_per(AT_ONCE):
        with suppress(ValueError, TypeError):
            event = json.loads(data)
            if isinstance(event, dict):
                yield number, event


def _in_texts(value: Any, words: Words, read: bool = False) -> Any:
    """Return `value` (as of JSON) with its texts, and nothing else, without words. `read`: it is the value of such a field."""
    if isinstance(value, str):
        return words.out_of(value) if read else value
    if isinstance(value, list):
        return [_in_texts(one, words, read) for one in value]
    if isinstance(value, dict):
        return {name: _in_texts(one, words, name in TEXTS) for name, one in value.items()}
    return value
