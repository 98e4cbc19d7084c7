"""What a start waits for, and what keeps falling afterwards."""

from __future__ import annotations

import http.server
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.serving import models, supervising
from bot.serving.progress import Stop
from bot.serving.supervising import Child, pause_after, shell_command, wait_for_answer, watch
from bot.settings import Settings

STAYS, ENDS = ("import time; time.sleep(60)", "")


class Gateway(http.server.BaseHTTPRequestHandler):
    """Says that everything is there, and refuses questions: others are in the line."""

    parts = {"rasa": True, "actions": True, "store": True, "queue": True}
    status = 503

    def do_GET(self) -> None:
        told = json.dumps({"ready": all(self.parts.values()), **self.parts}).encode()
        self.send_response(200 if all(self.parts.values()) else 503)
        self.end_headers()
        self.wfile.write(told)

    def do_POST(self) -> None:
        self.send_error(self.status)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    monkeypatch.setattr(supervising, "START_SECONDS", 0)
    yield Settings(folder=tmp_path, port=served.server_port, models=tmp_path / "models")
    served.shutdown()
    served.server_close()


def a_child(folder: Path, script: str, needed: bool = True) -> Child:
    child = Child("le cobaye", [sys.executable, "-c", script], folder / "log" / "x.log", needed=needed)
    child.start()
    return child


INNER = {"RESO_INNER_KEY": "k" * 32}


def test_a_line_of_messages_from_before_the_start_does_not_end_it(given: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    child = a_child(given.folder, STAYS)
    assert wait_for_answer([child], given, INNER, threading.Event()) is False, "nothing was answered that would show a good model"
    monkeypatch.setattr(Gateway, "parts", {**Gateway.parts, "queue": False})
    assert wait_for_answer([child], given, INNER, threading.Event()) is False
    monkeypatch.setattr(Gateway, "status", 500)
    with pytest.raises(Stop, match="Pas de réponse"):
        wait_for_answer([child], given, INNER, threading.Event())
    monkeypatch.setattr(Gateway, "status", 503)
    monkeypatch.setattr(Gateway, "parts", {**Gateway.parts, "rasa": False})
    with pytest.raises(Stop, match="Pas de réponse"):
        wait_for_answer([child], given, INNER, threading.Event())
    child.stop(5)


def test_a_model_that_answered_nothing_is_not_kept_as_good(given: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Path] = []
    monkeypatch.setattr(models, "keep_as_good", kept.append)
    monkeypatch.setattr(supervising, "purge_daily", lambda *_: None)
    monkeypatch.setattr(supervising.signal, "signal", lambda *_: None)
    monkeypatch.setattr(supervising, "watch", lambda *_: None)
    for name in ("action_server", "rasa_server", "gateway"):
        monkeypatch.setattr(supervising, name, lambda *_: a_child(given.folder, STAYS))
    for answered in (False, True):
        monkeypatch.setattr(supervising, "ask", lambda *_, answered=answered: "answer" if answered else "busy")
        supervising.run(given)
        assert kept == ([given.models] if answered else [])


def test_who_only_tells_the_team_may_fall_while_the_others_start(given: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    server, team = a_child(given.folder, STAYS), a_child(given.folder, ENDS, needed=False)
    assert team.process is not None
    team.process.wait(20)
    monkeypatch.setattr(supervising, "ask", lambda *_: "answer")
    assert wait_for_answer([server, team], given, INNER, threading.Event()) is True
    server.kill()
    with pytest.raises(Stop, match="s’est arrêté au démarrage"):
        wait_for_answer([server, team], given, INNER, threading.Event())


@pytest.mark.parametrize("falls", [0, 3, 1_100, 1_000_000])
def test_what_has_fallen_however_often_is_started_again_within_seconds(falls: int) -> None:
    assert 0.5 <= pause_after(falls) <= 5.0


def test_falling_for_days_does_not_end_who_watches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "LONGEST_PAUSE", 0.01)
    child, over = a_child(tmp_path, ENDS), threading.Event()
    child.falls = 1_100
    watching = threading.Thread(target=watch, args=([child], over))
    watching.start()
    try:
        until = threading.Event()
        for _ in range(200):
            if child.falls > 1_101:
                break
            until.wait(0.05)
        assert child.falls > 1_101
        assert watching.is_alive()
    finally:
        over.set()
        watching.join()
        child.stop(5)


def test_the_shell_listens_on_this_machine_only(tmp_path: Path) -> None:
    command = shell_command(Settings(folder=tmp_path))
    assert command[command.index("-i") + 1] == "127.0.0.1"
