"""What a person on a vendor's channel reads around an answer, and what comes of what they take back or send too fast."""

from __future__ import annotations

import asyncio
import datetime
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.channels.message import Event
from bot.channels.sentences import ASSISTANT, TOO_FAST
from bot.channels.telegram.channel import TelegramChannel
from bot.gateway import turns as turns_module
from bot.gateway.rasa import RasaDown
from bot.store import privacy
from bot.store.inbox import Received
from bot.store.sessions import reading, writing
from bot.store.tables import InboxRow, OutboxRow
from tests.channels.vendors import bodies
from tests.channels.vendors.accounts import CHANNELS, Accounts
from tests.channels.vendors.bodies import Happening
from tests.channels.vendors.faults import Fault
from tests.channels.vendors.server import Vendors, serving
from tests.gateway.pushing import PEOPLE, Push, pushing

WORDS = "supprime mes données"
"""What erases everything, as visitors are told."""


@pytest.fixture(scope="module")
def served() -> Iterator[Vendors]:
    with serving() as made:
        yield made


@pytest.fixture
async def push(store: str, served: Vendors) -> AsyncIterator[Push]:
    fresh = Vendors()
    served.ledger, served.faults = fresh.ledger, fresh.faults
    async with pushing(served) as made:
        yield made


def texts_kept() -> str:
    with reading() as session:
        inbox = [f"{row.sender} {row.text} {row.extra}" for row in session.scalars(select(InboxRow))]
        return "\n".join(inbox + [f"{row.sender} {row.payload}" for row in session.scalars(select(OutboxRow))])


def meta(channel: str, *items: dict[str, Any]) -> bytes:
    """Return a body of Messenger or Instagram with events of the person, as they are."""
    account = Accounts().page_id if channel == "messenger" else Accounts().instagram_id
    who = {"sender": {"id": PEOPLE[channel]}, "recipient": {"id": account}}
    events = [{**who, "timestamp": int(time.time() * 1000), **item} for item in items]
    kind = "page" if channel == "messenger" else "instagram"
    return json.dumps({"object": kind, "entry": [{"id": account, "time": int(time.time() * 1000), "messaging": events}]}).encode()


@pytest.mark.parametrize("channel", CHANNELS)
async def test_who_asks_to_be_forgotten_is_told_so_and_nothing_stays(push: Push, channel: str) -> None:
    await push.says(channel, "Je m’appelle Nadia")

    def erase(message: Received) -> list[dict[str, Any]]:
        privacy.erase(message.sender)
        return [{"text": "C’est fait : tout est supprimé."}, {"custom": {"erased": True}}]

    push.rasa.before = erase
    assert (await push.says(channel, "Oui"))[-1] == "C’est fait : tout est supprimé."
    assert PEOPLE[channel] not in texts_kept()
    assert "supprimé" not in texts_kept()


async def test_a_farewell_that_fails_once_is_told_later_and_once(push: Push, served: Vendors) -> None:
    def erase(message: Received) -> list[dict[str, Any]]:
        privacy.erase(message.sender)
        return [{"text": "C’est fait."}, {"custom": {"erased": True}}]

    push.rasa.before = erase
    served.faults.script(Fault("broken"))
    await push.says("telegram", "Oui")
    assert await push.got("telegram") == ["C’est fait."]
    assert PEOPLE["telegram"] not in texts_kept()


async def test_an_erasure_whose_reply_was_lost_is_told_and_not_thought_again(push: Push) -> None:
    def erase(message: Received) -> list[dict[str, Any]]:
        privacy.erase(message.sender)
        raise RasaDown

    push.rasa.before = erase
    (told,) = await push.says("telegram", "Oui")
    assert "supprimé" in told
    assert push.rasa.heard == ["Oui"]
    assert push.rasa.forgotten == [f"telegram.{PEOPLE['telegram']}"]
    assert PEOPLE["telegram"] not in texts_kept()


@pytest.mark.parametrize("channel", CHANNELS)
async def test_the_first_answer_says_that_no_person_answers_and_how_to_be_forgotten(push: Push, channel: str) -> None:
    first, answer = await push.says(channel, "Est-ce que ça fait vendre ?")
    assert ASSISTANT in first
    assert WORDS in first
    assert "Réponse à" in answer
    assert ASSISTANT not in "".join((await push.says(channel, "Et en Belgique ?"))[2:])


