"""What a decision may know beside the talk: the time, the team's hours, what is kept about the visitor."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.language.opening_hours import Hours


@dataclass(frozen=True)
class Kept:
    """How much is kept about one conversation."""

    messages: int = 0
    questions: int = 0
    feedback: int = 0
    requests: int = 0


@dataclass(frozen=True)
class Keeping:
    """For how many days talks, masked questions with their verdicts, and closed requests are kept."""

    talks: int = 0
    questions: int = 0
    requests: int = 0


@dataclass(frozen=True)
class Situation:
    """`now` is in the team's time zone; `kept` and `requests`, those made within an hour, are asked only when somebody wants to know."""

    turn: str = ""
    """Id of the message under way: what feedback on its answer is about."""
    now: datetime.datetime = field(default_factory=datetime.datetime.now)
    hours: Hours | None = None
    kept: Callable[[], Kept] = Kept
    keeping: Keeping = Keeping()
    requests: Callable[[], int] = int
