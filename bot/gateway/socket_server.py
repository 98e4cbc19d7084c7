"""python-socketio's server where it faces the internet: connections are counted, what no widget sends ends them.

python-socketio 5 counts nothing, gives an event to whoever is named in it, lets a client connect to it as often as it likes
over one connection, and forgets to tell of the end of one that comes while it is being connected.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from urllib.parse import parse_qs

import socketio
from aiohttp import web
from socketio.packet import CONNECT_ERROR

from bot.channels.sentences import BUSY, UNREADABLE
from bot.channels.widget.packets import count_packets, readable_body
from bot.gateway import metrics
from bot.gateway.addresses import address_of
from bot.gateway.edge import Refusal
from bot.gateway.engine import CONNECTION, LINGER_SECONDS, PING_INTERVAL, PING_TIMEOUT, UNREAD_SECONDS, Connection, Engine
from bot.gateway.limits import (
    CONNECTIONS_IN_ALL,
    CONNECTIONS_OF_AN_ADDRESS,
    REQUESTS_OF_A_CONNECTION,
    SOCKETS_OF_AN_ADDRESS,
    Places,
)

logger = logging.getLogger(__name__)

LARGEST_EVENT = 16 * 1024
RETRY_SECONDS = 5
_MAIN = "/"
_END = "1"
"""Socket.IO's DISCONNECT from the main namespace."""


