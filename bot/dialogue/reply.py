"""What Réso says in one turn, before any channel has shaped it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.dialogue.choices import Choice
from bot.dialogue.context import Context
from bot.dialogue.form import Request


@dataclass(frozen=True)
class Say:
    """One bubble: either `text` from an entry, or a `response` of the domain with its `values`; then text follows it."""

    response: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True)
class Reply:
    """`answers` and `suggestions` are entry ids; `outcome`: answered, unsure, refused or talked (no question asked).

    `shown`: what the answer consists of (answer, details, source, list …), for the widget's layout.
    """

    says: tuple[Say, ...]
    outcome: str
    context: Context
    answers: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    shown: str = ""
    event: str = ""
    """Something to be done outside: human, erase, useful:<id>, not_useful:<id>, reason:<code>."""
    verdicts: tuple[Choice, ...] = ()
    """The buttons « useful » and « not useful » of an answer: not among `choices`, the channel places them."""
    request: Request | None = None
    """A confirmed request to the team; the sentence that says so gets its `reference` once it is stored."""
