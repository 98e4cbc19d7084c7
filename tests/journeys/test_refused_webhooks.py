"""What a webhook refuses through the real servers: old, unsigned, wrongly signed, not configured; nothing comes of it (T22)."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from bot.channels.sentences import NOT_CONFIGURED, REFUSED
from tests.channels.vendors import bodies
from tests.channels.vendors.accounts import CHANNELS
from tests.channels.vendors.deliverer import signed
from tests.channels.vendors.server import Vendors
from tests.faults.watching import rows, until
from tests.journeys.every_event import ACCOUNTS, CASES, Case
from tests.journeys.serving import Servers, running
from tests.journeys.storming import QUESTIONS
from tests.stock.serving import fetch

pytestmark = pytest.mark.servers

META = ("messenger", "instagram", "whatsapp")
DAY = 86_400.0
SECONDS = 60.0
"""Longest wait for an answer."""
SIGNATURE, SECRET = "X-Hub-Signature-256", "X-Telegram-Bot-Api-Secret-Token"
TEXTS = {case.channel: replace(case, number=800) for case in CASES if case.name == "text"}
"""The body with a text, by somebody whom no other test knows."""


def post(servers: Servers, channel: str, raw: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """Deliver a body with headers of its own; return status and, where it is refused, the sentence."""
    status, _, told = fetch(f"{servers.url}/webhooks/{channel}/webhook", "POST", raw, headers)
    return status, str(json.loads(told).get("error", ""))


def nothing_came(servers: Servers, vendors: Vendors, case: Case) -> bool:
    """Tell whether there is no trace of who wrote."""
    kept = rows(servers.folder / "reso.db", "select id from inbox where sender = ?", (f"{case.channel}.{case.person}",))
    return kept == [] and vendors.ledger.accepted(case.channel, case.person) == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_delivery_of_last_week_is_refused_though_it_is_signed(connected: Servers, vendors: Vendors, channel: str) -> None:
    case = TEXTS[channel]
    vendors.ledger.wrote(channel, case.person, time.time(), *case.handles)
    old = case.raw(time.time() - 8 * DAY)
    assert post(connected, channel, old, signed(channel, old, ACCOUNTS)) == (403, REFUSED)
    assert nothing_came(connected, vendors, case)


def altered(raw: bytes) -> bytes:
    """Return a body that says something else by one byte, and is still JSON."""
    place = raw.rindex(b"vendre") if b"vendre" in raw else raw.rindex(b"sales")
    return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]


def by(name: str, secret: str = ACCOUNTS.app_secret) -> Callable[[bytes], str]:
    """Return what signs with a hash function and a secret."""
    return lambda raw: f"{name}={hmac.new(secret.encode(), raw, hashlib.new(name).name).hexdigest()}"


WRONG: dict[str, Callable[[bytes], dict[str, str]]] = {
    "none": lambda raw: {},
    "SHA-1 only": lambda raw: {"X-Hub-Signature": by("sha1")(raw)},
    "SHA-1 in its place": lambda raw: {SIGNATURE: by("sha1")(raw)},
    "MD5 in its place": lambda raw: {SIGNATURE: by("md5")(raw)},
    "empty": lambda raw: {SIGNATURE: ""},
    "without its name": lambda raw: {SIGNATURE: by("sha256")(raw).removeprefix("sha256=")},
    "name only": lambda raw: {SIGNATURE: "sha256="},
    "truncated": lambda raw: {SIGNATURE: by("sha256")(raw)[:-1]},
    "too long": lambda raw: {SIGNATURE: by("sha256")(raw) + "0"},
    "by another secret": lambda raw: {SIGNATURE: by("sha256", "un autre secret")(raw)},
    "by no secret": lambda raw: {SIGNATURE: by("sha256", "")(raw)},
    "of a body that is another by one byte": lambda raw: {SIGNATURE: by("sha256")(altered(raw))},
    "Telegram’s secret": lambda raw: {SECRET: ACCOUNTS.telegram_secret},
}


@pytest.mark.parametrize("channel", META)
def test_a_wrong_signature_is_refused_and_the_right_one_opens(connected: Servers, vendors: Vendors, channel: str) -> None:
    case = TEXTS[channel]
    vendors.ledger.wrote(channel, case.person, time.time(), *case.handles)
    raw = case.raw(time.time())
    statuses = {name: post(connected, channel, raw, headers(raw))[0] for name, headers in WRONG.items()}
    statuses["body altered by one byte"] = post(connected, channel, altered(raw), signed(channel, raw, ACCOUNTS))[0]
    assert statuses == dict.fromkeys(statuses, 403)
    assert nothing_came(connected, vendors, case)
    assert post(connected, channel, raw, signed(channel, raw, ACCOUNTS))[0] == 200
    until(lambda: vendors.ledger.accepted(channel, case.person) != [], SECONDS)


def test_a_wrong_secret_of_telegram_is_refused_and_the_right_one_opens(connected: Servers, vendors: Vendors) -> None:
    case, right = TEXTS["telegram"], ACCOUNTS.telegram_secret
    vendors.ledger.wrote("telegram", case.person, time.time(), *case.handles)
    raw = case.raw(time.time())
    wrong = (
        {},
        *({SECRET: told} for told in ("", right[:-1], right + "x", right.upper(), "é", "x" * 4000)),
        {SIGNATURE: by("sha256")(raw)},
    )
    assert [post(connected, "telegram", raw, headers)[0] for headers in wrong] == [403] * len(wrong)
    assert nothing_came(connected, vendors, case)
    assert post(connected, "telegram", raw, signed("telegram", raw, ACCOUNTS))[0] == 200
    until(lambda: vendors.ledger.accepted("telegram", case.person) != [], SECONDS)


RIGHT = {"hub.mode": "subscribe", "hub.verify_token": ACCOUNTS.verify_token, "hub.challenge": "1158201444"}


@pytest.mark.parametrize("channel", META)
def test_only_who_knows_the_word_gets_the_challenge_back(connected: Servers, channel: str) -> None:
    def shake(**changed: str) -> tuple[int, str]:
        query = {name: value for name, value in {**RIGHT, **{f"hub.{n}": v for n, v in changed.items()}}.items() if value}
        status, headers, told = fetch(f"{connected.url}/webhooks/{channel}/webhook?{urlencode(query)}")
        assert "text/html" not in headers
        return status, told

    assert shake() == (200, "1158201444")
    for wrong in (
        {"verify_token": "un autre"},
        {"verify_token": ACCOUNTS.verify_token[:-1]},
        {"verify_token": ""},
        {"mode": "unsubscribe"},
        {"mode": ""},
        {"challenge": ""},
    ):
        status, told = shake(**wrong)
        assert status == 403
        assert "1158201444" not in told


def test_telegram_has_no_handshake(connected: Servers) -> None:
    assert fetch(f"{connected.url}/webhooks/telegram/webhook?{urlencode(RIGHT)}")[0] == 405


def test_channels_that_are_not_configured_say_so_and_stop_nobody(vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> None:
    own = {name: value for name, value in ACCOUNTS.environment(vendors.url).items() if name.startswith("RESO_TELEGRAM_")}
    with running(tmp_path_factory.mktemp("seul"), **own) as alone:
        for channel in META:
            raw = TEXTS[channel].raw(time.time())
            assert post(alone, channel, raw, signed(channel, raw, ACCOUNTS)) == (503, NOT_CONFIGURED)
            status, _, told = fetch(f"{alone.url}/webhooks/{channel}/webhook?{urlencode(RIGHT)}")
            assert (status, json.loads(told)) == (503, {"error": NOT_CONFIGURED})
        person = "99887700"
        said = bodies.text("telegram", person, QUESTIONS[0].ask)
        vendors.ledger.wrote("telegram", person, said.at, *said.handles)
        (raw,) = bodies.bodies([said], ACCOUNTS)
        assert post(alone, "telegram", raw, signed("telegram", raw, ACCOUNTS))[0] == 200
        until(lambda: any(QUESTIONS[0].word in message.text for message in vendors.ledger.accepted("telegram", person)), SECONDS)
