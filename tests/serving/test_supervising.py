"""Processes that fall or hang are started anew, know only the secrets that are theirs, and end with who started them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.gateway import app
from bot.serving import pulse as module
from bot.serving.pulse import LEAST_MISSED, SILENT_SECONDS, STARTING_SECONDS, Pulse
from bot.serving.supervising import STOP_SECONDS, Child, action_server, gateway, notifier, rasa_server, watch
from bot.settings import ROOT, Settings


def test_the_gateway_has_done_what_it_can_before_it_is_killed() -> None:
    assert app.TURNS_SECONDS + app.CALLS_SECONDS + app.CONNECTIONS_SECONDS < STOP_SECONDS
    assert Settings.__fields__["turn_seconds"].default < app.TURNS_SECONDS


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


def variables(process: int) -> dict[str, str]:
    """Return the environment of a process; for a moment after it was started, the kernel has none to tell."""
    environ = Path(f"/proc/{process}/environ")
    assert within(20, lambda: environ.read_text() != "")
    return dict(item.split("=", 1) for item in environ.read_text().split("\0") if "=" in item)


SETTINGS = {
    "RESO_META_APP_SECRET": "meta", "RESO_MESSENGER_TOKEN": "messenger", "reso_telegram_token": "telegram", "RESO_SECRET": "s" * 32,
    "RESO_SMTP_PASSWORD": "courrier", "RESO_WEBHOOK_SECRET": "w" * 16, "RESO_WEBHOOK_URL": "https://equipe.exemple.fr",
    "RESO_PSEUDONYM_KEY": "p" * 32, "reso_database_url": "postgresql://reso:motdepasse@bases.exemple.fr/reso",
}  # fmt: skip


def test_each_process_gets_the_secrets_that_are_its_own_and_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SETTINGS, "RESO_FOLDER": str(tmp_path), "SLACK_TOKEN": "slack"}.items():
        monkeypatch.setenv(name, value)
    given, inner = Settings(), {"RESO_RASA_PORT": "5999", "RESO_INNER_KEY": "k" * 32}
    gets: dict[str, set[str]] = {}
    for child in (action_server(given, inner), rasa_server(given, inner), gateway(given, inner), *notifier(given)):
        child.command = [sys.executable, "-c", "import time; time.sleep(60)"]
        child.start()
        assert child.process is not None
        has = variables(child.process.pid)
        child.stop(5)
        assert has["RESO_FOLDER"] == str(tmp_path)
        assert has["SLACK_TOKEN"] == "slack", "Rasa's own connectors take theirs by other names"
        gets[child.log.stem] = {name.upper() for name in has} & {name.upper() for name in (*SETTINGS, "RESO_INNER_KEY")}
    # Two that hashed conversations by different keys would not find each other's rows, and an erasure would leave some.
    of_the_team = {"RESO_SMTP_PASSWORD", "RESO_WEBHOOK_SECRET"}
    told = {"RESO_WEBHOOK_URL", "RESO_PSEUDONYM_KEY", "RESO_DATABASE_URL"}
    assert gets["actions"] == {"RESO_INNER_KEY"} | told
    assert gets["rasa"] == {"RESO_INNER_KEY", "RESO_PSEUDONYM_KEY"}
    assert gets["notify"] == of_the_team | told
    assert gets["gateway"] == {name.upper() for name in SETTINGS} - of_the_team | {"RESO_INNER_KEY"}


STARTS = """
import sys, time
from pathlib import Path
from bot.serving.supervising import Child
child = Child("le cobaye", [sys.executable, "-c", sys.argv[1]], Path(sys.argv[2]) / "log" / "x.log")
child.start()
print(child.process.pid, flush=True)
time.sleep(60)
"""
STAYS = """
import time
from bot.serving.bound import end_with_supervisor
end_with_supervisor()
print("bound", flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux does it")
def test_where_the_supervisor_is_killed_nobody_is_left_behind(tmp_path: Path) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", STARTS, STAYS, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    child = int(supervisor.stdout.readline())
    assert within(20, lambda: "bound" in (tmp_path / "log" / "x.out").read_text())
    supervisor.kill()
    supervisor.wait()
    assert within(10, lambda: not Path(f"/proc/{child}").exists() or "State:\tZ" in Path(f"/proc/{child}/status").read_text())


def test_who_was_not_started_by_a_supervisor_is_bound_to_nobody(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", STAYS.replace("time.sleep(60)", "")], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "bound\n"
