"""Told to stop in the middle of a turn: it is finished and kept, newcomers are turned away at once, all is over in time (T12)."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.faults.watching import rows, until
from tests.journeys.serving import Servers, Visitor, running
from tests.journeys.storming import QUESTIONS
from tests.journeys.trackers import heard
from tests.stock.serving import halted

pytestmark = pytest.mark.servers

ASKED = QUESTIONS[0]
TURN_SECONDS = 6.0
"""What the turn takes that is under way."""
EXIT_SECONDS = 30.0
CLOSED_SECONDS = 2.0
"""After this nobody new gets a connection."""


def reachable(servers: Servers) -> bool:
    """Tell whether somebody new gets a connection."""
    try:
        with socket.create_connection(("127.0.0.1", servers.port), 1):
            return True
    except OSError:
        return False


def test_a_turn_under_way_is_finished_and_everything_ends_in_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(tmp_path) as servers:
        visitor = Visitor(servers.url)
        visitor.says("bonjour")
        asking = threading.Thread(target=lambda: visitor.says(ASKED.ask))
        with halted(servers, "bot.serving.rasa"):
            asking.start()
            of = (visitor.conversation,)
            until(lambda: (ASKED.ask, "received") in rows(tmp_path / "reso.db", "select text, state from inbox where sender = ?", of), 10)
            os.kill(max(servers.pids("-m bot serve")), signal.SIGTERM)
            began = time.monotonic()
            closed = until(lambda: not reachable(servers), CLOSED_SECONDS)
            assert asking.is_alive(), "the turn is under way still"
            time.sleep(TURN_SECONDS - (time.monotonic() - began))
        asking.join(EXIT_SECONDS)
        answered = time.monotonic() - began
        servers.process.wait(EXIT_SECONDS)
        over = time.monotonic() - began
    with capsys.disabled():
        print(f"\nSIGTERM: no newcomers after {closed:.1f} s, answered after {answered:.1f} s, over after {over:.1f} s")
    assert visitor.answers == [ASKED.entry]
    assert ASKED.word in visitor.text
    assert rows(tmp_path / "reso.db", "select text, state from inbox where sender = ? order by id", of)[-1] == (ASKED.ask, "answered")
    assert heard(servers, visitor.conversation) == ["bonjour", ASKED.ask]
    assert over <= EXIT_SECONDS
    assert [servers.pids(words) for words in ("bot gateway", "bot.serving.rasa", "bot.serving.actions")] == [[], [], []]
