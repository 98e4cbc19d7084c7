"""A gateway with all vendors' channels, between the vendors' stand-in and an assistant that stands for Rasa."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.gateway.app import channels_of
from bot.gateway.database import Database
from bot.gateway.delivery import Delivery
from bot.gateway.edge import BODY_BYTES, quiet_errors
from bot.gateway.turns import Messages, Turns
from bot.gateway.webhooks import Webhooks
from bot.settings import Settings
from bot.store import outbox
from bot.store.inbox import Received
from tests.channels.vendors import bodies
from tests.channels.vendors.accounts import Accounts
from tests.channels.vendors.bodies import Happening
from tests.channels.vendors.deliverer import signed
from tests.channels.vendors.server import Vendors

PEOPLE = {"messenger": "4567890123", "instagram": "6789012345", "whatsapp": "33612345678", "telegram": "987654321"}
SOURCE = "\n\nSource\u202f: l’article"


class Thinking:
    """Stands for Rasa: answers what it is asked; `before` is done first, and may give the reply itself."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.forgotten: list[str] = []
        self.before: Callable[[Received], Messages | None] = lambda message: None
        self.seconds = 0.0

    async def ask(self, message: Received, text: str, metadata: Mapping[str, Any]) -> tuple[Messages, bool]:
        self.heard.append(text)
        await asyncio.sleep(self.seconds)
        return self.before(message) or [{"text": f"Réponse à {text}.{SOURCE}"}], False

    async def forget(self, sender: str) -> None:
        self.forgotten.append(sender)


class Push:
    """What a test does with it."""

    def __init__(self, client: TestClient, vendors: Vendors, turns: Turns, delivery: Delivery, rasa: Thinking):
        self.client, self.vendors, self.turns, self.delivery, self.rasa = client, vendors, turns, delivery, rasa

    async def post(self, channel: str, raw: bytes, headers: Mapping[str, str] | None = None) -> int:
        """Deliver a body; return the status."""
        given = signed(channel, raw, Accounts()) if headers is None else dict(headers)
        async with self.client.post(f"/webhooks/{channel}/webhook", data=raw, headers=given) as answer:
            return answer.status

    async def deliver(self, *happenings: Happening) -> None:
        """Deliver what people did on one channel."""
        for one in happenings:
            self.vendors.ledger.wrote(one.channel, one.person, one.at, *one.handles)
        for raw in bodies.bodies(happenings, Accounts()):
            assert await self.post(happenings[0].channel, raw) == 200

    async def says(self, channel: str, *texts: str) -> list[str]:
        """Deliver messages of one person, wait until everything is sent, and return all that they got so far."""
        await self.deliver(*(bodies.text(channel, PEOPLE[channel], text) for text in texts))
        return await self.got(channel)

    async def got(self, channel: str) -> list[str]:
        """Wait until nothing is under way; return the texts that the person got."""
        until = time.monotonic() + 30
        while self.turns.waiting or outbox.waiting():
            assert time.monotonic() < until, "something is still under way"
            await asyncio.sleep(0.05)
        return [message.text for message in self.vendors.ledger.accepted(channel, PEOPLE[channel])]


@asynccontextmanager
async def pushing(vendors: Vendors) -> AsyncIterator[Push]:
    """Serve it on a store that is there already."""
    database, rasa = Database(), Thinking()
    given = Settings(**{key.removeprefix("RESO_").lower(): value for key, value in Accounts().environment(vendors.url).items()})
    async with aiohttp.ClientSession() as session:
        channels = channels_of(given, session)
        turns = Turns(rasa, database, "1")  # type: ignore[arg-type]
        delivery = Delivery({channel.name: channel for channel in channels}, database)
        app = web.Application(client_max_size=BODY_BYTES, middlewares=[quiet_errors])
        app.add_routes(Webhooks(given, channels, turns, delivery, database).routes())
        delivery.start()
        async with TestClient(TestServer(app)) as client:
            yield Push(client, vendors, turns, delivery, rasa)
        await turns.stop(5)
        await delivery.stop(1)
    database.close()
