"""What is owed to a vendor: sent in order, sent again where it failed, and never again where the vendor says it has it."""

from __future__ import annotations

import asyncio
import datetime
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot.channels.message import Event
from bot.gateway import delivery as module
from bot.gateway.database import Database
from bot.gateway.delivery import Delivery
from bot.store import outbox
from tests.channels.vendors.bodies import confirmation
from tests.channels.vendors.faults import Fault
from tests.channels.vendors.ledger import Accepted
from tests.channels.vendors.server import Vendors
from tests.faults.watching import held
from tests.gateway.owing import ACCOUNTS, PERSON, a_channel, confirming, owe, sent

pytestmark = pytest.mark.usefixtures("hurry")


@pytest.mark.parametrize("name", ["messenger", "whatsapp", "telegram"])
@pytest.mark.parametrize("fault", [Fault("broken"), Fault("rate", 0.2), Fault("cut_before")], ids=lambda f: f.name)
async def test_what_failed_goes_out_again_once_and_in_order(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database, name: str, fault: Fault
) -> None:
    vendors.ledger.wrote(name, PERSON, 4e9)
    vendors.faults.script(fault)
    delivery = Delivery({name: a_channel(name, vendors, session)}, database)
    owe(name, "un", "deux", "trois")
    delivery.start()
    await sent(delivery)
    await delivery.stop(1)
    assert [message.text for message in vendors.ledger.accepted()] == ["un", "deux", "trois"]
    assert vendors.faults.happened[fault.name] == 1


@pytest.mark.parametrize("name", ["messenger", "telegram"])
async def test_what_went_out_while_the_store_was_held_does_not_go_out_again(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "CALL_SECONDS", 1.0)
    vendors.ledger.wrote(name, PERSON, 4e9)
    vendors.faults.script(Fault("slow", 0.5))
    delivery = Delivery({name: a_channel(name, vendors, session)}, database)
    owe(name, "un", "deux")
    delivery.start()
    await asyncio.sleep(0.3)  # the call is under way
    with held(tmp_path / "reso.db"):
        await asyncio.sleep(4.0)
    await sent(delivery)
    await delivery.stop(1)
    assert [message.text for message in vendors.ledger.accepted()] == ["un", "deux"]


@pytest.mark.parametrize("name", ["messenger", "whatsapp"])
async def test_a_message_whose_answer_was_lost_is_not_sent_twice(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database, name: str
) -> None:
    vendors.ledger.wrote(name, PERSON, 4e9)
    vendors.faults.script(Fault("cut_after"))
    channel = a_channel(name, vendors, session)
    delivery = Delivery({name: channel}, database)
    confirming(vendors, channel, delivery, 0.3)
    owe(name, "un", "deux")
    delivery.start()
    await sent(delivery)
    await delivery.stop(1)
    taken = vendors.ledger.accepted()
    assert [(message.text, message.told) for message in taken] == [("un", False), ("deux", True)]
    assert vendors.ledger.calls == 2


async def test_the_vendors_word_counts_by_either_id_of_somebody_who_hides_their_number(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database
) -> None:
    delivery = Delivery({"whatsapp": a_channel("whatsapp", vendors, session)}, database)
    owe("whatsapp", "un")
    (call,) = outbox.due(datetime.datetime.utcnow(), ["whatsapp"])
    event = Event("shown", "33699999999", "s1", datetime.datetime.utcnow(), about="wamid.1", native={"mark": f"reso-{call.number}"})
    await delivery.confirmed("whatsapp", event)
    assert outbox.waiting() == 1
    await delivery.confirmed("whatsapp", replace(event, native={**event.native, "also": PERSON}))
    assert outbox.waiting() == 0


