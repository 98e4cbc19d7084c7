"""Every body of tests/fixtures/webhooks/, what must come of each, and how it is delivered by people who exist. Pure.

The table says what a person did, as the file's name and content tell it; `COMES` says what Réso owes them for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from tests.channels.vendors.accounts import CHANNELS, Accounts
from tests.fuzz.inputs import FIXTURES

Kind = Literal[
    "said", "no text", "opened", "liked", "disliked", "unliked", "edited", "taken back", "undelivered", "too late", "handed back", "nothing"
]

COMES: Mapping[Kind, str] = {
    "said": "the words are kept as said, and answered",
    "no text": "a sentence says which thing cannot be read, and that text is",
    "opened": "a greeting that says who speaks",
    "liked": "the answer before it is counted as useful; nothing is said",
    "disliked": "the answer before it is counted as not useful; nothing is said",
    "unliked": "the verdict before it no longer counts; nothing is said",
    "edited": "the new words are kept, and answered",
    "taken back": "the words are forgotten; nothing is said",
    "undelivered": "the answer before it is noted as not delivered; nothing is said",
    "too late": "a notice above the chat says that the button is too old; the chat stays as it is",
    "handed back": "it is kept that a person of the team gave the talk back; nothing is said",
    "nothing": "nobody wrote to us: nothing is kept, nothing is said",
}
"""What a person may expect for each kind."""

AFTER_AN_ANSWER: frozenset[Kind] = frozenset({"liked", "disliked", "unliked", "edited", "taken back", "undelivered"})
"""Kinds that are about something said before: the person asks first."""
ABOUT_OURS: frozenset[Kind] = frozenset({"liked", "disliked", "unliked", "undelivered"})
"""Of these, the kinds that are about our message; the others are about the person's own."""

_SALE, _SALE_MORE, _BUTTON = "Est-ce que ça fait vendre ?", "Est-ce que ça fait vendre plus ?", "choix:0123456789"
"""`_BUTTON`: a payload in the shape of ours that was never offered to these people."""
_IMAGE, _VOICE, _VIDEO, _DOCUMENT = "les images", "les messages vocaux", "les vidéos", "les documents"
_STICKER, _PLACE, _CONTACT, _OTHER = "les autocollants", "les positions", "les fiches de contact", "ce genre de message"
_LOST = "réécrire"

SAID: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "messenger": {
        "text": (_SALE,),
        "accents_escaped": ("Pourquoi ça marche à l’école, d’après vous ? 😀",),
        "reply_to": ("Et combien ça coûte ?",),
        "link_with_text": ("Regardez https://exemple.invalid",),
        "like": ("👍",),
        "quick_reply": (_BUTTON,),
        "quick_reply_of_another_app": ("Nos horaires",),
        "postback_button": (_BUTTON,),
        "postback_without_mid": (_BUTTON,),
        "postback_ice_breaker": ("Quels sont les risques ?",),
        "batch_of_three": ("Bonjour", "C’est quoi #BookTok ?", "Et pour une petite boulangerie ?"),
        "several_entries": ("Un", "Deux"),
    },
    "instagram": {
        "text": (_SALE,),
        "accents_escaped": ("Pourquoi ça marche à l’école, d’après vous ? 😀",),
        "story_reply": ("Ça marche vraiment ?",),
        "message_from_ad": ("Bonjour, une question sur la pub",),
        "timestamp_in_seconds": ("Bonjour",),
        "like_heart": ("❤",),
        "quick_reply": (_BUTTON,),
        "postback_button": (_BUTTON,),
        "postback_ice_breaker": ("Quels sont les risques ?",),
        "batch_of_three": ("Bonjour", "C’est quoi #BookTok ?", "Et pour une boulangerie ?"),
        "several_entries": ("Un", "Deux"),
    },
    "whatsapp": {
        "text": ("Does it help my sales?",),
        "accents_escaped": ("C’est très utile, les réseaux ? 🎉",),
        "image_caption": ("Cette pub marche-t-elle ?",),
        "referral_ad": ("Bonjour, que faites-vous ?",),
        "no_phone": ("Bonjour",),
        "no_phone_contact_only": ("Bonjour",),
        "no_phone_long": ("Bonjour",),
        "button_reply": (_BUTTON,),
        "list_reply": ("choix:abcdef0123",),
        "template_button": ("Parler à quelqu’un",),
        "batch": ("un", "deux", "trois", "quatre"),
    },
    "telegram": {
        "text": (_SALE,),
        "accents": ("C’est très utile, les réseaux ? 🎉",),
        "photo_caption": ("Cette pub marche-t-elle ?",),
        "command": ("aide",),
        "command_with_words": ("voir les sujets marketing",),
        "command_in_group": ("aide",),
        "group_mention": ("🎉 est-ce que ça fait vendre ?",),
        "group_text_mention": ("ça fait vendre ?",),
        "group_answer": ("et sur Instagram ?",),
        "group_topic": ("bonjour",),
        "callback": (_BUTTON,),
        "callback_in_group": (_BUTTON,),
        "callback_of_two_weeks_ago": (_BUTTON,),
        "group_anonymous": ("🎉 est-ce que ça fait vendre ?",),
        "photo_of_album_caption": ("Combien coûte ce visuel ?",),
    },
}
"""What is typed or pressed. A button of ours is its payload; one that somebody else made is its title; « / » of a command is none."""

