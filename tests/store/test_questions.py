"""What was asked is kept without saying who asked; a message is taken in once."""

import sqlite3

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import String

from bot.settings import settings
from bot.store.inbox import pending, receive, settle
from bot.store.questions import note_feedback, note_question, note_reason, unanswered
from bot.store.sessions import engine
from bot.store.tables import Base


def test_an_unanswered_question_reaches_the_staff_masked(store: str) -> None:
    note_question("visiteur-1", "rest", "rappelez-moi au 06 12 34 56 78", "refused")
    note_question("visiteur-1", "rest", "ça fait vendre ?", "answered", entry_id="faq/ventes")
    rows = unanswered()
    assert [(outcome, text) for _, outcome, text in rows] == [("refused", "rappelez-moi au [téléphone]")]
    kept = sqlite3.connect(settings().folder / "reso.db").execute("select conversation from questions").fetchall()
    assert all("visiteur" not in row[0] for row in kept)


def test_one_verdict_for_each_answer(store: str) -> None:
    assert note_feedback("v", "t1", "faq/ventes", True)
    assert not note_feedback("v", "t1", "faq/ventes", False)
    assert note_feedback("v", "t2", "faq/ventes", False)
    note_reason("v", "t2", "vague")


def test_a_redelivered_message_is_taken_once(store: str) -> None:
    assert receive("rest", "m1", "v", "bonjour")
    assert not receive("rest", "m1", "v", "bonjour")
    assert [row[1] for row in pending()] == ["m1"]
    settle("rest", "m1", "answered")
    assert pending() == []


def test_sqlite_is_set_for_several_processes(store: str) -> None:
    with engine(store).connect() as connection:
        told = {p: connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "foreign_keys", "busy_timeout")}
    assert 500 <= told.pop("busy_timeout") <= 1500  # twice that is within the 3 s after which a visitor hears of it
    assert told == {"journal_mode": "wal", "foreign_keys": 1}


def test_migrations_make_the_tables_of_the_code(store: str) -> None:
    with engine(store).connect() as connection:
        ours = {
            # SQLite's own table, made by itself for AUTOINCREMENT.
            "include_object": lambda thing, name, kind, reflected, other: name != "sqlite_sequence",
            # SQLite does not look at the lengths of text; tests/faults/test_postgresql.py compares them where they matter.
            "compare_type": lambda context, held, wanted, held_type, wanted_type: False if isinstance(wanted_type, String) else None,
        }
        differences = compare_metadata(MigrationContext.configure(connection, opts=ours), Base.metadata)
    assert differences == []
