"""A widget without a screen: speaks docs/widget-protocol.md with a real Socket.IO client and keeps what it was shown."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import jwt
import socketio

from bot.channels.widget.sessions import Session, Sessions, kept_secret
from tests.journeys.serving import Servers

PATH = "/reso/socket.io"
REPLY_SECONDS = 30.0
"""Longest wait for a reply: a turn, behind others, on a busy machine."""
BACK_SECONDS = 60.0
"""Longest wait for a server that was killed to be there again."""

Line = dict[str, Any]
T = TypeVar("T")
_addresses = itertools.count(1)


def an_address() -> str:
    """Return an address that no other visitor of this run has: limits for one address must not meet in the tests."""
    number = next(_addresses)
    return f"10.{uuid.uuid4().int % 200}.{number // 250}.{number % 250 + 1}"


def alone(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread of its own and return its result: Playwright's loop has this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def sessions_of(servers: Servers, seconds: float = 3600.0) -> Sessions:
    """Return what signs tokens as the servers do."""
    return Sessions(kept_secret(servers.folder), seconds, 30 * 86400)


def store_of(servers: Servers) -> str:
    """Return the address of the servers' store."""
    return f"sqlite:///{servers.folder / 'reso.db'}"


class Widget:
    """One tab. `lines` are what it shows, each number once; `sessions` and `typing` what came, in that order."""

    def __init__(self, url: str, token: str | None = None, after: int = 0, address: str | None = None, origin: str | None = None):
        self.url, self.token, self.origin = url, token, origin
        self._after = after
        self.address = address or an_address()
        self.lines: list[Line] = []
        self.sessions: list[dict[str, Any]] = []
        self.typing: list[bool] = []
        self._news = asyncio.Event()
        self._socket = self._fresh_socket()

    def _fresh_socket(self) -> socketio.AsyncClient:
        socket = socketio.AsyncClient(reconnection=False)
        for name, handler in {"session": self._on_session, "lines": self._on_lines, "typing": self._on_typing}.items():
            socket.on(name, handler)
        return socket

    async def _on_session(self, session: dict[str, Any]) -> None:
        self.sessions.append(session)
        self.token = session["token"]
        self._news.set()

    async def _on_lines(self, lines: list[Line]) -> None:
        shown = {line["n"] for line in self.lines}
        self.lines += [line for line in lines if line["n"] not in shown]
        self._news.set()

    async def _on_typing(self, typing: dict[str, bool]) -> None:
        self.typing.append(typing["on"])
        self._news.set()

    async def __aenter__(self) -> Widget:
        return await self.connect()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def after(self) -> int:
        """The highest number seen."""
        return max((line["n"] for line in self.lines), default=self._after)

    @property
    def connected(self) -> bool:
        """Tell whether there is a connection."""
        return bool(self._socket.connected)

    @property
    def session(self) -> Session:
        """The conversation, as the token names it (only a test may read it)."""
        claims = jwt.decode(self.token or "", options={"verify_signature": False})
        return Session(claims["sub"], claims["exp"], claims["iat"])

    async def connect(self, transport: str = "websocket") -> Widget:
        """Connect with the token and the last line seen; raise socketio's ConnectionError where that is refused."""
        headers = {"X-Forwarded-For": self.address} | ({"Origin": self.origin} if self.origin else {})
        known = len(self.sessions)
        auth = {"after": self.after} | ({"token": self.token} if self.token else {})
        self._socket = self._fresh_socket()
        await self._socket.connect(self.url, headers=headers, auth=auth, socketio_path=PATH, transports=[transport], wait_timeout=10)
        await self.until(lambda: len(self.sessions) > known)
        return self

    async def gone(self) -> None:
        """Wait until the connection is broken."""
        await self._socket.wait()

    async def close(self) -> None:
        """Break the connection off, as a network does that is gone."""
        await self._socket.eio.disconnect(abort=True)
        if self._socket.eio.http:
            await self._socket.eio.http.close()

    async def call(self, event: str, data: Any = None, seconds: float = 10.0) -> dict[str, Any]:
        """Send an event; return its acknowledgement. Raises socketio's TimeoutError or BadNamespaceError."""
        ack: dict[str, Any] = await self._socket.call(event, data if data is not None else {}, timeout=seconds)
        return ack

    async def say(self, text: str, id: str | None = None) -> str:
        """Say something, which must be taken; return the id of the message."""
        id = id or uuid.uuid4().hex
        await self._must_take({"id": id, "text": text})
        return id

    async def press(self, button: dict[str, str]) -> str:
        """Press a button; return the id of the message."""
        id = uuid.uuid4().hex
        await self._must_take({"id": id, **button})
        return id

    async def _must_take(self, said: dict[str, str]) -> None:
        ack = await self.call("say", said)
        while ack.get("code") == "too_fast":
            await asyncio.sleep(ack["retry"])  # what the server asked for
            ack = await self.call("say", said)
        assert ack == {"ok": True}, ack

    async def ask(self, text: str) -> Line:
        """Say something and return the reply."""
        return await self.reply_to(await self.say(text))

    async def reply_to(self, id: str, seconds: float = REPLY_SECONDS) -> Line:
        """Wait for the reply to a message and return it."""
        await self.until(lambda: self.replies_to(id) != [], seconds)
        return self.replies_to(id)[0]

    def replies_to(self, id: str) -> list[Line]:
        """Return every line that came as a reply to a message."""
        return [line for line in self.lines if line.get("reply_to") == id]

    async def until(self, holds: Callable[[], bool], seconds: float = REPLY_SECONDS) -> None:
        """Wait until something holds of what has come."""
        try:
            await asyncio.wait_for(self._wait(holds), seconds)
        except asyncio.TimeoutError:
            raise AssertionError(f"nothing of the kind after {seconds:.0f} s; last lines: {self.lines[-3:]}") from None

    async def _wait(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self._news.clear()
            await self._news.wait()
