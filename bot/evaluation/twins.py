"""Training questions that are nearly the same: they teach little and make held-out figures look better than they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from bot.evaluation.examples import Example
from bot.knowledge.search import content_words

FEWEST_SHARED = 3
"""Words that count which two questions must share to be compared at all: names alone do not make twins."""


def near_twins(examples: Sequence[Example], alike: float) -> Iterator[tuple[Example, Example]]:
    """Give pairs whose words that count overlap by at least `alike` (Jaccard 1901: shared over all, 0 to 1)."""
    counter = CountVectorizer(analyzer=lambda text: set(content_words(text)), binary=True)
    held = counter.fit_transform([e.text for e in examples]).astype(np.int32).tocsr()
    sizes = np.asarray(held.sum(axis=1)).ravel()
    together = (held @ held.T).tocoo()
    pairs = (together.row < together.col) & (together.data >= FEWEST_SHARED)
    for one, other, shared in zip(together.row[pairs], together.col[pairs], together.data[pairs]):
        if shared >= alike * (sizes[one] + sizes[other] - shared):
            yield examples[one], examples[other]
