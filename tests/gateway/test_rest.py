"""REST: whose conversation a program may enter, and who may ask at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from bot.gateway.database import Database
from bot.gateway.edge import quiet_errors
from bot.gateway.limits import Limits
from bot.gateway.rest import Rest
from bot.gateway.turns import Turns
from bot.settings import Settings
from bot.store import inbox, privacy
from bot.store.inbox import Received
from bot.store.sessions import reading
from bot.store.tables import InboxRow
from tests.gateway.test_turns import Assistant, Channel

PATH = "/webhooks/rest/webhook"
PERSON = "whatsapp.33612345678"


Served = Callable[[Settings], Any]


@pytest.fixture
async def served(database: Database) -> AsyncIterator[Served]:
    """Serve REST with some settings, in front of an assistant that stands for Rasa."""
    opened: list[tuple[TestClient, Turns]] = []

    async def serve(given: Settings) -> TestClient:
        turns = Turns(Assistant(), database, "1")  # type: ignore[arg-type]
        turns.serve("whatsapp", Channel())
        app = web.Application(middlewares=[quiet_errors])
        app.add_routes(Rest(given, turns, database, Limits()).routes())
        client = TestClient(TestServer(app))
        await client.start_server()
        opened.append((client, turns))
        return client

    yield serve
    for client, turns in opened:
        await client.close()
        await turns.stop(5)


def body(sender: str, message: str = "bonjour") -> bytes:
    return json.dumps({"sender": sender, "message": message}).encode()


async def test_a_program_that_names_a_visitors_conversation_is_in_one_of_its_own(served: Served) -> None:
    inbox.receive_all([Received("whatsapp", "wamid.1", PERSON, "mon numéro de client est le 12")], "1")
    client = await served(Settings())
    answer = await client.post(PATH, data=body(PERSON))
    assert await answer.json() == [{"text": "Réponse à bonjour", "recipient_id": PERSON}], "named as the program named it"
    with reading() as session:
        of_the_visitor = session.scalars(select(InboxRow.text).where(InboxRow.sender == PERSON)).all()
    assert of_the_visitor == ["mon numéro de client est le 12"]


async def test_the_longest_sender_is_kept_whole_and_a_longer_one_refused(served: Served) -> None:
    client = await served(Settings())
    assert (await client.post(PATH, data=body("v" * 123))).status == 200
    refused = await client.post(PATH, data=body("v" * 124))
    assert refused.status == 400
    assert "123 caractères" in (await refused.json())["error"]
    with reading() as session:
        assert session.scalars(select(InboxRow.sender)).all() == ["rest." + "v" * 123]


async def test_talks_that_number_their_messages_alike_are_both_answered(served: Served) -> None:
    client = await served(Settings())
    for who in ("une", "autre"):
        answer = await client.post(PATH, data=json.dumps({"sender": who, "message": "bonjour", "message_id": "1"}).encode())
        assert [said["text"] for said in await answer.json()] == ["Réponse à bonjour"]
        privacy.erase(f"rest.{who}")


KEY = "cle-de-test-0123456789"


async def asked(client: TestClient, **headers: str) -> tuple[int, Any]:
    answer = await client.post(PATH, data=body("programme"), headers=headers)
    return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("given", "headers", "status"),
    [
        ({}, {}, 200),
        ({}, {"Host": "reso.exemple.fr"}, 401),
        ({}, {"Origin": "https://exemple.fr", "Content-Type": "text/plain"}, 401),
        ({"public_url": "https://reso.exemple.fr"}, {}, 401),
        ({"sites": "https://www.exemple.fr"}, {}, 401),
        ({"rest_key": KEY}, {}, 401),
        ({"rest_key": KEY}, {"Authorization": f"Bearer {KEY}x"}, 401),
        ({"rest_key": KEY}, {"Authorization": f"Bearer {KEY}"}, 200),
        ({"rest_key": KEY, "public_url": "https://reso.exemple.fr"}, {"Authorization": f"Bearer {KEY}", "Host": "reso.exemple.fr"}, 200),
        ({"inner_key": "la clé du moment"}, {"X-Reso-Key": "", "Host": "reso.exemple.fr"}, 401),
        ({"inner_key": KEY, "public_url": "https://reso.exemple.fr"}, {"X-Reso-Key": KEY}, 200),
    ],
)
async def test_who_may_ask(served: Served, given: dict[str, str], headers: dict[str, str], status: int) -> None:
    told = await asked(await served(Settings(**given)), **headers)
    assert told[0] == status
    assert told[1] == [{"text": "Réponse à bonjour", "recipient_id": "programme"}] if status == 200 else "refusée" in told[1]["error"]


async def test_a_key_that_is_no_text_is_a_wrong_key(served: Served) -> None:
    client = await served(Settings(rest_key=KEY))
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nAuthorization: Bearer ".encode() + b"\xff\r\n\r\n")
    assert (await reader.readline()).split()[1] == b"401"
    writer.close()
