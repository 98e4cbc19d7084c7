"""What is owed to a vendor, and the vendor who may confirm it."""

from __future__ import annotations

import asyncio

import aiohttp

from bot.channels.contract import Channel
from bot.channels.messenger.channel import MessengerChannel
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.gateway.delivery import Delivery
from bot.settings import Settings
from bot.store import inbox, outbox
from bot.store.inbox import Received
from bot.store.outbox import Part
from tests.channels.vendors.accounts import Accounts
from tests.channels.vendors.bodies import confirmation
from tests.channels.vendors.ledger import Accepted
from tests.channels.vendors.server import Vendors

PERSON = "33612345678"
ACCOUNTS = Accounts()
BODIES = {
    "messenger": (f"/{ACCOUNTS.page_id}/messages", {"recipient": {"id": PERSON}, "messaging_type": "RESPONSE", "message": {"text": "{}"}}),
    "whatsapp": (f"/{ACCOUNTS.phone_id}/messages", {"messaging_product": "whatsapp", "to": PERSON, "type": "text", "text": {"body": "{}"}}),
    "telegram": ("sendMessage", {"chat_id": int(PERSON), "text": "{}"}),
}


def a_channel(name: str, vendors: Vendors, session: aiohttp.ClientSession) -> Channel:
    given = {key.removeprefix("RESO_").lower(): value for key, value in ACCOUNTS.environment(vendors.url).items()}
    return {"messenger": MessengerChannel, "whatsapp": WhatsAppChannel, "telegram": TelegramChannel}[name](Settings(**given), session)


def owe(channel: str, *texts: str) -> None:
    """Put an answer of several messages into the outbox."""
    path, body = BODIES[channel]
    message = Received(channel, f"asked {texts[0]}", f"{channel}.{PERSON}", "une question")
    inbox.receive_all([message], "1")
    parts = [Part({"path": path, "body": filled(body, text)}) for text in texts]
    assert outbox.answer(message, parts, True, "pending")


def filled(body: object, text: str) -> object:
    if isinstance(body, dict):
        return {name: filled(value, text) for name, value in body.items()}
    return text if body == "{}" else body


async def sent(delivery: Delivery, seconds: float = 20.0) -> None:
    """Wait until nothing is owed."""
    for _ in range(int(seconds / 0.1)):
        if outbox.waiting() == 0:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{outbox.waiting()} calls have not gone out")


def confirming(vendors: Vendors, channel: Channel, delivery: Delivery, seconds: float) -> None:
    """Let the vendor confirm what it took, after a moment, in its own words."""
    loop = asyncio.get_running_loop()

    async def tell(raw: bytes) -> None:
        await asyncio.sleep(seconds)
        for event in channel.read(raw):
            assert event.kind == "shown"
            await delivery.confirmed(channel.name, event)

    def took(kept: Accepted) -> None:
        if raw := confirmation(kept, ACCOUNTS):
            asyncio.run_coroutine_threadsafe(tell(raw), loop)

    vendors.took = took


def owe_many(channel: str, count: int) -> None:
    path, body = BODIES[channel]
    for n in range(count):
        person = str(int(PERSON) + n)
        message = Received(channel, f"asked {n}", f"{channel}.{person}", "une question")
        inbox.receive_all([message], "1")
        sent_to = {key: (person if value == PERSON else int(person) if value == int(PERSON) else value) for key, value in body.items()}
        outbox.answer(message, [Part({"path": path, "body": filled(sent_to, f"{n}")})], True, "pending")
