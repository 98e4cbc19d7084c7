"""The stand-in for Meta and Telegram delivers as they do."""

from __future__ import annotations

import hashlib
import hmac
import json
import random

import aiohttp
import pytest

from tests.channels.vendors import bodies
from tests.channels.vendors.accounts import CHANNELS, Accounts
from tests.channels.vendors.deliverer import Undelivered
from tests.channels.vendors.gateway import Gateway, delivering
from tests.channels.vendors.server import Vendors

ACCOUNTS = Accounts()


@pytest.mark.parametrize("channel", ["messenger", "instagram", "whatsapp"])
async def test_meta_signs_the_raw_bytes_with_escaped_accents(vendors: Vendors, session: aiohttp.ClientSession, channel: str) -> None:
    gateway = Gateway()
    await delivering(vendors, session, gateway, [bodies.text(channel, "33611111111", "Où ? à/là")])
    ((path, raw, headers),) = gateway.got
    assert path == f"/webhooks/{channel}/webhook"
    assert raw.isascii()
    assert b"O\\u00f9 ? \\u00e0\\/l\\u00e0" in raw
    assert headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(ACCOUNTS.app_secret.encode(), raw, hashlib.sha256).hexdigest()


async def test_telegram_shows_its_secret(vendors: Vendors, session: aiohttp.ClientSession) -> None:
    gateway = Gateway()
    await delivering(vendors, session, gateway, [bodies.text("telegram", "42", "Bonjour"), bodies.pressed("telegram", "42", "Oui", "c:1")])
    assert [headers["X-Telegram-Bot-Api-Secret-Token"] for _, _, headers in gateway.got] == [ACCOUNTS.telegram_secret] * 2
    updates = [json.loads(raw) for _, raw, _ in gateway.got]
    assert updates[0]["update_id"] < updates[1]["update_id"]


@pytest.mark.parametrize("channel", ["messenger", "instagram", "whatsapp"])
def test_a_batch_holds_every_event_in_order_over_several_entries(channel: str) -> None:
    told = [bodies.text(channel, "33611111111", f"mot-{n}.") for n in range(12)]
    shapes = set()
    for seed in range(20):
        (raw,) = bodies.bodies(told, ACCOUNTS, random.Random(seed))
        places = [raw.index(f"mot-{n}.".encode()) for n in range(12)]
        assert places == sorted(places)
        shapes.add(len(json.loads(raw)["entry"]))
    assert {1, 2} < shapes


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_event_has_an_id_of_its_own(channel: str) -> None:
    raws = [bodies.bodies([bodies.text(channel, "42", "Bonjour", at=1.0)], ACCOUNTS)[0] for _ in range(50)]
    assert len(set(raws)) == 50


async def test_what_is_not_acknowledged_comes_again_byte_for_byte(vendors: Vendors, session: aiohttp.ClientSession) -> None:
    gateway = Gateway(503, 500)
    deliverer = await delivering(vendors, session, gateway, [bodies.text("messenger", "42", "Bonjour")])
    assert [a.status for a in deliverer.acknowledgements] == [503, 500, 200]
    assert len({raw for _, raw, _ in gateway.got}) == 1


async def test_a_gateway_that_never_acknowledges_is_unsubscribed(
    vendors: Vendors, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.channels.vendors.deliverer.PAUSES", (0.0, 0.0))
    with pytest.raises(Undelivered):
        await delivering(vendors, session, Gateway(*[403] * 9), [bodies.text("messenger", "42", "Bonjour")])


async def test_what_was_acknowledged_may_come_again(vendors: Vendors, session: aiohttp.ClientSession) -> None:
    gateway = Gateway()
    told = [bodies.text("telegram", "42", "Bonjour") for _ in range(100)]
    deliverer = await delivering(vendors, session, gateway, told, again=0.2, lag=0.1, seed=3)
    twice = len(gateway.got) - 100
    assert 10 <= twice <= 32
    assert len({raw for _, raw, _ in gateway.got}) == 100
    assert sum(a.again for a in deliverer.acknowledgements) == twice
    assert 0 < deliverer.percentile(0.5) <= deliverer.percentile(0.99) < 5
