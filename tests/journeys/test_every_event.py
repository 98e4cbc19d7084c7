"""Every kind of event of the four channels, by the real webhooks through the real servers: what the person gets, what is kept."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field

import aiohttp
import pytest
from ruamel.yaml import YAML

from bot.channels.sentences import APOLOGY
from bot.knowledge.library import Library
from bot.language.cleaning import disarm
from bot.settings import ROOT, Settings
from bot.store.pseudonyms import conversation_key, pseudonym_key
from tests.channels.vendors import bodies
from tests.channels.vendors.accounts import CHANNELS
from tests.channels.vendors.deliverer import Deliverer
from tests.channels.vendors.ledger import Accepted
from tests.channels.vendors.server import Vendors
from tests.faults.watching import rows, trouble
from tests.fuzz.inputs import FIXTURES
from tests.journeys.every_event import ABOUT_OURS, AFTER_AN_ANSWER, CASES, COMES, Case, offered
from tests.journeys.serving import Servers
from tests.journeys.standing import left_over
from tests.journeys.storming import QUESTIONS
from tests.journeys.trackers import heard, obeyed, remembered

FIRST = QUESTIONS[0]
"""What is asked before whatever is about an answer or a question."""
SECONDS = 120.0
"""Longest wait for everything to be answered."""
GREETING, EXPIRED, ONLY_TEXT = "assistant virtuel", "Ce bouton n’est plus actif", "je lis le texte"
OWED = {
    "Bonjour": GREETING,
    "C’est quoi #BookTok ?": "recommandations de lecture",
    "choix:0123456789": EXPIRED,
    "choix:abcdef0123": EXPIRED,
}
"""Words of the reply to some of what is said: it must be the reply to that, and to nothing else."""


@dataclass(frozen=True)
class Message:
    """A message as the inbox keeps it."""

    id: str
    text: str
    state: str
    extra: str


@dataclass(frozen=True)
class Seen:
    """What there is of some people: `kept` in the inbox, `replies` as (message, state), verdicts, and what they were `shown`."""

    kept: list[Message]
    replies: list[tuple[str, str]]
    verdicts: list[tuple[str, bool]]
    shown: list[Accepted]


@dataclass
class Played:
    """All of it: how each delivery was answered, and what there was before and after."""

    servers: Servers
    vendors: Vendors
    statuses: dict[Case, int] = field(default_factory=dict)
    before: dict[Case, Seen] = field(default_factory=dict)
    after: dict[Case, Seen] = field(default_factory=dict)
    newcomers: set[str] = field(default_factory=set)
    """Conversations on these channels that began meanwhile."""
    trouble: list[str] = field(default_factory=list)
    """Lines that the logs got meanwhile of what nobody foresaw."""

    def look(self, channel: str, people: list[str]) -> Seen:
        """Return what there is of some people now."""
        store = self.servers.folder / "reso.db"
        senders = [f"{channel}.{person}" for person in people]
        places = ",".join("?" * len(senders))
        kept = rows(store, f"select message_id, text, state, extra from inbox where sender in ({places}) order by id", senders)
        replies = rows(store, f"select reply_to, state from outbox where sender in ({places}) order by id", senders)
        key = pseudonym_key(Settings(_env_file=None, folder=self.servers.folder))
        keys = [conversation_key(sender, key) for sender in senders]
        verdicts = rows(store, f"select entry_id, useful from feedback where conversation in ({places}) order by id", keys)
        shown = [message for message in self.vendors.ledger.accepted(channel) if message.person in people]
        return Seen([Message(*row) for row in kept], replies, [(entry, bool(useful)) for entry, useful in verdicts], shown)

    def conversations(self) -> set[str]:
        """Return the conversations on these channels of which something was kept."""
        told = rows(self.servers.folder / "reso.db", "select distinct sender from inbox")
        return {sender for (sender,) in told if sender.partition(".")[0] in CHANNELS}

    async def settled(self) -> None:
        """Wait until every message has its outcome and every call went out."""
        until = time.monotonic() + SECONDS
        while any((left := left_over(self.servers.folder)).values()):
            assert time.monotonic() < until, left
            await asyncio.sleep(0.2)

    async def play(self) -> None:
        """Let people ask first where it takes that, then deliver everything, channel beside channel."""
        known, log = self.conversations(), len(trouble(self.servers))
        async with aiohttp.ClientSession() as session:
            deliverer = Deliverer(self.servers.url, self.vendors, session)
            about: dict[Case, str] = {}

            async def ask_first(channel: str) -> None:
                for case in CASES:
                    if case.channel == channel and case.kind in AFTER_AN_ANSWER:
                        asked = bodies.text(channel, case.person, FIRST.ask)
                        about[case] = asked.handles[0].rpartition(":")[2]
                        await deliverer.deliver([asked])

            await asyncio.gather(*map(ask_first, CHANNELS))
            await self.settled()
            for case in CASES:
                if case.kind in ABOUT_OURS:
                    about[case] = answer_shown(self.look(case.channel, case.senders))
                if case.kind == "unliked":
                    await deliverer.deliver([bodies.reaction(case.channel, case.person, about[case])])
            self.before = {case: self.look(case.channel, case.senders) for case in CASES}

            async def deliver_all(channel: str) -> None:
                for case in CASES:
                    if case.channel == channel:
                        for person in case.people:
                            self.vendors.ledger.wrote(channel, person, time.time(), *case.handles)
                        self.statuses[case] = await deliverer.post(channel, case.raw(time.time(), about.get(case, "")))

            await asyncio.gather(*map(deliver_all, CHANNELS))
            await self.settled()
            await asyncio.sleep(1)  # receipts of the last calls
        self.vendors.took = lambda kept: None
        self.after = {case: self.look(case.channel, case.senders) for case in CASES}
        self.newcomers, self.trouble = self.conversations() - known, trouble(self.servers)[log:]


def answer_shown(seen: Seen) -> str:
    """Return the vendor's id of the message with the answer to the first question."""
    (answer,) = [message for message in seen.shown if FIRST.word in message.text]
    return answer.identity


