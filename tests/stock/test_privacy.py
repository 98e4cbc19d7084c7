"""What a failure tells, to logs and to whoever asks: rows 35 and 38 of docs/faults.md, on stock Rasa and on Réso."""

from __future__ import annotations

import json
import sqlite3
import uuid
from contextlib import closing

import pytest

from tests.journeys.serving import Servers, Visitor
from tests.stock.serving import Stock, ask, fetch

pytestmark = pytest.mark.servers

TYPED = "je suis enceinte de trois mois"


def test_row_35_a_failed_turn_writes_what_was_typed_into_stocks_log_and_not_into_resos(stock: Stock, reso: Servers) -> None:
    for url in (stock.url, reso.url):
        ask(url, {"sender": f"visiteur-{uuid.uuid4().hex}", "message": TYPED, "metadata": "x"})
    assert TYPED in stock.log.read_text(errors="replace")
    hurt = Visitor(reso.url).says("bonjour")
    with closing(sqlite3.connect(reso.folder / "tracker.db", timeout=10)) as opened, opened:
        opened.execute("update events set data = '{' where sender_id = ? and type_name = 'user'", (hurt.sender,))
    assert "excuses" in hurt.says(TYPED).text
    logs = {file.name: file.read_text(errors="replace") for file in (reso.folder / "log").iterdir()}
    assert any("turn failed" in log for log in logs.values()), "the failure itself is there"
    assert [name for name, log in logs.items() if TYPED in log or hurt.sender in log] == []


def test_row_38_a_failed_action_tells_error_and_request_with_stock_and_nothing_with_reso(stock: Stock, reso: Servers) -> None:
    def fails(port: int, action: str) -> tuple[int, str]:
        broken = {"next_action": action, "sender_id": "nadia", "tracker": TYPED}
        status, _, body = fetch(f"http://127.0.0.1:{port}/webhook", "POST", json.dumps(broken).encode())
        return status, body

    status, body = fails(stock.actions_port, "action_commander")
    assert status == 500
    assert TYPED in body
    assert fails(reso.actions_port, "action_answer") == (500, '{"error":"failed"}')
