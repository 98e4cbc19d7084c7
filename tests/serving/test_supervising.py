"""Processes that fall or hang are started anew, know only the secrets that are theirs, and end with who started them."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.serving import pulse as module
from bot.serving.pulse import LEAST_MISSED, SILENT_SECONDS, STARTING_SECONDS, Pulse
from bot.serving.supervising import Child, watch

SERVES = """
import http.server, sys
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


class Clock:
    """Stands for the time."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def silent(pulse: Pulse, clock: Clock, seconds: float, questions: int = LEAST_MISSED) -> bool:
    """Let a process be silent; tell whether it is taken for stuck."""
    for _ in range(questions):
        clock.seconds += seconds / questions
        pulse.note(False)
    return pulse.stuck


def test_a_process_that_answered_and_is_silent_for_half_a_minute_is_stuck(clock: Clock) -> None:
    pulse = Pulse("http://127.0.0.1:9/", now=clock)
    pulse.note(True)
    assert not silent(pulse, clock, SILENT_SECONDS - 1)
    assert silent(pulse, clock, 2)
    pulse.note(True)
    assert not pulse.stuck


def test_a_process_that_loads_its_model_is_given_time_also_when_it_was_started_anew(clock: Clock) -> None:
    pulse = Pulse("http://127.0.0.1:9/", now=clock)
    assert not silent(pulse, clock, STARTING_SECONDS - 1)
    pulse.note(True)
    pulse.begin()
    assert not silent(pulse, clock, STARTING_SECONDS - 1)
    assert silent(pulse, clock, 2)


def test_a_machine_that_stood_still_condemns_nobody(clock: Clock) -> None:
    pulse = Pulse("http://127.0.0.1:9/", now=clock)
    pulse.note(True)
    assert not silent(pulse, clock, 3600, questions=1)


def within(seconds: float, true: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
    return true()


def test_a_process_that_hangs_is_ended_and_started_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("PAUSE", 0.1), ("ANSWER_SECONDS", 0.3), ("SILENT_SECONDS", 1.0)):
        monkeypatch.setattr(module, name, seconds)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    pulse = Pulse(f"http://127.0.0.1:{port}/nowhere")
    child = Child("le cobaye", [sys.executable, "-c", SERVES, str(port)], tmp_path / "log" / "x.log", pulse=pulse)
    over = threading.Event()
    child.start()
    assert child.process is not None
    try:
        assert within(20, pulse.ask), "a 404 is a sign of life"
        pulse.listen(over)
        watching = threading.Thread(target=watch, args=([child], over))
        watching.start()
        time.sleep(2.5)
        first = child.process.pid
        assert child.running, "it answers, and is left alone"
        os.kill(first, signal.SIGSTOP)
        assert within(20, lambda: child.process is not None and child.process.pid != first and pulse.ask())
    finally:
        over.set()
        watching.join()
        child.stop(5)
