"""Sends inputs, many at once, and keeps what must not happen."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from tests.fuzz.inputs import Input, an_address, events, packets

HANG_SECONDS = 5.0
PATIENT_SECONDS = 0.3
"""For the answer to bytes that may be no request: a server waits for the rest of them."""
AT_ONCE = 16
PACKETS = 12
"""Packets of one connection before it is closed, if the server has not done so."""
SOCKET = "/reso/socket.io/?EIO=4&transport="

T = TypeVar("T")


@dataclass
class Tally:
    """What came of the inputs of one endpoint. `wrong`: the inputs that got a 5xx, no answer in time, or a broken one."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def note(self, status: int, seconds: float, what: object) -> None:
        """Note an answer; status 0 stands for none."""
        self.sent += 1
        self.statuses[status] += 1
        self.slowest = max(self.slowest, seconds)
        if status >= 500 or seconds > HANG_SECONDS:
            self.wrong.append(f"{status} after {seconds:.1f} s: {str(what)[:900]}")

    def __str__(self) -> str:
        told = ", ".join(f"{count} × {status or 'closed'}" for status, count in sorted(self.statuses.items()))
        return f"{self.sent} inputs: {told}; slowest {self.slowest:.2f} s"


async def side_by_side(inputs: Iterable[T], work: Callable[[T], Awaitable[None]], at_once: int = AT_ONCE) -> None:
    """Do the work for every input, so many at once."""
    left = iter(inputs)

    async def one_lane() -> None:
        for given in left:
            await work(given)

    await asyncio.gather(*(one_lane() for _ in range(at_once)))


async def ask(url: str, inputs: Iterator[Input], count: int, tally: Tally) -> None:
    """Send so many requests."""
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    timeout = aiohttp.ClientTimeout(total=2 * HANG_SECONDS)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:

        async def one(given: Input) -> None:
            began, status = time.monotonic(), 0
            try:
                whole = URL(url + given.path, encoded=True)
                async with session.request(
                    given.method, whole, headers=given.headers, data=given.body or None, allow_redirects=False
                ) as answer:
                    await answer.read()
                    status = answer.status
            except asyncio.TimeoutError:
                status = 599
            except (aiohttp.ClientError, ValueError, UnicodeError, OSError):
                status = 0  # refused by the connection, or not to be sent by a client that keeps to the protocol
            tally.note(status, time.monotonic() - began, given)

        await side_by_side(itertools.islice(inputs, count), one)


async def write(url: str, inputs: Iterator[bytes], count: int, tally: Tally) -> None:
    """Write so many inputs on connections of their own; what is no whole request rightly gets no answer for a while."""
    host, port = str(urlsplit(url).hostname), int(urlsplit(url).port or 80)

    async def one(given: bytes) -> None:
        began, status = time.monotonic(), 0
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(given)
            told = await asyncio.wait_for(reader.read(64), PATIENT_SECONDS)
            status = int(told[9:12]) if told[:5] == b"HTTP/" and told[9:12].isdigit() else 0
        except (asyncio.TimeoutError, OSError):
            status = 0
        finally:
            writer.close()
        tally.note(status, time.monotonic() - began, given)

    await side_by_side(itertools.islice(inputs, count), one, 4 * AT_ONCE)


async def poll(url: str, chance: random.Random, count: int, tally: Tally) -> None:
    """Open sessions of Engine.IO by polling and post packets to them, one or several in a body."""
    kinds = (events(chance), packets(chance))
    timeout = aiohttp.ClientTimeout(total=2 * HANG_SECONDS)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE), timeout=timeout) as session:

        async def call(method: str, path: str, body: bytes, address: str) -> tuple[int, bytes]:
            began, status, told = time.monotonic(), 0, b""
            try:
                async with session.request(
                    method, URL(url + path, encoded=True), data=body or None, headers={"X-Forwarded-For": address}
                ) as answer:
                    told, status = await answer.read(), answer.status
            except asyncio.TimeoutError:
                status = 599
            except (aiohttp.ClientError, OSError):
                status = 0
            tally.note(status, time.monotonic() - began, f"{method} {path} {body!r}")
            return status, told

        async def one(_: int) -> None:
            address, given = an_address(chance), chance.choice(kinds)
            status, told = await call("GET", SOCKET + "polling", b"", address)
            sid = json.loads(told[1:])["sid"] if status == 200 and told[:1] == b"0" else "inconnu"
            path = f"{SOCKET}polling&sid={sid}"
            await call("POST", path, b"40{}", address)
            for _ in range(PACKETS - 4):
                several = [next(given) for _ in range(chance.choice((1, 1, 1, 3, 20)))]
                body = b"\x1e".join(p if isinstance(p, bytes) else p.encode("utf-8", "surrogatepass") for p in several)
                odd = chance.choice(("", "", "", "", "&j=0", "&sid=x", "&transport=odd", "&EIO=3", "&b64=1"))
                await call("POST", path + odd, body, address)
            await call(
                chance.choice(("GET", "PUT", "OPTIONS", "DELETE")),
                f"{SOCKET}{chance.choice(('polling', 'x', ''))}&sid={chance.random()}",
                b"",
                address,
            )
            await call("POST", path, b"1", address)

        await side_by_side(range(count // PACKETS), one)


async def talk(url: str, chance: random.Random, count: int, tally: Tally) -> None:
    """Connect by WebSocket and send packets; after them the server answers an event or has closed the connection."""
    kinds = (events(chance), packets(chance))
    async with aiohttp.ClientSession() as session:

        async def one(_: int) -> None:
            began, status, sent, given = time.monotonic(), 0, [], chance.choice(kinds)
            try:
                headers = {"X-Forwarded-For": an_address(chance)}
                async with session.ws_connect(url + SOCKET + "websocket", headers=headers, timeout=HANG_SECONDS, max_msg_size=0) as socket:
                    await socket.receive(HANG_SECONDS)
                    await socket.send_str("40{}")
                    for _ in range(PACKETS):
                        packet = next(given)
                        sent.append(packet)
                        await (socket.send_bytes(packet) if isinstance(packet, bytes) else socket.send_str(packet))
                    await socket.send_str('4277["page",{}]')
                    began = time.monotonic()
                    while not (heard := await socket.receive(2 * HANG_SECONDS)).type.name.startswith("CLOS"):
                        if heard.type is aiohttp.WSMsgType.TEXT and heard.data.startswith("4377"):
                            status = 200
                            break
            except asyncio.TimeoutError:
                status = 599
            except (aiohttp.ClientError, OSError):
                status = 0
            tally.note(status, time.monotonic() - began, sent)
            tally.sent += PACKETS - 1

        await side_by_side(range(count // PACKETS), one)
