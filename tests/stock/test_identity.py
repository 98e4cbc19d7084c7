"""Who may say what to whom, and how much: rows 3 to 10, 13 and 39 of docs/faults.md, on stock Rasa and on Réso."""

from __future__ import annotations

import asyncio
import json
import shutil
import uuid
from importlib.metadata import version
from typing import Any

import pytest
import socketio

from tests.faults.watching import rows, until
from tests.journeys.serving import Servers, Visitor
from tests.journeys.widget_client import PATH, Widget
from tests.stock.serving import Stock, ask, fetch, post_large, said, texts

pytestmark = pytest.mark.servers

LARGE = 10_000_000
"""Bytes of a message."""
VERSION = version("rasa")
FOREIGN = "https://exemple.invalid"
QUESTION = "Que fait IKEA avec la réalité augmentée ?"


def test_row_3_a_message_of_ten_megabytes_is_kept_by_stock_and_refused_by_reso(stock: Stock, reso: Servers) -> None:
    length = "select coalesce(max(length(data)), 0) from events where sender_id = 'grand'"
    assert post_large(stock.port, LARGE) == 200
    assert rows(stock.tracker, length)[0][0] > 2 * LARGE, "the text twice"
    assert post_large(reso.port, LARGE) == 413
    assert rows(reso.folder / "tracker.db", length) == [(0,)]


def test_row_4_anybody_puts_another_model_into_stock_and_there_is_no_way_to_with_reso(stock: Stock, reso: Servers) -> None:
    other = stock.folder / "autre.tar.gz"
    shutil.copyfile(stock.folder / "stock.tar.gz", other)
    asked = json.dumps({"model_file": str(other)}).encode()
    assert fetch(f"{stock.url}/model", "PUT", asked)[0] == 204
    assert other.name in fetch(f"{stock.url}/status")[2]
    assert fetch(f"{reso.url}/model", "PUT", asked)[0] in (404, 405)


def test_row_5_anybody_reads_and_changes_a_conversation_of_stock_and_none_of_reso(stock: Stock, reso: Servers) -> None:
    sender = f"visiteur-{uuid.uuid4().hex}"
    for url, typed in ((stock.url, "je suis Nadia"), (reso.url, QUESTION)):
        assert ask(url, {"sender": sender, "message": typed})[0] == 200
    tracker, change = f"/conversations/{sender}/tracker", b'{"event": "slot", "name": "nom", "value": "une autre"}'
    status, _, body = fetch(stock.url + tracker)
    assert (status, "je suis Nadia" in body) == (200, True)
    assert fetch(f"{stock.url}{tracker}/events", "POST", change)[0] == 200
    assert "une autre" in texts(ask(stock.url, {"sender": sender, "message": "qui suis-je ?"})[1])
    assert fetch(reso.url + tracker)[0] == 404
    assert fetch(f"{reso.url}{tracker}/events", "POST", change)[0] == 404
    assert fetch(f"{stock.url}/status")[0] == 200
    assert fetch(f"{reso.url}/status")[0] == 404


def test_row_6_without_a_sender_strangers_share_one_conversation_of_stock_and_none_of_reso(stock: Stock, reso: Servers) -> None:
    def two_strangers(url: str, first: str, second: str) -> tuple[set[str], Any]:
        replies = [ask(url, {"message": typed})[1] for typed in (first, second)]
        return {message["recipient_id"] for reply in replies for message in reply}, replies[1]

    ids, reply = two_strangers(stock.url, "je suis Nadia", "qui suis-je ?")
    assert ids == {"default"}
    assert "Nadia" in texts(reply)
    ids, reply = two_strangers(reso.url, QUESTION, "dis-m'en plus")
    assert len(ids) == 2
    assert "IKEA" not in json.dumps(reply)


async def speak(stock: Stock, session: str, text: str) -> list[Any]:
    """Say something to stock Rasa's Socket.IO channel in a session; return what came back by the time that it had replied."""
    heard: list[Any] = []
    confirmed = asyncio.Event()
    client = socketio.AsyncClient(reconnection=False)
    client.on("bot_uttered", heard.append)
    client.on("session_confirm", lambda session: confirmed.set())
    await client.connect(stock.url, transports=["polling"], wait_timeout=10)
    await client.emit("session_request", {"session_id": session})
    await asyncio.wait_for(confirmed.wait(), 30)
    replies = "select 1 from events where type_name = 'bot' and sender_id = ?"
    known = len(rows(stock.tracker, replies, (session,)))
    await client.emit("user_uttered", {"session_id": session, "message": text})
    await asyncio.to_thread(until, lambda: len(rows(stock.tracker, replies, (session,))) > known, 30)
    await asyncio.sleep(1.0)
    await client.eio.disconnect(abort=True)  # a polite end waits for the poll under way, 25 s
    if client.eio.http:
        await client.eio.http.close()
    return heard


