"""The stores locked, read-only, full, gone, damaged: nobody is told « taken » for what is lost, nobody gets silence."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.faults.watching import ask_rest, held, logged, outcome, pids, pulse, recovers, rows, say, say_again_until_taken
from tests.journeys.serving import Servers, Visitor, running
from tests.journeys.standing import damage, left_over
from tests.journeys.storming import QUESTIONS
from tests.journeys.widget_client import Widget

pytestmark = pytest.mark.servers

HELD_SECONDS = 15.0
TOLD_SECONDS = 5.0
"""Longest wait for « taken » or « réessayez » while a store is held; under 3 s on a machine of its own."""
LIVE_SECONDS = 3.0
"""Longest wait for /health/live; 0.2 s on a machine of its own."""


@pytest.mark.parametrize("store", ["reso.db", "tracker.db"])
async def test_a_store_held_by_another_process_for_fifteen_seconds(
    standing: Servers, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = pids(standing)
    widgets = [await Widget(standing.url).connect() for _ in range(4)]
    with pulse(standing) as pulsed:
        with held(standing.folder / store):
            released = time.monotonic() + HELD_SECONDS
            asked = [asyncio.create_task(say(widget, question)) for widget, question in zip(widgets, QUESTIONS)]
            rest = asyncio.create_task(asyncio.to_thread(ask_rest, standing, QUESTIONS[4]))
            await asyncio.sleep(released - time.monotonic())
        began = time.monotonic()
        said = await asyncio.gather(*asked)
        refused, told_within = sum(not one.acknowledged for one in said), max(one.seconds for one in said)
        assert all(one.acknowledged or "enregistrer" in one.told for one in said)
        for one in said:
            await say_again_until_taken(one)
        outcomes = [await outcome(one) for one in said] + [await rest]
        recovered = await asyncio.to_thread(recovers, standing)
        seconds = time.monotonic() - began
    for widget in widgets:
        await widget.close()
    with capsys.disabled():
        print(
            f"\n{store} held for {HELD_SECONDS:.0f} s: {refused} refused, all told in {told_within:.1f} s, {outcomes.count('answered')} answered, "
            f"{outcomes.count('apology')} apologised for; live in {pulsed.longest * 1000:.0f} ms at most ({pulsed.count} times); "
            f"all well {seconds:.1f} s after (a newcomer: {recovered:.1f} s)"
        )
    assert pulsed.failures == []
    assert pulsed.longest < LIVE_SECONDS
    assert told_within < TOLD_SECONDS
    assert left_over(standing.folder)["received"] == 0
    assert pids(standing) == before


@contextmanager
def read_only(file: Path) -> Iterator[None]:
    """Take the right to write a file from everybody while the block runs."""
    mode = file.stat().st_mode
    file.chmod(0o444)
    try:
        yield
    finally:
        file.chmod(mode)


async def test_a_store_made_read_only_takes_nothing_that_it_cannot_keep(standing: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    before = pids(standing)
    widget = await Widget(standing.url).connect()
    with read_only(standing.folder / "reso.db"):
        said = await say(widget, QUESTIONS[0])
        assert not said.acknowledged
        assert "enregistrer" in said.told
        assert ask_rest(standing, QUESTIONS[1]) == "apology"
        assert rows(standing.folder / "reso.db", "select count(*) from inbox where message_id like ?", (f"%{said.id}",)) == [(0,)]
    taken = await say_again_until_taken(said)
    assert await outcome(said) == "answered"
    assert logged(standing, "a message cannot be noted")
    with capsys.disabled():
        print(f"\nreso.db read-only: taken {taken:.1f} s after")
    await widget.close()
    assert pids(standing) == before


@contextmanager
def full_disk(servers: Servers) -> Iterator[None]:
    """Let no process of the servers write to any file beyond its first byte while the block runs, as on a full disk."""
    numbers = [pid for found in pids(servers).values() for pid in found]
    limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in numbers}
    for pid, (_, hard) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        for pid, limit in limits.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


async def test_on_a_full_disk_nothing_is_said_to_be_taken_and_room_is_all_that_is_needed(
    standing: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    before, widget = pids(standing), await Widget(standing.url).connect()
    with full_disk(standing):
        said = [await say(widget, question) for question in QUESTIONS[:3]]
        assert [one.acknowledged for one in said] == [False] * 3
        assert all("enregistrer" in one.told for one in said)
        assert ask_rest(standing, QUESTIONS[3]) == "apology"
    began = time.monotonic()
    for one in said:
        await say_again_until_taken(one)
        assert await outcome(one) == "answered"
    recovered = await asyncio.to_thread(recovers, standing)
    with capsys.disabled():
        print(f"\ndisk full: all well {time.monotonic() - began:.1f} s after (a newcomer: {recovered:.1f} s)")
    await widget.close()
    assert damage(standing.folder) == []
    assert pids(standing) == before


@contextmanager
def gone(store: Path) -> Iterator[None]:
    """Take a store's files away while the block runs; nothing can be made in their place."""
    aside = store.parent / "ailleurs"
    aside.mkdir()
    files = [file for file in store.parent.glob(f"{store.name}*") if file.is_file()]
    for file in files:
        file.rename(aside / file.name)
    store.mkdir()
    try:
        yield
    finally:
        store.rmdir()
        for file in files:
            (aside / file.name).rename(file)
        aside.rmdir()


