"""Stands for Meta's Graph API on loopback: keeps the calls, answers as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "EAAG-jeton"
APP, APP_SECRET = "670843887433847", "s"


@dataclass(frozen=True)
class Answer:
    """What the API answers. `cut`: the connection ends after the request, before the status; `half`: within the body."""

    status: int = 200
    body: Any = field(default_factory=lambda: {"recipient_id": "1", "message_id": "m_out"})
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    half: bool = False


def error(code: int, subcode: int | None = None, status: int = 400, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    """Return an error as the Graph API words it."""
    given: dict[str, Any] = {
        "message": "(#0) 0033612345678 a écrit un secret",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "AbC1",
    }
    if subcode is not None:
        given["error_subcode"] = subcode
    return Answer(status, {"error": given | more}, headers or {})


class MetaApi:
    """The calls so far as (method, path below the version, JSON or query), and the answers to come."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Any]] = []
        self.answers: list[Answer] = []
        self.at: Callable[[str], Answer | None] = lambda path: None
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        version, _, path = request.path.lstrip("/").partition("/")
        if version != "v25.0":
            return web.json_response({"error": {"code": 2635, "message": "version"}}, status=400)
        expected = f"{APP}|{APP_SECRET}" if path == f"{APP}/subscriptions" else TOKEN
        if request.headers.get("Authorization") != f"Bearer {expected}":
            return web.json_response({"error": {"code": 190, "message": "token"}}, status=401)
        content = await request.json() if request.method == "POST" else dict(request.query)
        self.calls.append((request.method, f"/{path}", content))
        answer = self.at(f"/{path}") or (self.answers.pop(0) if self.answers else Answer())
        if answer.cut or answer.half:
            assert request.transport is not None
            if answer.half:
                response = web.StreamResponse(headers={"Content-Length": "1000"})
                await response.prepare(request)
                await response.write(b'{"recip')
                await asyncio.sleep(0.05)
            request.transport.close()
            return web.Response()
        if isinstance(answer.body, str):
            return web.Response(text=answer.body, status=answer.status, headers=answer.headers)
        return web.json_response(answer.body, status=answer.status, headers=answer.headers)


@asynccontextmanager
async def meta_api() -> AsyncIterator[tuple[MetaApi, aiohttp.ClientSession]]:
    """Serve the API; give it with a session to call it."""
    api = MetaApi()
    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", api.handle)
    async with TestServer(application) as server, aiohttp.ClientSession() as session:
        api.url = str(server.make_url("")).rstrip("/")
        yield api, session