async def test_after_a_day_it_is_said_again_but_not_how_to_be_forgotten(push: Push) -> None:
    await push.says("messenger", "Est-ce que ça fait vendre ?")
    with writing() as session:
        session.execute(update(OutboxRow).values(created_at=datetime.datetime.utcnow() - datetime.timedelta(hours=25)))
    introduction, answer = (await push.says("messenger", "Et en Belgique ?"))[2:]
    assert ASSISTANT in introduction
    assert WORDS not in introduction
    assert "Belgique" in answer


async def test_a_greeting_that_says_so_itself_is_not_preceded_and_later_ones_are(push: Push) -> None:
    push.rasa.before = lambda message: [{"text": "Bonjour ! Je suis Réso, l’assistant virtuel."}]
    started = {"postback": {"mid": "m_1", "title": "Démarrer", "payload": "GET_STARTED"}}
    push.vendors.ledger.wrote("messenger", PEOPLE["messenger"], time.time())
    assert await push.post("messenger", meta("messenger", started)) == 200
    (greeting,) = await push.got("messenger")
    assert greeting.startswith("Bonjour")
    assert greeting.count(ASSISTANT) == 1
    assert WORDS in greeting
    push.rasa.before = lambda message: [{"text": "Rebonjour !"}]
    started["postback"]["mid"] = "m_2"
    assert await push.post("messenger", meta("messenger", started)) == 200
    introduction, again = (await push.got("messenger"))[1:]
    assert ASSISTANT in introduction
    assert again == "Rebonjour !"


async def test_it_is_said_again_once_a_person_of_the_team_handed_the_talk_back(push: Push) -> None:
    await push.says("messenger", "un")
    handed = {"pass_thread_control": {"new_owner_app_id": "1", "previous_owner_app_id": "263902037430900", "metadata": ""}}
    assert await push.post("messenger", meta("messenger", handed)) == 200
    after = (await push.says("messenger", "deux"))[2:]
    assert [ASSISTANT in text for text in after] == [True, False]
    assert [ASSISTANT in text for text in (await push.says("messenger", "trois"))[4:]] == [False]


async def test_who_writes_too_fast_is_told_once_and_then_answered_again(push: Push, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "LONGEST_LANE", 4)
    push.rasa.seconds = 0.2
    got = await push.says("telegram", *(f"question {n}" for n in range(9)))
    assert push.rasa.heard == [f"question {n}" for n in range(4)]
    assert got.count(TOO_FAST) == 1
    assert got[-1] == TOO_FAST
    with reading() as session:
        states = {row.text: row.state for row in session.scalars(select(InboxRow))}
    assert states["question 8"] == "failed"
    await push.says("telegram", "plus lentement")
    assert push.rasa.heard[-1] == "plus lentement"


async def test_a_message_that_was_edited_and_then_deleted_is_neither_answered_nor_kept(push: Push) -> None:
    push.rasa.seconds = 0.5
    said = {"message": {"mid": "m_1", "text": "un secret"}}
    edit = {"message_edit": {"mid": "m_1", "text": "un grand secret", "num_edit": 1}}
    await push.deliver(bodies.text("instagram", PEOPLE["instagram"], "Bonjour"))
    assert await push.post("instagram", meta("instagram", said, edit)) == 200
    assert await push.post("instagram", meta("instagram", {"message": {"mid": "m_1", "is_deleted": True}})) == 200
    await push.got("instagram")
    assert push.rasa.heard == ["Bonjour"]
    assert "secret" not in texts_kept()


async def test_a_deletion_that_comes_before_its_message_counts(push: Push) -> None:
    assert await push.post("instagram", meta("instagram", {"message": {"mid": "m_1", "is_deleted": True}})) == 200
    edit = {"message_edit": {"mid": "m_1", "text": "un grand secret", "num_edit": 1}}
    assert await push.post("instagram", meta("instagram", {"message": {"mid": "m_1", "text": "un secret"}}, edit)) == 200
    await push.got("instagram")
    assert push.rasa.heard == []
    assert "secret" not in texts_kept()


async def test_who_presses_a_button_that_is_too_old_is_told_so_in_the_one_answer_to_it(push: Push) -> None:
    pressed = bodies.pressed("telegram", PEOPLE["telegram"], "Dites-m’en plus", "choix:0123456789")
    pressed.content["callback_query"]["message"]["date"] = 0
    await push.deliver(pressed)
    assert await push.got("telegram") == []
    assert push.vendors.ledger.actions == [("telegram", pressed.handles[0], "answer")]
    with reading() as session:
        (row,) = session.scalars(select(OutboxRow))
    assert row.state == "sent"
    assert "ancien" in row.payload["body"]["text"]


