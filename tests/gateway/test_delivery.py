"""What is owed to a vendor: sent in order, sent again where it failed, and never again where the vendor says it has it."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot.channels.contract import Channel
from bot.channels.message import Event
from bot.channels.messenger.channel import MessengerChannel
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.gateway import delivery as module
from bot.gateway import pacing
from bot.gateway.database import Database
from bot.gateway.delivery import Delivery
from bot.settings import Settings
from bot.store import inbox, outbox
from bot.store.inbox import Received
from bot.store.outbox import Part
from tests.channels.vendors.accounts import Accounts
from tests.channels.vendors.bodies import confirmation
from tests.channels.vendors.faults import Fault
from tests.channels.vendors.ledger import Accepted
from tests.channels.vendors.server import Vendors, serving
from tests.faults.watching import held

PERSON = "33612345678"
ACCOUNTS = Accounts()
BODIES = {
    "messenger": (f"/{ACCOUNTS.page_id}/messages", {"recipient": {"id": PERSON}, "messaging_type": "RESPONSE", "message": {"text": "{}"}}),
    "whatsapp": (f"/{ACCOUNTS.phone_id}/messages", {"messaging_product": "whatsapp", "to": PERSON, "type": "text", "text": {"body": "{}"}}),
    "telegram": ("sendMessage", {"chat_id": int(PERSON), "text": "{}"}),
}


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with serving() as served:
        yield served


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


@pytest.fixture
def database(store: str) -> Iterator[Database]:
    made = Database()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds instead of many: what waits is the same."""
    monkeypatch.setattr(module, "CONFIRM_SECONDS", 1.5)
    monkeypatch.setattr(module, "CALL_SECONDS", 0.0)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.1)


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


def owe_many(channel: str, count: int) -> None:
    path, body = BODIES[channel]
    for n in range(count):
        person = str(int(PERSON) + n)
        message = Received(channel, f"asked {n}", f"{channel}.{person}", "une question")
        inbox.receive_all([message], "1")
        sent_to = {key: (person if value == PERSON else int(person) if value == int(PERSON) else value) for key, value in body.items()}
        outbox.answer(message, [Part({"path": path, "body": filled(sent_to, f"{n}")})], True, "pending")


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