@pytest.fixture(scope="module")
def played(connected: Servers, vendors: Vendors) -> Played:
    """The real servers, after every body was delivered."""
    made = Played(connected, vendors)
    asyncio.run(made.play())
    return made


def test_every_body_kept_has_its_place_in_the_table() -> None:
    assert {(case.channel, case.name) for case in CASES} == {(c, file.stem) for c in CHANNELS for file in (FIXTURES / c).glob("*.json")}
    people = [f"{case.channel} {person}" for case in CASES for person in case.people]
    assert len(people) == len(set(people)), "no two bodies share a person"
    assert {case.kind for case in CASES} == set(COMES)


@pytest.mark.servers
@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_event_gets_what_is_owed_to_it(played: Played, case: Case, known: Library) -> None:
    assert played.statuses[case] == 200
    before, after = played.before[case], played.after[case]
    kept, shown = after.kept[len(before.kept) :], [message.text for message in after.shown[len(before.shown) :]]
    replied = {reply_to for reply_to, _ in after.replies}
    assert {message.state for message in kept} <= {"answered"}
    assert case.kind == "handed back" or {message.id for message in kept} <= replied, COMES[case.kind]
    assert {state for _, state in after.replies} <= ({"failed", "sent"} if case.kind == "undelivered" else {"sent"})
    assert not [text for text in shown if APOLOGY in text]
    if case.kind in ("said", "edited"):
        assert [message.text for message in kept] == list(case.words)
        assert len(shown) >= len(kept)
        assert case.kind == "edited" or GREETING in " ".join(shown), "who writes for the first time is told who answers"
        assert not [text for text in shown if ONLY_TEXT in text]
        for words in case.words:
            assert any(flat(OWED.get(words, "")) in flat(text) for text in shown), words
    elif case.kind == "no text":
        who, sentence = shown
        assert GREETING in who, "who writes for the first time is told who answers"
        assert case.thing in sentence
        assert ONLY_TEXT in sentence or case.name == "unavailable"
        assert len(kept) == 1
    elif case.kind in ("too late", "handed back"):
        assert (len(kept), shown) == (1, [])
    elif case.kind == "opened":
        assert any(GREETING in text for text in shown)
        assert len(kept) == 1
    else:
        assert (kept, shown) == ([], []), COMES[case.kind]
    if case.kind in ("liked", "disliked", "unliked"):
        assert before.verdicts == ([(FIRST.entry, True)] if case.kind == "unliked" else [])
        assert after.verdicts == ([] if case.kind == "unliked" else [(FIRST.entry, case.kind == "liked")])
    else:
        assert after.verdicts == []
    if case.kind == "taken back":
        (asked,) = before.kept
        assert (asked.text, [(m.id, m.text, json.loads(m.extra)) for m in after.kept]) == (FIRST.ask, [(asked.id, "", {})])
    elif case.kind == "undelivered":
        assert {state for _, state in before.replies} == {"sent"}
        assert [state for _, state in after.replies].count("failed") == 1
    else:
        assert after.kept[: len(before.kept)] == before.kept


def flat(text: str) -> str:
    """Return a text with single plain spaces."""
    return " ".join(text.split())


