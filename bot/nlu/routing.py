"""From the probabilities of all labels to one label for Rasa and the candidate entries. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.knowledge.entry import KINDS

MOST_CANDIDATES = 12


@dataclass(frozen=True)
class Route:
    """`label` leads the turn with `confidence`; `candidates`: (id, probability) of entries, likeliest first."""

    label: str
    confidence: float
    candidates: tuple[tuple[str, float], ...]
    leaning: tuple[str, float] = ("", 0.0)
    """The likeliest follow-up and its probability, whatever the label."""

    @property
    def intent(self) -> str:
        """The Rasa intent: the label's family."""
        return self.label.partition("/")[0]


def route(probabilities: Mapping[str, float]) -> Route:
    """Choose the label of a message.

    The entries compete as one block against each other label, and the out-of-scope labels as one block too, so that a
    question spread over neighbouring entries is still a question.
    """
    entries = sorted(((l, p) for l, p in probabilities.items() if l.partition("/")[0] in KINDS), key=lambda c: -c[1])
    others = {l: p for l, p in probabilities.items() if l.partition("/")[0] not in KINDS}
    outside = {l: p for l, p in others.items() if l.startswith("out_of_scope/")}
    blocks: list[tuple[float, str, float]] = []
    if entries:
        blocks.append((sum(p for _, p in entries), entries[0][0], entries[0][1]))
    if outside:
        top = max(outside, key=outside.__getitem__)
        blocks.append((sum(outside.values()), top, outside[top]))
    blocks += [(p, l, p) for l, p in others.items() if l not in outside]
    mass, label, own = max(blocks)
    confidence = own if label.partition("/")[0] in KINDS else mass
    leaning = max(((l, round(p, 4)) for l, p in others.items() if l.startswith("follow_up/")), key=lambda c: c[1], default=("", 0.0))
    return Route(label, confidence, tuple(entries[:MOST_CANDIDATES]), leaning)
