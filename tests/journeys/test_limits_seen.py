"""Sizes from nothing to 20 MB at every door: what is too large is told at once, costs no memory, and troubles no neighbour (T15)."""

from __future__ import annotations

import asyncio
import json
import math
import socket
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
import socketio

from bot.channels.sentences import EMPTY
from tests.channels.vendors import bodies
from tests.channels.vendors.deliverer import signed
from tests.channels.vendors.server import Vendors
from tests.faults.watching import memory, rows, trouble, until
from tests.journeys.every_event import ACCOUNTS
from tests.journeys.serving import Servers, Visitor
from tests.journeys.storming import QUESTIONS
from tests.journeys.widget_client import PATH, Widget

pytestmark = pytest.mark.servers

SIZES = (0, 1_000, 5_000, 100_000, 1_000_000, 20_000_000)
"""Characters of one byte in a message."""
READ = 1_000
"""Characters of a message that are read."""
EVENT, BODY = 16 * 1024, 4 * 1024 * 1024
"""Bytes of an event of Socket.IO and of a webhook's body that are taken."""
REFUSED_SECONDS = 0.5
"""T15 asks for 100 ms on a quiet machine."""
NEIGHBOUR_SECONDS = 1.0
"""Within this 95 of 100 answers to somebody else come."""
GROWTH = 50 * 1024 * 1024
"""Bytes."""
TIMES = 5
"""Of each size, so that what stays behind adds up."""


@dataclass
class Neighbour:
    """Somebody who goes on asking; `seconds` until each answer."""

    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def ask_on(self, url: str, over: threading.Event) -> None:
        """Ask until it is over."""
        while not over.is_set():
            question = QUESTIONS[len(self.seconds) % len(QUESTIONS)]
            began = time.monotonic()
            if Visitor(url).says(question.ask).answers != [question.entry]:
                self.wrong.append(question.ask)
            self.seconds.append(time.monotonic() - began)
            over.wait(0.05)

    @property
    def p95(self) -> float:
        return sorted(self.seconds)[math.ceil(0.95 * len(self.seconds)) - 1]


