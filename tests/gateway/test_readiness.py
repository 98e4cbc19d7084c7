"""Ready is what can take and answer a question; asking so costs next to nothing."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from sqlalchemy import event, func, select

from bot.gateway import readiness as module
from bot.gateway.database import Database
from bot.gateway.readiness import HOLDS_SECONDS, Readiness, takes_writes
from bot.settings import settings
from bot.store.outbox import last_number
from bot.store.sessions import engine, reading
from bot.store.tables import ErasedRow


class Part:
    """Stands for a process behind the gateway."""

    def __init__(self, there: bool = True, seconds: float = 0.01):
        self.there, self.seconds, self.asked = there, seconds, 0

    async def __call__(self) -> bool:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        return self.there


async def test_a_crowd_that_asks_at_once_and_soon_after_costs_one_look() -> None:
    part, now = Part(), [0.0]
    readiness = Readiness({"rasa": part}, lambda: now[0])
    assert await asyncio.gather(*(readiness.look() for _ in range(500))) == 500 * [{"rasa": True}]
    part.there = False
    assert await readiness.look() == {"rasa": True}
    assert part.asked == 1
    now[0] += HOLDS_SECONDS
    assert await readiness.look() == {"rasa": False}


async def test_who_goes_away_takes_the_answer_from_nobody() -> None:
    readiness = Readiness({"rasa": Part(seconds=0.2)})
    gone, stays = asyncio.create_task(readiness.look()), asyncio.create_task(readiness.look())
    await asyncio.sleep(0.05)
    gone.cancel()
    assert await stays == {"rasa": True}


async def test_a_part_that_hangs_is_not_there_and_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART_SECONDS", 0.1)
    readiness = Readiness({"rasa": Part(), "actions": Part(seconds=60)})
    assert await asyncio.wait_for(readiness.look(), 2) == {"rasa": True, "actions": False}


async def test_a_store_is_ready_while_it_takes_writes_and_nothing_stays_in_it(database: Database) -> None:
    assert await takes_writes(database)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(ErasedRow)) == 0


async def test_a_store_that_only_reads_is_not_ready(database: Database) -> None:
    def only_read(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA query_only=ON")

    bound = engine(settings().store_url)
    bound.dispose()
    event.listen(bound, "connect", only_read)
    assert await database.read(last_number) == 0
    assert not await takes_writes(database)
    bound.dispose()
    event.remove(bound, "connect", only_read)
    assert await takes_writes(database)
