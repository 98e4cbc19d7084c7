"""A message that its writer took back: with its edits, and without reading the whole of a long talk."""

from __future__ import annotations

import datetime
import json
import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import insert, select

from bot.settings import settings
from bot.store import inbox
from bot.store.inbox import Received
from bot.store.quoting import forget_quotes, look_for
from bot.store.sessions import reading, writing
from bot.store.tables import InboxRow, OutboxRow
from tests.store.trackers import SCHEMA

WRITER = "whatsapp.33612345678"
MANY = 3_000
"""Messages of a talk; the whole of it takes some megabytes."""
LITTLE = 1024 * 1024
"""Bytes that some hundred rows fit in."""


def message(message_id: str, text: str, about: str = "", sender: str = WRITER) -> Received:
    event = {"kind": "edited", "about": about} if about else {"kind": "message", "about": ""}
    return Received("whatsapp", message_id, sender, text, {"event": event})


def line(text: str) -> dict[str, Any]:
    """Return a line of the talk as the outbox keeps it."""
    at = {"created_at": datetime.datetime.utcnow()}
    return {"channel": "whatsapp", "sender": WRITER, "author": "bot", "payload": {"texts": [text]}, "state": "sent", **at}


def texts() -> dict[str, str]:
    with reading() as session:
        return {row.message_id: row.text for row in session.scalars(select(InboxRow))}


@contextmanager
def taking_little() -> Iterator[None]:
    """Fail where what is done takes more memory at once than some hundred rows do."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < LITTLE


def test_an_edit_goes_with_its_message_and_a_message_with_its_edit(store: str) -> None:
    for original, taken in (("m1", "m1"), ("m2", "m2:edit")):
        edit = f"{original}:edit"
        inbox.receive_all([message(original, "un secret"), message(edit, "un grand secret", about=original)], "1")
        assert inbox.withdraw("whatsapp", taken, WRITER) == {original, edit}
    assert set(texts().values()) == {""}


def test_other_messages_of_the_talk_and_edits_in_other_talks_stay(store: str) -> None:
    others = [message("m2", "autre chose"), message("m3", "d'un autre", about="m1", sender="whatsapp.33687654321")]
    inbox.receive_all([message("m1", "un secret"), *others], "1")
    assert inbox.withdraw("whatsapp", "m1", WRITER) == {"m1"}
    assert texts() == {"m1": "", "m2": "autre chose", "m3": "d'un autre"}


def test_of_a_long_talk_only_what_is_taken_back_is_held_in_memory(store: str) -> None:
    inbox.receive_all([message(f"m{n}", f"message {n} " + "x" * 200) for n in range(MANY)], "1")
    rows = []
    answers = [f"Réponse {n}. " + "y" * 300 for n in range(MANY)]
    for n, told in enumerate(answers):
        said = f"question {n} sur les réseaux"
        rows.append((WRITER, "user", json.dumps({"event": "user", "text": said, "message_id": f"m{n}", "parse_data": {"text": said}})))
        rows.append((WRITER, "bot", json.dumps({"event": "bot", "text": told})))
    with sqlite3.connect(settings().folder / "tracker.db") as connection:
        connection.execute(SCHEMA)
        connection.executemany("insert into events (sender_id, type_name, data) values (?, ?, ?)", rows)
    connection.close()
    with writing() as session:
        session.execute(insert(OutboxRow.__table__), [line(told) for told in answers])
    inbox.withdraw("whatsapp", "m0", WRITER)
    look_for(WRITER, {"m0"})
    with taking_little():
        assert inbox.withdraw("whatsapp", "m7", WRITER) == {"m7"}
        gone = look_for(WRITER, {"m7"})
        forget_quotes(WRITER, gone.words)
    assert gone.words.messages == {"question 7 sur les réseaux"}
    assert len(gone.changed) == 1
