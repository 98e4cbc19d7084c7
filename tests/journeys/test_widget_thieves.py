"""Attempts on the talks of others: tokens that are guessed, altered, expired or stolen in part; pages of foreign origin."""

from __future__ import annotations

import time
import uuid
from typing import Any

import aiohttp
import jwt
import pytest
from socketio.exceptions import ConnectionError as Refused

from bot.channels.widget.sessions import ALGORITHM, AUDIENCE, Session, kept_secret
from tests.journeys.serving import Servers
from tests.journeys.widget_client import PATH, Widget, sessions_of

pytestmark = pytest.mark.servers


def changed(token: str, **claims: Any) -> str:
    """Return a token with other claims and the old signature."""
    header, _, signature = token.split(".")
    body = jwt.encode(jwt.decode(token, options={"verify_signature": False}) | claims, "x" * 32, ALGORITHM).split(".")[1]
    return f"{header}.{body}.{signature}"


def stolen(servers: Servers, victim: Widget) -> dict[str, Any]:
    """Return what a thief might try, who knows the victim's conversation but not the secret."""
    sender, token = victim.session.sender, str(victim.token)
    now = int(time.time())
    claims = {"sub": sender, "exp": 2_000_000_000, "iat": now, "aud": AUDIENCE}
    secret = kept_secret(servers.folder)
    return {
        "the conversation itself": sender,
        "its id": sender.partition(".")[2],
        "no signature": f"{token.rsplit('.', 1)[0]}.",
        "algorithm none": jwt.encode(claims, "", "none"),
        "own secret": jwt.encode(claims, "0" * 64, ALGORITHM),
        "altered expiry": changed(token, exp=2_000_000_000),
        "another's claims under the own signature": changed(sessions_of(servers).token(sessions_of(servers).begin()), sub=sender),
        "one character off": token[:-3] + ("A" if token[-3] != "A" else "B") + token[-2:],
        "expired": sessions_of(servers, -1).token(Session(sender, 1, now)),
        "for something else": jwt.encode(claims | {"aud": "reso-other"}, secret, ALGORITHM),
        "without expiry": jwt.encode({"sub": sender, "iat": now, "aud": AUDIENCE}, secret, ALGORITHM),
        "without a beginning": jwt.encode({"sub": sender, "exp": 2_000_000_000, "aud": AUDIENCE}, secret, ALGORITHM),
        "a list": [token],
        "a mapping": {"token": token},
        "a number": 1,
        "very long": token + "A" * 5000,
        "empty": "",
    }


async def test_no_token_but_the_visitors_own_opens_a_talk(servers: Servers) -> None:
    async with Widget(servers.url) as victim:
        await victim.ask("mon secret de Polichinelle")
        before = list(victim.lines)
        for name, token in stolen(servers, victim).items():
            async with Widget(servers.url, token) as thief:
                assert thief.session.sender != victim.session.sender, name
                assert thief.sessions[0]["fresh"] or name in ("empty",), name
                await thief.ask("bonjour")
                assert "Polichinelle" not in str(thief.lines), name
        await victim.ask("merci")
        assert [line for line in victim.lines if line["n"] <= before[-1]["n"]] == before
        assert len(victim.lines) == len(before) + 2


async def test_naming_a_conversation_changes_nothing(servers: Servers) -> None:
    """Whatever a client adds to its messages, they go to its own talk."""
    async with Widget(servers.url) as victim, Widget(servers.url) as thief:
        await victim.ask("bonjour")
        sender, count = victim.session.sender, len(victim.lines)
        said = {
            "id": uuid.uuid4().hex,
            "text": "coucou",
            "sender": sender,
            "session_id": sender,
            "room": sender,
            "token": str(victim.token),
        }
        assert await thief.call("say", said) == {"ok": True}
        await thief.reply_to(said["id"])
        await victim.ask("merci")
        assert len(victim.lines) == count + 2


@pytest.mark.parametrize(
    "origin", ["https://exemple.invalid", "null", "http://127.0.0.1:1", "https://127.0.0.1.exemple.invalid", "file://"]
)
@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_foreign_origin_is_refused(servers: Servers, origin: str, transport: str) -> None:
    with pytest.raises(Refused):
        await Widget(servers.url, origin=origin).connect(transport)


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_the_own_origin_is_taken(servers: Servers, transport: str) -> None:
    widget = await Widget(servers.url, origin=servers.url).connect(transport)
    assert (await widget.ask("bonjour"))["texts"]
    await widget.close()


async def test_a_foreign_page_gets_no_leave_to_read_answers(servers: Servers) -> None:
    """CORS: neither on the handshake nor on a preflight, nor any wildcard."""
    address = f"{servers.url}{PATH}/?EIO=4&transport=polling"
    headers = {"Origin": "https://exemple.invalid", "Access-Control-Request-Method": "POST", "X-Forwarded-For": "10.250.0.1"}
    async with aiohttp.ClientSession() as http:
        for method in ("GET", "OPTIONS", "POST"):
            async with http.request(method, address, headers=headers) as answer:
                assert answer.headers.get("Access-Control-Allow-Origin") in (None, servers.url), method
                assert answer.status >= 400 or method == "OPTIONS", method
