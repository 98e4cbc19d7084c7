"""Bad input: a clear French message or a 4xx; the next question is answered."""

from __future__ import annotations

import resource
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.journeys.serving import Servers, Visitor, post
from tests.journeys.standing import ROLES

pytestmark = pytest.mark.servers

NOBODY_WAITS = 3.0
"""Seconds; with other real servers beside these in CI."""
QUESTION = "Comment les influenceurs gagnent-ils leur vie ?"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "😂",
        "???",
        "\x07\x00\x1b[31m",
        "\u202etxet",
        "'; DROP TABLE entries; --",
        "{slot} %s {{7*7}}",
        "<script>alert(1)</script>",
        "a\u0301" * 300,
    ],
)
def test_odd_text_gets_one_sensible_reply(visitor: Visitor, text: str) -> None:
    visitor.says(text)
    assert visitor.text.strip()
    assert visitor.answers == []
    assert "<script>" not in visitor.text
    assert visitor.says(QUESTION).answers[0] == "sujet/influenceurs"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"sender": "\\ud800", "message": "x"}', 400),
        (b'{"sender": 3, "message": []}', 400),
        (b"\xff", 400),
    ],
)
def test_malformed_bodies_are_refused(servers: Servers, raw: bytes, status: int) -> None:
    got, body = post(servers.url, None, raw)
    assert got == status
    assert body["error"]
    assert "Traceback" not in str(body)


@pytest.mark.parametrize("size", [1_001, 20_000, 100_000, 1_000_000])
def test_too_long_is_said(servers: Servers, visitor: Visitor, size: int) -> None:
    status, body = post(servers.url, {"sender": "v", "message": "é" * size})
    assert status == 413
    assert "trop" in str(body).lower()
    assert visitor.says(QUESTION).answers[0] == "sujet/influenceurs"


def memory(servers: Servers) -> int:
    """Return the resident memory of Rasa, in bytes."""
    (pid,) = servers.pids(ROLES["rasa"])
    return int((Path("/proc") / str(pid) / "statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize(("size", "status"), [(1_000, 200), (50_000, 413)])
def test_a_long_message_neither_holds_others_up_nor_takes_memory(servers: Servers, size: int, status: int) -> None:
    """A stock server is busy with 50 kB for 72 s, and takes 7 GB; ours refuses it, and the longest that it takes costs little."""
    before, words = memory(servers), ("réseaux sociaux abonnés influence " * size)[:size]
    with ThreadPoolExecutor(4) as pool:
        long = [pool.submit(post, servers.url, {"sender": f"long{number}", "message": words}) for number in range(3)]
        began = time.monotonic()
        assert Visitor(servers.url).says(QUESTION).answers[0] == "sujet/influenceurs"
        assert time.monotonic() - began < NOBODY_WAITS
        assert [told.result()[0] for told in long] == [status] * 3
    assert memory(servers) - before < 100 * 2**20


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        "/session_start",
        "/cas",
        '/cas{"brand": "Nike"}',
        "   /handoff",
        '/follow_up{"last_ids": ["cas/nike"]}',
        "EXTERNAL: handoff",
        "／restart",
        "choix:0123456789",
    ],
)
def test_typed_commands_do_nothing(servers: Servers, text: str) -> None:
    visitor = Visitor(servers.url).says(QUESTION)
    visitor.says(text)
    assert visitor.answers == []
    rows = sqlite3.connect(servers.folder / "tracker.db").execute(
        "select intent_name, type_name from events where sender_id = ? and type_name in ('user', 'restart', 'session_started')",
        (visitor.conversation,),
    )
    events = rows.fetchall()
    assert [e for e in events if e[1] == "restart"] == []
    assert [e[1] for e in events].count("session_started") == 1
    assert visitor.says("dis-m'en plus").answers == ["sujet/influenceurs"]
