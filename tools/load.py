"""What it is like when many ask: `python tools/load.py [--minutes 15] [--events 1000000]` (T7, T8, T34 of the reliability notes).

Measurements against the real servers, with a tracker store that already holds many events: one visitor alone; 50 visitors who
each write every five seconds; programs that ask four times as much as those over REST, more than can be answered; five visitors
while somebody pushes: from one address, in one talk, from a thousand addresses. Printed are the seconds from sending to answer; the ratio of the crowd to the single visitor is what compares machines.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import sqlite3
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.gateway.limits import MESSAGES_OF_A_TALK, MESSAGES_OF_AN_ADDRESS, read_rule  # noqa: E402
from tests.journeys.serving import running  # noqa: E402
from tests.journeys.storming import QUESTIONS  # noqa: E402
from tests.journeys.widget_client import Widget, an_address  # noqa: E402

VISITORS, EVERY_SECONDS = 50, 5.0
OVERLOAD = 4
OVERLOAD_SECONDS = 60.0
ALONE_SECONDS, ALONE_EVERY_SECONDS = 30.0, 1.5
"""Faster, one person would meet the limit of five messages in five seconds, and it would be that which is measured."""
QUESTIONS_A_TALK = 50
"""Below the limit of sixty in ten minutes for one talk, which would be measured instead."""
PROMISED = (1.0, 2.0)
"""Seconds at the 95th and 99th percentile with 50 visitors; those admitted in an overload get the second at the 95th."""
REFUSED_SECONDS = 0.2
HONEST, PUSHING_SECONDS = 5, 30.0
PUSHES = {"une adresse, 100/s": (10, 100.0, MESSAGES_OF_AN_ADDRESS), "une conversation, 20/s": (1, 20.0, MESSAGES_OF_A_TALK)}
"""Who pushes: over how many sockets of one address, how many messages a second; the rule that is to stop them."""
MANY_ADDRESSES, OVER_SECONDS = 1000, 100.0


@dataclass
class Heard:
    """What visitors heard: seconds of the right answers and of the refusals, how many answers were wrong."""

    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)

    def at(self, share: float, of: list[float] | None = None) -> float:
        """Return the seconds within which that share was answered."""
        return float(np.quantile(self.answered if of is None else of, share)) if (of or self.answered) else float("inf")

    def __str__(self) -> str:
        told = f"{len(self.answered)} réponses, p50 {self.at(0.5):.3f} s, p95 {self.at(0.95):.3f} s, p99 {self.at(0.99):.3f} s"
        refused = f", {len(self.refused)} refus en {self.at(0.95, self.refused):.3f} s (p95)" if self.refused else ""
        return told + refused + (f", fautes : {dict(self.wrong)}" if self.wrong else "")


FILL = """
WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
INSERT INTO events (sender_id, type_name, timestamp, intent_name, action_name, data)
SELECT 'widget.ancien' || (n / 20), e.type_name, e.timestamp, e.intent_name, e.action_name, e.data
FROM numbers, (SELECT * FROM events WHERE type_name = 'user' LIMIT 1) AS e
"""


def fill(store: Path, events: int) -> None:
    """Put old talks into a tracker store that has at least one: copies of its first message, 20 to a talk."""
    with closing(sqlite3.connect(store, timeout=60)) as opened:
        for first in tqdm(range(0, events, 50_000), desc="anciens messages", unit=" × 50 000"):
            opened.execute(FILL, {"first": first, "last": min(first + 50_000, events) - 1})
            opened.commit()


async def visit(url: str, every: float, seconds: float, heard: Heard, seed: int) -> None:
    """Be a visitor of the widget who writes now and then; who has asked enough goes, and another comes."""
    chance, until = random.Random(seed), time.monotonic() + seconds
    await asyncio.sleep(chance.uniform(0, every))
    while time.monotonic() < until:
        await talk(url, every, until, heard, chance)


async def talk(url: str, every: float, until: float, heard: Heard, chance: random.Random) -> None:
    """Be one visitor, for QUESTIONS_A_TALK or `until` (of the monotonic clock)."""
    last = None
    async with Widget(url) as widget:
        for _ in range(QUESTIONS_A_TALK):
            if time.monotonic() >= until:
                return
            question = chance.choice([q for q in QUESTIONS if q is not last])
            last, began = question, time.monotonic()
            line = await widget.ask(question.ask)
            took = time.monotonic() - began
            if question.word in json.dumps(line, ensure_ascii=False):
                heard.answered.append(took)
            else:
                heard.wrong["autre réponse"] += 1
            await asyncio.sleep(max(0.0, chance.uniform(0.5, 1.5) * every - took))


async def call(url: str, session: aiohttp.ClientSession, question_at: int, heard: Heard) -> None:
    """Be a program that asks once."""
    question = QUESTIONS[question_at % len(QUESTIONS)]
    body = {"sender": uuid.uuid4().hex, "message": question.ask}
    began = time.monotonic()
    try:
        async with session.post(f"{url}/webhooks/rest/webhook", json=body) as answer:
            told = await answer.text()
            took = time.monotonic() - began
            if answer.status in (429, 503):
                heard.refused.append(took)
            elif answer.status == 200 and question.word in told:
                heard.answered.append(took)
            else:
                heard.wrong[str(answer.status)] += 1
    except (aiohttp.ClientError, asyncio.TimeoutError) as error:
        heard.wrong[type(error).__name__] += 1


async def crowd(url: str, visitors: int, seconds: float) -> Heard:
    """Let so many visitors write for so long."""
    heard = Heard()
    visits = [
        asyncio.create_task(visit(url, EVERY_SECONDS if visitors > 1 else ALONE_EVERY_SECONDS, seconds, heard, seed))
        for seed in range(visitors)
    ]
    with tqdm(total=int(seconds), desc=f"{visitors} visiteur(s)", unit=" s") as shown:
        began = time.monotonic()
        while not all(one.done() for one in visits):
            await asyncio.sleep(1)
            shown.update(min(int(seconds), int(time.monotonic() - began)) - shown.n)
    await asyncio.gather(*visits)
    return heard


async def overload(url: str) -> Heard:
    """Let programs ask at random moments, four times as often as the visitors did."""
    heard, chance, calls = Heard(), random.Random(1), set()
    rate, until = OVERLOAD * VISITORS / EVERY_SECONDS, time.monotonic() + OVERLOAD_SECONDS
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=500), timeout=aiohttp.ClientTimeout(total=60)) as session:
        for number in tqdm(range(int(rate * OVERLOAD_SECONDS)), desc="surcharge", unit=" questions"):
            if time.monotonic() > until:
                break
            await asyncio.sleep(chance.expovariate(rate))
            calls.add(asyncio.create_task(call(url, session, number, heard)))
        await asyncio.gather(*calls)
    return heard


def most(rule: str, seconds: float) -> float:
    """Return how many messages a rule lets through within so many seconds, whenever its windows begin."""
    return min(amount * (math.ceil(seconds / window) + 1) for amount, window in read_rule(rule))


async def push(url: str, sockets: int, rate: float, seconds: float) -> Counter[str]:
    """Be somebody who writes far too fast from one address; return how often what was said to it."""
    told: Counter[str] = Counter()
    address, began = an_address(), time.monotonic()

    async def one(number: int) -> None:
        async with Widget(url, address=address) as widget:
            while time.monotonic() - began < seconds:
                ack = await widget.call("say", {"id": uuid.uuid4().hex, "text": QUESTIONS[number % len(QUESTIONS)].ask}, 30)
                told[str(ack.get("code", "pris"))] += 1
                await asyncio.sleep(sockets / rate)

    await asyncio.gather(*(one(number) for number in range(sockets)))
    return told


async def arrive(url: str) -> Counter[str]:
    """Be a thousand strangers, each from an address of their own, who say one thing and go."""
    told: Counter[str] = Counter()

    async def one(number: int) -> None:
        await asyncio.sleep(OVER_SECONDS * number / MANY_ADDRESSES)
        async with Widget(url) as widget:
            ack = await widget.call("say", {"id": uuid.uuid4().hex, "text": QUESTIONS[number % len(QUESTIONS)].ask}, 30)
            told[str(ack.get("code", "pris"))] += 1

    await asyncio.gather(*(one(number) for number in range(MANY_ADDRESSES)))
    return told


async def pushed(url: str, work: Coroutine[Any, Any, Counter[str]], seconds: float) -> tuple[Heard, Counter[str]]:
    """Let some visitors write while somebody pushes."""
    heard = Heard()
    *_, told = await asyncio.gather(*(visit(url, 2.0, seconds, heard, seed) for seed in range(HONEST)), work)
    return heard, told


async def measure(url: str, folder: Path, minutes: float, events: int) -> bool:
    """Measure and print; return whether everything promised was held."""
    warm = Heard()
    await visit(url, 0.2, 3, warm, 0)
    fill(folder / "tracker.db", events)
    alone = await crowd(url, 1, ALONE_SECONDS)
    many = await crowd(url, VISITORS, 60 * minutes)
    over = await overload(url)
    pressed = {
        name: await pushed(url, push(url, sockets, rate, PUSHING_SECONDS), PUSHING_SECONDS) for name, (sockets, rate, _) in PUSHES.items()
    }
    pressed[f"{MANY_ADDRESSES} adresses en {OVER_SECONDS:.0f} s"] = await pushed(url, arrive(url), OVER_SECONDS)
    async with aiohttp.ClientSession() as session, session.get(f"{url}/health/ready") as ready:
        up = ready.status == 200
    print(f"\nune personne seule      : {alone}")
    print(f"{VISITORS} visiteurs, {minutes:g} min : {many} — p95 × {many.at(0.95) / alone.at(0.95):.1f} par rapport à une personne seule")
    print(f"surcharge × {OVERLOAD}           : {over}; encore debout : {'oui' if up else 'non'}")
    for name, (heard, told) in pressed.items():
        print(f"{HONEST} visiteurs pendant {name} : {heard} ; à l’autre : {dict(told)}")
    held = many.at(0.95) <= PROMISED[0] and many.at(0.99) <= PROMISED[1] and not many.wrong
    kept = over.at(0.95) <= PROMISED[1] and over.at(0.95, over.refused) <= REFUSED_SECONDS and not over.wrong and up
    calm = all(heard.at(0.95) <= PROMISED[0] and not heard.wrong for heard, _ in pressed.values())
    stopped = all(pressed[name][1]["pris"] <= most(rule, PUSHING_SECONDS) for name, (_, _, rule) in PUSHES.items())
    yes = {True: "tenue", False: "NON tenue"}
    print(f"promis : charge {yes[held]}, surcharge {yes[kept]}, calme des autres {yes[calm]}, limites {yes[stopped]}")
    return held and kept and calm and stopped


def main() -> int:
    """Start servers of its own, measure, print; return an exit code."""
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--minutes", type=float, default=15.0, help="durée de la charge")
    read.add_argument("--events", type=int, default=1_000_000, help="événements que la base tient déjà")
    chosen = read.parse_args()
    with tempfile.TemporaryDirectory(prefix="reso-charge-", dir=os.environ.get("TMPDIR")) as folder, running(Path(folder)) as servers:
        return 0 if asyncio.run(measure(servers.url, Path(folder), chosen.minutes, chosen.events)) else 1


if __name__ == "__main__":
    sys.exit(main())
