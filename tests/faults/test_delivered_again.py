"""One delivery that comes again and again, all at once, after a fall of the gateway, and six days later: one turn, one answer (T23)."""

from __future__ import annotations

import asyncio
import datetime
import os
import signal
import time
from collections.abc import Iterator

import aiohttp
import pytest

from tests.channels.vendors import bodies
from tests.channels.vendors.accounts import CHANNELS, Accounts
from tests.channels.vendors.deliverer import Deliverer
from tests.channels.vendors.server import Vendors
from tests.faults.clock import SEEN_SECONDS, Clock, kept_at
from tests.faults.watching import rows, until
from tests.journeys.serving import Servers, Visitor, running
from tests.journeys.standing import left_over
from tests.journeys.storming import QUESTIONS, judge
from tests.journeys.trackers import heard
from tests.stock.serving import status_of

pytestmark = pytest.mark.servers

ASKED = QUESTIONS[0]
PERSON = "33677000001"
TIMES = 5
LATER = 6 * 86_400
"""Seconds: a day less than what is refused as too old."""
QUIET_SECONDS = 3.0
"""Long enough for a second answer to be on its way, were there one."""


@pytest.fixture(scope="module")
def connected(vendors: Vendors, clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The real servers with all four channels, going by a clock that can be set."""
    with running(tmp_path_factory.mktemp("encore"), **clock.environment(), **Accounts().environment(vendors.url)) as started:
        yield started


async def settled(servers: Servers) -> None:
    """Wait until every message has its outcome and every call went out, and a moment longer."""
    until = time.monotonic() + 60
    while any((left := left_over(servers.folder)).values()):
        assert time.monotonic() < until, left
        await asyncio.sleep(0.2)
    await asyncio.sleep(QUIET_SECONDS)


async def test_what_is_delivered_many_times_is_one_turn_and_one_answer(connected: Servers, vendors: Vendors, clock: Clock) -> None:
    said = [bodies.text(channel, PERSON, ASKED.ask) for channel in CHANNELS]
    raws = {happening.channel: bodies.bodies([happening], Accounts())[0] for happening in said}
    for happening in said:
        vendors.ledger.wrote(happening.channel, PERSON, happening.at, *happening.handles)

    async def deliver() -> None:
        async with aiohttp.ClientSession() as session:
            deliverer = Deliverer(connected.url, vendors, session)
            deliveries = [deliverer.post(channel, raw) for channel, raw in raws.items() for _ in range(TIMES)]
            assert await asyncio.gather(*deliveries) == [200] * len(deliveries)
            await settled(connected)

    def once() -> None:
        for channel in CHANNELS:
            sender = f"{channel}.{PERSON}"
            kept = rows(connected.folder / "reso.db", "select text, state from inbox where sender = ?", (sender,))
            assert kept == [(ASKED.ask, "answered")]
            assert heard(connected, sender) == [ASKED.ask]
            assert judge([ASKED.entry], vendors.ledger.accepted(channel, PERSON)).wrong == []

    await deliver()
    once()
    (gateway,) = connected.pids("bot gateway")
    os.kill(gateway, signal.SIGKILL)
    await asyncio.to_thread(
        until, lambda: connected.pids("bot gateway") != [gateway] and status_of(f"{connected.url}/health/live") == 200, 60
    )
    await deliver()
    once()
    clock.set(LATER)
    await asyncio.sleep(SEEN_SECONDS)
    newcomer = await asyncio.to_thread(Visitor(connected.url).says, "bonjour")
    off = (kept_at(connected, newcomer.conversation) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
    assert abs(off - LATER) < 120, "the servers did not take the clock"
    await deliver()
    once()
