"""A crowd that goes on asking on every channel while things break, and what is broken."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import signal
import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bot.gateway.readiness import HOLDS_SECONDS
from tests.channels.vendors import bodies
from tests.channels.vendors.accounts import CHANNELS
from tests.channels.vendors.deliverer import Deliverer
from tests.channels.vendors.server import Vendors
from tests.journeys.serving import Servers
from tests.journeys.storming import APOLOGY, QUESTIONS, Person, Question, Verdict, judge, people
from tests.journeys.widget_client import Widget
from tests.journeys.widget_writer import Writer

ROLES = {"gateway": "bot gateway", "rasa": "bot.serving.rasa", "actions": "bot.serving.actions"}
"""What every installation runs, and the words of its command line."""
ALL_ROLES = {**ROLES, "notifier": "bot notify"}
"""With what runs where the team has a webhook or an address: everything that the supervisor starts again."""
AWAY_SECONDS = 30.0
"""Longest that anything may be away after it was killed (notes/reliability.md, T1)."""
MOST_WAITING = 150
"""Questions without an answer at any time; the queue refuses from 500 on."""
STALLED_SECONDS = 240.0
"""Longer than a pause between two tries of a call, but where a vendor was not heard four times running."""
REST_SECONDS = 120.0
"""After this a program that calls REST gives up; it asks again with the same id before."""


_crowds = itertools.count(1)


@dataclass
class Program:
    """A program that asks over REST: each question in a talk of its own, again with the same id until it gets an answer."""

    url: str
    session: aiohttp.ClientSession
    wrong: list[str] = field(default_factory=list)
    answered: int = 0
    apologies: int = 0
    refused: int = 0
    """Questions that were sent away until the program gave up: it knows, and nothing was promised to it."""
    seconds: list[float] = field(default_factory=list)

    async def ask(self, question: Question) -> None:
        """Ask once; note what came."""
        body = {"sender": f"programme-{uuid.uuid4().hex}", "message": question.ask, "message_id": uuid.uuid4().hex}
        began, told_so = time.monotonic(), False
        while time.monotonic() - began < REST_SECONDS:
            pause = 0.5
            try:
                timeout = aiohttp.ClientTimeout(total=60)
                async with self.session.post(f"{self.url}/webhooks/rest/webhook", json=body, timeout=timeout) as answer:
                    told = await answer.json()
                    if answer.status == 200 and told:
                        self._note(question, str(told))
                        self.seconds.append(time.monotonic() - began)
                        return
                    told_so = answer.status in (429, 503)
                    pause = float(answer.headers.get("Retry-After", pause))
                    if 400 <= answer.status < 500 and answer.status != 429:
                        self.wrong.append(f"REST {answer.status}")
                        return
            except (asyncio.TimeoutError, ValueError):
                told_so = False
            except aiohttp.ClientError:
                told_so = True  # a connection refused or broken off says so by itself
            await asyncio.sleep(pause)
        if told_so:
            self.refused += 1
        else:
            self.wrong.append(f"REST: no answer to {question.ask}")

    def _note(self, question: Question, told: str) -> None:
        if question.word in told:
            self.answered += 1
        elif APOLOGY in told:
            self.apologies += 1
        else:
            self.wrong.append(f"REST: {question.entry} got {told[:200]}")


class Crowd:
    """People on the four vendors' channels and at the widget, and a program. Nobody asks the same twice running."""

    def __init__(self, servers: Servers, vendors: Vendors, session: aiohttp.ClientSession, seed: int, persons: int = 40, widgets: int = 60):
        tail = str(next(_crowds))  # nobody of an earlier crowd at the same vendors
        self._servers, self._vendors = servers, vendors
        self._chance = random.Random(seed)
        self.deliverer = Deliverer(servers.url, vendors, session, seed, again=0.1)
        self.program = Program(servers.url, session)
        self.asked: dict[Person, list[str]] = {Person(p.channel, p.id + tail): [] for p in people(persons)}
        self.writers = [Writer(Widget(servers.url)) for _ in range(widgets)]
        self.written: list[list[Question]] = [[] for _ in self.writers]
        self._lanes = {channel: asyncio.Queue[tuple[Person, Question]]() for channel in CHANNELS}
        self._tabs = [asyncio.Queue[tuple[Question, bool]]() for _ in self.writers]
        self._tasks: list[asyncio.Task[None]] = []
        self._calls: set[asyncio.Task[None]] = set()
        self.taken = 0

    def open(self) -> None:
        """Let people come."""
        self._tasks = [asyncio.create_task(self._lane(channel)) for channel in CHANNELS]
        self._tasks += [asyncio.create_task(self._tab(number)) for number in range(len(self.writers))]

    def ask(self) -> None:
        """Let somebody ask something now; whoever is still at an earlier question asks after it."""
        kind = self._chance.choices(("vendor", "widget", "rest"), (6, 3, 1))[0]
        if kind == "rest":
            call = asyncio.create_task(self.program.ask(self._chance.choice(QUESTIONS)))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        elif kind == "widget":
            number = self._chance.randrange(len(self.writers))
            question = self._another([q.entry for q in self.written[number]])
            self.written[number].append(question)
            self._tabs[number].put_nowait((question, self._chance.random() < 0.05))
        else:
            person = self._chance.choice(list(self.asked))
            question = self._another(self.asked[person])
            self.asked[person].append(question.entry)
            self._lanes[person.channel].put_nowait((person, question))

    def _another(self, before: Sequence[str]) -> Question:
        """Return a question that is not among the last ones: after an apology the one before would mean « tell me more »."""
        return self._chance.choice([q for q in QUESTIONS if q.entry not in before[-6:]])

    async def _lane(self, channel: str) -> None:
        while True:
            person, question = await self._lanes[channel].get()
            await self.deliverer.deliver([bodies.text(channel, person.id, question.ask)])
            self.taken += 1
            self._lanes[channel].task_done()

    async def _tab(self, number: int) -> None:
        while True:
            question, breaking = await self._tabs[number].get()
            await self.writers[number].say(question.ask, breaking)
            self.taken += 1
            self._tabs[number].task_done()

    @property
    def unsaid(self) -> int:
        """Return how many questions wait for their turn to be sent."""
        return sum(queue.qsize() for queue in (*self._lanes.values(), *self._tabs))

    async def all_said(self) -> None:
        """Wait until everything is acknowledged; raise what went wrong in a lane."""
        said = asyncio.gather(*(queue.join() for queue in (*self._lanes.values(), *self._tabs)))
        done, _ = await asyncio.wait({asyncio.ensure_future(said), *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        await self.deliverer.settle()
        await asyncio.gather(*self._calls)

    async def all_heard(self, waiting: Callable[[], Awaitable[int]]) -> None:
        """Wait until every widget has its replies, and nothing is on its way to a vendor or nothing moves any more."""
        await asyncio.gather(*(writer.hears_everything() for writer in self.writers if writer.ids))
        since, last = time.monotonic(), -1
        while (left := await waiting()) and time.monotonic() - since < STALLED_SECONDS:
            if left != last:
                since, last = time.monotonic(), left
            await asyncio.sleep(0.5)
        for task in self._tasks:
            task.cancel()

    async def judge(self, killed: Sequence[float]) -> Report:
        """Return what came of it all."""
        report = Report(
            wrong=list(self.program.wrong),
            answered=self.program.answered,
            apologies=self.program.apologies,
            refused=self.program.refused,
        )
        for person, asked in self.asked.items():
            verdict = judge(asked, self._vendors.ledger.accepted(person.channel, person.id), killed, sorry=True)
            report.add(f"{person.channel} {person.id}", len(asked), verdict)
        for number, writer in enumerate(self.writers):
            report.add(f"widget {number}", len(writer.ids), await self._of_widget(writer, self.written[number]))
        return report

    async def _of_widget(self, writer: Writer, written: Sequence[Question]) -> Verdict:
        verdict = Verdict()
        if not writer.ids:
            return verdict
        again = await Widget(self._servers.url, writer.widget.token).connect()
        await again.until(lambda: len(again.lines) >= 2 * len(writer.ids), 60)
        for name, lines in (("tab", writer.widget.lines), ("replay", again.lines)):
            if [line["id"] for line in lines if line["author"] == "visitor"] != writer.ids:
                verdict.wrong.append(f"{name}: what was said is not what is shown")
            if [line["reply_to"] for line in lines if line["author"] == "bot"] != writer.ids:
                verdict.wrong.append(f"{name}: not one reply each, in order")
        for id, question in zip(writer.ids, written):
            shown = str(again.replies_to(id))
            if question.word not in shown:
                verdict.apologies += APOLOGY in shown
                if APOLOGY not in shown:
                    verdict.wrong.append(f"{question.entry} got {shown[:200]}")
        await again.close()
        await writer.widget.close()
        return verdict


@dataclass
class Report:
    """What came of a crowd's questions."""

    wrong: list[str] = field(default_factory=list)
    answered: int = 0
    apologies: int = 0
    excused: int = 0
    died: int = 0
    refused: int = 0

    def add(self, whose: str, asked: int, verdict: Verdict) -> None:
        """Count one conversation."""
        self.wrong += [f"{whose}: {line}" for line in verdict.wrong]
        self.answered += asked - verdict.apologies
        self.apologies += verdict.apologies
        self.excused += verdict.excused
        self.died += verdict.died

    def __str__(self) -> str:
        return (
            f"{self.answered} answered, {self.apologies} apologised for, {self.refused} programs sent away, {len(self.wrong)} wrong; doubles: {self.excused} where the vendor "
            f"did not say that it took the first, {self.died} at the moment when the gateway was killed"
        )


class Killer:
    """Ends processes without a word and notes how long each is away."""

    def __init__(self, servers: Servers, session: aiohttp.ClientSession):
        self._servers, self._session = servers, session
        self.killed: list[float] = []
        """When a gateway was killed, seconds since 1970."""
        self.kills: Counter[str] = Counter()
        self.away: dict[str, list[float]] = {role: [] for role in ALL_ROLES}
        self._watching: dict[str, asyncio.Task[None]] = {}

    async def kill(self, role: str) -> None:
        """Kill a process as soon as there is one."""
        while not (pids := self._servers.pids(ALL_ROLES[role])):  # noqa: ASYNC110 - processes tell nobody that they begin
            await asyncio.sleep(0.1)
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if role == "gateway":
            self.killed.append(time.time())
        self.kills[role] += 1
        if role in self._watching:
            self._watching[role].cancel()
        self._watching[role] = asyncio.create_task(self._watch(role))

    async def all_back(self, seconds: float = 90.0) -> None:
        """Wait until everything that was killed is there again."""
        if self._watching:
            _, late = await asyncio.wait(self._watching.values(), timeout=seconds)
            assert not late, f"not back after {seconds:.0f} s"

    async def _watch(self, role: str) -> None:
        began = time.monotonic()
        # What /health/ready said of Rasa just before may be said again for a moment.
        await asyncio.sleep(HOLDS_SECONDS + 0.1 if role == "rasa" else 0.1)
        while not await self._serves(role):  # noqa: ASYNC110 - it cannot tell that it is back
            await asyncio.sleep(0.1)
        self.away[role].append(time.monotonic() - began)

    def late(self) -> list[str]:
        """Return what was away for too long."""
        return [f"{role} was away for {away:.1f} s" for role, held in self.away.items() for away in held if away > AWAY_SECONDS]

    async def _serves(self, role: str) -> bool:
        if role == "notifier":  # it listens to nobody: to be there is all
            return bool(self._servers.pids(ALL_ROLES[role]))
        url = f"http://127.0.0.1:{self._servers.actions_port}/health" if role == "actions" else f"{self._servers.url}/health/ready"
        try:
            async with self._session.get(url, timeout=aiohttp.ClientTimeout(total=2)) as answer:
                return role != "rasa" or bool((await answer.json())["rasa"])
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
            return False

    def __str__(self) -> str:
        def told(role: str) -> str:
            away = sorted(self.away[role]) or [0.0]
            return f"{role} {self.kills[role]} × (away {away[len(away) // 2]:.1f} s, {away[-1]:.1f} s at most)"

        return f"{sum(self.kills.values())} kills: " + ", ".join(map(told, filter(self.kills.get, ALL_ROLES)))


async def freeze(servers: Servers, role: str, seconds: float) -> None:
    """Stop a process for a while, as a machine does that swaps."""
    pids = servers.pids(ROLES[role])
    for pid in pids:
        _send(pid, signal.SIGSTOP)
    await asyncio.sleep(seconds)
    for pid in pids:
        _send(pid, signal.SIGCONT)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


async def lock(store: Path, seconds: float) -> None:
    """Hold a store so that nobody else can write."""
    with closing(sqlite3.connect(store, timeout=5, isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(seconds)
        held.execute("ROLLBACK")


def damage(folder: Path) -> list[str]:
    """Return what SQLite finds wrong with the stores of a folder."""
    found = []
    for store in sorted(folder.glob("*.db")):
        with closing(sqlite3.connect(store)) as opened:
            told = [row[0] for row in opened.execute("PRAGMA integrity_check")]
        found += [f"{store.name}: {line}" for line in told if line != "ok"]
    return found


def left_over(folder: Path) -> dict[str, int]:
    """Return how many messages are without an outcome, and how many calls have not gone out."""
    with closing(sqlite3.connect(folder / "reso.db")) as opened:
        (received,) = opened.execute("SELECT count(*) FROM inbox WHERE state = 'received'").fetchone()
        (pending,) = opened.execute("SELECT count(*) FROM outbox WHERE state = 'pending'").fetchone()
    return {"received": received, "pending": pending}
