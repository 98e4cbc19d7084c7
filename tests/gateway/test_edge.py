"""What every answer has, and what none tells."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.sentences import UNREADABLE
from bot.gateway import edge
from bot.gateway.edge import HEADERS, add_headers, drop_who_reads_nothing, quiet_errors


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """A server with a route that answers JSON, one that fails and a file that may be kept."""

    async def told(request: web.Request) -> web.Response:
        return web.json_response({"secret": 1})

    async def file(request: web.Request) -> web.Response:
        return web.Response(body=b"x", headers={"Cache-Control": "public, max-age=31536000, immutable"})

    app = web.Application(middlewares=[quiet_errors])
    app.on_response_prepare.append(add_headers)
    app.add_routes([web.get("/json", told), web.get("/file", file)])
    async with TestServer(app) as started:
        yield started


async def written(server: TestServer, sent: bytes) -> tuple[bytes, bytes]:
    """Return head and body of the answer to what is written on a connection."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(sent)
    told = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    head, _, body = told.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"\xff\xfe\xfd garbage\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /json HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 20_000 + b"\r\n\r\n",
        b"POST /json HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
    ids=["version", "bytes", "NUL in the path", "long header", "negative length", "TLS"],
)
async def test_what_is_no_request_gets_a_sentence_and_learns_nothing(server: TestServer, sent: bytes) -> None:
    head, body = await written(server, sent)
    assert head.split()[1] == b"400"
    for name, value in HEADERS.items():
        assert f"{name}: {value}".encode() in head
    for word in (b"aiohttp", b"python", b"parser", b"invalid", b"expected"):
        assert word not in (head + body).lower()
    assert "n’est pas lisible" in json.loads(body)["error"]


@pytest.mark.parametrize(
    ("path", "kept"), [("json", b"no-store"), ("nowhere", b"no-store"), ("file", b"public, max-age=31536000, immutable")]
)
async def test_nothing_is_kept_on_the_way_but_files_that_say_so(server: TestServer, path: str, kept: bytes) -> None:
    head, _ = await written(server, f"GET /{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert [line for line in head.split(b"\r\n") if line.lower().startswith(b"cache-control")] == [b"Cache-Control: " + kept]


async def test_what_is_packed_is_sent_away_unread(server: TestServer) -> None:
    packed = gzip.compress(b"[" + b"1," * 1_000_000 + b"1]")
    sent = b"POST /json HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    head, body = await written(server, sent + packed)
    assert head.split()[1] == b"415"
    assert json.loads(body)["error"] == UNREADABLE


@pytest.mark.parametrize(("reads", "cut"), [(False, True), (True, False)])
async def test_who_asks_and_never_reads_is_cut_and_who_reads_slowly_is_not(reads: bool, cut: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "UNREAD_SECONDS", 1.0)
    connections: set[asyncio.BaseTransport] = set()

    async def large(request: web.Request) -> web.Response:
        assert request.transport is not None
        connections.add(request.transport)
        return web.Response(body=b"x" * 8_000_000)

    app = web.Application(middlewares=[drop_who_reads_nothing])
    app.add_routes([web.get("/", large)])
    async with TestServer(app) as server:
        with socket.socket() as visitor:
            visitor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            visitor.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(visitor, (server.host, server.port))
            await loop.sock_sendall(visitor, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            for _ in range(60):
                await asyncio.sleep(0.1)
                if reads:
                    await loop.sock_recv(visitor, 20_000)
            assert [c.is_closing() for c in connections] == [cut]