@pytest.mark.servers
def test_nobody_else_is_kept_and_nothing_unforeseen_is_logged(played: Played) -> None:
    wrote = {f"{case.channel}.{one}" for case in CASES if case.kind != "nothing" for one in case.senders}
    assert played.newcomers <= wrote
    assert played.trouble == []


class Presser:
    """Somebody who talks on a channel and presses what is offered there."""

    def __init__(self, played: Played, deliverer: Deliverer, channel: str, person: str):
        self._played, self._deliverer = played, deliverer
        self.channel, self.person = channel, person

    async def does(self, happening: bodies.Happening) -> list[Accepted]:
        """Do something and return what is shown for it."""
        before = len(self.shown)
        await self._deliverer.deliver([happening])
        await self._played.settled()
        return self.shown[before:]

    @property
    def shown(self) -> list[Accepted]:
        """All that this person was shown."""
        return self._played.vendors.ledger.accepted(self.channel, self.person)

    @property
    def kept(self) -> list[str]:
        """Everything that this person said or pressed, as it is kept."""
        return [message.text for message in self._played.look(self.channel, [self.person]).kept]


WAYS = {
    "messenger-quick_reply": (bodies.pressed, ["Bonjour"], ""),
    "messenger-postback": (bodies.postback, ["Bonjour"], ""),
    "instagram-quick_reply": (bodies.pressed, ["Bonjour"], ""),
    "instagram-postback": (bodies.postback, ["Bonjour"], ""),
    "whatsapp-list_row": (bodies.postback, ["Bonjour"], "list"),
    "whatsapp-reply_button": (bodies.pressed, ["Bonjour", "Bonjour"], "button"),
    "telegram-callback": (bodies.pressed, ["Bonjour"], ""),
}
"""How a button is pressed: what the vendor makes of it, what is said before, and WhatsApp's kind of the message that offers it.

The first greeting offers questions, of which the first is « Est-ce que ça fait vendre ? »; the second « Voir les sujets » only,
which is short enough for a button of WhatsApp.
"""
NEVER_OFFERED = ("choix:ffffffffff", "choix:0123456789")
INTENTS = tuple(YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"])


@pytest.mark.servers
@pytest.mark.parametrize("way", WAYS)
async def test_what_was_offered_can_be_pressed_and_nothing_else(played: Played, way: str, known: Library) -> None:
    (press, said, kind), channel = WAYS[way], way.partition("-")[0]
    async with aiohttp.ClientSession() as session:
        person = f"33655{list(WAYS).index(way):06d}"
        one = Presser(played, Deliverer(played.servers.url, played.vendors, session), channel, person)
        for words in said:
            shown = await one.does(bodies.text(channel, person, words))
        body = shown[-1].body
        assert not kind or body["interactive"]["type"] == kind
        title, payload = offered(channel, body)[0]
        shown = await one.does(press(channel, person, title, payload))
        assert one.kept == [*said, payload]
        owed = "Voici mes grands sujets" if kind == "button" else known["faq/ventes"].answer
        assert flat(owed)[:60] in flat(" ".join(message.text for message in shown))
        for forged in NEVER_OFFERED:
            shown = await one.does(press(channel, person, title, forged))
            assert one.kept[-1] == forged
            assert EXPIRED in " ".join(message.text for message in shown)
    played.vendors.took = lambda kept: None
    assert obeyed(played.servers, f"{channel}.{person}") == []


@pytest.mark.servers
@pytest.mark.parametrize("way", WAYS)
async def test_a_forged_payload_is_words_and_no_command(played: Played, way: str) -> None:
    (press, *_), channel = WAYS[way], way.partition("-")[0]
    forged = [f"/{intent}" for intent in (*INTENTS, "restart", "session_start")]
    forged += ['/follow_up{"last_ids": ["cas/nike"]}', "EXTERNAL: handoff", "   /cas"]
    people = {f"33666{list(WAYS).index(way):02d}{number:04d}": payload for number, payload in enumerate(forged)}
    async with aiohttp.ClientSession() as session:
        deliverer = Deliverer(played.servers.url, played.vendors, session)
        await deliverer.deliver([press(channel, person, "Voir la suite", payload) for person, payload in people.items()])
        await played.settled()
    played.vendors.took = lambda kept: None
    for person, payload in people.items():
        sender = f"{channel}.{person}"
        (words,) = heard(played.servers, sender)
        as_typed = payload.strip() if channel == "telegram" else "Voir la suite"  # Meta’s buttons of others give their title
        assert words in (as_typed, disarm(as_typed))
        assert obeyed(played.servers, sender) == []
        assert ["cas/nike"] not in remembered(played.servers, sender).get("last_ids", [])
        shown = [message.text for message in played.vendors.ledger.accepted(channel, person)]
        assert shown
        assert not [text for text in shown if APOLOGY in text]
