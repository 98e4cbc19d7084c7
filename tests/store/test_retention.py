"""What is old goes, what is not stays, and nobody waits for it."""

from __future__ import annotations

import datetime
import logging
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from bot.settings import settings
from bot.store import handoffs, inbox, outbox, questions
from bot.store.retention import BATCH, Keep, purge
from bot.store.sessions import reading, writing
from bot.store.tables import FeedbackRow, HandoffRow, InboxRow, NoticeRow, OutboxRow, QuestionRow
from tests.store.trackers import add_event, senders

NOW = datetime.datetime(2026, 11, 23, 3, 0)
KEEP = Keep(talks=30, questions=365, requests=180)

ROWS = [
    (InboxRow, "received_at", "sender", 30), (OutboxRow, "created_at", "sender", 30), (QuestionRow, "asked_at", "conversation", 365),
    (FeedbackRow, "given_at", "conversation", 365), (HandoffRow, "consented_at", "sender", 180),
]  # fmt: skip


def fill(sender: str) -> None:
    inbox.receive("rest", f"m-{sender}", sender, "bonjour")
    outbox.append_line(sender, "notice", {"text": "bonjour"})
    questions.note_question(sender, "rest", "ça fait vendre ?", "answered", entry_id="faq/ventes")
    questions.note_feedback(sender, "t1", "faq/ventes", True)
    handoffs.close(handoffs.keep(sender, "rest", "Nadia", "email", "nadia@exemple.fr", "?", ("webhook", "mail")))


def age(sender: str, days: float, hours: float) -> None:
    """Make each row of a sender as old as its own limit, with so many days and hours more."""
    for rows, at, _, limit in ROWS:
        who = rows.conversation == questions.conversation_key(sender) if hasattr(rows, "conversation") else rows.sender == sender
        with writing() as session:
            then = NOW - datetime.timedelta(days=limit + days, hours=hours)
            session.execute(update(rows).where(who).values({at: then}).execution_options(synchronize_session=False))


def test_each_kind_goes_after_its_days(store: str) -> None:
    for sender, hours in (("old", 1), ("new", -1)):
        fill(sender)
        age(sender, 0, hours)
    assert purge(NOW, KEEP) == {
        "inbox": 1,
        "erased": 0,
        "outbox": 1,
        "questions": 1,
        "feedback": 1,
        "handoffs": 1,
        "tracker": 0,
        "backups": 0,
    }
    with reading() as session:
        for rows, _, who, _ in ROWS:
            expected = "new" if who == "sender" else questions.conversation_key("new")
            assert session.scalars(select(getattr(rows, who))).all() == [expected], rows.__tablename__
        assert len(session.scalars(select(NoticeRow)).all()) == 2
    assert sum(purge(NOW, KEEP).values()) == 0


def test_a_request_that_nobody_closed_stays_twice_as_long_and_is_told_of_before_it_goes(
    store: str, caplog: pytest.LogCaptureFixture
) -> None:
    handoffs.keep("v", "rest", "", "phone", "+33612345678", "Rappelez-moi", ("mail",))
    age("v", -1, 0)
    assert purge(NOW, KEEP)["handoffs"] == 0
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []
    age("v", 179, 23)
    assert purge(NOW, KEEP)["handoffs"] == 0
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "1 requests" in warning
    assert len(handoffs.open_requests()) == 1
    age("v", 180, 1)
    assert purge(NOW, KEEP)["handoffs"] == 1
    with reading() as session:
        assert session.scalars(select(NoticeRow)).all() == []


def test_the_tracker_forgets_silent_conversations_and_old_sessions(store: str) -> None:
    folder, day = settings().folder, 86400
    now = NOW.replace(tzinfo=datetime.timezone.utc).timestamp()
    for days in (40, 35, 31):
        add_event(folder, "silent", now - days * day)
    for days in (40, 29):
        add_event(folder, "one session", now - days * day)
    for days in (65, 33, 29):  # a person writes once a month; Rasa begins a session each time
        add_event(folder, "monthly", now - days * day, event="session_started")
        add_event(folder, "monthly", now - days * day, event="slot", name="asked", value=f"question {days}")
        add_event(folder, "monthly", now - days * day, event="user", text=f"question {days}")
    assert purge(NOW, KEEP)["tracker"] == 3 + 2 * 3
    assert senders(folder) == ["monthly", "one session"]
    assert held(folder, "question 33") == held(folder, "question 65") == []
    assert held(folder, "question 29") != []
    assert sum(purge(NOW, KEEP).values()) == 0


def test_what_went_is_not_in_the_files_any_more(store: str) -> None:
    marker = "zanzibar-4417"
    inbox.receive("rest", "m1", "v", f"{marker} " * 200)
    age("v", 1, 0)
    folder = settings().folder
    add_event(folder, "v", 0.0, text=f"{marker} " * 200)
    assert held(folder, marker)
    purge(NOW, KEEP)
    assert held(folder, marker) == []


def held(folder: Path, marker: str) -> list[str]:
    """Return the files that hold a word."""
    return [file.name for file in folder.iterdir() if file.is_file() and marker.encode() in file.read_bytes()]


def test_writers_go_on_meanwhile(store: str) -> None:
    old = NOW - datetime.timedelta(days=31)
    rows = [
        {
            "channel": "rest",
            "message_id": f"o{n}",
            "sender": "v",
            "text": "bonjour " * 20,
            "state": "answered",
            "received_at": old,
            "extra": {},
        }
        for n in range(8 * BATCH)
    ]
    with writing() as session:
        session.execute(insert(InboxRow), rows)
    waits: list[float] = []
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            started = time.monotonic()
            inbox.receive("rest", f"n{len(waits)}", "v", "bonjour")
            waits.append(time.monotonic() - started)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert purge(NOW, KEEP)["inbox"] == 8 * BATCH
    finally:
        over.set()
        writer.join()
    assert len(waits) > 8
    assert max(waits) < 1


def test_the_audit_line_counts_and_names_nobody(store: str, caplog: pytest.LogCaptureFixture) -> None:
    fill("visiteur-1")
    age("visiteur-1", 1, 0)
    with caplog.at_level(logging.INFO, "bot.store.retention"):
        purge(NOW, KEEP)
    assert caplog.messages == ["purged: inbox 1, erased 0, outbox 1, questions 1, feedback 1, handoffs 1, tracker 0, backups 0"]


def test_vendors_must_not_get_a_second_answer_to_what_they_deliver_again() -> None:
    with pytest.raises(ValueError, match="7"):
        Keep(talks=6)


def test_a_store_without_tracker_gets_none(store: str) -> None:
    purge(NOW, KEEP)
    assert not (settings().folder / "tracker.db").exists()
