"""A visitor at the widget who writes, loses the network, comes back, and sends again what was not acknowledged."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from socketio.exceptions import SocketIOError

from tests.journeys.widget_client import BACK_SECONDS, Widget

ACK_SECONDS = 10.0
"""After this a message is sent again (docs/widget-protocol.md)."""


async def _nothing() -> None: ...


@dataclass
class Writer:
    """A visitor in one tab. `ids`: of what was said, in order; `acknowledged`: awaited after each."""

    widget: Widget
    acknowledged: Callable[[], Awaitable[None]] = _nothing
    ids: list[str] = field(default_factory=list)
    broken: int = 0

    async def say(self, text: str, breaking: bool = False) -> str:
        """Say something until it is taken; `breaking`: lose the network while it goes out for the first time."""
        self.ids.append(uuid.uuid4().hex)
        said = {"id": self.ids[-1], "text": text}
        if breaking:
            await self.be_connected()
            under_way = asyncio.ensure_future(self.widget.call("say", said, ACK_SECONDS))
            await asyncio.sleep(0)  # lets it go out; whether it arrives is the point
            await self.widget.close()
            under_way.cancel()
            self.broken += 1
        await self.until_acknowledged(said)
        await self.acknowledged()
        return self.ids[-1]

    async def until_acknowledged(self, said: dict[str, str]) -> None:
        """Send a message until it is taken."""
        while True:
            await self.be_connected()
            try:
                ack = await self.widget.call("say", said, ACK_SECONDS)
            except SocketIOError:
                await self.widget.close()
                continue
            if ack["ok"]:
                return
            assert ack["code"] in ("too_fast", "busy"), ack
            await asyncio.sleep(ack["retry"])  # what the server asked for

    async def be_connected(self) -> None:
        """Connect where there is no connection, as often as it takes."""
        until = asyncio.get_running_loop().time() + BACK_SECONDS
        while not self.widget.connected:
            try:
                await self.widget.connect()
            except (SocketIOError, AssertionError, OSError):
                assert asyncio.get_running_loop().time() < until, "the server does not come back"
                await asyncio.sleep(0.2)  # a widget, too, waits before it tries again

    async def hears_everything(self) -> None:
        """Stay until every message has its reply, however often the server goes."""
        while any(not self.widget.replies_to(id) for id in self.ids):
            await self.be_connected()
            heard = asyncio.ensure_future(self.widget.until(lambda: all(self.widget.replies_to(id) for id in self.ids), 120))
            gone = asyncio.ensure_future(self.widget.gone())
            done, left = await asyncio.wait({heard, gone}, return_when=asyncio.FIRST_COMPLETED)
            for task in left:
                task.cancel()
            if heard in done:
                heard.result()
