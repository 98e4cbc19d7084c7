"""Visitors who write, lose the network and come back, while servers are killed: nothing lost, nothing twice, order kept."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
from dataclasses import dataclass, field
from itertools import cycle, islice

import pytest

from tests.journeys.serving import Servers
from tests.journeys.widget_client import Widget
from tests.journeys.widget_writer import Writer

pytestmark = [pytest.mark.servers, pytest.mark.timeout(1500)]

MESSAGES = int(os.environ.get("RESO_WIDGET_STORM", "60"))
"""How many messages in all; 500 before a release."""
VISITORS = 20
DISCONNECTIONS = max(VISITORS // 2, MESSAGES // 10)
KILLED = ("bot gateway", "bot.serving.rasa", "bot gateway")
"""What is killed, at a quarter, half and three quarters of the messages."""
SEED = 20261123

QUESTIONS = {
    "C'est quoi BookTok ?": "cas/booktok",
    "Que fait IKEA avec la réalité augmentée ?": "cas/ikea",
    "Comment les influenceurs gagnent-ils leur vie ?": "sujet/influenceurs",
    "Quel est le principe d'Inktober ?": "cas/inktober",
    "Raconte-moi la campagne de Nike": "cas/nike-dream-crazy",
}


@dataclass
class Storm:
    """What goes on: how many messages were acknowledged, and a signal at each."""

    acknowledged: int = 0
    killed: int = 0
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def count(self) -> None:
        """Count one more acknowledgement."""
        async with self.news:
            self.acknowledged += 1
            self.news.notify_all()

    async def reaches(self, number: int) -> None:
        """Wait for so many acknowledgements."""
        async with self.news:
            await self.news.wait_for(lambda: self.acknowledged >= number)


async def kill(servers: Servers, storm: Storm) -> None:
    """Kill a server at each quarter of the messages."""
    for quarter, words in enumerate(KILLED, 1):
        await storm.reaches(MESSAGES * quarter // 4)
        for pid in servers.pids(words):
            os.kill(pid, signal.SIGKILL)
            storm.killed += 1


async def test_nothing_is_lost_nothing_comes_twice_and_order_is_kept(servers: Servers) -> None:
    storm, chance = Storm(), random.Random(SEED)
    share = [MESSAGES // VISITORS + (number < MESSAGES % VISITORS) for number in range(VISITORS)]
    places = [(visitor, message) for visitor, count in enumerate(share) for message in range(count)]
    broken = chance.sample(places, DISCONNECTIONS)
    texts = [list(islice(cycle(chance.sample(list(QUESTIONS), len(QUESTIONS))), count)) for count in share]
    writers = [Writer(Widget(servers.url), storm.count) for _ in share]

    async def write(visitor: int) -> None:
        for message, text in enumerate(texts[visitor]):
            await writers[visitor].say(text, (visitor, message) in broken)

    killer = asyncio.ensure_future(kill(servers, storm))
    await asyncio.gather(*(write(visitor) for visitor in range(VISITORS)))
    await killer
    await asyncio.gather(*(writer.hears_everything() for writer in writers))
    assert (storm.acknowledged, sum(writer.broken for writer in writers), storm.killed) == (MESSAGES, DISCONNECTIONS, len(KILLED))

    wrong = []
    for number, writer in enumerate(writers):
        again = await Widget(servers.url, writer.widget.token).connect()
        await again.until(lambda again=again, writer=writer: len(again.lines) >= 2 * len(writer.ids))  # type: ignore[misc]
        for name, lines in (("tab", writer.widget.lines), ("replay", again.lines)):
            said = [line["id"] for line in lines if line["author"] == "visitor"]
            answered = [line["reply_to"] for line in lines if line["author"] == "bot"]
            if said != writer.ids:
                wrong.append(f"{number} {name}: said {[writer.ids.index(id) for id in said]}")
            if answered != writer.ids:
                wrong.append(f"{number} {name}: answered {[writer.ids.index(id) for id in answered]}")
        for id, text in zip(writer.ids, texts[number]):
            found = [answer["id"] for line in again.replies_to(id) for answer in line["answers"]]
            if QUESTIONS[text] not in found:
                wrong.append(f"{number}: {text} got {found or again.replies_to(id)[0]['texts']}")
        await again.close()
        await writer.widget.close()
    assert wrong == []
    with sqlite3.connect(servers.folder / "reso.db") as database:
        senders = [writer.widget.session.sender for writer in writers]
        states = database.execute(
            f"select state, count(*) from inbox where sender in ({','.join('?' * len(senders))}) group by state", senders
        ).fetchall()
    assert states == [("answered", MESSAGES)]
