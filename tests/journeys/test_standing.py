"""Réso stands: processes killed at random moments, and hours of work with faults."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator

import aiohttp
import pytest

from tests.channels.vendors.accounts import Accounts
from tests.channels.vendors.server import Vendors, serving
from tests.journeys.serving import Servers, running
from tests.journeys.standing import ROLES, Crowd, Killer, damage, left_over

pytestmark = pytest.mark.servers

KILLS = int(os.environ.get("RESO_KILLS", "6"))
"""Processes killed; 200 before a release (`make kills`)."""
BETWEEN_KILLS = (1.0, 15.0)
"""Seconds; a process that ran for 20 is restarted without a long pause."""
RATE = 6.0
"""Questions a second while processes are killed: less than can be answered, so that there is time to catch up."""
SEED = 11


@pytest.fixture(scope="module")
def vendors() -> Iterator[Vendors]:
    with serving() as served:
        yield served


@pytest.fixture(scope="module")
def connected(vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The real servers, with the accounts of all four channels."""
    with running(tmp_path_factory.mktemp("debout"), **Accounts().environment(vendors.url)) as started:
        yield started


async def keep_asking(crowd: Crowd, rate: float, over: asyncio.Event) -> None:
    """Let somebody ask at random moments, `rate` times a second on average, until it is over."""
    chance = random.Random(SEED)
    while not over.is_set():
        await asyncio.sleep(chance.expovariate(rate))
        if crowd.unsaid < 200:
            crowd.ask()


@pytest.mark.timeout(600 + 30 * KILLS)
async def test_whatever_is_killed_every_acknowledged_question_is_answered_or_apologised_for(
    connected: Servers, vendors: Vendors, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, over = random.Random(SEED), asyncio.Event()
    async with aiohttp.ClientSession() as session:
        crowd, killer = Crowd(connected, vendors, session, SEED), Killer(connected, session)
        crowd.open()
        asking = asyncio.create_task(keep_asking(crowd, RATE, over))
        for number in range(KILLS):
            await asyncio.sleep(chance.uniform(*BETWEEN_KILLS))
            await killer.kill(list(ROLES)[number % len(ROLES)])
            if number % 10 == 9:
                with capsys.disabled():
                    print(f"\n{number + 1} kills, {crowd.taken} questions taken", end="", flush=True)
        await killer.all_back()
        over.set()
        await asking
        await crowd.all_said()

        async def waiting() -> int:
            return sum(left_over(connected.folder).values())

        await crowd.all_heard(waiting)
        report = await crowd.judge(killer.killed)
    with capsys.disabled():
        print(f"\n{killer}\n{crowd.taken} questions taken; {report}")
    assert report.wrong == []
    assert left_over(connected.folder) == {"received": 0, "pending": 0}
    assert damage(connected.folder) == []
    assert sum(killer.kills.values()) == KILLS