@pytest.mark.parametrize("name", ["messenger", "whatsapp"])
async def test_without_the_vendors_word_it_goes_out_again_after_a_while(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database, name: str
) -> None:
    vendors.ledger.wrote(name, PERSON, 4e9)
    vendors.faults.script(Fault("cut_after"))
    delivery = Delivery({name: a_channel(name, vendors, session)}, database)
    owe(name, "un")
    delivery.start()
    await sent(delivery)
    await delivery.stop(1)
    first, second = vendors.ledger.accepted()
    assert second.at - first.at > 1.4


@pytest.mark.parametrize("name", ["messenger", "whatsapp"])
async def test_what_a_process_that_died_had_sent_is_not_sent_by_the_next_one(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database, name: str
) -> None:
    """The first one is cut off after the vendor took the call and before it could note so."""
    vendors.ledger.wrote(name, PERSON, 4e9)
    channel = a_channel(name, vendors, session)
    owe(name, "un", "deux")
    vendors.faults.script(Fault("slow", 1.0))
    taken, loop = asyncio.Event(), asyncio.get_running_loop()
    vendors.took = lambda kept: loop.call_soon_threadsafe(taken.set)  # type: ignore[assignment,return-value]
    living = asyncio.all_tasks()
    dead = Delivery({name: channel}, database)
    dead.start()
    await asyncio.wait_for(taken.wait(), 10)
    for task in asyncio.all_tasks() - living:
        task.cancel()
    await asyncio.sleep(0)
    raw = confirmation(vendors.ledger.accepted()[0], ACCOUNTS)
    following = Delivery({name: channel}, database)
    following.start()
    await asyncio.sleep(0.4)
    for event in channel.read(raw):
        await following.confirmed(name, event)
    await sent(following)
    await following.stop(1)
    assert [message.text for message in vendors.ledger.accepted()] == ["un", "deux"]


async def test_two_gateways_at_one_outbox_send_everything_once_and_in_order(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CALL_SECONDS", 12.0)
    vendors.ledger.wrote("telegram", PERSON, 4e9)
    channel = a_channel("telegram", vendors, session)
    both = [Delivery({"telegram": channel}, database), Delivery({"telegram": channel}, database)]
    texts = [f"message {number}" for number in range(20)]
    owe("telegram", *texts)
    for delivery in both:
        delivery.start()
    await sent(both[0])
    for delivery in both:
        await delivery.stop(1)
    assert [message.text for message in vendors.ledger.accepted()] == texts


async def test_a_confirmation_for_somebody_else_or_with_a_strange_mark_changes_nothing(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database
) -> None:
    channel = a_channel("whatsapp", vendors, session)
    delivery = Delivery({"whatsapp": channel}, database)
    owe("whatsapp", "un")
    for mark, person in (
        ("reso-1", "33600000000"),
        ("reso-", PERSON),
        ("reso-x", PERSON),
        ("reso-" + "9" * 30, PERSON),
        ("", PERSON),
        ("reso-²", PERSON),
        ("1", PERSON),
    ):
        body = {"to": person, "biz_opaque_callback_data": mark}
        raw = confirmation(Accepted(1, "whatsapp", person, body, "un", 1.8e9, False, "wamid.X"), ACCOUNTS)
        for event in channel.read(raw):
            await delivery.confirmed("whatsapp", event)
    assert outbox.waiting() == 1


async def test_a_vendor_that_takes_calls_and_never_answers_shows_a_person_few_copies(
    vendors: Vendors, session: aiohttp.ClientSession, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNHEARD_PAUSES", (0.0, 1.0, 60.0))
    vendors.ledger.wrote("telegram", PERSON, 4e9)
    vendors.faults.script(*[Fault("rate", 0.1)] * 2, *[Fault("cut_after")] * 20)
    owe("telegram", "un")
    delivery = Delivery({"telegram": a_channel("telegram", vendors, session)}, database)
    delivery.start()
    for _ in range(300):
        if len(vendors.ledger.accepted()) == 3:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(12.0)
    await delivery.stop(1)
    assert [message.text for message in vendors.ledger.accepted()] == ["un"] * 3, "without its pause the next comes within 11 seconds"
    assert outbox.waiting() == 1
