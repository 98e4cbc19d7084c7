"""From what a widget sends to a message: checked, bounded. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.sentences import EMPTY, TOO_LONG, UNREADABLE
from bot.language.cleaning import MAX_CHARACTERS, clean, too_long
from bot.language.tokens import is_token

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
LONGEST_TITLE = 200
LONGEST_PAGE = 300


@dataclass(frozen=True)
class Said:
    """What a visitor said: `text` goes to Rasa (typed, or a button's payload), `shown` is read in the talk."""

    id: str
    text: str
    shown: str
    pressed: bool = False


class Unfit(ValueError):
    """Something that cannot be taken; `code` and the French message go back to the widget."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def read_said(data: Any) -> Said:
    """Return what `say {"id", "text"}` or `say {"id", "payload", "title"}` holds. Raises Unfit."""
    if not isinstance(data, Mapping) or not isinstance(data.get("id"), str) or not _ID.fullmatch(data["id"]):
        raise Unfit("unreadable", UNREADABLE)
    if "payload" in data:
        payload, title = data["payload"], data.get("title")
        if not isinstance(payload, str) or not is_token(payload) or not isinstance(title, str):
            raise Unfit("unreadable", UNREADABLE)
        return Said(data["id"], payload, clean(title)[:LONGEST_TITLE], pressed=True)
    if not isinstance(data.get("text"), str):
        raise Unfit("unreadable", UNREADABLE)
    # Ten times the limit is never cleaned: cleaning takes time that grows with the text.
    if len(data["text"]) > 10 * MAX_CHARACTERS:
        raise Unfit("too_long", TOO_LONG.format(most=MAX_CHARACTERS))
    text = clean(data["text"])
    if too_long(text):
        raise Unfit("too_long", TOO_LONG.format(most=MAX_CHARACTERS))
    if not text:
        raise Unfit("empty", EMPTY)
    return Said(data["id"], text, text)


def read_page(data: Any) -> dict[str, str]:
    """Return the host page's address and title, cut; empty where they are no texts.

    Of the address nothing after its path: what follows may be a token or who somebody is.
    """
    if not isinstance(data, Mapping):
        return {}
    told = {key: clean(data[key]) for key in ("url", "title") if isinstance(data.get(key), str) and len(data[key]) < 5000}
    if "url" in told:
        told["url"] = re.split(r"[?#;]", told["url"], maxsplit=1)[0]
    return {key: text[:LONGEST_PAGE] for key, text in told.items()}


def read_after(auth: Any) -> int:
    """Return the number of the last line that a widget has seen."""
    after = auth.get("after") if isinstance(auth, Mapping) else None
    return after if isinstance(after, int) and not isinstance(after, bool) and 0 <= after < 2**53 else 0
