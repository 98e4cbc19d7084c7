"""Which group a message belongs to: a question that an entry answers, one that none answers, a move of the talk. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.knowledge.entry import KINDS

GROUPS = ("entry", "outside", "talk")
"""What a message can be: a question that an entry answers, one that none answers, a move of the conversation."""

WEIGHTS = np.array(
    [
        [1.39, -0.75, -0.60, 0.95, -1.43, -1.05],
        [-0.23, 1.98, -0.60, -0.88, 1.52, -0.34],
        [0.33, 0.27, 2.71, -0.08, -0.09, 1.39],
    ]
)
BIAS = np.array([-1.73, 0.62, 1.41])
"""Halfway between the softmax of the groups' margins alone, sharpened by 3, and the likeliest multinomial logistic regression
on the whole evidence (below) of six held-out voices: `make evaluate` prints it. The best label tells what the group's learner
overlooks: nothing in particular is asked for. Beside the margins alone, on eight held-out voices whose out-of-scope
messages were held out too, at one more point of right answers: as many near misses refused, 1 point more of other subjects, 2 more
hostile messages, 4 more moves of the talk understood. The likeliest alone does better there and worse on strangers' questions."""

ENTRY_LEAN = 0.3
"""Added to the entries' score: 0 to 0.6 trade right answers (86.0 to 86.9 %) for refused near misses (85 to 83.1 %)."""

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
