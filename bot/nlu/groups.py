"""Which group a message belongs to: a question that an entry answers, one that none answers, a move of the talk. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.knowledge.entry import KINDS

GROUPS = ("entry", "outside", "talk")
"""What a message can be: a question that an entry answers, one that none answers, a move of the conversation."""

WEIGHTS = np.array(
    [
        [-0.22, -1.49, -1.21, 1.91, -2.85, -2.09],
        [-0.45, 0.96, -1.20, -1.75, 3.03, -0.68],
        [0.67, 0.54, 2.41, -0.16, -0.18, 2.77],
    ]
)
BIAS = np.array([-4.07, 1.25, 2.82])
"""Multinomial logistic regression on the evidence (below) of six held-out voices, clean and badly typed: `make evaluate` prints
the likeliest. Beside a softmax of the groups' margins alone, at the same share of right answers: 2 points more near misses and
hostile messages refused, 1 more of other subjects, 0.6 fewer wrong answers, 6 points more moves of the talk understood. The best
label tells what the group's learner overlooks: nothing in particular is asked for."""

ENTRY_LEAN = 0.4
"""Added to the entries' score: 0 to 0.6 trade right answers (85.0 to 86.6 %) for refused near misses (88.0 to 84.8 %)."""

NEVER = -1.5
"""The margin of a group without a label: below what a learner gives."""


def group_of(label: str) -> str:
    """Return the group of a label."""
    family = label.partition("/")[0]
    return "entry" if family in KINDS else "outside" if family == "out_of_scope" else "talk"


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return probabilities by row."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def evidence(margins: np.ndarray, members: Sequence[np.ndarray]) -> np.ndarray:
    """Return what speaks for each group, shape (texts, 6): the margin of the group, then that of its best label.

    `margins`: (texts, labels + 3), the groups last. `members`: the columns of each group's labels.
    """
    best = [margins[:, held].max(axis=1) if len(held) else np.full(len(margins), NEVER) for held in members]
    return np.column_stack([margins[:, -len(GROUPS) :], *best])


def group_chances(found: np.ndarray, there: Sequence[int]) -> np.ndarray:
    """Return the probability of the groups that are `there`, shape (texts, len(there)), from their evidence."""
    scores = found @ WEIGHTS.T + BIAS + np.array([ENTRY_LEAN, 0.0, 0.0])
    return softmax(scores[:, list(there)])
