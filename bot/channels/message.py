"""What travels between channels and Réso, in nobody's format: an event that came in, a reply that goes out. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.channels.sentences import ONLY_BEGINNING

Kind = Literal["message", "start", "unreadable", "feedback", "edited", "deleted", "passed", "shown", "undelivered"]


@dataclass(frozen=True)
class Event:
    """One thing that a person did on a channel, or that became of our message. What needs no reaction is not an event.

    `kind`: message (typed text, or the payload of a pressed button), start (opened the talk from a link, an ad, a
    « start » button), unreadable (picture, voice, sticker …), feedback (a verdict on our message `about`), edited
    (`text` is the new wording of `about`), deleted (`about` was taken back), passed (a person of the team handed the talk
    back to us); shown (the vendor took our message `about`;
    `native` has our mark), undelivered (it took `about` but could not deliver it; `native` has code and advice).
    """

    kind: Kind
    sender: str
    """The channel's own id of the person, in a group « chat:person », so that nobody speaks for another; no prefix."""
    message_id: str
    """Unique within the channel, at most 128 characters of A-Z a-z 0-9 _ . : @ = + / - ; a digest where the vendor gives none."""
    at: datetime.datetime
    """When it was done, UTC, naive."""
    text: str = ""
    account: str = ""
    """Which of the company's accounts it was sent to: page id, Instagram id, phone number id; empty for Telegram."""
    about: str = ""
    """The vendor's id of the message that a verdict, an edit or a deletion is about."""
    useful: bool | None = None
    """The verdict, for feedback; None where a verdict was taken back."""
    unreadable: str = ""
    """What could not be read: image, audio, video, document, sticker, location, contact, other, lost (the vendor had nothing
    to give us) or choice (a button too old to be taken at its word)."""
    native: Mapping[str, str] = field(default_factory=dict)
    """What only this channel's sender needs, such as the id of a callback to be acknowledged."""


_SENDER = re.compile(r"[A-Za-z0-9_.:-]{1,144}")
"""WhatsApp's business-scoped user ids are the longest: a country, a dot and up to 128 letters and digits (Meta, « Business-scoped
user IDs », 31 March 2026). With the channel's name before it, a conversation fits the 160 characters of the store."""
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_.:@=+/-]{1,128}")
_LONGEST = 1024
"""Characters of what an event names besides its text."""


CUT = "cut"
"""In what is `native` of an event: only the beginning of its text was kept."""


def sound(event: Event) -> bool:
    """Tell whether an event holds what `Event` says: a vendor's body may hold anything where an id is expected."""
    named = (event.account, event.about, event.unreadable, *event.native, *event.native.values())
    return (
        bool(_SENDER.fullmatch(event.sender))
        and bool(_MESSAGE_ID.fullmatch(event.message_id))
        and 2000 <= event.at.year < 2200
        and isinstance(event.text, str)
        and all(isinstance(told, str) and len(told) <= _LONGEST for told in named)
    )


@dataclass(frozen=True)
class Button:
    """A choice: what is read, and the opaque payload that comes back."""

    title: str
    payload: str


@dataclass(frozen=True)
class Figure:
    """A figure with what it counts and who published it."""

    value: str
    text: str
    source: str


@dataclass(frozen=True)
class Answer:
    """An entry given as an answer. What a card shows is empty where the entry has none."""

    id: str
    kind: str
    title: str
    source: str
    section: str = ""
    checked: str = ""
    brands: tuple[str, ...] = ()
    year: int | None = None
    platforms: tuple[str, ...] = ()
    figure: Figure | None = None


NOT_ONE_ANSWER = frozenset({"list", "recap", "compare"})
"""What a reply shows where a verdict on it would not be on one answer."""
SOURCE = "\n\nSource"
"""Begins the last paragraph of an answer."""


def answer_place(texts: Sequence[str]) -> int:
    """Return which bubble holds the answer: the first with a source."""
    return next((n for n, text in enumerate(texts) if SOURCE in text), 0)


@dataclass(frozen=True)
class Reply:
    """Everything Réso says in one turn.

    `texts`: bubbles in order; an answer's text ends in the paragraph « Source : … ». `buttons`: go below the last
    bubble. `useful`, `not_useful`: payloads of the verdict, empty where none is asked for. `shown`: what the reply is
    (answer, details, list, both …). `field`: what the request form asks for now: name, contact, question, consent,
    confirm, or empty.
    """

    texts: tuple[str, ...]
    buttons: tuple[Button, ...] = ()
    answers: tuple[Answer, ...] = ()
    useful: str = ""
    not_useful: str = ""
    shown: str = ""
    field: str = ""
    erased: bool = False
    """The visitor asked for everything to be erased, and it was."""

    @property
    def one_answer(self) -> bool:
        """Tell whether a verdict on it would be on one answer."""
        return bool(self.answers) and self.shown not in NOT_ONE_ANSWER

    @classmethod
    def from_rasa(cls, messages: Iterable[Mapping[str, Any]]) -> Reply:
        """Read the messages of one turn as Rasa's collecting output holds them."""
        texts: list[str] = []
        buttons: dict[str, Button] = {}
        answers: list[Answer] = []
        custom: dict[str, Any] = {}
        for message in messages:
            if message.get("text"):
                texts.append(str(message["text"]))
            for button in message.get("buttons") or ():
                buttons[str(button.get("payload"))] = Button(str(button.get("title")), str(button.get("payload")))
            custom.update(message.get("custom") or {})
        for given in custom.get("answers") or ():
            card = given.get("card") or {}
            figure = Figure(**card["figure"]) if card.get("figure") else None
            answers.append(
                Answer(
                    given["id"],
                    given["kind"],
                    given["title"],
                    given["source"],
                    card.get("section", ""),
                    card.get("checked", ""),
                    tuple(card.get("brands") or ()),
                    card.get("year"),
                    tuple(card.get("platforms") or ()),
                    figure,
                )  # fmt: skip
            )
        verdicts = custom.get("feedback") or {}
        return cls(
            tuple(texts), tuple(buttons.values()), tuple(answers), verdicts.get("useful", ""), verdicts.get("not_useful", ""),
            str(custom.get("shown") or ""), str(custom.get("form") or ""), bool(custom.get("erased")),
        )  # fmt: skip


def with_notice(reply: Reply, event: Event) -> Reply:
    """Return a reply that says first that only the beginning of a message was read, where that is so."""
    return replace(reply, texts=(ONLY_BEGINNING, *reply.texts)) if CUT in event.native else reply
