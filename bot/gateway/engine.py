"""python-engineio's server where it faces the internet: what is sent and what waits to be read is measured.

python-engineio 4.13 hands on what it cannot read, however much comes, keeps what a client does not read, however much that
is, and waits for ever for a network that takes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import engineio
from aiohttp import web
from engineio.async_drivers.aiohttp import WebSocket, translate_request

from bot.channels.widget.packets import readable
from bot.gateway import metrics
from bot.gateway.limits import PACKETS_A_SECOND, PACKETS_AT_ONCE, Bucket

PING_INTERVAL, PING_TIMEOUT = 25, 20
"""Seconds; after both of them without a word, a connection is closed."""
UNREAD_SECONDS = float(PING_INTERVAL + PING_TIMEOUT)
"""How long a client may leave something that was sent to it."""
LINGER_SECONDS = 10.0
"""How long a connection that has ended may take to go."""
MOST_UNREAD, MOST_UNREAD_BYTES = 500, 2 * 1024 * 1024
"""Packets that wait for one client: some hours of a talk, or one page of it with the longest lines there are."""
CONNECTION = "reso_connection"
"""Where a request has its Connection."""


@dataclass
class Connection:
    """One connection of Engine.IO, whatever carries it. `requests`: of HTTP, under way; `wires`: its WebSockets."""

    sid: str
    address: str
    packets: Bucket = field(default_factory=lambda: Bucket(PACKETS_A_SECOND, PACKETS_AT_ONCE))
    requests: int = 0
    wires: set[ReadableSocket] = field(default_factory=set)
    introduced: bool = False
    """Whether its one Socket.IO CONNECT has come."""
    counted: bool = False
    """Whether it holds a place among the widgets of its address."""

    def cut(self) -> None:
        """Cut what still carries it."""
        for wire in self.wires:
            wire.cut()


class MeasuredQueue(asyncio.Queue):  # type: ignore[type-arg]
    """The packets that wait for one client; `_init`, `_get` and `_put` are asyncio's own hooks for subclasses."""

    def _init(self, maxsize: int) -> None:
        super()._init(maxsize)  # type: ignore[misc]
        self._bytes = 0

    def _put(self, item: Any) -> None:
        super()._put(item)  # type: ignore[misc]
        self._bytes += _size(item)

    def _get(self) -> Any:
        item = super()._get()  # type: ignore[misc]
        self._bytes -= _size(item)
        return item

    @property
    def too_long(self) -> bool:
        """Tell whether its client has stopped reading."""
        return self.qsize() > MOST_UNREAD or self._bytes > MOST_UNREAD_BYTES


def _size(packet: Any) -> int:
    data = getattr(packet, "data", None)
    return len(data) if isinstance(data, (str, bytes)) else 0


class Engine(engineio.AsyncServer):
    """Engine.IO with our queue and our WebSocket."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        # What is read from a connection is checked before python-engineio sees it; it has no better place for that than its driver.
        self._async = {**self._async, "websocket": ReadableSocket, "translate_request": _translated}  # type: ignore[has-type]

    def create_queue(self, *args: Any, **named: Any) -> MeasuredQueue:
        """Return the queue of a connection."""
        return MeasuredQueue(*args, **named)

    def _cors_headers(self, environ: dict[str, Any]) -> list[tuple[str, str]]:
        return [*super()._cors_headers(environ), ("Vary", "Origin")]


class ReadableSocket(WebSocket):
    """python-engineio's WebSocket; it ends, as if the network had, with the first packet that no widget sends, or one too many."""

    async def __call__(self, environ: dict[str, Any]) -> web.StreamResponse:
        """Serve a request that asks for a WebSocket."""
        self._request: web.Request = environ["aiohttp.request"]
        self._connection: Connection = self._request[CONNECTION]
        self._connection.wires.add(self)
        try:
            answer: web.StreamResponse = await super().__call__(environ)
            return answer
        finally:
            self._connection.wires.discard(self)

    async def wait(self) -> str:
        """Return the next packet. Raises OSError."""
        packet = await super().wait()
        if not self._connection.packets.take():
            metrics.REFUSED.labels("rate").inc()
            raise OSError("too many packets")
        if not readable(packet):
            metrics.REFUSED.labels("packet").inc()
            raise OSError("not a packet of a widget")
        return str(packet)

    async def send(self, message: str | bytes) -> None:
        """Send a packet; a network that does not take it is cut."""
        with self._in_time():
            await super().send(message)

    async def close(self) -> None:
        """Close, whether or not the other side does."""
        with self._in_time():
            await super().close()

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        late = asyncio.get_running_loop().call_later(UNREAD_SECONDS, self.cut)
        try:
            yield
        finally:
            late.cancel()

    def cut(self) -> None:
        """Break the connection off, with all that waits in it."""
        if self._request.transport is not None:
            self._request.transport.abort()


def _translated(request: web.Request) -> dict[str, Any]:
    # The body of a POST was read before, to be checked; aiohttp keeps it for whoever reads it as a whole.
    body = request._read_bytes or b""
    return {**translate_request(request), "wsgi.input": _Read(body), "CONTENT_LENGTH": str(len(body))}


class _Read:
    """A body that was read, as a stream."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self, length: int) -> bytes:
        """Return the body; python-engineio asks for all of it at once."""
        return self._body[:length]