NO_TEXT: Mapping[str, Mapping[str, str]] = {
    "messenger": {
        "image": _IMAGE, "audio": _VOICE, "video": _VIDEO, "reel": _VIDEO, "document": _DOCUMENT, "sticker": _STICKER, "location": _PLACE,
        "shared_post": _OTHER, "fallback_without_payload": _OTHER,
    },
    "instagram": {
        "image": _IMAGE, "audio": _VOICE, "video": _VIDEO, "reel": _VIDEO, "document": _DOCUMENT, "shared_post": _OTHER,
        "story_mention": _OTHER, "unsupported_sticker": _OTHER,
    },
    "whatsapp": {
        "image": _IMAGE, "audio": _VOICE, "voice": _VOICE, "video": _VIDEO, "document": _DOCUMENT, "sticker": _STICKER,
        "location": _PLACE, "contacts": _CONTACT, "order": _OTHER, "unavailable": _LOST, "interactive_flow": _OTHER, "unsupported": _OTHER,
    },
    "telegram": {
        "photo": _IMAGE, "photo_of_album": _IMAGE, "voice": _VOICE, "audio": _VOICE, "video": _VIDEO, "video_note": _VIDEO,
        "animation": _VIDEO, "document": _DOCUMENT, "sticker": _STICKER, "location": _PLACE, "contact": _CONTACT, "poll": _OTHER,
    },
}  # fmt: skip
"""What is no text, and how the sentence calls it."""

EDITED: Mapping[str, Mapping[str, str]] = {
    "messenger": {"edited": _SALE_MORE},
    "instagram": {"edited": _SALE_MORE},
    "whatsapp": {"edited": _SALE, "edited_caption": "Et celle-ci ?"},
    "telegram": {"edited": _SALE_MORE},
}
"""The new words."""

