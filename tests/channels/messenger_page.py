"""A page on Messenger, and the bodies that Meta sends for it."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from bot.channels.message import Event
from bot.channels.messenger.channel import MessengerChannel
from bot.settings import Settings
from tests.channels.meta_api import TOKEN

BODIES = Path(__file__).parents[1] / "fixtures/webhooks/messenger"
PAGE, PERSON = "108000000000001", "6500000000000001"
WHEN = datetime.datetime(2026, 11, 23, 8, 0)


def made(session: Any = None, **changed: str) -> MessengerChannel:
    given = {
        "meta_app_secret": "s",
        "meta_verify_token": "mot-de-verification",
        "messenger_token": TOKEN,
        "messenger_page_id": PAGE,
    } | changed
    return MessengerChannel(Settings(**given), session)


def read(name: str) -> list[Event]:
    return made().read((BODIES / f"{name}.json").read_bytes())


def event(kind: str = "message", message_id: str = "m_AbC-dEf_1", **more: Any) -> Event:
    return Event(**{"kind": kind, "sender": PERSON, "message_id": message_id, "at": WHEN, "account": PAGE, **more})