async def test_an_event_that_cannot_be_is_logged_without_what_it_holds(push: Push, caplog: pytest.LogCaptureFixture) -> None:
    await push.deliver(bodies.text("messenger", PEOPLE["messenger"], "Bonjour"))
    odd = {"message": {"mid": "m_1", "text": "un secret"}, "timestamp": 32_000_000_000_000}
    assert await push.post("messenger", meta("messenger", odd)) in (200, 403)
    (line,) = [record.getMessage() for record in caplog.records if "cannot be" in record.getMessage()]
    assert "messenger" in line
    assert "secret" not in line
    assert PEOPLE["messenger"] not in line


async def test_what_is_too_old_is_refused_unless_it_only_deletes_or_tells_what_became_of_a_message(push: Push) -> None:
    old = int((time.time() - 8 * 86400) * 1000)
    assert await push.post("messenger", meta("messenger", {"message": {"mid": "m_1", "text": "Bonjour"}, "timestamp": old})) == 403
    reaction = {"reaction": {"mid": "m_2", "action": "react", "reaction": "like", "emoji": "👍"}, "timestamp": old}
    assert await push.post("messenger", meta("messenger", reaction)) == 200
    await push.says("instagram", "un secret")
    with reading() as session:
        mid = session.scalars(select(InboxRow.message_id)).one()
    assert await push.post("instagram", meta("instagram", {"message": {"mid": mid, "is_deleted": True}, "timestamp": old})) == 200
    with reading() as session:
        assert session.scalars(select(InboxRow.text)).one() == ""


async def test_what_comes_after_the_window_is_not_thought_about_and_the_staff_is_told_once(
    push: Push, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    yesterday = time.time() - 25 * 3600
    await push.deliver(*(bodies.text("whatsapp", PEOPLE["whatsapp"], text, at=yesterday) for text in ("un", "deux")))
    assert await push.got("whatsapp") == []
    assert push.rasa.heard == []
    with reading() as session:
        assert set(session.scalars(select(InboxRow.state))) == {"failed"}
    assert ["à temps" in record.getMessage() for record in caplog.records] == [True]


async def test_no_event_of_a_large_body_is_lost(push: Push) -> None:
    people = [f"45678{n:05d}" for n in range(1100)]
    events = [bodies.text("messenger", person, "Bonjour") for person in people]
    (raw,) = bodies.bodies(events, Accounts())
    assert await push.post("messenger", raw) == 200
    with reading() as session:
        assert len(set(session.scalars(select(InboxRow.sender)))) == 1100
    await push.turns.stop(0)


@pytest.mark.parametrize(
    ("channel", "headers"),
    [
        ("messenger", {}),
        ("whatsapp", {"X-Hub-Signature-256": "sha256=abc"}),
        ("instagram", {"X-Hub-Signature": "sha1=" + "0" * 40}),
        ("telegram", {"X-Telegram-Bot-Api-Secret-Token": "faux"}),
    ],
)
async def test_a_stranger_is_sent_away_before_the_body_came(push: Push, channel: str, headers: dict[str, str]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", push.client.port)
    lines = [f"POST /webhooks/{channel}/webhook HTTP/1.1", "Host: x", "Content-Length: 4000000", *(f"{k}: {v}" for k, v in headers.items())]
    writer.write("\r\n".join([*lines, "", "{"]).encode())
    status = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    assert b" 403 " in status


@pytest.mark.parametrize("channel", ["messenger", "telegram"])
async def test_a_picture_is_marked_as_seen(push: Push, channel: str) -> None:
    person = PEOPLE[channel]
    content: dict[str, Any] = {"message": {"mid": "m_1", "attachments": [{"type": "image", "payload": {"url": "https://x.invalid"}}]}}
    if channel == "telegram":
        content = bodies.text(channel, person, "").content
        del content["message"]["text"]
        content["message"]["photo"] = []
    await push.deliver(Happening(channel, person, time.time(), content, ("m_1",)))
    assert any("texte" in text for text in await push.got(channel))
    assert any(act[:2] == (channel, person) for act in push.vendors.ledger.actions)


async def test_nothing_says_that_an_answer_is_being_written_once_it_is_there(push: Push, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []

    async def slow(self: TelegramChannel, event: Event) -> None:
        await asyncio.sleep(1.5)
        shown.append(event.message_id)

    monkeypatch.setattr(TelegramChannel, "seen", slow)
    assert "Réponse à un" in (await push.says("telegram", "un"))[-1]
    await asyncio.sleep(1.0)
    assert shown == []
