"""What holds for every request: size, headers, time, and errors that say nothing about the inside."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable

import aiohttp
from aiohttp import web, web_protocol, web_urldispatcher

from bot.channels.sentences import APOLOGY, REFUSED, UNREADABLE
from bot.gateway import metrics

logger = logging.getLogger(__name__)

BODY_BYTES = 4 * 1024 * 1024
"""Largest body: a webhook's batch (Meta, Cloud API, Webhooks: « up to 3MB »); REST and Socket.IO have smaller limits of their own."""
REQUEST_SECONDS = 30.0
UNREAD_SECONDS = 30.0
"""For which what we wrote may lie at the other end, unread, before the connection is cut and what waits for it forgotten."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cache-Control": "no-store",
    "Server": "reso",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the safe headers on every response that has none of its own (signal `on_response_prepare`)."""
    for name, value in HEADERS.items():
        if name == "Server":
            response.headers[name] = value
        else:
            response.headers.setdefault(name, value)


@web.middleware
async def drop_who_reads_nothing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the system cut a connection whose other end takes nothing more (Linux, tcp(7): TCP_USER_TIMEOUT).

    A request is over once its answer is written, so that no time limit on requests sees who never reads.
    """
    connected = request.transport.get_extra_info("socket") if request.transport else None
    if connected is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1000 * UNREAD_SECONDS))
    return await handler(request)


@web.middleware
async def quiet_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into JSON with a French sentence; what was not foreseen is logged without the request."""
    try:
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            # Nobody who writes to us packs: of what is packed, four kilobytes become four megabytes to be read.
            raise Refusal(415, UNREADABLE)
        # A poll waits for news and a WebSocket stays; what a browser sends by polling is short.
        if request.path.startswith("/reso/socket.io") and request.method != "POST":
            return await handler(request)
        return await asyncio.wait_for(handler(request), REQUEST_SECONDS)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        metrics.REFUSED.labels(str(error.status)).inc()
        told = error.text if isinstance(error, Refusal) else UNREADABLE if error.status < 500 else APOLOGY
        if error.status in (401, 403) and not isinstance(error, Refusal):
            told = REFUSED
        headers = {name: error.headers[name] for name in ("Allow", "Retry-After") if name in error.headers}
        return web.json_response({"error": told}, status=error.status, headers=headers)
    except asyncio.TimeoutError:
        if not request.content.is_eof():  # half a body, and the rest does not come
            metrics.REFUSED.labels("408").inc()
            return web.json_response({"error": UNREADABLE}, status=408)
        return web.json_response({"error": APOLOGY}, status=503)
    except (ConnectionResetError, asyncio.CancelledError):
        raise
    except web.RequestPayloadError:  # a body that is not what its headers say, such as gzip that is none
        metrics.REFUSED.labels("400").inc()
        return web.json_response({"error": UNREADABLE}, status=400)
    except Exception as error:
        logger.error("request failed: %s", type(error).__name__, exc_info=error)
        return web.json_response({"error": APOLOGY}, status=500)


async def answer_expectation(request: web.Request) -> None:
    """Answer an `Expect` header (RFC 9110, section 10.1.1)."""
    if request.headers.get("Expect", "").lower() != "100-continue":
        raise web.HTTPExpectationFailed(text=UNREADABLE)
    if request.version >= aiohttp.HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")


# aiohttp's own repeats the header in its refusal, and fails with a 500 where that holds bytes that are no UTF-8; it is asked
# before any middleware, also where no route fits, so that it can only be replaced here.
web_urldispatcher._default_expect_handler = answer_expectation

_aiohttps_own = web_protocol.RequestHandler.handle_error


def answer_no_request(
    connection: web.RequestHandler,
    request: web.BaseRequest,
    status: int = 500,
    exc: BaseException | None = None,
    message: str | None = None,
) -> web.StreamResponse:
    """Answer what is no request, or failed outside the application. Raises ConnectionError where an answer has begun already."""
    _aiohttps_own(connection, request, status, exc, message)  # for its line in the log
    response = web.json_response({"error": UNREADABLE if status < 500 else APOLOGY}, status=status, headers=HEADERS)
    response.force_close()
    return response


# aiohttp's own says what its parser thinks, and which versions of Python and aiohttp this is.
web_protocol.RequestHandler.handle_error = answer_no_request  # type: ignore[method-assign, assignment]


class Refusal(web.HTTPException):
    """A refusal with a French sentence for who asked."""

    def __init__(self, status: int, sentence: str, retry_after: int = 0):
        self.status_code = status
        super().__init__(text=sentence, headers={"Retry-After": str(retry_after)} if retry_after else None)