@contextmanager
def untroubled(servers: Servers, capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """While the block runs, a neighbour is answered as ever; after it, no memory is kept and nothing was logged."""
    for question in QUESTIONS:  # warm
        Visitor(servers.url).says(question.ask)
    neighbour, over, before, log = Neighbour(), threading.Event(), memory(servers), len(trouble(servers))
    asking = threading.Thread(target=neighbour.ask_on, args=(servers.url, over))
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join(30)
    grown = memory(servers) - before
    with capsys.disabled():
        print(f"\nneighbour: {len(neighbour.seconds)} answers, p95 {neighbour.p95:.2f} s; gateway {grown / 2**20:+.1f} MB", end="")
    assert neighbour.wrong == []
    assert neighbour.p95 <= NEIGHBOUR_SECONDS
    assert grown < GROWTH
    assert trouble(servers)[log:] == []


def posted(servers: Servers, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str, float]:
    """Send a body as a client does that does not stop to listen; return status, answer, and the seconds until it came.

    They begin with the body: who refuses what the head announces does not wait for its end.
    """
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{servers.port}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", servers.port), 10) as wire:
        wire.sendall(head.encode() + b"\r\n")
        writing = threading.Thread(target=_write, args=(wire, body))
        began = time.monotonic()
        writing.start()
        told = b""
        try:
            while part := wire.recv(65536):
                told += part
        except ConnectionResetError:  # it did not read what it refused
            pass
        seconds = time.monotonic() - began
        writing.join(10)
    status, _, answer = told.partition(b"\r\n\r\n")
    return int(status.split()[1]), answer.decode("utf-8", "replace"), seconds


def _write(wire: socket.socket, body: bytes) -> None:
    try:
        wire.sendall(body)
    except OSError:
        return


def test_rest_reads_a_thousand_characters_and_refuses_the_rest_at_once(connected: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    with untroubled(connected, capsys):
        for size in SIZES * TIMES:
            body = json.dumps({"sender": f"visiteur-{uuid.uuid4().hex}", "message": "a" * size}).encode()
            status, told, seconds = posted(connected, "/webhooks/rest/webhook", {"Content-Type": "application/json"}, body)
            assert status == (200 if size <= READ else 413), size
            if size == 0:
                assert EMPTY in told
            if size > READ:
                assert "trop" in json.loads(told)["error"]
                assert seconds <= REFUSED_SECONDS, size
        assert posted(connected, "/webhooks/rest/webhook", {"Content-Type": "application/json"}, b"")[0] == 400


@pytest.mark.parametrize("channel", ["messenger", "instagram", "whatsapp", "telegram"])
def test_a_webhook_takes_what_a_vendor_may_send_and_refuses_what_none_does(
    connected: Servers, vendors: Vendors, channel: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path, people = f"/webhooks/{channel}/webhook", (f"33688{number:06d}" for number in range(1000))

    def deliver(raw: bytes) -> tuple[int, float]:
        status, _, seconds = posted(connected, path, signed(channel, raw, ACCOUNTS), raw)
        return status, seconds

    with untroubled(connected, capsys):
        assert deliver(b"")[0] == 400
        for size, person in zip(SIZES[1:] * 2, people):
            said = bodies.text(channel, person, "a" * size)
            vendors.ledger.wrote(channel, person, said.at, *said.handles)
            (raw,) = bodies.bodies([said], ACCOUNTS)
            status, seconds = deliver(raw)
            assert status == (200 if len(raw) <= BODY else 413), size
            if status == 200:
                until(lambda person=person: vendors.ledger.accepted(channel, person) != [], 30)  # type: ignore[misc]
                kept = rows(connected.folder / "reso.db", "select text from inbox where sender = ?", (f"{channel}.{person}",))
                assert kept == [("a" * min(size, READ),)], "nobody at a vendor can be told « too long » at the door"
            else:
                assert seconds <= REFUSED_SECONDS, size


async def test_a_widget_is_told_too_long_and_who_sends_what_no_widget_does_is_cut_off(
    connected: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    def outcome(size: int) -> str:
        return "empty" if size == 0 else "" if size <= READ else "too_long" if size < EVENT else "gone"

    with untroubled(connected, capsys):
        for size in SIZES * 2:
            async with Widget(connected.url) as widget:
                began = time.monotonic()
                try:
                    ack = await widget.call("say", {"id": uuid.uuid4().hex, "text": "a" * size}, 2)
                except (socketio.exceptions.SocketIOError, asyncio.TimeoutError):
                    await widget.gone()
                    ack = {"code": "gone"}
                assert ack.get("code", "") == outcome(size), size
                assert time.monotonic() - began <= REFUSED_SECONDS or size <= READ or outcome(size) == "gone", size


async def test_polling_refuses_what_is_larger_than_an_event(connected: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    with untroubled(connected, capsys):
        async with aiohttp.ClientSession() as http, http.get(f"{connected.url}{PATH}/?EIO=4&transport=polling") as answer:
            sid = json.loads((await answer.text())[1:])["sid"]
        for size in SIZES[3:]:
            body = b'42["say",{"id":"abcdefgh","text":"' + b"a" * size + b'"}]'
            status, _, seconds = await asyncio.to_thread(posted, connected, f"{PATH}/?EIO=4&transport=polling&sid={sid}", {}, body)
            assert status == 413
            assert seconds <= REFUSED_SECONDS, size

        async def pieces() -> AsyncIterator[bytes]:
            for part in (b'42["say",[', *[b"1," * 1000] * 20, b"1]]"):
                yield part

        url = f"{connected.url}{PATH}/?EIO=4&transport=polling&sid={sid}"
        async with aiohttp.ClientSession() as http, http.post(url, data=pieces()) as answer:
            assert answer.status == 413, "without a length that would tell"
