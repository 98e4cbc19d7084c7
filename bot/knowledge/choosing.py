"""Answer, suggest or refuse: the choice among candidate entries. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ANSWER_AT = 0.28
"""Least probability of the first candidate for an answer. Trades wrong answers against silence; `make evaluate`
prints the curve that it was read from."""

SUGGEST_AT = 0.2
"""Least probability of the first four candidates together for suggestions."""

MOST_SUGGESTIONS = 4
LEAST_SHARE = 0.15
"""A suggestion has at least this share of the first candidate's probability."""


@dataclass(frozen=True)
class Answered:
    """One entry is sure enough."""

    id: str


@dataclass(frozen=True)
class Unsure:
    """Two to four entries are likely; the visitor chooses."""

    ids: tuple[str, ...]


@dataclass(frozen=True)
class Refused:
    """Nothing fits; `nearest` may be offered as what Réso does know."""

    nearest: tuple[str, ...]


def choose(candidates: Sequence[tuple[str, float]]) -> Answered | Unsure | Refused:
    """Choose among (id, probability), likeliest first; probabilities are shares of everything that could be meant."""
    if not candidates:
        return Refused(())
    first = candidates[0][1]
    if first >= ANSWER_AT:
        return Answered(candidates[0][0])
    likely = tuple(id for id, p in candidates[:MOST_SUGGESTIONS] if p >= LEAST_SHARE * first)
    if sum(p for _, p in candidates[:MOST_SUGGESTIONS]) >= SUGGEST_AT and len(likely) >= 2:
        return Unsure(likely)
    return Refused(tuple(id for id, _ in candidates[:2]))
