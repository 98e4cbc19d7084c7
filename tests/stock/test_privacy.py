"""What is told and kept of visitors: rows 35 to 38 of docs/faults.md, on stock Rasa and on Réso."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from tests.journeys.serving import Servers, Visitor
from tests.journeys.standing import ROLES
from tests.stock.serving import Stock, ask, fetch
from tests.traces import files_with, left_in_files

pytestmark = pytest.mark.servers

TYPED = "je suis enceinte de trois mois"


def test_row_35_a_failed_turn_writes_what_was_typed_into_stocks_log_and_not_into_resos(stock: Stock, reso: Servers) -> None:
    for url in (stock.url, reso.url):
        ask(url, {"sender": f"visiteur-{uuid.uuid4().hex}", "message": TYPED, "metadata": "x"})
    assert TYPED in stock.log.read_text(errors="replace")
    hurt = Visitor(reso.url).says("bonjour")
    with closing(sqlite3.connect(reso.folder / "tracker.db", timeout=10)) as opened, opened:
        opened.execute("update events set data = '{' where sender_id = ? and type_name = 'user'", (hurt.conversation,))
    assert "excuses" in hurt.says(TYPED).text
    logs = {file.name: file.read_text(errors="replace") for file in (reso.folder / "log").iterdir()}
    assert any("turn failed" in log for log in logs.values()), "the failure itself is there"
    assert [name for name, log in logs.items() if TYPED in log or hurt.sender in log] == []


def test_row_36_stock_tells_its_makers_of_its_use_unless_told_not_to_and_no_process_of_reso_does(tmp_path: Path, reso: Servers) -> None:
    asked = "from rasa import telemetry; telemetry.initialize_telemetry(); print(telemetry.is_telemetry_enabled())"
    fresh = {name: value for name, value in os.environ.items() if name != "RASA_TELEMETRY_ENABLED"} | {"HOME": str(tmp_path)}
    said = subprocess.run([sys.executable, "-W", "ignore", "-c", asked], env=fresh, capture_output=True, text=True, timeout=120).stdout
    assert said.splitlines()[-1] == "True"
    for role in ROLES.values():
        (pid,) = reso.pids(role)
        assert b"RASA_TELEMETRY_ENABLED=false" in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")


def test_row_37_nothing_erases_a_talk_of_stock_and_who_asks_reso_leaves_no_trace(stock: Stock, reso: Servers) -> None:
    mark, sender = uuid.uuid4().hex, f"visiteur-{uuid.uuid4().hex}"
    typed = f"je m'appelle Nadia, ma commande est la {mark}"
    ask(stock.url, {"sender": sender, "message": typed})
    assert fetch(f"{stock.url}/conversations/{sender}/tracker", "DELETE")[0] == 405
    ask(stock.url, {"sender": sender, "message": "/restart"})
    assert "tracker.db" in files_with(stock.folder, mark)
    visitor = Visitor(reso.url, sender).says(typed)
    assert files_with(reso.folder, mark)
    visitor.says("supprime mes données").presses("Oui, supprimer")
    assert "supprimé" in visitor.text
    assert left_in_files(reso.folder, mark) == set()


def test_row_38_a_failed_action_tells_error_and_request_with_stock_and_nothing_with_reso(stock: Stock, reso: Servers) -> None:
    def fails(port: int, action: str, key: str = "") -> tuple[int, str]:
        broken = {"next_action": action, "sender_id": "nadia", "tracker": TYPED}
        status, _, body = fetch(f"http://127.0.0.1:{port}/webhook", "POST", json.dumps(broken).encode(), {"X-Reso-Key": key})
        return status, body

    status, body = fails(stock.actions_port, "action_commander")
    assert status == 500
    assert TYPED in body
    assert fails(reso.actions_port, "action_answer") == (403, '{"error":"key"}')
    (pid,) = reso.pids(ROLES["actions"])
    told = dict(item.split("=", 1) for item in Path(f"/proc/{pid}/environ").read_text().split("\0") if "=" in item)
    assert fails(reso.actions_port, "action_answer", told["RESO_INNER_KEY"]) == (500, '{"error":"failed"}')
