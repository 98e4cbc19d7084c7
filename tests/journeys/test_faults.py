"""The action server falls: the visitor reads an apology, the question is kept, and Réso comes back by itself."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.serving.pulse import PAUSE, SILENT_SECONDS
from tests.journeys.serving import Servers, Visitor, post, running
from tests.journeys.standing import ROLES

pytestmark = pytest.mark.servers


def test_with_the_action_server_killed_the_visitor_waits_a_moment_and_gets_the_answer(servers: Servers) -> None:
    visitor = Visitor(servers.url).says("Que fait IKEA avec la réalité augmentée ?")
    assert visitor.answers == ["cas/ikea"]
    (pid,) = servers.pids("bot.serving.actions")
    os.kill(pid, signal.SIGKILL)
    assert visitor.says("C'est quoi BookTok ?").answers == ["cas/booktok"]
    assert servers.pids("bot.serving.actions") != [pid]


def test_with_the_action_server_stuck_the_visitor_reads_an_apology_and_the_question_is_kept(servers: Servers) -> None:
    visitor = Visitor(servers.url).says("Que fait IKEA avec la réalité augmentée ?")
    (pid,) = servers.pids("bot.serving.actions")
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        visitor.says("C'est quoi BookTok ?")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert time.monotonic() - began < 10
    assert visitor.answers == []
    assert "excuses" in visitor.text
    assert "redites-la-moi" in visitor.text
    kept = (
        sqlite3.connect(servers.folder / "reso.db")
        .execute("select text, state from inbox where sender = ?", (visitor.conversation,))
        .fetchall()
    )
    assert ("C'est quoi BookTok ?", "failed") in kept
    assert visitor.says("C'est quoi BookTok ?").answers == ["cas/booktok"]


def test_an_action_server_that_stands_still_for_good_is_replaced(servers: Servers) -> None:
    time.sleep(2 * PAUSE)  # one that was just started, and has not been heard, would be given three minutes
    (pid,) = servers.pids("bot.serving.actions")
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    while servers.pids("bot.serving.actions") in ([pid], []):
        assert time.monotonic() - began < SILENT_SECONDS + 20
        time.sleep(0.5)
    servers.wait_for("ne répond plus depuis", 5)
    assert Visitor(servers.url).says("C'est quoi BookTok ?").answers == ["cas/booktok"]


def test_a_turn_that_a_gateway_asks_for_again_while_rasa_is_still_at_it_is_thought_once(servers: Servers) -> None:
    (pid,) = servers.pids("bot gateway")
    told = dict(item.split("=", 1) for item in Path(f"/proc/{pid}/environ").read_text().split("\0") if "=" in item)
    url = f"http://127.0.0.1:{told['RESO_RASA_PORT']}/webhooks/reso/webhook"
    body = {
        "sender": f"widget.{uuid.uuid4().hex}",
        "message": "Que fait IKEA avec la réalité augmentée ?",
        "message_id": uuid.uuid4().hex,
        "channel": "widget",
        "metadata": {},
    }

    def ask(_: int) -> list[dict[str, Any]]:
        request = urllib.request.Request(url, json.dumps(body).encode(), {"X-Reso-Key": told["RESO_INNER_KEY"]})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return list(json.load(answer)["messages"])

    with ThreadPoolExecutor(4) as pool:
        first, *again = pool.map(ask, range(4))
    shown = [said["text"] for said in first if said.get("text")]
    assert shown
    for messages in again:
        assert [said["text"] for said in messages if said.get("text")] == shown
    with closing(sqlite3.connect(servers.folder / "tracker.db")) as opened:
        thought = opened.execute("select count(*) from events where sender_id = ? and type_name = 'user'", (body["sender"],)).fetchone()
    assert thought == (1,)


def test_an_edit_of_the_staff_shows_in_the_next_reply(servers: Servers) -> None:
    from bot.store.entries import edit

    url = f"sqlite:///{servers.folder / 'reso.db'}"
    visitor = Visitor(servers.url).says("Quel est le principe d'Inktober ?")
    assert "Corrigé" not in visitor.text
    edit("cas/inktober", "answer", "Corrigé par l’équipe. Un dessin par jour.", "claire", url)
    assert "Corrigé par l’équipe" in Visitor(servers.url).says("Quel est le principe d'Inktober ?").text


def test_who_starts_everything_is_killed_and_the_next_start_goes_on_and_ctrl_c_stops_it(tmp_path: Path) -> None:
    with running(tmp_path) as started:
        visitor = Visitor(started.url).says("Que fait IKEA avec la réalité augmentée ?")
        (pid,) = started.pids("bot serve")
        os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + 10
        while any(started.pids(words) for words in ROLES.values()):
            assert time.monotonic() < until
            time.sleep(0.1)
    with running(tmp_path) as started:
        visitor.url = started.url
        assert visitor.says("et la source ?").answers == ["cas/ikea"]
        assert started.pids("bot.serving.actions")
        assert started.pids("bot.serving.rasa")
    assert started.pids("bot.serving.actions") == []
    assert started.pids("bot.serving.rasa") == []
    assert any("tout est arrêté" in line for line in started.lines)


def test_a_port_in_use_is_one_clear_sentence(servers: Servers) -> None:
    import subprocess

    from bot.settings import ROOT

    given = {**os.environ, "RESO_PORT": str(servers.port), "RESO_FOLDER": str(servers.folder)}
    done = subprocess.run(["make", "run"], cwd=ROOT, env=given, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert f"Le port {servers.port} est déjà pris" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_program_that_asks_again_with_the_same_id_gets_the_same_reply_and_is_counted_once(servers: Servers) -> None:
    body = {"sender": f"programme-{os.urandom(8).hex()}", "message": "Quel est le principe d'Inktober ?", "message_id": os.urandom(8).hex()}
    status, first = post(servers.url, body)
    assert status == 200
    assert any("answers" in (message.get("custom") or {}) for message in first)
    assert post(servers.url, body) == (200, first)
    asked = (
        sqlite3.connect(servers.folder / "reso.db")
        .execute("select count(*) from inbox where sender = ?", (f"rest.{body['sender']}",))
        .fetchone()
    )
    assert asked == (1,)