def test_with_the_tracker_gone_in_mid_talk_the_talk_is_not_forked_and_goes_on_where_it_was(
    standing: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    tracker = standing.folder / "tracker.db"
    visitor = Visitor(standing.url).says(QUESTIONS[0].ask)
    assert visitor.answers == ["cas/ikea"]
    of = "select type_name, data from events where sender_id = ? order by id"
    told = rows(tracker, of, (visitor.conversation,))
    with gone(tracker):
        began = time.monotonic()
        visitor.says("dis-m'en plus")
        apologised = time.monotonic() - began
        assert visitor.answers == []
        assert "excuses" in visitor.text
    assert rows(tracker, of, (visitor.conversation,)) == told
    recovered = recovers(standing)
    assert visitor.says("dis-m'en plus").answers == ["cas/ikea"]
    after = rows(tracker, of, (visitor.conversation,))
    assert after[: len(told)] == told
    assert [kind for kind, _ in after].count("session_started") == 1
    with capsys.disabled():
        print(f"\ntracker gone: apology after {apologised:.1f} s; back {recovered:.1f} s after")


def test_a_corrupt_event_troubles_its_visitor_only(standing: Servers) -> None:
    before = pids(standing)
    hurt, other = Visitor(standing.url).says(QUESTIONS[0].ask), Visitor(standing.url).says(QUESTIONS[1].ask)
    with closing(sqlite3.connect(standing.folder / "tracker.db", timeout=10)) as opened, opened:
        changed = opened.execute("update events set data = '{' where sender_id = ? and type_name = 'user'", (hurt.conversation,)).rowcount
    assert changed == 1
    hurt.says(QUESTIONS[2].ask)
    assert hurt.answers == []
    assert "excuses" in hurt.text
    assert other.says("dis-m'en plus").answers == ["cas/inktober"]
    assert Visitor(standing.url).says(QUESTIONS[2].ask).answers == ["cas/booktok"]
    assert pids(standing) == before


def reso(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Réso's in a folder; models are the folder's own."""
    given = {**os.environ, "RESO_FOLDER": str(folder), "RESO_MODELS": str(folder / "models"), **environment}
    return subprocess.run(list(arguments), cwd=ROOT, env=given, capture_output=True, text=True, timeout=180, stdin=subprocess.DEVNULL)


def spoil(file: Path) -> None:
    """Overwrite the middle of a file with noise, as a dying disk does."""
    size = file.stat().st_size
    with file.open("r+b") as opened:
        for place in range(4096, size, 8192):
            opened.seek(place)
            opened.write(os.urandom(2048))


def test_a_damaged_database_stops_the_start_with_advice_and_the_advice_brings_it_back(
    standing: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    visitor = Visitor(standing.url).says(QUESTIONS[0].ask)
    python = (sys.executable, "-W", "ignore", "-m", "bot")
    made = subprocess.run(
        [*python, "backup", str(tmp_path / "sauvegardes")], cwd=ROOT, env={**os.environ, "RESO_FOLDER": str(standing.folder)}, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    assert "relue" in made.stdout
    (archive,) = (tmp_path / "sauvegardes").glob("*.tar.gz")
    folder = tmp_path / "abîmé"
    folder.mkdir()
    assert reso(folder, *python, "restore", str(archive)).returncode == 0
    for name in ("reso.db", "tracker.db"):
        sound = (folder / name).read_bytes()
        spoil(folder / name)
        refused = reso(folder, "make", "run")
        assert refused.returncode != 0
        assert f"{name} est abîmée" in refused.stderr
        assert "python -m bot restore" in refused.stderr.replace("\u00a0", " ")
        assert "Traceback" not in refused.stdout + refused.stderr
        if name == "reso.db":
            (folder / name).write_bytes(sound)
    began = time.monotonic()
    restored = reso(folder, *python, "restore", str(archive))
    assert restored.returncode == 0, restored.stderr
    with running(folder, RESO_MODELS=str(folder / "models")) as back:
        seconds = time.monotonic() - began
        assert Visitor(back.url, visitor.sender).says("dis-m'en plus").answers == ["cas/ikea"]
    with capsys.disabled():
        print(f"\nrestored and serving after {seconds:.1f} s")
    shutil.rmtree(folder)
