"""A storm of questions: who asks what, from a seed, and whether each got its answer, once, in order. Pure."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.channels.vendors.accounts import CHANNELS


@dataclass(frozen=True)
class Question:
    """A clear question, and a word that only its answer has."""

    entry: str
    ask: str
    word: str


QUESTIONS = (
    Question("cas/ikea", "Que permet l’application de réalité augmentée d’IKEA ?", "meuble"),
    Question("cas/inktober", "En quoi consiste le défi #Inktober ?", "dessin à l’encre"),
    Question("cas/booktok", "Qu’est-ce que #BookTok ?", "recommandations de lecture"),
    Question("cas/zappos", "Pourquoi cite-t-on Zappos pour son service client ?", "chaussures"),
    Question("cas/dominos", "Comment Domino’s Pizza a-t-elle géré sa crise ?", "maltraitant"),
    Question("cas/printemps-arabe", "Quel rôle les réseaux ont-ils joué dans le Printemps arabe ?", "manifestations"),
    Question("cas/ice-bucket-challenge", "Qu’est-ce que l’Ice Bucket Challenge ?", "travaux de recherche"),
    Question("cas/cambridge-analytica", "Qu’est-ce que le scandale Cambridge Analytica ?", "détournées"),
    Question("cas/fridays-for-future", "Comment est né Fridays for Future ?", "grèves mondiales"),
    Question("conseil/tendances", "Que conseille Sarah Johnson pour suivre les tendances ?", "fraîche et pertinente"),
    Question("sujet/mentorat", "Comment trouver un mentor ou un expert sur les réseaux ?", "épauler les débutants"),
    Question("sujet/temps-ecran", "Comment réduire son temps d’écran sur les réseaux ?", "détox numérique"),
)
APOLOGY = "excuses"
"""Stands in what is said where no answer could be given."""
LAST_WORDS = 2.0
"""Seconds around its death in which a gateway may have had no time to note what the vendor took."""
END = "Source"
"""Begins the last paragraph of an answer."""


@dataclass(frozen=True)
class Person:
    """Somebody who asks on a channel. `id`: the channel's own."""

    channel: str
    id: str


def people(count: int) -> list[Person]:
    """Return that many people, on all channels in turn."""
    heads = {"messenger": "45671", "instagram": "67891", "whatsapp": "336121", "telegram": "98761"}
    return [Person(CHANNELS[n % 4], f"{heads[CHANNELS[n % 4]]}{n:05d}") for n in range(count)]


def plan(seed: int, asking: Sequence[Person], events: int) -> list[tuple[Person, Question]]:
    """Return who asks what, in order. Nobody asks the same twice running: that would be « tell me more »."""
    chance = random.Random(seed)
    last: dict[Person, Question] = {}
    made = []
    for number in range(events):
        person = asking[number] if number < len(asking) else chance.choice(asking)
        question = chance.choice([q for q in QUESTIONS if q != last.get(person)])
        last[person] = question
        made.append((person, question))
    return made


class Shown(Protocol):
    """A message that a person got; see vendors.ledger.Accepted."""

    @property
    def text(self) -> str: ...
    @property
    def body(self) -> Mapping[str, Any]: ...
    @property
    def told(self) -> bool: ...
    @property
    def at(self) -> float: ...


@dataclass
class Group:
    """The messages of one answer. `entry`: which; empty for what came before the first."""

    entry: str
    messages: list[Shown] = field(default_factory=list)


def entry_of(text: str) -> str:
    """Return whose answer a text is from; « apology » for one, nothing where no known word is in it."""
    flat = " ".join(text.split())
    return next((q.entry for q in QUESTIONS if q.word in flat), "apology" if APOLOGY in flat else "")


def groups(shown: Iterable[Shown]) -> list[Group]:
    """Return what a person got, answer by answer; a message without a known word belongs to what is before it.

    Apologies are all alike: each is an answer of its own, but for a copy of one that the vendor never said it took.
    """
    made: list[Group] = []
    for message in shown:
        entry = entry_of(message.text)
        sorry = entry == "apology" and bool(made) and made[-1].messages[-1].told
        if not made or sorry or (entry and entry != made[-1].entry):
            made.append(Group(entry))
        made[-1].messages.append(message)
    return made


def answered(shown: Iterable[Shown]) -> list[str]:
    """Return the ids of the answers that a person got, in order."""
    return [group.entry for group in groups(shown) if group.entry]


@dataclass
class Verdict:
    """What came of one conversation: `wrong` in words; `apologies` in place of answers; second copies that nobody can avoid.

    `excused`: the vendor never said that it took the first; `died`: it did, to a gateway that was killed at that moment.
    """

    wrong: list[str] = field(default_factory=list)
    excused: int = 0
    died: int = 0
    apologies: int = 0


def unmarked(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a message's body without what only the sender reads: each call has a mark of its own."""
    plain = {name: value for name, value in body.items() if name != "biz_opaque_callback_data"}
    if isinstance(plain.get("message"), Mapping):
        plain["message"] = {name: value for name, value in plain["message"].items() if name != "metadata"}
    return plain


def judge(asked: Sequence[str], shown: Sequence[Shown], killed: Sequence[float] = (), sorry: bool = False) -> Verdict:
    """Compare what was asked (ids of entries) with what a person got.

    `killed`: when the gateway was killed, seconds since 1970; `sorry`: an apology may stand for an answer.
    """
    verdict = Verdict()
    got = answered(shown)
    if sorry and len(got) == len(asked):
        verdict.apologies = got.count("apology")
        got = [a if b == "apology" else b for a, b in zip(asked, got)]
    if got != list(asked):
        place = next((n for n, (a, b) in enumerate(zip(asked, got)) if a != b), min(len(asked), len(got)))
        verdict.wrong.append(
            f"{len(asked)} asked, {len(got)} answered; from {place}: {asked[place : place + 3]} but {got[place : place + 3]}"
        )
    for group in groups(shown):
        copies: dict[str, Shown] = {}
        for message in group.messages:
            body = json.dumps(unmarked(message.body), sort_keys=True)
            first = copies.get(body)
            if first is not None and not first.told:
                verdict.excused += 1
            elif first is not None and any(-LAST_WORDS < at - first.at < LAST_WORDS for at in killed):
                verdict.died += 1
            elif first is not None:
                verdict.wrong.append(f"twice: {message.text[:60]!r} ({group.entry})")
            copies[body] = message
        if group.entry not in ("", "apology") and not any(END in message.text for message in group.messages):
            verdict.wrong.append(f"without its end: {group.entry}")
    return verdict
