"""What a vendor delivers: noted and acknowledged, a verdict replaced, a message taken back, a crowd sent away for a while."""

from __future__ import annotations

import datetime
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from bot.channels.messenger.channel import MessengerChannel
from bot.channels.telegram.channel import TelegramChannel
from bot.gateway import turns as turns_module
from bot.gateway.database import Database
from bot.gateway.delivery import Delivery
from bot.gateway.edge import quiet_errors
from bot.gateway.turns import Turns
from bot.gateway.webhooks import Webhooks
from bot.settings import Settings
from bot.store import inbox, outbox
from bot.store.inbox import Received
from bot.store.outbox import Part
from bot.store.sessions import reading
from bot.store.tables import FeedbackRow, InboxRow
from tests.channels.vendors.accounts import Accounts
from tests.channels.vendors.bodies import bodies, text
from tests.channels.vendors.deliverer import signed
from tests.gateway.test_turns import Assistant, Channel

PATH = "/webhooks/telegram/webhook"
SECRET = {"X-Telegram-Bot-Api-Secret-Token": "secret-de-telegram"}
PERSON = 33612345678


class Gateway:
    """The routes of the webhooks in front of an assistant that stands for Rasa."""

    def __init__(self, client: TestClient, turns: Turns, assistant: Assistant):
        self.client, self.turns, self.assistant = client, turns, assistant
        self._updates = 0

    async def deliver(self, **update: Any) -> int:
        """Deliver an update as Telegram does; return the status."""
        self._updates += 1
        answer = await self.client.post(PATH, json={"update_id": self._updates, **update}, headers=SECRET)
        return answer.status

    async def react(self, before: str, after: str, seconds: int) -> None:
        """React to message 77, some seconds after the first time."""
        old, new = ([{"type": "emoji", "emoji": emoji}] if emoji else [] for emoji in (before, after))
        date = int(datetime.datetime.now(datetime.timezone.utc).timestamp()) - 100 + seconds
        change = {"chat": {"id": PERSON, "type": "private"}, "message_id": 77, "date": date, "old_reaction": old, "new_reaction": new}
        assert await self.deliver(message_reaction=change) == 200


def said(number: int, text: str) -> dict[str, Any]:
    who = {"id": PERSON, "is_bot": False, "first_name": "Nadia"}
    now = int(datetime.datetime.now(datetime.timezone.utc).timestamp())
    return {"message_id": number, "from": who, "chat": {"id": PERSON, "type": "private"}, "date": now, "text": text}


@pytest.fixture
async def gateway(database: Database) -> AsyncIterator[Gateway]:
    async with aiohttp.ClientSession() as session:
        # Nobody listens there: what would be shown to the person is not what these tests are about.
        page = Accounts()
        given = Settings(
            telegram_token="1:secret", telegram_secret="secret-de-telegram", telegram_api_url="http://127.0.0.1:9",
            messenger_token=page.messenger_token, messenger_page_id=page.page_id, meta_app_secret=page.app_secret,
            meta_verify_token=page.verify_token, meta_api_url="http://127.0.0.1:9",
        )  # fmt: skip
        channels, assistant = [TelegramChannel(given, session), MessengerChannel(given, session)], Assistant()
        turns = Turns(assistant, database, "1")  # type: ignore[arg-type]
        turns.serve("widget", Channel())
        app = web.Application(middlewares=[quiet_errors])
        app.add_routes(Webhooks(given, channels, turns, Delivery({}, database), database).routes())
        async with TestClient(TestServer(app)) as client:
            yield Gateway(client, turns, assistant)
        await turns.stop(5)


def verdicts() -> list[tuple[bool, str | None]]:
    with reading() as session:
        return [(row.useful, row.reason) for row in session.scalars(select(FeedbackRow))]


def an_answer_was_shown() -> None:
    """Let message 77 of the chat be an answer of ours."""
    message = Received("telegram", "asked", f"telegram.{PERSON}", "une question")
    inbox.receive_all([message], "1")
    assert outbox.answer(message, [Part({"path": "sendMessage", "body": {}}, "faq/ventes")], True, "pending")
    (call,) = outbox.due(datetime.datetime.utcnow(), ["telegram"])
    outbox.sent(call.number, f"{PERSON}:77")


async def test_the_latest_reaction_counts_and_an_older_one_that_comes_late_does_not(gateway: Gateway) -> None:
    an_answer_was_shown()
    await gateway.react("", "👍", 0)
    assert verdicts() == [(True, None)]
    await gateway.react("👍", "👎", 10)
    assert verdicts() == [(False, None)]
    await gateway.react("", "👍", 0)
    assert verdicts() == [(False, None)]
    await gateway.react("👍", "🤔", 5)
    assert verdicts() == [(False, None)]
    await gateway.react("👎", "🤔", 20)
    assert verdicts() == []


