"""What is watched while something is broken: whether the gateway is alive, and that nothing it acknowledged is lost."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.journeys.serving import Servers, post
from tests.journeys.storming import APOLOGY, QUESTIONS, Question
from tests.journeys.widget_client import Widget

WORDS = {"gateway": "bot gateway", "rasa": "bot.serving.rasa", "actions": "bot.serving.actions"}
"""Each process, and the words of its command line."""
TROUBLE = ("Traceback", "request failed", "message not answered", "handler error", "exception was never retrieved", "Unhandled")
"""What stands in a log where something happened that nobody foresaw."""


@dataclass
class Pulse:
    """Asks /health/live all the time: `longest` is the slowest answer in seconds, `failures` what was no answer."""

    url: str
    longest: float = 0.0
    count: int = 0
    failures: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def beat(self) -> None:
        """Ask until it is over."""
        while not self.over.wait(0.1):
            began = time.monotonic()
            try:
                with urllib.request.urlopen(f"{self.url}/health/live", timeout=10) as answer:
                    answer.read()
            except OSError as error:
                self.failures.append(type(error).__name__)
            self.count += 1
            self.longest = max(self.longest, time.monotonic() - began)


@contextmanager
def pulse(servers: Servers) -> Iterator[Pulse]:
    """Watch the gateway's pulse while the block runs."""
    watched = Pulse(servers.url)
    thread = threading.Thread(target=watched.beat, daemon=True)
    thread.start()
    try:
        yield watched
    finally:
        watched.over.set()
        thread.join(15)


@contextmanager
def held(store: Path) -> Iterator[None]:
    """Let another process hold a SQLite store, so that nobody else can write, while the block runs."""
    script = (
        "import sqlite3, sys\n"
        "held = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)\n"
        "held.execute('BEGIN EXCLUSIVE')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", script, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        yield
    finally:
        holder.stdin.close()
        holder.wait(10)
        holder.stdout.close()


@dataclass
class Said:
    """A question and what came of it.

    `acknowledged`: the widget was told that it is taken; `told`: the sentence, where not; `seconds`: until it was told either.
    """

    question: Question
    widget: Widget
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    acknowledged: bool = False
    told: str = ""
    seconds: float = 0.0


async def say(widget: Widget, question: Question) -> Said:
    """Let a widget ask once, and note whether that was acknowledged."""
    said = Said(question, widget)
    began = time.monotonic()
    ack = await widget.call("say", {"id": said.id, "text": question.ask}, 30)
    said.seconds = time.monotonic() - began
    said.acknowledged, said.told = bool(ack["ok"]), str(ack.get("text", ""))
    return said


async def say_again_until_taken(said: Said, seconds: float = 60.0) -> float:
    """Send a question again with its id, as widgets do, until it is acknowledged; return the seconds that it took."""
    began = time.monotonic()
    while not said.acknowledged:
        assert time.monotonic() - began < seconds, f"never taken: {said.told}"
        await asyncio.sleep(0.5)
        ack = await said.widget.call("say", {"id": said.id, "text": said.question.ask}, 30)
        said.acknowledged = bool(ack["ok"])
    return time.monotonic() - began


async def outcome(said: Said, seconds: float = 120.0) -> str:
    """Wait for the reply to an acknowledged question; return « answered » or « apology », fail at anything else."""
    shown = str(await said.widget.reply_to(said.id, seconds))
    assert len(said.widget.replies_to(said.id)) == 1
    if said.question.word in shown:
        return "answered"
    assert APOLOGY in shown, shown
    return "apology"


def ask_rest(servers: Servers, question: Question, sender: str = "") -> str:
    """Ask over REST in a talk of its own (or `sender`'s); return « answered » or « apology », also for a refusal that says so."""
    status, body = post(servers.url, {"sender": sender or f"visiteur-{uuid.uuid4().hex}", "message": question.ask})
    told = json.dumps(body, ensure_ascii=False)
    assert status in (200, 503), (status, told)
    if question.word in told:
        return "answered"
    assert APOLOGY in told, (status, told)
    return "apology"


def until(holds: Callable[[], bool], seconds: float) -> float:
    """Wait until something holds; return the seconds that it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not so after {seconds:.0f} s"
        time.sleep(0.25)
    return time.monotonic() - began


def recovers(servers: Servers, seconds: float = 60.0) -> float:
    """Wait until a newcomer's question is answered; return the seconds that it took."""
    return until(lambda: ask_rest(servers, QUESTIONS[0]) == "answered", seconds)


def pids(servers: Servers) -> dict[str, list[int]]:
    """Return the process ids of gateway, Rasa and action server."""
    return {name: sorted(servers.pids(words)) for name, words in WORDS.items()}


def rows(store: Path, query: str, values: Sequence[Any] = ()) -> list[Any]:
    """Return what a query finds in a SQLite store."""
    with closing(sqlite3.connect(store, timeout=10)) as opened:
        return opened.execute(query, values).fetchall()


def memory(servers: Servers) -> int:
    """Return the bytes that the gateway holds in memory."""
    (pid,) = servers.pids(WORDS["gateway"])
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def logged(servers: Servers, *words: str) -> list[str]:
    """Return the lines of the log files that have any of some words."""
    found = []
    for file in sorted((servers.folder / "log").rglob("*")):
        if file.is_file():
            found += [line[:600] for line in file.read_text(errors="replace").splitlines() if any(word in line for word in words)]
    return found


def trouble(servers: Servers) -> list[str]:
    """Return the lines of the logs that tell of something not foreseen."""
    return logged(servers, *TROUBLE) + [line[:600] for line in servers.lines if any(word in line for word in TROUBLE)]
