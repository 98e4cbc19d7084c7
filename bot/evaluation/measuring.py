"""What the figures mean: one row an asked question. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression


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


def shares(rows: Sequence[Row]) -> dict[str, float]:
    """Return the share of each verdict, 0 to 1."""
    counts = Counter(row.verdict for row in rows)
    return {verdict: counts[verdict] / max(1, len(rows)) for verdict in ("right", "rescued", "wrong", "silent", "refused")}


def confusions(rows: Sequence[Row], most: int = 10) -> list[tuple[str, str, int]]:
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


def best_weights(evidence: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weights (groups, 6) and bias (groups,) that make the true groups likeliest (`bot.nlu.groups`)."""
    learner = LogisticRegression(C=10, max_iter=3000).fit(evidence, groups)
    return learner.coef_, learner.intercept_


def calibration_bins(rows: Sequence[Row], bins: int = 10) -> list[tuple[float, float, int]]:
    """Return (mean confidence, share right, how many) of answers in equal bins of confidence; empty bins are left out."""
    answered = [row for row in rows if row.outcome == "answered"]
    found = []
    for n in range(bins):
        held = [row for row in answered if min(bins - 1, int(row.confidence * bins)) == n]
        if held:
            right = sum(row.verdict == "right" for row in held) / len(held)
            found.append((sum(row.confidence for row in held) / len(held), right, len(held)))
    return found


def calibration_error(rows: Sequence[Row], bins: int = 10) -> float:
    """Return the expected calibration error of answers: mean gap between confidence and share right, 0 to 1."""
    found = calibration_bins(rows, bins)
    total = sum(size for _, _, size in found)
    return sum(size / total * abs(right - confidence) for confidence, right, size in found) if total else 0.0


def risk_coverage(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Return (share answered, share wrong among the answers) as the least confidence falls, at most 200 points."""
    answered = sorted((row for row in rows if row.outcome == "answered"), key=lambda row: -row.confidence)
    points, wrong = [], 0
    for n, row in enumerate(answered, 1):
        wrong += row.verdict == "wrong"
        points.append((n / len(rows), wrong / n))
    return points[:: max(1, len(points) // 200)]
