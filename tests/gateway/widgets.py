"""The widget's server in this process, with a stand-in for Rasa, and clients that keep to no protocol."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.widget.sessions import Sessions
from bot.gateway.database import Database
from bot.gateway.edge import BODY_BYTES, quiet_errors
from bot.gateway.limits import Limits
from bot.gateway.origins import Origins
from bot.gateway.sockets import PATH, Sockets
from bot.gateway.turns import Messages, Turns
from bot.store.inbox import Received

SESSIONS = Sessions("s" * 64, 3600.0, 86400.0)
SECONDS = 10.0


class Assistant:
    """Stands for Rasa: answers once it may."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.may.set()
        self.reply: dict[str, Any] | None = None

    async def ask(self, message: Received, text: str, metadata: Mapping[str, Any]) -> tuple[Messages, bool]:
        await self.may.wait()
        return [self.reply or {"text": f"Réponse à {text}"}], False

    async def forget(self, sender: str) -> None: ...


class Wire:
    """A WebSocket, packet by packet."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[str] = []

    async def send(self, packet: str) -> bool:
        """Send a packet; return whether that could be done."""
        try:
            await self.socket.send_str(packet)
        except (ConnectionError, aiohttp.ClientError):
            return False
        return True

    async def until(self, start: str) -> str | None:
        """Return the next packet that begins so; None where the connection ends first."""
        while True:
            told = await self.socket.receive(SECONDS)
            if told.type is not aiohttp.WSMsgType.TEXT:
                return None
            self.heard.append(told.data)
            if told.data.startswith(start):
                return str(told.data)

    async def ended(self) -> bool:
        """Read to the end; return False where there is none in time."""
        try:
            return await asyncio.wait_for(self.until("no such packet"), SECONDS) is None
        except asyncio.TimeoutError:
            return False

    async def connect(self, **auth: Any) -> dict[str, Any] | None:
        """Introduce itself; return the session, None where that is refused."""
        await self.send(f"40{json.dumps(auth)}")
        told = await self.until("4")
        return json.loads(told[2:])[1] if told and told.startswith('42["session"') else None

    async def say(self, text: str) -> dict[str, Any]:
        """Say something; return the acknowledgement."""
        return await self.call("say", {"id": uuid.uuid4().hex, "text": text})

    async def call(self, event: str, data: Any) -> dict[str, Any]:
        """Send an event; return the acknowledgement."""
        await self.send(f"427{json.dumps([event, data])}")
        told = await self.until("437")
        assert told, "no acknowledgement"
        return dict(json.loads(told[3:])[0])

    async def lines(self, count: int) -> list[Any]:
        """Return so many lines of the talk, in the order in which they came."""
        found: list[Any] = []
        while len(found) < count:
            told = await self.until('42["lines"')
            assert told, f"the connection ended after {len(found)} lines"
            found += json.loads(told[2:])[1]
        return found


class Gateway:
    """The server under test."""

    def __init__(self, url: str, http: aiohttp.ClientSession, assistant: Assistant) -> None:
        self.url, self.http, self.assistant = f"{url}{PATH}/", http, assistant

    @asynccontextmanager
    async def wire(self, address: str = "198.51.100.7") -> AsyncIterator[Wire]:
        """Open a WebSocket."""
        headers, query = {"X-Forwarded-For": address}, {"EIO": "4", "transport": "websocket"}
        async with self.http.ws_connect(self.url, params=query, headers=headers, max_msg_size=0, timeout=1) as socket:
            wire = Wire(socket)
            assert await wire.until("0{")
            yield wire

    async def polled(self, address: str = "198.51.100.7") -> Polled:
        """Open a connection by polling."""
        polled = Polled(self, {"EIO": "4", "transport": "polling"}, {"X-Forwarded-For": address})
        polled.query["sid"] = json.loads((await polled.get())[1][1:])["sid"]
        return polled


class Polled:
    """A connection by polling."""

    def __init__(self, gateway: Gateway, query: dict[str, str], headers: dict[str, str]) -> None:
        self.gateway, self.query, self.headers = gateway, query, headers

    async def get(self, **more: str) -> tuple[int, str]:
        """Ask for what has come; return status and body."""
        async with self.gateway.http.get(self.gateway.url, params=self.query, headers=self.headers | more) as answer:
            self.answered = answer.headers
            return answer.status, await answer.text()

    async def post(self, body: str) -> int:
        """Send packets; return the status."""
        async with self.gateway.http.post(self.gateway.url, params=self.query, headers=self.headers, data=body) as answer:
            await answer.read()
            return answer.status


@asynccontextmanager
async def serving() -> AsyncIterator[Gateway]:
    """Serve widgets over the store of the test."""
    assistant, database = Assistant(), Database()
    turns = Turns(assistant, database, "test")  # type: ignore[arg-type]
    sockets = Sockets(SESSIONS, turns, assistant, database, Limits(), Origins(frozenset()), "test")  # type: ignore[arg-type]
    app = web.Application(client_max_size=BODY_BYTES, middlewares=[quiet_errors])
    sockets.attach(app)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        await sockets.start()
        try:
            yield Gateway(str(server.make_url("")), http, assistant)
        finally:
            await turns.stop(1)
            await sockets.stop()
            await http.close()
    database.close()