OTHERS: Mapping[str, Mapping[Kind, str]] = {
    "messenger": {
        "opened": "postback_get_started postback_get_started_from_link referral_link referral_ad",
        "liked": "reaction_love reaction_like response_feedback_positive",
        "disliked": "reaction_dislike reaction_angry response_feedback_negative",
        "unliked": "reaction_unreact reaction_other",
        "handed back": "handover",
        "nothing": "echo echo_with_our_mark read delivery standby optin unknown_event user_ref feed_change another_page",
    },
    "instagram": {
        "opened": "referral_link",
        "liked": "reaction_love",
        "disliked": "reaction_thumb_down",
        "unliked": "reaction_unreact reaction_other",
        "taken back": "unsend",
        "nothing": "echo echo_of_itself read standby optin unknown_event comment_change edit_without_text another_account",
    },
    "whatsapp": {
        "opened": "request_welcome",
        "liked": "reaction_thumb_up reaction_thumb_up_skin reaction_heart reaction_thanks",
        "disliked": "reaction_thumb_down reaction_angry",
        "unliked": "reaction_removed reaction_other",
        "taken back": "revoked",
        "undelivered": "status_failed",
        "nothing": "status_sent status_delivered status_read status_sent_with_our_mark status_no_phone system_number_changed"
        " unsupported_edit unsupported_pin unsupported_poll_update unsupported_keep_in_chat unsupported_reaction group echo account_update"
        " another_number",
    },
    "telegram": {
        "opened": "start start_deep_link start_in_group group_mention_only",
        "liked": "reaction_thumb_up reaction_heart",
        "disliked": "reaction_thumb_down",
        "unliked": "reaction_removed",
        "too late": "callback_old callback_of_last_month",
        "nothing": "reaction_other reaction_custom my_chat_member member_joined group_migrated from_a_bot unknown_kind another_shape"
        " channel_post group_unaddressed group_answer_to_another group_voice command_of_another_bot callback_inline group_linked_channel"
        " reaction_in_group reaction_anonymous",
    },
}
"""The rest, by what it is. A reaction of Telegram says what was there before: where no verdict was, none is taken back.
The two in a group are on a message that is no answer of ours."""

_PEOPLE = {
    "messenger": re.compile(r"65\d{14}"),
    "instagram": re.compile(r"98\d{13}"),
    "whatsapp": re.compile(r"336\d{8}|FR\.\d{20,128}"),
    "telegram": re.compile(r"99887766|-100\d{10}|-4321"),
}
"""The people and groups of the fixtures."""
_ABOUT = {
    "messenger": re.compile(r"m_out|m_AbC-dEf_1"),
    "instagram": re.compile(r"aWdfZ\w{100,}"),
    "whatsapp": re.compile(r"wamid\.\w+TcA"),
    "telegram": re.compile(r"77|503"),
}
"""The messages that verdicts, edits and deletions of the fixtures name."""

WRITTEN = {"messenger": 1_795_420_801, "instagram": 1_795_420_801, "whatsapp": 1_795_417_201, "telegram": 1_795_417_301}
"""When the latest of the fixtures happen: on 23 November 2026."""
ACCOUNTS = Accounts(
    page_id="108000000000001",
    instagram_id="17841400000000001",
    bot_name="ResoBot",
    telegram_token="123456:jeton-de-test_0123456789abcdefghijkl",
)
"""The company's accounts as the fixtures name them."""


