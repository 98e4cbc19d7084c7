"""Réso stands: processes killed at random moments, and hours of work with faults."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tarfile
import time
from asyncio.subprocess import PIPE, STDOUT
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from bot.settings import ROOT
from tests.channels.vendors.faults import Faults
from tests.channels.vendors.server import Vendors
from tests.journeys import soaking
from tests.journeys.figures import read_figures, total
from tests.journeys.serving import Servers
from tests.journeys.soaking import Sample, Samples
from tests.journeys.standing import ALL_ROLES, Crowd, Killer, damage, freeze, left_over, lock

KILLS = int(os.environ.get("RESO_KILLS", "4"))
"""Processes killed; 200 before a release (`make kills`)."""
BETWEEN_KILLS = (0.2, 4.0)
"""Seconds."""
WHILE_STARTING = 0.3
"""Share of kills that do not wait until what was killed before is back: Rasa takes longer to start than kills are apart."""
RATE = 3.0
"""Questions a second while processes are killed: less than can be answered, so that there is time to catch up."""
WHILE_AWAY = 0.15
"""Most questions of programs that are sent away, untaken: those that come while Rasa starts and a line of them waits already."""
APOLOGIES_A_KILL = 1.0
"""Most apologies for each process killed: what a kill interrupts is asked again, so that only who is hit twice gets one."""
HURRIED_SORRY = 0.15
"""Most apologies of the short forms, as a share of the questions taken: beside other servers the action server may be away for
longer than visitors are kept waiting for it."""
FULL = 200
"""Kills from which the machine is taken to be quiet."""
SORRY = 0.02
"""Most apologies in a soak, as a share of the questions taken."""
SEED = 11
SOAK = float(os.environ.get("RESO_SOAK", "300"))
"""Seconds of work with faults; 3,600 before a release (`make soak`)."""
AN_HOUR = 3600
LOAD = 0.7
"""Share of what can be answered at most."""
WARMING_SECONDS = SOAK / 20
"""Before that is measured: the first questions of a talk cost half of what later ones do, up to the eighth."""
MEASURED_SECONDS = 20.0
AT_ONCE = 24
"""Questions that are on their way all the time while that is measured."""
MANY = 120
"""Widgets meanwhile."""
WIDGETS_FOR_A_QUESTION = 7
"""For each question a second: a talk may have sixty messages in ten minutes, and three in ten questions come from widgets."""
FAULT_SECONDS = (15.0, 40.0)
"""Between two faults."""
FAILING = 0.05
"""Calls to vendors that fail."""
FROZEN_SECONDS = 20.0
"""The action server, once in a soak (notes/reliability.md, T2): less than after what it would be ended and started anew."""
ARCHIVES = "sauvegardes"
SAMPLE_SECONDS = 5.0
KEPT_SECONDS = 15.0
"""For so long aiohttp keeps an idle connection (`TCPConnector`), the crowd's to the gateway and the gateway's to Rasa."""
SETTLED = 0.2
"""Share of the time in which processes are killed; after it they live, so that their memory can be judged."""


async def keep_asking(crowd: Crowd, rate: float, over: asyncio.Event) -> None:
    """Let somebody ask at random moments, `rate` times a second on average, until it is over."""
    chance = random.Random(SEED)
    while not over.is_set():
        await asyncio.sleep(chance.expovariate(rate))
        if crowd.unsaid < 200:
            crowd.ask()


@pytest.mark.servers
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
            if chance.random() >= WHILE_STARTING:
                await killer.all_back()
            await asyncio.sleep(chance.uniform(*BETWEEN_KILLS))
            await killer.kill(list(ALL_ROLES)[number % len(ALL_ROLES)])
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
    assert not report.wrong, "\n".join(report.wrong[:30])
    assert left_over(connected.folder) == {"received": 0, "pending": 0}
    assert damage(connected.folder) == []
    assert sum(killer.kills.values()) == KILLS
    assert report.refused <= WHILE_AWAY * crowd.taken
    assert report.apologies <= (APOLOGIES_A_KILL * KILLS if KILLS >= FULL else HURRIED_SORRY * crowd.taken)
    assert killer.late() == []


async def capacity(crowd: Crowd, url: str, session: aiohttp.ClientSession) -> float:
    """Return the questions a second of such a crowd that are answered at most: some wait all the time."""

    async def figures() -> tuple[float, float]:
        async with session.get(f"{url}/metrics") as answer:
            told = read_figures(await answer.text())
        return total(told, "reso_turns_total"), total(told, "reso_turns_waiting")

    began, before = 0.0, 0.0
    until = time.monotonic() + WARMING_SECONDS + MEASURED_SECONDS
    while (now := time.monotonic()) < until:
        done, waiting = await figures()
        if not began and now > until - MEASURED_SECONDS:
            began, before = now, done
        for _ in range(int(AT_ONCE - waiting - crowd.unsaid)):
            crowd.ask()
        await asyncio.sleep(0.2)
    done, _ = await figures()
    return (done - before) / (time.monotonic() - began)


async def break_things(servers: Servers, killer: Killer, over: asyncio.Event, happened: Counter[str]) -> None:
    """Let something go wrong now and then: each process is killed once in the beginning, and the action server stands still for
    long; then they freeze for a moment and stores are locked. In the midst of it all is saved."""
    chance, began = random.Random(SEED), time.monotonic()
    planned: list[tuple[str, Callable[[], Awaitable[None]]]] = [(f"kill {role}", partial(killer.kill, role)) for role in ALL_ROLES]
    planned += [("freeze actions for long", partial(freeze, servers, "actions", FROZEN_SECONDS)), ("backup", partial(back_up, servers))]
    due = [SETTLED * SOAK * number / len(planned) for number in range(1, len(planned) + 1)]
    while not over.is_set():
        await asyncio.sleep(min(chance.uniform(*FAULT_SECONDS), max(8.0, SOAK / 12)))
        if planned and time.monotonic() - began > due[0]:
            del due[0]
            name, do = planned.pop(0)
            happened[name] += 1
            await do()
            continue
        kind = chance.choice(("freeze rasa", "freeze actions", "freeze gateway", "lock reso.db", "lock tracker.db"))
        happened[kind] += 1
        if kind.startswith("freeze"):
            await freeze(servers, kind.split()[1], 3.0)
        else:
            await lock(servers.folder / kind.split()[1], 3.0)


async def back_up(servers: Servers) -> None:
    """Save everything as people do, which reads the archive again; fail where that fails."""
    python = (sys.executable, "-W", "ignore", "-m", "bot", "backup", str(servers.folder / ARCHIVES))
    made = await asyncio.create_subprocess_exec(
        *python, cwd=ROOT, env={**os.environ, "RESO_FOLDER": str(servers.folder)}, stdout=PIPE, stderr=STDOUT
    )  # fmt: skip
    told, _ = await made.communicate()
    assert made.returncode == 0, told.decode(errors="replace")


def saved(servers: Servers, into: Path) -> list[str]:
    """Return what is wrong with what `back_up` made, unpacked into a new folder: no archive, or a damaged store in it."""
    archives = list((servers.folder / ARCHIVES).glob("*.tar.gz"))
    for archive in archives:
        with tarfile.open(archive) as packed:
            packed.extractall(into)
    return damage(into) if archives and list(into.glob("*.db")) else [f"{len(archives)} archives, {len(list(into.iterdir()))} files"]


async def sample(servers: Servers, session: aiohttp.ClientSession, samples: Samples) -> None:
    """Sample until cancelled."""
    while True:
        await samples.take({role: servers.pids(words) for role, words in ALL_ROLES.items()}, servers.url, session)
        await asyncio.sleep(SAMPLE_SECONDS)


@pytest.mark.servers
@pytest.mark.timeout(900 + 2 * int(SOAK))
async def test_at_seventy_percent_of_what_it_can_do_it_works_on_through_faults(
    connected: Servers, vendors: Vendors, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    over, samples = asyncio.Event(), Samples()
    happened: Counter[str] = Counter()
    async with aiohttp.ClientSession() as session:
        first = Crowd(connected, vendors, session, SEED, widgets=MANY)
        first.open()
        most = await capacity(first, connected.url, session)
        with capsys.disabled():
            print(f"\n{most:.1f} questions a second can be answered; {LOAD * most:.1f} are asked for {SOAK:.0f} s")

        async def waiting() -> int:
            return sum(left_over(connected.folder).values())

        await first.all_said()
        await first.all_heard(waiting)
        report = await first.judge([])
        assert not report.wrong, "\n".join(report.wrong[:30])
        vendors.faults.chance(FAILING, SEED)
        widgets = int(LOAD * most * WIDGETS_FOR_A_QUESTION)
        crowd, killer = Crowd(connected, vendors, session, SEED, widgets=widgets), Killer(connected, session)
        crowd.open()
        asking = asyncio.create_task(keep_asking(crowd, LOAD * most, over))
        breaking = asyncio.create_task(break_things(connected, killer, over, happened))
        sampling = asyncio.create_task(sample(connected, session, samples))
        for minute in range(int(SOAK // 60) + 1):
            await asyncio.sleep(min(60.0, SOAK - 60.0 * minute))
            if minute % 5 == 4:
                with capsys.disabled():
                    print(f"\n{minute + 1} min, {crowd.taken} questions taken, {dict(happened)}", end="", flush=True)
        over.set()
        await asking
        await breaking
        await killer.all_back()
        await crowd.all_said()
        await crowd.all_heard(waiting)
        await asyncio.sleep(KEPT_SECONDS + soaking.ENDS * SAMPLE_SECONDS)
        sampling.cancel()
        report = await crowd.judge(killer.killed)
    failed, vendors.faults = sum(vendors.faults.happened.values()), Faults()
    samples.write(ROOT / "results" / "soak")
    with capsys.disabled():
        print(f"\n{killer}; {dict(happened)}; {failed} calls to vendors failed")
        print(f"{crowd.taken} questions taken; {report}\n{soaking.told(samples)}\npicture: results/soak/soak.png")
    assert not report.wrong, "\n".join(report.wrong[:30])
    assert report.apologies <= (SORRY if SOAK >= AN_HOUR else HURRIED_SORRY) * crowd.taken
    assert killer.late() == []
    assert soaking.faults(samples, len(crowd.writers)) == []
    assert left_over(connected.folder) == {"received": 0, "pending": 0}
    assert damage(connected.folder) == []
    assert saved(connected, tmp_path) == []


def a_life(growing: float, files: int = 0, seconds: int = 3600, role: str = "gateway") -> Samples:
    """Return the samples of a process that grows by so many MB an hour."""
    made = Samples()
    for at in range(0, seconds, 5):
        memory = int((100 + growing * at / 3600 + (at % 3)) * soaking.MEGABYTE)
        made.processes.append(Sample(at, role, 1, memory, 20 + files * at // seconds))
    return made


@pytest.mark.parametrize(
    ("growing", "files", "seconds", "found"),
    [(1, 0, 3600, 0), (9, 0, 3600, 1), (1, 40, 3600, 1), (60, 0, 300, 0), (900, 0, 300, 1), (9000, 0, 60, 0)],
)
def test_what_grows_is_found(growing: float, files: int, seconds: int, found: int) -> None:
    assert len(soaking.faults(a_life(growing, files, seconds))) == found


@pytest.mark.parametrize(("role", "found"), [("gateway", 0), ("rasa", 1), ("actions", 1), ("notifier", 1)])
def test_widgets_that_come_back_excuse_open_files_of_the_gateway_only(role: str, found: int) -> None:
    assert len(soaking.faults(a_life(1, files=40, role=role), tabs=60)) == found


def test_what_is_away_for_longer_than_half_a_minute_is_found(tmp_path: Path) -> None:
    killer = Killer(Servers(None, 0, 0, tmp_path), None)  # type: ignore[arg-type]
    killer.away["rasa"] += [12.0, 30.0]
    assert killer.late() == []
    killer.away["notifier"].append(31.0)
    assert killer.late() == ["notifier was away for 31.0 s"]