async def test_row_7_who_knows_a_session_speaks_in_it_with_stock_and_not_with_reso(stock: Stock, reso: Servers) -> None:
    victim = uuid.uuid4().hex
    await speak(stock, victim, "je suis Nadia")
    await speak(stock, victim, "je suis un autre")
    assert said(stock.tracker, victim) == ["je suis Nadia", "je suis un autre"]
    async with Widget(reso.url) as visitor, Widget(reso.url) as thief:
        await visitor.ask(QUESTION)
        sender, lines = visitor.session.sender, len(visitor.lines)
        id = uuid.uuid4().hex
        assert await thief.call("say", {"id": id, "text": "je suis un autre", "session_id": sender, "sender": sender}) == {"ok": True}
        await thief.reply_to(id)
        assert said(reso.folder / "tracker.db", sender) == [QUESTION]
        assert len(visitor.lines) == lines


async def test_row_8_replies_of_a_kept_session_go_nowhere_with_stock_and_arrive_with_reso(stock: Stock, reso: Servers) -> None:
    assert await speak(stock, uuid.uuid4().hex, "bonjour") == []
    async with Widget(reso.url) as visitor:
        assert (await visitor.ask("bonjour"))["texts"]


def test_row_9_any_page_may_open_a_conversation_with_stock_and_only_ours_with_reso(stock: Stock, reso: Servers) -> None:
    def opened(address: str, origin: str) -> tuple[bool, str]:
        status, headers, body = fetch(f"{address}/?EIO=4&transport=polling", headers={"Origin": origin})
        return status == 200 and '"sid"' in body, headers.lower()

    assert opened(f"{stock.url}/socket.io", FOREIGN)[0]
    headers = fetch(f"{stock.url}/webhooks/rest/", headers={"Origin": FOREIGN})[1].lower()
    assert f"access-control-allow-origin: {FOREIGN}" in headers
    assert "access-control-allow-credentials: true" in headers
    taken, headers = opened(reso.url + PATH, FOREIGN)
    assert not taken
    assert FOREIGN not in headers
    assert opened(reso.url + PATH, reso.url)[0]
    assert FOREIGN not in fetch(f"{reso.url}/webhooks/rest/", headers={"Origin": FOREIGN})[1]


def test_row_10_typed_commands_are_obeyed_by_stock_and_are_only_words_to_reso(stock: Stock, reso: Servers) -> None:
    sender, restarts = f"visiteur-{uuid.uuid4().hex}", "select 1 from events where type_name = 'restart' and sender_id = ?"
    assert "999" in texts(ask(stock.url, {"sender": sender, "message": '  /accorder{"montant": "999"}'})[1])
    ask(stock.url, {"sender": sender, "message": "/restart"})
    assert rows(stock.tracker, restarts, (sender,)) == [(1,)]
    visitor = Visitor(reso.url, sender).says(QUESTION)
    assert visitor.says('  /cas{"brand": "Nike"}').answers == []
    assert visitor.says("/restart").answers == []
    assert rows(reso.folder / "tracker.db", restarts, (visitor.conversation,)) == []
    assert visitor.says("dis-m'en plus").answers == ["cas/ikea"]


MALFORMED: list[Any] = [
    {"sender": "x", "message": ["bonjour"]},
    {"sender": "x", "message": 7},
    {"sender": "x", "message": {"a": 1}},
    {"sender": "x"},
    {"sender": "x", "message": "bonjour", "metadata": "x"},
    None,
    ["bonjour"],
]


@pytest.mark.parametrize("body", MALFORMED, ids=json.dumps)
def test_row_13_wrong_types_get_an_error_or_nothing_from_stock_and_a_sentence_from_reso(stock: Stock, reso: Servers, body: Any) -> None:
    status, reply = ask(stock.url, body)
    assert status == 500 or (status, reply) == (200, [])
    status, reply = ask(reso.url, body)
    assert status == 400
    assert "doit être" in reply["error"]


def test_row_39_stock_tells_its_version_and_reso_does_not(stock: Stock, reso: Servers) -> None:
    assert VERSION in fetch(stock.url)[2]
    assert VERSION in fetch(f"{stock.url}/version")[2]
    for path in ("/", "/version", "/health/ready"):
        _, headers, body = fetch(reso.url + path)
        for told in (VERSION, "rasa/", "aiohttp", "python/"):
            assert told not in (headers + body).lower()
