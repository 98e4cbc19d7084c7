"""Buttons. What a button does stays on our side; the visitor's side gets an opaque token that only fits this talk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from rapidfuzz import fuzz

from bot.language.folding import key
from bot.language.tokens import PREFIX, is_token

LEAST_LIKENESS = 88.0
"""Least ratio (0 to 100) between a typed title and a button's."""

SHORTEST_TYPED = 6

COMMANDS = (
    "open", "details", "example", "source", "next", "list", "useful", "not_useful", "reason", "none", "human", "topics", "capabilities",
    "form", "erase",
)  # fmt: skip
"""Everything a button can do."""


@dataclass(frozen=True)
class Choice:
    """A button: its title, and the command with its argument (an id, a list name, a reason) that it stands for."""

    title: str
    command: str
    argument: str = ""

    def token(self, conversation: str) -> str:
        """Return the payload of this button in one conversation; the same button has the same token."""
        meaning = f"{conversation}\0{self.command}\0{self.argument}"
        return PREFIX + hashlib.blake2b(meaning.encode("utf-8", "replace"), digest_size=5).hexdigest()


def pressed(text: str, offered: tuple[Choice, ...], fresh: tuple[Choice, ...], conversation: str) -> Choice | None:
    """Return the choice that `text` presses: any one offered by its token, one of the `fresh` ones by its exact title.

    A typed title means the latest reply: « D’où ça vient ? » is not about the answer before the last.
    """
    text = text.strip()
    if is_token(text):
        return next((c for c in reversed(offered) if c.token(conversation) == text), None)
    typed = key(text)
    exact = next((c for c in fresh if typed and key(c.title) == typed), None)
    if exact is not None or len(typed) < SHORTEST_TYPED:
        return exact
    likeness, nearest = max(((fuzz.ratio(key(c.title), typed), n) for n, c in enumerate(fresh)), default=(0.0, 0))
    return fresh[nearest] if likeness >= LEAST_LIKENESS else None
