"""Half of a body: the connection breaks or goes quiet in the middle of what was announced."""

from __future__ import annotations

import json
import socket
import sqlite3
import time
from contextlib import closing

import pytest

from bot.gateway.edge import REQUEST_SECONDS
from tests.channels.vendors import bodies
from tests.channels.vendors.accounts import Accounts
from tests.channels.vendors.deliverer import signed
from tests.channels.vendors.server import Vendors
from tests.faults.watching import until
from tests.journeys.figures import figures_of, total
from tests.journeys.serving import Servers, Visitor
from tests.journeys.storming import QUESTIONS

pytestmark = pytest.mark.servers

ACCOUNTS = Accounts()
PERSON = "6500000000000777"
QUIET = 200
"""Connections that have sent half a body and nothing more."""


def delivery(vendors: Vendors) -> bytes:
    """Return a request of Messenger's, headers and body, in which somebody asks something."""
    said = bodies.text("messenger", PERSON, QUESTIONS[0].ask)
    vendors.ledger.wrote(said.channel, said.person, said.at, *said.handles)
    (raw,) = bodies.bodies([said], ACCOUNTS)
    headers = {"Host": "reso", "Content-Length": str(len(raw)), **signed("messenger", raw, ACCOUNTS)}
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /webhooks/messenger/webhook HTTP/1.1\r\n{told}\r\n".encode() + raw


def sent(servers: Servers, part: bytes) -> socket.socket:
    """Return a connection on which a part of a request was written."""
    made = socket.create_connection(("127.0.0.1", servers.port), 10)
    made.sendall(part)
    return made


def status(connection: socket.socket, seconds: float) -> int:
    """Return the status that comes within so many seconds."""
    connection.settimeout(seconds)
    return int(connection.recv(64).split()[1])


def noted(servers: Servers) -> int:
    """Return how many messages of that person the inbox holds."""
    with closing(sqlite3.connect(servers.folder / "reso.db")) as opened:
        (count,) = opened.execute("SELECT count(*) FROM inbox WHERE sender = ?", (f"messenger.{PERSON}",)).fetchone()
    return int(count)


def given_up(servers: Servers) -> float:
    """Return how many requests were given up for they did not come to an end, as the figures have it."""
    return total(figures_of(servers.url), "reso_refused_total", reason="408")


def test_what_broke_off_is_answered_once_when_it_comes_in_full(connected: Servers, vendors: Vendors) -> None:
    whole = delivery(vendors)
    for part in (len(whole) // 3, len(whole) // 2, len(whole) - 1):
        sent(connected, whole[:part]).close()
    assert noted(connected) == 0
    for _ in range(2):
        with closing(sent(connected, whole)) as connection:
            assert status(connection, 5) == 200

    def answers() -> int:
        told = [json.dumps(kept.body, ensure_ascii=False) for kept in vendors.ledger.accepted("messenger", PERSON)]
        return sum(QUESTIONS[0].word in text for text in told)

    until(lambda: answers() > 0, 60)
    assert noted(connected) == 1
    time.sleep(2)  # for a second one
    assert answers() == 1


def test_half_bodies_that_go_quiet_hold_up_nobody_and_are_ended(connected: Servers, vendors: Vendors) -> None:
    whole = delivery(vendors)
    began, before = time.monotonic(), given_up(connected)
    quiet = [sent(connected, whole[: len(whole) // 2]) for _ in range(QUIET)]
    try:
        for question in QUESTIONS[:3]:
            assert Visitor(connected.url).says(question.ask).answers
        assert [status(connection, 2 * REQUEST_SECONDS) for connection in quiet[::20]] == [408] * (QUIET // 20)
        assert time.monotonic() - began >= 0.9 * REQUEST_SECONDS
    finally:
        for connection in quiet:
            connection.close()
    assert given_up(connected) >= before + QUIET // 20
    assert Visitor(connected.url).says(QUESTIONS[0].ask).answers
