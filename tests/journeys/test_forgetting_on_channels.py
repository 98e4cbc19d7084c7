"""What is to be forgotten on a vendor's channel: everything, where that is asked for, or a message that is taken back."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import aiohttp
import pytest

from tests.channels.vendors import bodies
from tests.channels.vendors.accounts import CHANNELS
from tests.channels.vendors.deliverer import Deliverer
from tests.channels.vendors.ledger import Accepted
from tests.channels.vendors.server import Vendors
from tests.journeys.serving import Servers
from tests.journeys.storming import people
from tests.traces import files_with, left_in_files

pytestmark = pytest.mark.servers
SECONDS = 30.0


def payload(body: Any, title: str) -> str:
    """Return what a button of that title stands for, anywhere in a vendor's body."""
    if isinstance(body, list):
        return next((found for one in body if (found := payload(one, title))), "")
    if not isinstance(body, dict):
        return ""
    if title in (body.get("title"), body.get("text")) and (own := body.get("payload") or body.get("callback_data") or body.get("id")):
        return str(own)
    return payload(list(body.values()), title)


def kept(servers: Servers, person: str) -> list[str]:
    """Return the tables in which a person is."""
    found = []
    for name, tables in (("reso.db", ("inbox", "outbox")), ("tracker.db", ("events",))):
        column = "sender_id" if name == "tracker.db" else "sender"
        with closing(sqlite3.connect(servers.folder / name)) as opened:
            for table in tables:
                if opened.execute(f"select count(*) from {table} where {column} like ?", (f"%{person}",)).fetchone()[0]:
                    found.append(table)
    return found


async def soon(what: Callable[[], Any]) -> Any:
    """Wait until something is there, and return it."""
    began = time.monotonic()
    while not (found := what()):
        assert time.monotonic() - began < SECONDS
        await asyncio.sleep(0.1)
    return found


@pytest.mark.parametrize("channel", CHANNELS)
async def test_supprime_mes_donnees_is_confirmed_and_leaves_nothing(connected: Servers, vendors: Vendors, channel: str) -> None:
    person = next(p.id for p in people(4) if p.channel == channel)

    def got() -> list[Accepted]:
        return vendors.ledger.accepted(channel, person)

    async with aiohttp.ClientSession() as session:
        deliverer = Deliverer(connected.url, vendors, session)
        await deliverer.deliver([bodies.text(channel, person, "C'est quoi BookTok ?")])
        await soon(lambda: any("recommandations de lecture" in " ".join(message.text.split()) for message in got()))
        assert "assistant virtuel" in got()[0].text
        await deliverer.deliver([bodies.text(channel, person, "supprime mes données")])
        button = await soon(lambda: payload([dict(message.body) for message in got()], "Oui, supprimer"))
        before = len(got())
        await deliverer.deliver([bodies.pressed(channel, person, "Oui, supprimer", button)])
        (farewell,) = await soon(lambda: got()[before:])
        assert "supprimé" in farewell.text
        await soon(lambda: not kept(connected, person))


async def test_a_message_taken_back_after_its_answer_is_in_no_file_any_more(connected: Servers, vendors: Vendors) -> None:
    person, name = "17841400000000077", "Wilhelmine"

    def told() -> str:
        return " ".join(" ".join(message.text.split()) for message in vendors.ledger.accepted("instagram", person))

    async with aiohttp.ClientSession() as session:
        deliverer = Deliverer(connected.url, vendors, session)
        asked = bodies.text("instagram", person, f"c'est quoi BookTok ? {name}")
        await deliverer.deliver([asked])
        await soon(lambda: "recommandations de lecture" in told())
        assert {file.removesuffix("-wal") for file in files_with(connected.folder, name)} == {"reso.db", "tracker.db"}
        await deliverer.deliver([bodies.taken_back(asked)])
        assert left_in_files(connected.folder, name) == set()
        before = len(told())
        await deliverer.deliver([bodies.text("instagram", person, "dites-m'en plus")])
        assert "contenu généré par les utilisateurs" in await soon(lambda: told()[before:])
