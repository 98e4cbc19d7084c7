"""What the figures mean: one row an asked question. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from bot.knowledge.choosing import Answered, Unsure, choose
from bot.nlu.routing import Route


@dataclass(frozen=True)
class Row:
    """A question asked of a model that never saw its voice, and what came out. `noise`: clean or noisy."""

    text: str
    label: str
    voice: str
    noise: str
    in_scope: bool
    outcome: str
    answered: str
    suggested: tuple[str, ...]
    confidence: float

    @property
    def verdict(self) -> str:
        """right, rescued, wrong or silent; for a question out of scope refused or wrong."""
        if not self.in_scope:
            return "wrong" if self.outcome == "answered" else "refused"
        if self.outcome == "answered":
            return "right" if self.answered == self.label else "wrong"
        return "rescued" if self.label in self.suggested else "silent"


def outcome_of(found: Route, entry_family: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    """Return (outcome, answered id, suggested ids) of a route, as the answering action decides."""
    if found.intent not in entry_family:
        return "refused", "", ()
    chosen = choose(found.candidates)
    if isinstance(chosen, Answered):
        return "answered", chosen.id, ()
    if isinstance(chosen, Unsure):
        return "unsure", "", chosen.ids
    return "refused", "", ()


def shares(rows: list[Row]) -> dict[str, float]:
    """Return the share of each verdict, 0 to 1."""
    counts = Counter(row.verdict for row in rows)
    return {verdict: counts[verdict] / max(1, len(rows)) for verdict in ("right", "rescued", "wrong", "silent", "refused")}


def confusions(rows: list[Row], most: int = 10) -> list[tuple[str, str, int]]:
    """Return the commonest (wanted, answered, times) among wrong answers."""
    counts = Counter((row.label, row.answered) for row in rows if row.in_scope and row.verdict == "wrong")
    return [(wanted, got, times) for (wanted, got), times in counts.most_common(most)]


def best_sharpness(margins: np.ndarray, truths: np.ndarray) -> float:
    """Return the factor on margins (rows, labels) that makes the softmax likeliest for `truths` (column of each row).

    Temperature scaling after Guo et al., "On Calibration of Modern Neural Networks" (2017).
    """

    def loss(sharpness: float) -> float:
        scaled = sharpness * margins
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        logs = scaled[np.arange(len(truths)), truths] - np.log(np.exp(scaled).sum(axis=1))
        return float(-logs.mean())

    tried = np.geomspace(0.5, 40, 60)
    return float(tried[int(np.argmin([loss(s) for s in tried]))])


def calibration_error(rows: list[Row], bins: int = 10) -> float:
    """Return the expected calibration error of answers: mean gap between confidence and share right, 0 to 1."""
    answered = [row for row in rows if row.outcome == "answered"]
    if not answered:
        return 0.0
    gap = 0.0
    for low in np.linspace(0, 1, bins, endpoint=False):
        held = [row for row in answered if low <= row.confidence < low + 1 / bins or (row.confidence == 1 and low + 1 / bins >= 1)]
        if held:
            right = sum(row.verdict == "right" for row in held) / len(held)
            gap += len(held) / len(answered) * abs(right - sum(row.confidence for row in held) / len(held))
    return gap