@dataclass(frozen=True)
class Case:
    """One file. `words`: what is said, one for each message; `thing`: what cannot be read. `number` sets its people apart."""

    channel: str
    name: str
    kind: Kind
    number: int
    words: tuple[str, ...] = ()
    thing: str = ""

    def __str__(self) -> str:
        return f"{self.channel}-{self.name}"

    @property
    def people(self) -> list[str]:
        """Who does something in it, or is told of: ids that no other file has."""
        return sorted({self._own(value) for _, value in _leaves(self._content) if _PEOPLE[self.channel].fullmatch(value)})

    @property
    def person(self) -> str:
        """Who does it, where it is one person who can be written to."""
        (person,) = [one for one in self.people if not one.startswith("FR.")] or self.people
        return person

    @property
    def senders(self) -> list[str]:
        """The conversations that they may have with us: each their own, and in a group each member another."""
        return [*self.people, *(f"{group}:{one}" for group in self.people if group.startswith("-") for one in self.people)]

    @property
    def handles(self) -> list[str]:
        """Ids that calls to the vendor may name: of messages and of pressed buttons."""
        named = {self._own(value, key) for key, value in _leaves(self._content)}
        return sorted(value for value in named if value.startswith(("wamid.", "4382bfdwdsb")))

    def raw(self, moment: float, about: str = "") -> bytes:
        """Return the body as it is delivered at `moment` by this case's own people, about the message `about`."""

        def renamed(value: Any, key: str = "") -> Any:
            if isinstance(value, dict):
                return {name: renamed(held, name) for name, held in value.items()}
            if isinstance(value, list):
                return [renamed(held, key) for held in value]
            if isinstance(value, bool) or not isinstance(value, (int, str)):
                return value
            told = str(value)
            return type(value)(about if about and _ABOUT[self.channel].fullmatch(told) else self._own(told, key))

        return json.dumps(renamed(_moved(self._content, moment - WRITTEN[self.channel]))).encode()

    def _own(self, value: str, key: str = "") -> str:
        """Return a person's or a message's id with this case's number in it; anything else as it is."""
        if value.startswith("FR."):  # may have its greatest length already
            return f"{value[:-3]}{self.number:03d}"
        if _PEOPLE[self.channel].fullmatch(value) or key in ("mid", "media_group_id"):
            return f"{value}{self.number:03d}"
        return value.replace("wamid.", f"wamid.{self.number:03d}") if value.startswith("wamid.") else value

    @property
    def _content(self) -> Any:
        return _content(FIXTURES / self.channel / f"{self.name}.json")


@lru_cache(maxsize=256)
def _content(file: Path) -> Any:
    return json.loads(file.read_bytes())


def _moved(value: Any, seconds: float) -> Any:
    """Return a body as if it happened so many seconds later: what is old is refused before it is read."""
    if isinstance(value, dict):
        return {key: _moved(held, seconds) for key, held in value.items()}
    if isinstance(value, list):
        return [_moved(held, seconds) for held in value]
    for scale in (1, 1000):
        told = str(value) if isinstance(value, (int, str)) else ""
        if told.isdecimal() and 1.75e9 * scale < int(told) < 1.8e9 * scale:
            return type(value)(int(int(told) + seconds * scale))
    return value


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Return every number and text of a body, each with its name."""
    if isinstance(value, dict):
        for name, held in value.items():
            yield from _leaves(held, name)
    elif isinstance(value, list):
        for held in value:
            yield from _leaves(held, key)
    elif isinstance(value, (int, str)):
        yield key, str(value)


def _cases() -> Iterator[Case]:
    number = 0
    for channel in CHANNELS:
        table: list[tuple[str, Kind, tuple[str, ...], str]] = [
            *((name, "said", words, "") for name, words in SAID[channel].items()),
            *((name, "no text", (), thing) for name, thing in NO_TEXT[channel].items()),
            *((name, "edited", (words,), "") for name, words in EDITED[channel].items()),
            *((name, kind, (), "") for kind, names in OTHERS[channel].items() for name in names.split()),
        ]  # fmt: skip
        for name, kind, words, thing in table:
            number += 1
            yield Case(channel, name, kind, number, words, thing)


CASES = tuple(_cases())


def offered(channel: str, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (what is read, payload) of each button that a call to a vendor shows, in order."""
    if channel == "telegram":
        rows = (body.get("reply_markup") or {}).get("inline_keyboard") or []
        return [(button["text"], button["callback_data"]) for row in rows for button in row]
    if channel == "whatsapp":
        action = (body.get("interactive") or {}).get("action") or {}
        pressed = [button["reply"] for button in action.get("buttons") or []]
        pressed += [row for section in action.get("sections") or [] for row in section["rows"]]
        return [(one.get("description") or one["title"], one["id"]) for one in pressed]
    return [(reply["title"], reply["payload"]) for reply in (body.get("message") or {}).get("quick_replies") or []]
