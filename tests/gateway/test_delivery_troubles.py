"""One channel's trouble, or one person's: it stops nobody else, is told once, and is over when it is over."""

from __future__ import annotations

import asyncio
import datetime

import aiohttp
import pytest

from bot.channels.message import Event
from bot.gateway import delivery as module
from bot.gateway import pacing
from bot.gateway.database import Database
from bot.gateway.delivery import Delivery
from bot.store import inbox, outbox
from bot.store.inbox import Received
from bot.store.outbox import Part
from tests.channels.vendors.faults import Fault
from tests.channels.vendors.server import Vendors
from tests.gateway.owing import PERSON, a_channel, owe, owe_many, sent

pytestmark = pytest.mark.usefixtures("hurry")


async def test_what_one_channel_left_behind_holds_up_no_other_and_is_given_up_in_time(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    past = datetime.datetime.utcnow() - datetime.timedelta(minutes=1)
    for n in range(210):
        message = Received("whatsapp", f"w{n}", f"whatsapp.{n}", "une question")
        inbox.receive_all([message], "1")
        outbox.answer(message, [Part({"path": "", "body": {}})], True, "pending", past if n < 205 else None)
    vendors.ledger.wrote("telegram", PERSON, 4e9)
    owe("telegram", "un")
    delivery = Delivery({"telegram": a_channel("telegram", vendors, session)}, database)
    delivery.start()
    for _ in range(50):
        if outbox.waiting() == 5:
            break
        await asyncio.sleep(0.1)
    await delivery.stop(1)
    assert [message.text for message in vendors.ledger.accepted()] == ["un"]
    assert outbox.waiting() == 5
    told = [record.getMessage() for record in caplog.records if (record.levelname, record.name) == ("ERROR", "bot.gateway.delivery")]
    assert ["à temps" in line for line in told] == [True]


async def test_another_programs_message_that_could_not_be_delivered_is_no_trouble_of_ours(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    vendors.ledger.wrote("whatsapp", PERSON, 4e9)
    owe("whatsapp", "un")
    delivery = Delivery({"whatsapp": a_channel("whatsapp", vendors, session)}, database)
    delivery.start()
    await sent(delivery)
    native = {"reason": "Meta 131049", "advice": "rien à faire"}
    for about in ("wamid.of-another", vendors.ledger.accepted()[0].identity):
        await delivery.undelivered(
            "whatsapp", Event("undelivered", PERSON, f"{about}:failed", datetime.datetime.utcnow(), about=about, native=native)
        )
        lines = [record.getMessage() for record in caplog.records if record.name == "bot.gateway.delivery"]
        assert ["131049" in line for line in lines] == ([] if about == "wamid.of-another" else [True])
    await delivery.stop(1)


async def test_a_call_that_the_vendor_could_not_deliver_before_we_knew_that_it_was_taken_does_not_go_out_again(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    vendors.ledger.wrote("whatsapp", PERSON, 4e9)
    vendors.faults.script(Fault("cut_after"))
    owe("whatsapp", "un")
    delivery = Delivery({"whatsapp": a_channel("whatsapp", vendors, session)}, database)
    delivery.start()
    await asyncio.sleep(0.7)
    (taken,) = vendors.ledger.accepted()
    native = {"reason": "Meta 131026", "advice": "rien à faire", "mark": taken.body["biz_opaque_callback_data"]}
    word = Event("undelivered", PERSON, "x:failed", datetime.datetime.utcnow(), about=taken.identity, native=native)
    await delivery.undelivered("whatsapp", word)
    assert outbox.waiting() == 0
    assert "131026" in caplog.text
    await asyncio.sleep(2.0)
    await delivery.stop(1)
    assert len(vendors.ledger.accepted()) == 1


async def test_a_trouble_of_a_whole_channel_that_was_over_is_told_again_where_it_comes_back(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHANNEL_PAUSE", 0.3)
    vendors.ledger.wrote("whatsapp", PERSON, 4e9)
    delivery = Delivery({"whatsapp": a_channel("whatsapp", vendors, session)}, database)
    delivery.start()
    for times in (1, 2):
        vendors.faults.script(Fault("expired"), Fault("expired"))
        owe("whatsapp", f"{times}")
        await sent(delivery)
        told = [record for record in caplog.records if record.name == "bot.gateway.delivery" and "190" in record.getMessage()]
        assert len(told) == times
    assert [message.text for message in vendors.ledger.accepted()] == ["1", "2"]
    await delivery.stop(1)


async def test_a_vendor_that_hangs_does_not_hold_up_another(vendors: Vendors, session: aiohttp.ClientSession, database: Database) -> None:
    owe_many("whatsapp", 30)
    vendors.faults.script(*[Fault("slow", 3.0)] * 30, channel="whatsapp")
    for n in range(30):
        vendors.ledger.wrote("whatsapp", str(int(PERSON) + n), 4e9)
    vendors.ledger.wrote("telegram", PERSON, 4e9)
    delivery = Delivery({name: a_channel(name, vendors, session) for name in ("whatsapp", "telegram")}, database)
    delivery.start()
    await asyncio.sleep(0.7)
    owe("telegram", "un")
    delivery.wake()
    await asyncio.sleep(1.5)
    assert [message.text for message in vendors.ledger.accepted("telegram")] == ["un"]
    await delivery.stop(0)


async def test_a_limit_on_all_calls_is_met_once_and_not_by_each_person(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database
) -> None:
    owe_many("whatsapp", 40)
    for n in range(40):
        vendors.ledger.wrote("whatsapp", str(int(PERSON) + n), 4e9)
    vendors.faults.script(*[Fault("rate", 2.0, 130429)] * 40)
    delivery = Delivery({"whatsapp": a_channel("whatsapp", vendors, session)}, database)
    delivery.start()
    await asyncio.sleep(1.5)
    assert vendors.ledger.calls <= pacing.CALLS
    assert not delivery.pace("whatsapp").open
    await delivery.stop(1)


async def test_a_token_that_is_refused_stops_the_channel_until_a_call_succeeds(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database
) -> None:
    owe_many("whatsapp", 40)
    vendors.faults.script(*[Fault("expired")] * 40)
    delivery = Delivery({"whatsapp": a_channel("whatsapp", vendors, session)}, database)
    delivery.start()
    await asyncio.sleep(1.0)
    assert vendors.ledger.calls <= pacing.CALLS
    assert not delivery.pace("whatsapp").open
    delivery.pace("whatsapp").succeeded()
    assert delivery.pace("whatsapp").open
    await delivery.stop(1)
