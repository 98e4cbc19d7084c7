"""Inputs for each endpoint: mostly wrong, in the neighbourhood of what is right."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from tests.channels.vendors.accounts import CHANNELS, Accounts
from tests.channels.vendors.deliverer import signed
from tests.fuzz.mutating import TEXTS, Mutator
from tests.journeys.storming import QUESTIONS

FIXTURES = Path(__file__).parents[1] / "fixtures" / "webhooks"
IN_FIXTURES = {"messenger": "108000000000001", "instagram": "17841400000000001"}
"""Our account in the bodies of the channels; WhatsApp's is the one of `Accounts`."""
FRESH = 0.005
"""Share of inputs that are right and new: each costs Rasa a turn."""
QUESTION = QUESTIONS[0].ask
ADDRESSES = 3_000
"""Visitors' addresses that inputs come from, behind a proxy on this machine: the limits of one would refuse the rest."""
METHODS = ("GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "CONNECT")


@dataclass(frozen=True)
class Input:
    """One request. `path` is sent as it stands."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __str__(self) -> str:
        return f"{self.method} {self.path[:200]} {self.headers} {self.body[:400]!r} ({len(self.body)} bytes)"


def an_address(chance: random.Random) -> str:
    """Return one of the visitors' addresses."""
    number = chance.randrange(ADDRESSES)
    return f"10.77.{number // 250}.{number % 250 + 1}"


def as_of(value: Any, moment: float) -> Any:
    """Return a body of the fixtures as if it happened now: what is old is refused before it is read."""
    if isinstance(value, dict):
        return {key: as_of(held, moment) for key, held in value.items()}
    if isinstance(value, list):
        return [as_of(held, moment) for held in value]
    for scale in (1, 1000):
        if isinstance(value, (int, float)) and 1.5e9 * scale < value < 2e9 * scale:
            return int(moment * scale)
        if isinstance(value, str) and value.isdigit() and len(value) == len(str(int(1.5e9 * scale))) and value[0] == "1":
            return str(int(moment * scale))
    return value


def webhook(channel: str, chance: random.Random, accounts: Accounts) -> Iterator[Input]:
    """Return deliveries: spoiled real bodies, three of four signed as they should be."""
    mutator, moment = Mutator(chance), time.time()
    own = {"messenger": accounts.page_id, "instagram": accounts.instagram_id, "whatsapp": accounts.phone_id}.get(channel, "")
    # What is sent to another account is passed over, and would try nothing.
    texts = [
        file.read_text(encoding="utf-8").replace(IN_FIXTURES.get(channel, own), own) for file in sorted((FIXTURES / channel).glob("*.json"))
    ]
    real = [as_of(json.loads(text), moment) for text in texts]
    path = f"/webhooks/{channel}/webhook"
    while True:
        body = mutator.one_of(real)
        if chance.random() < FRESH:
            raw = json.dumps(_renamed(body, f"x{chance.getrandbits(60):x}", own)).encode()
        else:
            raw = mutator.written(mutator.spoiled(body))
        headers = signed(channel, raw, accounts)
        if chance.random() < 0.25:
            headers = _bad_signature(headers, chance)
        if chance.random() < 0.1:
            headers["Content-Type"] = mutator.one_of(
                ("text/plain", "application/xml", "multipart/form-data", "x", "application/json; charset=utf-7")
            )
        yield Input("POST", path, headers, raw)


def _renamed(body: Any, id: str, own: str) -> Any:
    """Return a body with fresh ids of messages, so that it is not taken for one that was seen; the id of our account stays."""
    if isinstance(body, dict):
        return {
            key: id if key in ("mid", "id") and isinstance(held, str) and len(held) > 8 and held != own else _renamed(held, id, own)
            for key, held in body.items()
        }
    return [_renamed(held, id, own) for held in body] if isinstance(body, list) else body


def _bad_signature(headers: dict[str, str], chance: random.Random) -> dict[str, str]:
    odd = (
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        "sha256=" + "z" * 64,
        "sha1=" + "0" * 40,
        "md5=x",
        "=" * 100,
        "é",
        "a" * 4000,
        "sha256=" * 500,
    )
    made = dict(headers)
    for name in headers:
        if name.startswith("X-"):
            made[name] = chance.choice(odd)
    if chance.random() < 0.3:
        made = {name: held for name, held in made.items() if not name.startswith("X-Hub-Signature-256")}
    return made


def handshakes(chance: random.Random, accounts: Accounts) -> Iterator[Input]:
    """Return Meta's handshakes with odd parameters."""
    mutator = Mutator(chance)
    while True:
        query = {"hub.mode": "subscribe", "hub.verify_token": accounts.verify_token, "hub.challenge": "1158201444"}
        for _ in range(chance.randint(1, 3)):
            name = mutator.one_of(list(query))
            if chance.random() < 0.3 and len(query) > 1:
                del query[name]
            else:
                query[name if chance.random() < 0.8 else mutator.text()] = mutator.text()
        told = urlencode(query, errors="surrogatepass")
        if chance.random() < 0.2:
            told = told + "&" + mutator.one_of((told, "hub.mode[]=1", "%", "%zz", "=", "&&&", "a=" + "b" * 6000))
        yield Input(mutator.one_of(("GET", "GET", "GET", "HEAD", "PUT")), f"/webhooks/{mutator.one_of(CHANNELS)}/webhook?{told}")


def rest(chance: random.Random) -> Iterator[Input]:
    """Return calls of REST; one in ten from another machine or with a wrong key."""
    mutator, seen = Mutator(chance), [uuid.uuid4().hex for _ in range(20)]
    while True:
        if chance.random() < FRESH:
            body: Any = {"sender": uuid.uuid4().hex, "message": mutator.one_of((QUESTION, *TEXTS)), "message_id": uuid.uuid4().hex}
            raw = json.dumps(body).encode()
        else:
            # A message that stayed readable would be a question of its own: blank, it is answered without Rasa.
            body = {"sender": "programme-fuzz", "message": " \t", "message_id": mutator.one_of(seen), "metadata": {"page": {"url": "x"}}}
            raw = mutator.written(mutator.spoiled(body))
        headers = {"Content-Type": mutator.one_of(("application/json", "text/plain", "application/x-www-form-urlencoded"))}
        if chance.random() < 0.1:
            headers["X-Forwarded-For"] = an_address(chance)
            headers["Authorization"] = mutator.one_of(("Bearer x", "Bearer", "Basic eDp5", "Bearer " + "é" * 20, ""))
        query = mutator.one_of(("", "", "?stream=true", "?stream=1&token=x", "?token=" + "a" * 3000))
        yield Input(mutator.one_of(("POST",) * 12 + METHODS[:9]), f"/webhooks/rest/webhook{query}", headers, raw)


_FILES = (
    "/",
    "/reso",
    "/reso/",
    "/reso/widget.js",
    "/reso/widget/app.js",
    "/reso/index.html",
    "/reso/fr/page.css",
    "/reso/socket.io/socket.io.js",
)
_STEPS = (
    "..",
    "%2e%2e",
    "..%2f",
    "%252e%252e",
    "....//",
    "%c0%ae%c0%ae",
    ".\\",
    "%00",
    "~",
    "%",
    "%ff",
    "é",
    ";",
    "//",
    "*",
    "widget",
    "reso.db",
)


def files(chance: random.Random) -> Iterator[Input]:
    """Return requests of files: paths that lead out, odd methods, odd headers."""
    mutator = Mutator(chance)
    while True:
        path = mutator.one_of(_FILES)
        for _ in range(chance.randint(0, 5)):
            path = (
                path.rstrip("/") + "/" + mutator.one_of(_STEPS)
                if chance.random() < 0.7
                else quote(mutator.text(), errors="surrogatepass")[:3000]
            )
        headers = {}
        for _ in range(chance.randint(0, 3)):
            name = mutator.one_of(
                ("Range", "If-None-Match", "If-Modified-Since", "Accept-Encoding", "Origin", "Host", "X-Forwarded-Proto", "Cookie")
            )
            odd = (
                "bytes=0-",
                "bytes=-1",
                "bytes=9-1",
                "bytes=0-0,1-1",
                "bytes=" + "0-1," * 300,
                "gzip;q=x",
                "null",
                "évil",
                "a" * 5000,
                "*",
                "::1]",
            )
            headers[name] = mutator.one_of(odd)
        yield Input(mutator.one_of(METHODS[:-1]), "/" + path.lstrip("/"), headers)


def health(chance: random.Random) -> Iterator[Input]:
    """Return requests of health and figures, half of them from other machines."""
    mutator = Mutator(chance)
    while True:
        path = mutator.one_of(
            ("/health/live", "/health/live", "/health/ready", "/metrics", "/health", "/health/", "/metrics/", "/health/live/x")
        )
        query = "?" + quote(mutator.text(), errors="surrogatepass")[:2000] if chance.random() < 0.5 else ""
        headers = {"X-Forwarded-For": mutator.one_of((an_address(chance), "é", "1.2.3.4, " * 300, "[::1"))} if chance.random() < 0.5 else {}
        yield Input(mutator.one_of(METHODS[:-1]), path + query, headers)


def raw_bytes(chance: random.Random) -> Iterator[bytes]:
    """Return what is written on a connection: no HTTP, half HTTP, two requests that look like one."""
    mutator = Mutator(chance)
    right = (
        b"GET /reso/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b'POST /webhooks/rest/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{"message": "  "}',
        b"GET /reso/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    )
    smuggling = (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 40\r\n\r\nabcdGET /metrics HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0bchunked\r\n\r\nffffffffffffffff\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET http://169.254.169.254/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 3000 + b"\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 20_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x00",
        b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
        b"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: \xe9\r\nAuthorization: Bearer \xff\r\nX-Reso-Key: \xff\r\nContent-Length: 0\r\n\r\n",
        b"GET /reso/ HTTP/1.1\r\nHost: x\r\nOrigin: \xff\r\nX-Forwarded-For: \xff\r\nX-Forwarded-Proto: \xff\r\nCookie: \xff\r\n\r\n",
        b"POST /webhooks/telegram/webhook HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: \xff\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /webhooks/messenger/webhook HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256=\xff\r\nContent-Length: 2\r\n\r\n{}",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n\r\n\r\n",
        b"GET",
    )
    while True:
        kind = chance.random()
        if kind < 0.3:
            yield mutator.one_of(smuggling)
        elif kind < 0.4:
            yield chance.randbytes(chance.choice((1, 40, 9000)))
        elif kind < 0.5:
            yield mutator.one_of(right) * chance.choice((1, 2, 30))
        else:
            yield mutator.broken(mutator.one_of((*right, *smuggling)))


_EVENTS = ("say", "say", "say", "refresh", "page", "forget")
_FOREIGN = ("connect", "disconnect", "message", "lines", "session", "__class__", "", "é", "*", 7, None, [])


def events(chance: random.Random) -> Iterator[str | bytes]:
    """Return events of a connected widget, as the protocol wants them, with odd names and odd values."""
    mutator = Mutator(chance)
    while True:
        if chance.random() < FRESH:
            yield "421" + json.dumps(["say", {"id": uuid.uuid4().hex, "text": QUESTION}])
            continue
        said = {"id": "abcdefgh", "text": " "} if chance.random() < 0.7 else {"id": "abcdefgh", "payload": "choix:x", "title": "x"}
        told = mutator.spoiled(said if chance.random() < 0.5 else {"url": "https://x.fr", "title": "y"})
        yield f"42{mutator.one_of(('', '7', '9999999999'))}{json.dumps([mutator.one_of(_EVENTS), told])}"


def packets(chance: random.Random) -> Iterator[str | bytes]:
    """Return what no widget sends: spoiled events, acknowledgements, other namespaces, no packets at all."""
    mutator, sound = Mutator(chance), events(chance)
    while True:
        kind = chance.random()
        if kind < 0.3:
            yield next(sound)
        elif kind < 0.4:
            yield f"42{json.dumps([mutator.one_of(_FOREIGN), *(mutator.value() for _ in range(chance.choice((0, 1, 2, 9))))])}"
        elif kind < 0.55:
            yield f"42{mutator.one_of(('', '7', '99999999999999999999', '-1'))}{json.dumps(mutator.spoiled(['say', {'id': 'abcdefgh', 'text': ' '}]))}"
        elif kind < 0.75:
            yield mutator.one_of(
                ("40", "40/autre,", "41", "42", "43", "43[]", "431[1]", "44", "45", "451-[]", "451-" + '["say",{"_placeholder":true,"num":0}]', "46",
                 "4", "49", "2", "3", "3probe", "2probe", "5", "6", "1x", "42[", '42"say"', "42[[]]", "42[null]", "42[1]", "42/x,[]", "4" * 900,
                 "42" + "[" * 3000, "450-[]", "4510-[]", "45999999999-[]", '40{"token":1}', '40{"token":"a.b.c","after":-1}', "")
            )  # fmt: skip
        elif kind < 0.85:
            yield chance.randbytes(chance.choice((1, 30, 3000)))
        elif kind < 0.86:
            yield '42["say",{"id":"abcdefgh","text":"' + "a" * chance.choice((5_000, 15_000, 40_000)) + '"}]'
        else:
            right = json.dumps(["say", {"id": "abcdefgh", "text": mutator.text()}])
            yield mutator.broken(("42" + right).encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
