"""The store alone on PostgreSQL, which looks at the length of text where SQLite does not: the longest ids of vendors have room."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DataError
from sqlalchemy.pool import NullPool

from bot.channels.message import Event
from bot.gateway.database import Database
from bot.gateway.webhooks import note_verdict
from bot.settings import settings
from bot.store import handoffs, inbox, outbox, privacy, questions
from bot.store.inbox import Received
from bot.store.migrating import configuration, upgrade
from bot.store.outbox import Part
from bot.store.pseudonyms import conversation_key, message_key
from bot.store.quoting import Words, forget_quotes
from bot.store.sessions import await_erasure, engine, reading, writing
from bot.store.tables import Base, ErasedRow, FeedbackRow, OutboxRow
from tests.faults.postgresql import Cluster, cluster

pytestmark = pytest.mark.servers

LONG_ID = "m_" + "x" * 126
"""A message id as long as the inbox takes them; Messenger's have some 82 characters."""
LONG_SENDER = "whatsapp.FR." + "9" * 128
"""developers.facebook.com, « Business-scoped user IDs »: two letters, a dot, up to 128 characters."""


@pytest.fixture(scope="module")
def databases() -> Iterator[Cluster]:
    with cluster() as started:
        yield started


@pytest.fixture
def empty(databases: Cluster, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh database of PostgreSQL; the settings name it."""
    name = f"reso_{uuid.uuid4().hex}"
    with create_engine(databases.url, poolclass=NullPool, future=True, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"create database {name}"))
    monkeypatch.setenv("RESO_FOLDER", str(tmp_path))
    monkeypatch.setenv("RESO_DATABASE_URL", databases.url.rpartition("/")[0] + "/" + name)
    settings.cache_clear()
    url = settings().store_url
    yield url
    engine(url).dispose()
    settings.cache_clear()


@pytest.fixture
def store(empty: str) -> str:
    """A fresh store on PostgreSQL."""
    upgrade(empty)
    return empty


def an_answer(sender: str, external_id: str) -> None:
    """Let a vendor's message be an answer of ours."""
    message = Received("messenger", LONG_ID, sender, "une question")
    inbox.receive_all([message], "1")
    assert outbox.answer(message, [Part({}, "faq/ventes")], True, "pending")
    (call,) = outbox.due(datetime.datetime.utcnow(), ["messenger"])
    outbox.sent(call.number, external_id)


def test_a_thumb_on_an_answer_to_a_message_with_a_long_id_is_counted(store: str) -> None:
    an_answer("messenger.1", "mid.answer")
    note_verdict("messenger", Event("feedback", "1", "r1", datetime.datetime.utcnow(), about="mid.answer", useful=True))
    with reading() as session:
        assert [(row.turn, row.useful) for row in session.query(FeedbackRow)] == [(message_key(LONG_ID), True)]


def test_a_talk_with_the_longest_id_is_kept_whole_and_erased_whole(store: str) -> None:
    an_answer(LONG_SENDER, "mid.answer")
    questions.note_question(LONG_SENDER, "whatsapp", "?", "refused", turn=LONG_ID)
    reference = handoffs.keep(LONG_SENDER, "whatsapp", "", "phone", "+33612345678", "?", ("mail",), LONG_ID)
    assert handoffs.keep(LONG_SENDER, "whatsapp", "", "phone", "+33612345678", "?", ("mail",), LONG_ID) == reference
    assert privacy.sender_of_request(reference) == LONG_SENDER
    privacy.erase(LONG_SENDER)
    assert privacy.count_kept(LONG_SENDER) == (0, 0, 0, 0)
    assert not outbox.knows(LONG_SENDER)


def test_nothing_is_written_into_a_talk_that_another_process_is_erasing(store: str) -> None:
    message = Received("widget", "a:m1", "widget.a", "bonjour")
    with ThreadPoolExecutor(1) as pool:
        with writing() as session:
            await_erasure(session, conversation_key("widget.a"), erases=True)
            writes = pool.submit(outbox.receive_line, message, {"texts": ["bonjour"]}, "1")
            assert not wait([writes], 0.5).done, "it waits for the erasure"
            session.merge(ErasedRow(conversation=conversation_key("widget.a"), erased_at=datetime.datetime.utcnow()))
        assert isinstance(writes.exception(5), outbox.TalkErased)
    assert privacy.count_kept("widget.a") == (0, 0, 0, 0)


def test_what_was_edited_and_taken_back_goes_with_its_edit(store: str) -> None:
    edit = Received("whatsapp", "m1:edit", LONG_SENDER, "un grand secret", {"event": {"kind": "edited", "about": "m1"}})
    others = [Received("whatsapp", f"m{n}", LONG_SENDER, "un secret", {"event": {"kind": "message", "about": ""}}) for n in (1, 2)]
    inbox.receive_all([*others, edit], "1")
    assert inbox.withdraw("whatsapp", "m1", LONG_SENDER) == {"m1", "m1:edit"}
    assert [text for *_, text in inbox.pending()] == ["un secret"]
    for number in range(250):
        outbox.append_line(LONG_SENDER, "bot", {"texts": [f"{number} : « un grand secret »"]})
    forget_quotes(LONG_SENDER, Words(messages={"un grand secret"}))
    with reading() as session:
        told = session.scalars(select(OutboxRow.payload["texts"][0].as_string()).order_by(OutboxRow.id)).all()
    assert told == [f"{number} : « … »" for number in range(250)]


async def test_what_is_too_long_all_the_same_is_refused_alone(store: str) -> None:
    database = Database()
    good = [Received("rest", f"m{n}", "visiteur", "bonjour") for n in range(3)]
    bad = Received("rest", "x" * 200, "visiteur", "bonjour")
    told = await asyncio.gather(
        *(database.write(inbox.receive_all, [message], "1") for message in (good[0], bad, *good[1:])), return_exceptions=True
    )
    database.close()
    assert isinstance(told[1], DataError)
    assert [row[1] for row in inbox.pending()] == ["m0", "m1", "m2"]


def test_what_was_kept_by_the_version_before_is_found_under_its_key(empty: str) -> None:
    config = configuration(empty)
    config.attributes["pseudonym_key"] = b"unused"
    command.upgrade(config, "0003")
    plain = hashlib.blake2b(b"messenger.1", digest_size=16).hexdigest()
    with writing() as session:
        for number in range(3):
            session.execute(
                text(
                    "insert into feedback (given_at, conversation, turn, entry_id, useful) values (now(), :of, :turn, 'faq/ventes', true)"
                ),
                {"of": plain, "turn": f"t{number}"},
            )
    upgrade(empty)
    assert privacy.count_kept("messenger.1") == (0, 0, 3, 0)


def test_migrations_make_columns_as_wide_as_the_code_says(store: str) -> None:
    with engine(store).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
