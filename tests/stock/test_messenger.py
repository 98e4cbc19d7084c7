"""Deliveries of a vendor: rows 30 to 34 of docs/faults.md, on stock Rasa's facebook channel and on Réso's Messenger."""

from __future__ import annotations

import hmac
import itertools
import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.channels.vendors import bodies
from tests.channels.vendors.accounts import Accounts
from tests.channels.vendors.deliverer import signed
from tests.channels.vendors.faults import Fault
from tests.channels.vendors.server import Vendors
from tests.faults.watching import until
from tests.journeys.serving import Servers
from tests.stock.serving import Stock, fetch, said, slowest

pytestmark = pytest.mark.servers

SECONDS = 30.0
"""Longest wait for what was delivered to be answered."""
SLOW_SECONDS = 3.0
"""What the vendor takes for a call; nobody's loop should stand still for so long."""
LIVE_SECONDS = 2.0
WORDS = ("bonjour", "bonjour encore", "bonjour toujours")

_people = itertools.count(time.time_ns() % 10**9 * 10**6)


def somebody(vendors: Vendors) -> str:
    """Return a person who may be written to: neither server has seen them."""
    person = str(next(_people))
    vendors.ledger.wrote("messenger", person, time.time())
    return person


def bodies_of(person: str, *texts: str) -> bytes:
    """Return one delivery of a person's messages."""
    (raw,) = bodies.bodies([bodies.text("messenger", person, text) for text in texts], Accounts())
    return raw


def deliver(webhook: str, raw: bytes, headers: Mapping[str, str] | None = None) -> int:
    """Deliver as Meta does, or with other headers; return the status."""
    return fetch(webhook, "POST", raw, headers if headers is not None else signed("messenger", raw, Accounts()))[0]


def webhook_of(reso: Servers) -> str:
    """Return where Messenger delivers to Réso."""
    return f"{reso.url}/webhooks/messenger/webhook"


def tracker_of(reso: Servers) -> Path:
    """Return the store of what was said to Réso."""
    return reso.folder / "tracker.db"


def shown(vendors: Vendors, person: str) -> int:
    """Return how many messages a person got."""
    return len(vendors.ledger.accepted("messenger", person))


def test_row_30_of_a_batch_stock_reads_the_first_message_and_reso_all(stock: Stock, reso: Servers, vendors: Vendors) -> None:
    person = somebody(vendors)
    assert deliver(stock.webhook, bodies_of(person, *WORDS)) == 200
    assert said(stock.tracker, person) == list(WORDS[:1])
    assert shown(vendors, person) == 1
    person = somebody(vendors)
    assert deliver(webhook_of(reso), bodies_of(person, *WORDS)) == 200
    until(lambda: shown(vendors, person) >= len(WORDS), SECONDS)
    assert said(tracker_of(reso), person) == list(WORDS)


def test_row_31_what_is_delivered_twice_is_answered_twice_by_stock_and_once_by_reso(stock: Stock, reso: Servers, vendors: Vendors) -> None:
    def thrice(webhook: str, person: str) -> None:
        raw = bodies_of(person, WORDS[0])
        assert [deliver(webhook, raw) for _ in range(3)] == [200] * 3

    person = somebody(vendors)
    thrice(stock.webhook, person)
    assert shown(vendors, person) == 3
    person = somebody(vendors)
    thrice(webhook_of(reso), person)
    assert deliver(webhook_of(reso), bodies_of(person, WORDS[1])) == 200
    until(lambda: WORDS[1] in said(tracker_of(reso), person), SECONDS)
    until(lambda: shown(vendors, person) >= 2, SECONDS)
    assert said(tracker_of(reso), person) == list(WORDS[:2])
    assert shown(vendors, person) == 2


def test_row_32_its_own_picture_is_a_visitors_message_to_stock_and_nothing_to_reso(stock: Stock, reso: Servers, vendors: Vendors) -> None:
    def echo(page: str, person: str) -> bytes:
        picture = {"type": "image", "payload": {"url": "https://exemple.invalid/image.png"}}
        message = {"is_echo": True, "app_id": 1, "mid": f"m_echo{person}", "attachments": [picture]}
        event = {"sender": {"id": page}, "recipient": {"id": person}, "timestamp": int(time.time() * 1000), "message": message}
        return json.dumps({"object": "page", "entry": [{"id": page, "time": event["timestamp"], "messaging": [event]}]}).encode()

    page, person = Accounts().page_id, somebody(vendors)
    assert deliver(stock.webhook, echo(page, person)) == 200
    assert said(stock.tracker, page) == ["https://exemple.invalid/image.png"]
    assert deliver(webhook_of(reso), echo(page, person)) == 200
    assert deliver(webhook_of(reso), bodies_of(person, WORDS[0])) == 200
    until(lambda: said(tracker_of(reso), person) == [WORDS[0]], SECONDS)
    assert said(tracker_of(reso), page) == []


@pytest.mark.parametrize("algorithm", ["sha1", "md5"])
def test_row_33_a_weak_signature_is_taken_by_stock_and_refused_by_reso(
    stock: Stock, reso: Servers, vendors: Vendors, algorithm: str
) -> None:
    person = somebody(vendors)
    raw = bodies_of(person, WORDS[0])
    weak = {"X-Hub-Signature": f"{algorithm}={hmac.new(Accounts().app_secret.encode(), raw, algorithm).hexdigest()}"}
    assert deliver(stock.webhook, raw, weak) == 200
    assert said(stock.tracker, person) == [WORDS[0]]
    assert deliver(webhook_of(reso), raw, weak) == 403
    assert deliver(webhook_of(reso), raw) == 200, "the same, signed as it should be"
    until(lambda: shown(vendors, person) == 2, SECONDS)  # the stock server's reply, and Réso's


def test_row_33_a_wrong_signature_is_a_success_to_stocks_vendor_and_refused_by_reso(stock: Stock, reso: Servers, vendors: Vendors) -> None:
    raw = bodies_of(somebody(vendors), WORDS[0])
    digests = {name: hmac.new(b"autre secret", raw, name).hexdigest() for name in ("sha1", "sha256")}
    wrong = {"X-Hub-Signature": f"sha1={digests['sha1']}", "X-Hub-Signature-256": f"sha256={digests['sha256']}"}
    assert deliver(stock.webhook, raw, wrong) == 200
    assert deliver(webhook_of(reso), raw, wrong) == 403


def test_row_34_a_slow_vendor_stops_everybody_with_stock_and_nobody_with_reso(
    stock: Stock, reso: Servers, vendors: Vendors, capsys: pytest.CaptureFixture[str]
) -> None:
    def slowest_while_delivering(webhook: str, watched: str) -> float:
        person = somebody(vendors)
        vendors.faults.script(Fault("slow", SLOW_SECONDS), channel="messenger")
        with slowest(watched) as seconds:
            delivering = threading.Thread(target=deliver, args=(webhook, bodies_of(person, WORDS[0])))
            delivering.start()
            until(lambda: shown(vendors, person) == 1, SECONDS)
            time.sleep(SLOW_SECONDS)
            delivering.join(SECONDS)
        return seconds()

    blocked = slowest_while_delivering(stock.webhook, f"{stock.url}/")
    assert blocked > LIVE_SECONDS
    live = slowest_while_delivering(webhook_of(reso), f"{reso.url}/health/live")
    assert live < LIVE_SECONDS
    with capsys.disabled():
        print(f"\nvendor slow by {SLOW_SECONDS:.0f} s: / of stock in {blocked:.1f} s at most, /health/live of Réso in {live:.2f} s")