class SocketServer(socketio.AsyncServer):
    """Socket.IO over aiohttp. `cors_allowed_origins`: as python-socketio takes it."""

    def __init__(self, cors_allowed_origins: Any) -> None:
        super().__init__(
            async_mode="aiohttp", cors_allowed_origins=cors_allowed_origins, cors_credentials=False, max_http_buffer_size=LARGEST_EVENT,
            ping_interval=PING_INTERVAL, ping_timeout=PING_TIMEOUT, http_compression=False, logger=False, engineio_logger=False,
        )  # fmt: skip
        self._connections: dict[str, Connection] = {}
        self._open, self._widgets = Places(CONNECTIONS_OF_AN_ADDRESS), Places(SOCKETS_OF_AN_ADDRESS)

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    # --- requests

    async def opened(self, request: web.Request) -> web.StreamResponse:
        """Open a connection, give what has come for it, or change to WebSocket. Raises Refusal."""
        if _sid_of(request) is None:
            self._admit(address_of(request))
            try:
                return await self._answered(request)
            except BaseException:
                # A connection that failed while it was opened would stay, with its request, until it misses its pings.
                if (opening := request.get(CONNECTION)) is not None:
                    await self._break_off(opening.sid)
                raise
        connection = self._connection_of(request)
        if connection.requests >= REQUESTS_OF_A_CONNECTION:
            metrics.REFUSED.labels("sockets").inc()
            raise Refusal(429, BUSY, RETRY_SECONDS)
        connection.requests += 1
        try:
            return await self._answered(request)
        finally:
            connection.requests -= 1

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        try:
            answer: web.StreamResponse = await self.eio.handle_request(request)
        except ValueError:  # a key of a WebSocket that is none (aiohttp)
            raise Refusal(400, UNREADABLE) from None
        if not isinstance(answer, web.StreamResponse):  # packets: a WebSocket was asked for without « Connection: Upgrade »
            raise Refusal(400, UNREADABLE)
        return answer

    async def posted(self, request: web.Request) -> web.StreamResponse:
        """Take what came by polling; a body with anything else in it than packets of ours is refused as a whole. Raises Refusal."""
        if (request.content_length or 0) > LARGEST_EVENT:
            raise Refusal(413, UNREADABLE)
        connection = self._connection_of(request)
        body = await request.read()
        if len(body) > LARGEST_EVENT:  # it came in pieces, without its length
            raise Refusal(413, UNREADABLE)
        if not readable_body(body):
            raise Refusal(400, UNREADABLE)
        if not connection.packets.take(count_packets(body)):
            metrics.REFUSED.labels("rate").inc()
            await self._break_off(connection.sid)
            raise Refusal(429, BUSY, RETRY_SECONDS)
        try:
            answer: web.StreamResponse = await self.eio.handle_request(request)
        except (KeyError, UnboundLocalError):  # the session ended while, or before, this came (python-engineio 4.13)
            raise Refusal(400, UNREADABLE) from None
        return answer

    def _admit(self, address: str) -> None:
        # Also those that never say who they are: the limits of a widget's sessions come only after that.
        if not self._open.free(address) or self._open.total >= CONNECTIONS_IN_ALL:
            metrics.REFUSED.labels("sockets").inc()
            raise Refusal(429, BUSY, RETRY_SECONDS)

    def _connection_of(self, request: web.Request) -> Connection:
        connection = self._connections.get(_sid_of(request) or "")
        if connection is None:
            raise Refusal(400, UNREADABLE)
        request[CONNECTION] = connection
        return connection

    # --- a connection's life

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> Any:
        request = environ["aiohttp.request"]
        if not self._open.take(address_of(request)):
            return False
        request[CONNECTION] = self._connections[eio_sid] = Connection(eio_sid, address_of(request))
        return await super()._handle_eio_connect(eio_sid, environ)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        if (connection := self._connections.pop(eio_sid, None)) is not None:
            self._open.give_back(connection.address)
            if connection.counted:
                self._widgets.give_back(connection.address)
                metrics.SOCKETS.dec()
            asyncio.get_running_loop().call_later(LINGER_SECONDS, connection.cut)
        await super()._handle_eio_disconnect(eio_sid, reason)

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        if eio_sid not in self._connections:  # it ended with an earlier packet of the same body
            return
        if data == _END:  # one talk on one connection
            await self._end(eio_sid)
        else:
            await super()._handle_eio_message(eio_sid, data)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        connection = self._connections[eio_sid]
        if connection.introduced:
            metrics.REFUSED.labels("packet").inc()
            await self._break_off(eio_sid)
            return
        connection.introduced = True
        if not self._widgets.take(connection.address):
            metrics.REFUSED.labels("sockets").inc()
            await self._send_packet(eio_sid, self.packet_class(CONNECT_ERROR, data={"message": "busy"}, namespace=namespace))
            return
        connection.counted = True
        metrics.SOCKETS.inc()
        try:
            await super()._handle_connect(eio_sid, namespace, data)
        except Exception as error:
            if eio_sid in self._connections:
                logger.error("a widget cannot be connected: %s", type(error).__name__, exc_info=error)
                await self._break_off(eio_sid)
        finally:
            # python-socketio forgets a connection that ends only where it was connected by then.
            if eio_sid not in self._connections and (sid := self.manager.sid_from_eio_sid(eio_sid, _MAIN)) is not None:
                await self.manager.disconnect(sid, _MAIN, ignore_queue=True)

    async def _end(self, eio_sid: str) -> None:
        """End a connection; what waits still goes out, if it goes at once."""
        if (socket := self.eio.sockets.pop(eio_sid, None)) is not None:
            await socket.close(wait=False, abort=True)
            socket.queue.put_nowait(None)  # whoever waits for packets closes the WebSocket, or answers the poll

    async def _break_off(self, eio_sid: str) -> None:
        """End a connection at once, without a word."""
        connection = self._connections.get(eio_sid)
        await self._end(eio_sid)
        if connection is not None:
            connection.cut()

    async def hang_up(self, sid: str) -> None:
        """End a widget's connection at once; it connects again by itself."""
        if (eio_sid := self.manager.eio_sid_from_sid(sid, _MAIN)) is not None:
            await self._break_off(eio_sid)

    # --- what is sent

    async def _send_packet(self, eio_sid: str, pkt: Any) -> None:
        await super()._send_packet(eio_sid, pkt)
        await self._end_unread(eio_sid)

    async def _send_eio_packet(self, eio_sid: str, eio_pkt: Any) -> None:
        await super()._send_eio_packet(eio_sid, eio_pkt)
        await self._end_unread(eio_sid)

    async def _end_unread(self, eio_sid: str) -> None:
        socket = self.eio.sockets.get(eio_sid)
        if socket is not None and socket.queue.too_long:
            metrics.REFUSED.labels("unread").inc()
            await self._break_off(eio_sid)

    async def took_all(self, sid: str) -> bool:
        """Wait until a widget has taken everything that was sent to it; return False where it is gone, or does not take it."""
        eio_sid = self.manager.eio_sid_from_sid(sid, _MAIN)
        socket = self.eio.sockets.get(eio_sid)
        if socket is None:
            return False
        try:
            await asyncio.wait_for(socket.queue.join(), UNREAD_SECONDS)
        except asyncio.TimeoutError:
            await self._break_off(eio_sid)
        return eio_sid in self._connections


def _sid_of(request: web.Request) -> str | None:
    """Return the connection that a request names, as python-engineio reads it."""
    return parse_qs(request.query_string).get("sid", [None])[0]
