"""python-socketio's server where it faces the internet: connections are counted, what no widget sends ends them.

python-socketio 5 counts nothing, and gives an event to whoever is named in it; python-engineio 4.13 hands on what it cannot read.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import socketio
from aiohttp import web
from engineio.async_drivers.aiohttp import WebSocket, translate_request

from bot.channels.sentences import BUSY, UNREADABLE
from bot.channels.widget.packets import readable, readable_body
from bot.gateway import metrics
from bot.gateway.addresses import address_of
from bot.gateway.edge import Refusal
from bot.gateway.limits import CONNECTIONS_IN_ALL, CONNECTIONS_OF_AN_ADDRESS

LARGEST_EVENT = 16 * 1024
PING_INTERVAL, PING_TIMEOUT = 25, 20
"""Seconds; after both of them without a word, a connection is closed."""
RETRY_SECONDS = 5
_CONNECTION = "reso_connection"


class SocketServer(socketio.AsyncServer):
    """Socket.IO over aiohttp. `cors_allowed_origins`: as python-socketio takes it."""

    def __init__(self, cors_allowed_origins: Any) -> None:
        super().__init__(
            async_mode="aiohttp", cors_allowed_origins=cors_allowed_origins, max_http_buffer_size=LARGEST_EVENT,
            ping_interval=PING_INTERVAL, ping_timeout=PING_TIMEOUT, http_compression=False, logger=False, engineio_logger=False,
        )  # fmt: skip
        self._open: Counter[str] = Counter()
        # What is read from a connection is checked before python-engineio sees it; it has no better place for that than its driver.
        self.eio._async = {**self.eio._async, "websocket": _ReadableSocket, "translate_request": _translated}

    async def opened(self, request: web.Request) -> web.StreamResponse:
        """Open a connection, give what has come for it, or change to WebSocket. Raises Refusal."""
        if not request.query.get("sid"):
            self._admit(address_of(request))
        try:
            answer: web.StreamResponse | None = await self.eio.handle_request(request)
        except ValueError:  # a key of a WebSocket that is none (aiohttp)
            answer = None
        except BaseException:
            await self._drop(request)
            raise
        if not isinstance(answer, web.StreamResponse):  # packets: a WebSocket was asked for without « Connection: Upgrade »
            await self._drop(request)
            raise Refusal(400, UNREADABLE)
        return answer

    async def posted(self, request: web.Request) -> web.StreamResponse:
        """Take what came by polling; a body with anything else in it than packets of ours is refused as a whole. Raises Refusal."""
        if (request.content_length or 0) > LARGEST_EVENT:
            raise Refusal(413, UNREADABLE)
        if not readable_body(await request.read()):
            raise Refusal(400, UNREADABLE)
        try:
            answer: web.StreamResponse = await self.eio.handle_request(request)
        except (KeyError, UnboundLocalError):  # the session ended while, or before, this came (python-engineio 4.13)
            raise Refusal(400, UNREADABLE) from None
        return answer

    def _admit(self, address: str) -> None:
        # Also those that never say who they are: the limits of a widget's sessions come only after that.
        if self._open[address] >= CONNECTIONS_OF_AN_ADDRESS or self._open.total() >= CONNECTIONS_IN_ALL:
            metrics.REFUSED.labels("sockets").inc()
            raise Refusal(429, BUSY, RETRY_SECONDS)

    async def _drop(self, request: web.Request) -> None:
        # A connection that failed while it was opened would stay, with its request, until it misses its pings.
        if (socket := self.eio.sockets.pop(request.get(_CONNECTION), None)) is not None:
            await socket.close(wait=False, abort=True)

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> Any:
        request = environ["aiohttp.request"]
        request[_CONNECTION] = eio_sid
        self._open[address_of(request)] += 1
        return await super()._handle_eio_connect(eio_sid, environ)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        if eio_sid in self.environ:
            address = address_of(self.environ[eio_sid]["aiohttp.request"])
            self._open[address] -= 1
            if self._open[address] <= 0:
                del self._open[address]
        await super()._handle_eio_disconnect(eio_sid, reason)


class _ReadableSocket(WebSocket):
    """python-engineio's WebSocket; it ends, as if the network had, with the first packet that no widget sends."""

    async def wait(self) -> str:
        """Return the next packet. Raises OSError."""
        packet = await super().wait()
        if not readable(packet):
            metrics.REFUSED.labels("packet").inc()
            raise OSError("not a packet of a widget")
        return str(packet)


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
