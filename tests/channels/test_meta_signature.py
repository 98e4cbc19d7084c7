"""Only Meta's own webhooks are let in."""

import hashlib
import hmac
import json
from pathlib import Path

import pytest

from bot.channels.meta import handshake, signature

SECRET = "secret-de-l-application"
BODY = (Path(__file__).parents[1] / "fixtures/webhooks/messenger/accents_escaped.json").read_bytes()


def signed(body: bytes = BODY, secret: str = SECRET, method: str = "sha256") -> str:
    return f"{method}=" + hmac.new(secret.encode(), body, method).hexdigest()


def test_a_signed_body_is_allowed() -> None:
    assert b"\\u00e9" in BODY
    assert signature.allows(BODY, signed(), SECRET)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        signed()[:-1],
        signed() + "0",
        signed().upper(),
        signed().removeprefix("sha256="),
        signed(method="sha1"),
        signed(method="md5"),
        "sha256=" + signed(method="sha1").removeprefix("sha1="),
        "new=1",
        "sha256=é" + "0" * 63,
        "sha256=\udce9",
        signed(secret="autre"),
        signed(secret=""),
    ],
)
def test_other_signatures_are_refused(header: str | None) -> None:
    assert not signature.allows(BODY, header, SECRET)


def test_one_changed_byte_is_refused() -> None:
    changed = BODY.replace(b"0", b"1", 1)
    assert changed != BODY
    assert not signature.allows(changed, signed(), SECRET)


def test_the_same_json_written_otherwise_is_refused() -> None:
    again = json.dumps(json.loads(BODY), ensure_ascii=False).encode()
    assert not signature.allows(again, signed(), SECRET)


def test_nothing_is_allowed_without_a_secret() -> None:
    assert not signature.allows(BODY, "sha256=" + hmac.new(b"", BODY, hashlib.sha256).hexdigest(), "")


GOOD = {"hub.mode": "subscribe", "hub.verify_token": "mot-à-moi", "hub.challenge": "1158201444"}


def test_the_handshake_returns_the_challenge() -> None:
    assert handshake.answer(GOOD, "mot-à-moi") == "1158201444"


@pytest.mark.parametrize(
    ("query", "token"),
    [
        ({}, "mot-à-moi"),
        (GOOD | {"hub.verify_token": "autre"}, "mot-à-moi"),
        (GOOD | {"hub.verify_token": ""}, ""),
        (GOOD, ""),
        (GOOD | {"hub.mode": "unsubscribe"}, "mot-à-moi"),
        (GOOD | {"hub.challenge": ""}, "mot-à-moi"),
    ],
)
def test_other_handshakes_are_refused(query: dict[str, str], token: str) -> None:
    assert handshake.answer(query, token) is None
