"""Our readers and writers against the vendors' side, which knows nothing of ours."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from bot.channels.contract import Call
from bot.channels.instagram import outgoing as instagram
from bot.channels.instagram.channel import InstagramChannel
from bot.channels.message import Answer, Button, Event, Figure, Reply
from bot.channels.messenger import outgoing as messenger
from bot.channels.messenger.channel import MessengerChannel
from bot.channels.meta import messaging
from bot.channels.telegram import incoming as telegram_in
from bot.channels.telegram import outgoing as telegram
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.whatsapp import incoming as whatsapp_in
from bot.channels.whatsapp import outgoing as whatsapp
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.gateway.webhooks import event_of, received
from bot.knowledge.library import Library
from bot.settings import Settings
from tests.channels.vendors import bodies, bot_api, cloud_api, send_api
from tests.channels.vendors.accounts import CHANNELS, Accounts

PERSON = "33612345678"
TOKEN = "choix:0123456789"
"""The payload of a button of ours."""
NOW = datetime.datetime(2026, 11, 23, 9)
KEPT = datetime.timedelta(days=30)

READERS: Mapping[str, Callable[[bytes], list[Event]]] = {
    "messenger": lambda raw: messaging.events(raw, "page"),
    "instagram": lambda raw: messaging.events(raw, "instagram"),
    "whatsapp": whatsapp_in.read,
    "telegram": lambda raw: telegram_in.read(raw, telegram_in.Me(Accounts().bot_id), datetime.datetime.utcnow(), KEPT),
}


def taken(channel: str, calls: Sequence[Call]) -> list[str]:
    """Return the texts that the vendor shows; raises where it refuses a call."""
    if channel == "telegram":
        return [bot_api.send_message(call.body) for call in calls]
    if channel == "whatsapp":
        return [cloud_api.check(call.body)[1] for call in calls]
    return [send_api.check(call.body, channel)[1] for call in calls]


def written(channel: str, reply: Reply) -> Sequence[Call]:
    event = Event("message", PERSON, "m1", NOW, "Bonjour", account=Accounts().phone_id if channel == "whatsapp" else "")
    calls: Mapping[str, Callable[[], Sequence[Call]]] = {
        "messenger": lambda: messenger.write(reply, PERSON, Accounts().page_id),
        "instagram": lambda: instagram.write(reply, PERSON),
        "whatsapp": lambda: whatsapp.write(reply, event, Accounts().phone_id),
        "telegram": lambda: telegram.write(reply, event),
    }
    return calls[channel]()


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_text_a_button_and_a_reaction_are_read(channel: str) -> None:
    about = "42" if channel == "telegram" else "m_42"
    told = [
        bodies.text(channel, PERSON, "Où ?"),
        bodies.pressed(channel, PERSON, "Oui", TOKEN),
        bodies.reaction(channel, PERSON, about),
    ]
    read = [event for raw in bodies.bodies(told, Accounts()) for event in READERS[channel](raw)]
    assert [(e.kind, e.text, e.useful) for e in read] == [
        ("message", "Où ?", None),
        ("message", TOKEN, None),
        ("feedback", "", True),
    ]
    assert {event.sender for event in read} == {PERSON}
    assert len({event.message_id for event in read}) == 3
    assert read[2].about.endswith(about)


@pytest.mark.parametrize("channel", ["messenger", "instagram", "whatsapp"])
def test_a_postback_or_a_chosen_row_is_read(channel: str) -> None:
    (raw,) = bodies.bodies([bodies.postback(channel, PERSON, "Oui", TOKEN)], Accounts())
    assert [event.text for event in READERS[channel](raw)] == [TOKEN]


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_entry_of_the_knowledge_fits_each_vendor(channel: str, known: Library) -> None:
    for entry in known:
        figure = Figure("71 %", "des personnes", "Sprout Social")
        answer = Answer(entry.id, entry.kind, entry.title, "l’article", brands=("Nike",), year=2018, platforms=("TikTok",), figure=figure)
        text = f"{entry.answer}\n\n{entry.details}\n\nSource\u202f: l’article"
        shown = taken(channel, written(channel, Reply((text,), answers=(answer,), shown="answer")))
        assert entry.answer.split()[-1] in " ".join(shown)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("count", [1, 2, 3, 4, 10, 11, 13, 14, 40])
@pytest.mark.parametrize("longest", [10, 20, 24, 200])
@pytest.mark.parametrize("words", [3, 2000])
def test_any_number_of_choices_of_any_length_fits_each_vendor(channel: str, count: int, longest: int, words: int) -> None:
    buttons = tuple(Button(f"Déjà vu n° {n} à Noël ".ljust(longest, "é")[:longest], f"choix:{n}") for n in range(count))
    calls = written(channel, Reply(("Où est-ce ? " * words, "**Lequel** <ou> [laquelle](https://exemple.fr/?a=1&b=2) ? " * words), buttons))
    assert taken(channel, calls)


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_facts_of_a_case_stand_with_its_answer_and_not_with_what_leads_to_it(channel: str) -> None:
    case = Answer("cas/nike", "cas", "Dream Crazy", "l’article", brands=("Nike",), year=2018, platforms=("Instagram",))
    texts = ("Voici un exemple :", "La campagne a fait parler.\n\nSource : l’article")
    shown = taken(channel, written(channel, Reply(texts, answers=(case,), shown="answer")))
    assert shown[0].strip() == "Voici un exemple :"
    assert "2018" in "".join(shown[1:])


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("shown", "judged"), [("answer", True), ("details", True), ("list", False), ("recap", False), ("compare", False)])
def test_a_verdict_counts_only_on_what_is_one_answer(channel: str, shown: str, judged: bool) -> None:
    answers = tuple(Answer(f"cas/{n}", "cas", f"Cas {n}", "l’article") for n in range(2))
    calls = written(channel, Reply(("Un texte.",), answers=answers, shown=shown))
    assert any(call.keeps for call in calls) == judged


@pytest.mark.parametrize("kind", [MessengerChannel, InstagramChannel, WhatsAppChannel, TelegramChannel])
def test_who_wrote_too_much_is_told_that_only_the_beginning_was_read(kind: Any) -> None:
    channel = kind(Settings(_env_file=None, messenger_page_id="1", whatsapp_phone_id="1"), None)

    def shown(words: str) -> str:
        event = Event("message", PERSON, "m1", NOW, words, account="1")
        calls = channel.write(Reply(("Voici.",)), event_of(received(channel.name, event)))
        return str([call.body for call in calls])

    assert "lu que le début" in shown("mot " * 251)
    assert "lu que le début" not in shown("mot " * 250)


def _payloads(value: Any) -> list[str]:
    """Return every payload in a body, whatever the vendor calls it."""
    if isinstance(value, list):
        return [found for one in value for found in _payloads(one)]
    if not isinstance(value, dict):
        return []
    own = [str(value[name]) for name in ("payload", "callback_data", "id") if str(value.get(name)).startswith("choix:")]
    return own + [found for one in value.values() for found in _payloads(one)]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("count", [1, 3, 4, 10, 13, 40])
def test_no_choice_is_lost(channel: str, count: int) -> None:
    titles = [f"Sujet {n}" for n in range(1, count + 1)]
    calls = written(channel, Reply(("Lequel ?",), tuple(Button(t, f"choix:{n}") for n, t in enumerate(titles))))
    pressable = _payloads([dict(call.body) for call in calls])
    read = "\n".join(taken(channel, calls))
    assert all(f"choix:{n}" in pressable or f"{n + 1}. {title}" in read for n, title in enumerate(titles))
