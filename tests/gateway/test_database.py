"""Writes of one moment share a commit; what fails alone hurts nobody else, what was not committed is told as failed."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.gateway.database import MOST_TOGETHER, Database
from bot.settings import settings
from bot.store import inbox
from bot.store.inbox import Received, pending
from bot.store.questions import note_feedback
from bot.store.sessions import engine, writing
from bot.store.tables import InboxRow


def a_message(number: int) -> Received:
    return Received("messenger", f"m{number}", f"messenger.{number}", f"question {number}")


def twice_the_same_row() -> None:
    with writing() as session:
        inbox.add(session, [Received("messenger", "half", "messenger.x", "à moitié")])
        row = {"channel": "messenger", "message_id": "half", "sender": "messenger.x", "text": "", "state": "received"}
        session.add(InboxRow(received_at=session.get(InboxRow, 1).received_at, **row))


def a_mistake() -> None:
    with writing() as session:
        inbox.add(session, [Received("messenger", "gone", "messenger.x", "défait")])
        raise ValueError("a mistake")


async def test_fifty_messages_of_one_moment_need_few_commits_and_are_all_kept_in_order(store: str, database: Database) -> None:
    commits = 0

    def count(connection: object) -> None:
        nonlocal commits
        commits += 1

    event.listen(engine(store), "commit", count)
    told = await asyncio.gather(*(database.write(inbox.receive_all, [a_message(n)], "1") for n in range(50)))
    assert [[message.message_id for message in new] for new in told] == [[f"m{n}"] for n in range(50)]
    assert [row[1] for row in pending()] == [f"m{n}" for n in range(50)]
    assert commits < 10


async def test_what_a_vendor_waits_for_goes_first_and_nothing_waits_for_ever(database: Database) -> None:
    committed: list[str] = []

    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        free.wait(10)

    async def note(name: str, urgent: bool) -> None:
        await (database.write_first if urgent else database.write)(committed.append, name)

    busy = asyncio.create_task(database.write(hold))
    await asyncio.to_thread(held.wait, 10)
    waiting = [asyncio.create_task(note(f"ours {n}", False)) for n in range(3)]
    waiting += [asyncio.create_task(note(f"theirs {n}", True)) for n in range(MOST_TOGETHER + 1)]
    await asyncio.sleep(0.1)
    free.set()
    await asyncio.gather(busy, *waiting)
    first = [f"theirs {n}" for n in range(MOST_TOGETHER)]
    assert committed == [*first, "ours 0", "ours 1", "ours 2", f"theirs {MOST_TOGETHER}"]


async def test_what_fails_alone_is_undone_alone(store: str, database: Database) -> None:
    told = await asyncio.gather(
        database.write(inbox.receive_all, [a_message(1)], "1"),
        database.write(twice_the_same_row),
        database.write(a_mistake),
        database.write(note_feedback, "v", "t", "faq/ventes", True),
        database.write(note_feedback, "v", "t", "faq/ventes", False),
        database.write(inbox.receive_all, [a_message(2)], "1"),
        return_exceptions=True,
    )
    assert isinstance(told[1], IntegrityError)
    assert isinstance(told[2], ValueError)
    assert told[3:5] == [True, False]
    assert [row[1] for row in pending()] == ["m1", "m2"]


async def test_a_locked_store_tells_every_writer_and_keeps_nothing_of_them(store: str, database: Database) -> None:
    other = sqlite3.connect(settings().folder / "reso.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    told = await asyncio.gather(*(database.write(inbox.receive_all, [a_message(n)], "1") for n in range(3)), return_exceptions=True)
    assert [type(error) for error in told] == [OperationalError] * 3
    other.execute("COMMIT")
    assert pending() == []
    await database.write(inbox.receive_all, [a_message(1)], "1")
    assert [row[1] for row in pending()] == ["m1"]


async def test_a_write_that_nobody_waits_for_any_more_is_still_made(store: str, database: Database) -> None:
    task = asyncio.create_task(database.write(inbox.receive_all, [a_message(1)], "1"))
    await asyncio.sleep(0)
    task.cancel()
    await database.write(inbox.receive_all, [a_message(2)], "1")
    assert [row[1] for row in pending()] == ["m1", "m2"]


def refused() -> float:
    return REGISTRY.get_sample_value("reso_store_errors_total") or 0.0


async def test_every_write_that_the_store_does_not_take_is_counted_once_whoever_made_it(database: Database) -> None:
    before = refused()
    await database.write(inbox.receive_all, [a_message(1)], "1")
    assert refused() == before
    with closing(sqlite3.connect(settings().folder / "reso.db")) as other:
        other.execute("begin immediate")
        with pytest.raises(OperationalError):
            await database.write(inbox.receive_all, [a_message(2)], "1")
    assert refused() == before + 1
    with pytest.raises(IntegrityError):
        await database.write(twice_the_same_row)
    assert refused() == before + 1, "a mistake of ours is none of the store"
