"""The trained choice among labels: TF-IDF over three views of the text and a linear classifier, calibrated.

Nothing here needs Rasa. The model is saved as arrays and JSON, never as pickles, so loading one runs no code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from bot.knowledge.entry import KINDS
from bot.nlu.features import VIEWS

LEAST_EXAMPLES = 5

GATE_SHARPNESS = 3.0
"""Factor on the gate's margin. With it, near misses are told from questions with an AUC of 0.90 instead of 0.86 on
held-out voices; 2 to 5 are alike."""


class TooFewExamples(ValueError):
    """A label has too few examples to be learnt; the message names it."""


def _learner(regularisation: float) -> LinearSVC:
    # Balanced, or the many near misses would swallow the questions; a loose tolerance, since the last digits of a
    # margin change no answer.
    return LinearSVC(C=regularisation, class_weight="balanced", dual=True, random_state=7, max_iter=200, tol=0.1)


@dataclass
class View:
    """One view's terms and their weights: `vocabulary` term to column, `idf` of shape (terms,)."""

    terms: Callable[[str], list[str]]
    vocabulary: dict[str, int]
    idf: np.ndarray
    weight: float

    def matrix(self, texts: Sequence[str]) -> sp.csr_matrix:
        """Return TF-IDF rows of `texts`, shape (texts, terms), each of length `weight`."""
        return self.weigh(CountVectorizer(analyzer=self.terms, vocabulary=self.vocabulary).transform(texts))

    def weigh(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        """Return TF-IDF rows from counted terms, shape (texts, terms)."""
        counts = counts.astype(np.float32)
        counts.data = 1 + np.log(counts.data)
        return normalize(counts.multiply(self.idf).tocsr()) * self.weight


class QuestionModel:
    """Chooses among labels in two steps: does an entry answer this at all (the gate), and which label is it.

    `labels` has the gate's own row last in `weights` (labels + 1, terms) and `bias` (labels + 1,).
    """

    def __init__(self, views: dict[str, View], labels: list[str], weights: np.ndarray, bias: np.ndarray, sharpness: float):
        self.views, self.labels, self.weights, self.bias, self.sharpness = views, labels, weights, bias, sharpness
        self._entry = np.array([label.partition("/")[0] in KINDS for label in labels])

    @classmethod
    def train(
        cls, texts: Sequence[str], labels: Sequence[str], view_weights: dict[str, float], regularisation: float,
        sharpness: float, rarest: int = 2,
    ) -> QuestionModel:  # fmt: skip
        """Learn from `texts` and their `labels`.

        `rarest`: terms in fewer texts are dropped. `sharpness`: factor on margins before the softmax, from held-out
        voices. Raises TooFewExamples.
        """
        names, counts = np.unique(labels, return_counts=True)
        poor = [f"{n} ({c})" for n, c in zip(names, counts) if c < LEAST_EXAMPLES]
        if len(names) < 2 or poor:
            raise TooFewExamples(
                f"il faut au moins deux intentions et {LEAST_EXAMPLES} exemples pour chacune ; trop peu pour : {', '.join(poor) or 'tout'}"
            )
        views, matrices = {}, []
        for name, weight in view_weights.items():
            counter = CountVectorizer(analyzer=VIEWS[name], min_df=rarest)
            found = counter.fit_transform(texts)
            held = np.asarray((found > 0).sum(axis=0)).ravel()
            idf = (np.log((1 + len(texts)) / (1 + held)) + 1).astype(np.float32)
            views[name] = View(VIEWS[name], {t: int(i) for t, i in counter.vocabulary_.items()}, idf, weight)
            matrices.append(views[name].weigh(found))
        matrix = sp.hstack(matrices).tocsr()
        learner = _learner(regularisation).fit(matrix, labels)
        weights, bias = learner.coef_, learner.intercept_
        if len(names) == 2:  # scikit-learn keeps one row for two classes
            weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
        entry = np.array([label.partition("/")[0] in KINDS for label in labels])
        if entry.any() and not entry.all():
            gate = _learner(regularisation).fit(matrix, entry)
            weights, bias = np.vstack([weights, gate.coef_]), np.concatenate([bias, gate.intercept_])
        else:
            weights, bias = np.vstack([weights, np.zeros_like(weights[:1])]), np.concatenate([bias, [1.0 if entry.all() else -1.0]])
        return cls(views, [str(c) for c in learner.classes_], weights.astype(np.float32), bias.astype(np.float32), sharpness)

    def margins(self, texts: Sequence[str]) -> np.ndarray:
        """Return the margin of every label and, last, of the gate, shape (texts, labels + 1)."""
        matrix = sp.hstack([v.matrix(texts) for v in self.views.values()]).tocsr()
        return np.asarray(matrix @ self.weights.T.astype(np.float32)) + self.bias

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """Return the probability of every label, shape (texts, labels); rows sum to 1.

        What the gate takes from the entries goes to the other labels in proportion.
        """
        margins = self.margins(texts)
        scaled = self.sharpness * margins[:, :-1]
        odds = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        chances = odds / odds.sum(axis=1, keepdims=True)
        if self._entry.all() or not self._entry.any():
            return chances
        gate = 1 / (1 + np.exp(-GATE_SHARPNESS * margins[:, -1:]))
        inside = chances[:, self._entry].sum(axis=1, keepdims=True)
        outside = np.maximum(1 - inside, 1e-9)
        return np.where(self._entry, chances * gate, chances * (1 + inside * (1 - gate) / outside))

    def save(self, folder: Path) -> None:
        """Write the model below `folder`: one JSON, one array file."""
        about = {
            "labels": self.labels,
            "sharpness": self.sharpness,
            "views": {n: {"weight": v.weight, "terms": sorted(v.vocabulary, key=v.vocabulary.__getitem__)} for n, v in self.views.items()},
        }
        (folder / "model.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
        idf = {f"idf_{name}": view.idf for name, view in self.views.items()}
        # One byte a weight with a scale for each label: a quarter of the size. Compressed here, because Rasa packs its
        # archive at the slowest level, which takes seconds on what is not packed yet and adds nothing.
        scale = np.abs(self.weights).max(axis=1, keepdims=True) / 127 + 1e-12
        np.savez_compressed(
            folder / "model.npz", weights=np.round(self.weights / scale).astype(np.int8), scale=scale, bias=self.bias, **idf
        )

    @classmethod
    def load(cls, folder: Path) -> QuestionModel:
        """Read what `save` wrote. Raises OSError or ValueError where it cannot."""
        about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        with np.load(folder / "model.npz", allow_pickle=False) as arrays:
            views = {
                name: View(VIEWS[name], {t: i for i, t in enumerate(v["terms"])}, arrays[f"idf_{name}"], v["weight"])
                for name, v in about["views"].items()
            }
            weights = arrays["weights"].astype(np.float32) * arrays["scale"].astype(np.float32)
            return cls(views, about["labels"], weights, arrays["bias"], about["sharpness"])
