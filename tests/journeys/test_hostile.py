"""Bad input: a clear French message or a 4xx; the next question is answered."""

from __future__ import annotations

import sqlite3

import pytest

from tests.journeys.serving import Servers, Visitor, post

pytestmark = pytest.mark.servers

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