async def test_in_a_group_each_member_has_a_talk_and_a_verdict_of_their_own(gateway: Gateway) -> None:
    group = {"id": -100123, "type": "supergroup", "title": "Équipe"}
    nadia, paul = ({"id": number, "is_bot": False, "first_name": "?"} for number in (PERSON, 42))
    now = int(datetime.datetime.now(datetime.timezone.utc).timestamp()) - 100
    asked = {"date": now, "chat": group, "reply_to_message": {"from": {"id": 1}}}
    for number, who in enumerate((nadia, paul)):
        assert await gateway.deliver(message={**asked, "message_id": number, "from": who, "text": "efface tout"}) == 200
    await gateway.turns.stop(5)
    with reading() as session:
        assert {row.sender for row in session.scalars(select(InboxRow))} == {f"telegram.-100123:{PERSON}", "telegram.-100123:42"}
    answered = Received("telegram", "asked", "telegram.-100123:7", "une question")
    inbox.receive_all([answered], "1")
    outbox.answer(answered, [Part({"path": "sendMessage", "body": {}}, "faq/ventes")], True, "pending")
    (call,) = [call for call in outbox.due(datetime.datetime.utcnow(), ["telegram"]) if call.payload["body"] == {}]
    outbox.sent(call.number, "-100123:77")
    for who, emoji in ((nadia, "👍"), (paul, "👎")):
        new = [{"type": "emoji", "emoji": emoji}]
        change = {"chat": group, "user": who, "message_id": 77, "date": now, "old_reaction": [], "new_reaction": new}
        assert await gateway.deliver(message_reaction=change) == 200
    assert sorted(verdicts()) == [(False, None), (True, None)]


async def test_an_edit_that_changes_no_word_is_not_answered_again(gateway: Gateway) -> None:
    message = said(5, "Est-ce que ça fait vendre ?")
    assert await gateway.deliver(message=message) == 200
    assert await gateway.deliver(edited_message={**message, "edit_date": message["date"] + 1}) == 200
    assert await gateway.deliver(edited_message={**message, "edit_date": message["date"] + 2, "text": "Et en Belgique ?"}) == 200
    await gateway.turns.stop(5)
    assert gateway.assistant.heard == ["Est-ce que ça fait vendre ?", "Et en Belgique ?"]


async def test_visitors_of_the_widget_are_not_sent_away_for_what_a_vendor_delivers(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns_module, "LONGEST_QUEUE", 3)
    monkeypatch.setattr(turns_module, "LONGEST_BACKLOG", 6)
    gateway.assistant.seconds = 30.0
    for number in range(6):
        assert not gateway.turns.full
        assert await gateway.deliver(message=said(number, f"question {number}")) == 200
    assert not gateway.turns.full
    assert await gateway.deliver(message=said(6, "de trop")) == 503
    with reading() as session:
        assert len(session.scalars(select(InboxRow)).all()) == 6
    for message in inbox.receive_all([Received("widget", f"w{n}", "widget.a", "bonjour") for n in range(3)], "1"):
        gateway.turns.run(message)
    assert gateway.turns.full
    await gateway.turns.stop(0)


async def test_fifty_messages_in_one_body_out_of_order_are_answered_once_in_order(gateway: Gateway) -> None:
    chance, now = random.Random(24), time.time() - 60
    asked = [text("messenger", f"4567100{n % 10}", f"{n % 10} {n}", at=now + n) for n in range(50)]
    chance.shuffle(asked)
    (raw,) = bodies(asked, Accounts())
    for _ in range(2):
        answer = await gateway.client.post("/webhooks/messenger/webhook", data=raw, headers=signed("messenger", raw, Accounts()))
        assert answer.status == 200
    await gateway.turns.stop(10)
    heard = defaultdict(list)
    for said_by, number in (words.split() for words in gateway.assistant.heard):
        heard[said_by].append(int(number))
    assert heard == {str(n): list(range(n, 50, 10)) for n in range(10)}


def test_a_message_taken_back_before_its_answer_gets_none_and_nobody_stumbles_over_it(store: str) -> None:
    (message,) = inbox.receive_all([Received("instagram", "m1", "instagram.9", "oups", {"event": {}})], "1")
    inbox.withdraw("instagram", "m1", "instagram.9")
    assert inbox.take_up("1", starting=True) == []
    assert not outbox.answer(message, [Part({"path": "", "body": {}})], True, "pending")
    assert outbox.waiting() == 0
    with reading() as session:
        assert [(row.text, row.extra) for row in session.scalars(select(InboxRow))] == [("", {})]
