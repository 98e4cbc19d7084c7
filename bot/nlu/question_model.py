"""The trained choice among labels: TF-IDF over three views of the text and a linear classifier, calibrated.

Nothing here needs Rasa. The model is saved as arrays and JSON, never as pickles, so loading one runs no code.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from joblib import Parallel, delayed
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from bot.nlu.features import VIEWS
from bot.nlu.groups import GROUPS, evidence, group_chances, group_of, softmax

LEAST_EXAMPLES = 5


class TooFewExamples(ValueError):
    """A label has too few examples to be learnt; the message names it."""


SHARES = 2
"""Into how many parts the labels are split for learning side by side."""

FEW_LABELS = 10
"""Labels up to which splitting is not worth a process."""

FEW_TEXTS = 2_000
"""Texts up to which no other process is worth its start (some two seconds)."""

REST = "~rest"
"""Stands for every label outside a share."""

Rows = tuple[np.ndarray, np.ndarray]


def _side_by_side(work: Callable[..., Any], given: list[tuple[Any, ...]], texts: int) -> list[Any]:
    """Return what `work` makes of each, in order; for many `texts` on as many cores as there are.

    In processes that are started, not forked: a fork takes locks of other threads and signal handlers along, and its end
    can then wait for ever.
    """
    workers = min(len(given), os.cpu_count() or 1) if texts > FEW_TEXTS else 1
    return list(Parallel(n_jobs=workers, backend="loky")(delayed(work)(*one) for one in given))


def _count(view: str, texts: Sequence[str], rarest: int) -> tuple[dict[str, int], sp.csr_matrix]:
    """Return the terms of a view with their columns, and how often each text has them, shape (texts, terms)."""
    counter = CountVectorizer(analyzer=VIEWS[view], min_df=rarest, dtype=np.int32)
    found = counter.fit_transform(texts)
    return {term: int(place) for term, place in counter.vocabulary_.items()}, found


def _learn(matrix: sp.csr_matrix, truths: np.ndarray, names: list[str], importance: dict[str, float], regularisation: float) -> Rows:
    """Return weights (names, terms) and bias (names,) of one-against-rest learners of `names`; other truths are the rest."""
    # Balanced, or the many near misses would swallow the questions; a loose tolerance, since the last digits of a
    # margin change no answer.
    named = np.isin(truths, names)
    learner = LinearSVC(C=regularisation, class_weight={**importance, REST: 1.0}, dual=True, random_state=7, max_iter=200, tol=0.1)
    learner.fit(matrix, np.where(named, truths, REST))
    coefficients, intercepts = learner.coef_, learner.intercept_
    if len(learner.classes_) == 2:  # scikit-learn keeps one row for two classes
        coefficients, intercepts = np.vstack([-coefficients, coefficients]), np.concatenate([-intercepts, intercepts])
    places = [list(learner.classes_).index(name) for name in names]
    return coefficients[places].astype(np.float32), intercepts[places].astype(np.float32)


def _rows(matrix: sp.csr_matrix, truths: np.ndarray, names: list[str], regularisation: float) -> Rows:
    """Return weights (names, terms) and bias (names,); a name never seen never wins. Learnt on all cores but no more than SHARES."""
    weights, bias = np.zeros((len(names), matrix.shape[1]), dtype=np.float32), np.full(len(names), -1.0, dtype=np.float32)
    counts = {name: int((truths == name).sum()) for name in names}
    seen = [name for name in names if counts[name]]
    if len(seen) < 2:
        return weights, bias
    importance = {name: len(truths) / (len(seen) * counts[name]) for name in seen}
    shares = [seen[n::SHARES] for n in range(SHARES)] if len(seen) > FEW_LABELS else [seen]
    # Each share has its own random state: the result is the same each time.
    given = [(matrix, truths, share, {n: importance[n] for n in share}, regularisation) for share in shares]
    learnt = _side_by_side(_learn, given, len(truths))
    place = {name: n for n, name in enumerate(names)}
    for share, (found, offsets) in zip(shares, learnt):
        at = [place[name] for name in share]
        weights[at], bias[at] = found, offsets
    return weights, bias


@dataclass
class View:
    """One view's terms and their weights: `vocabulary` term to column, `idf` of shape (terms,)."""

    terms: Callable[[str], list[str]]
    vocabulary: dict[str, int]
    idf: np.ndarray
    weight: float

    def matrix(self, texts: Sequence[str]) -> sp.csr_matrix:
        """Return TF-IDF rows of `texts`, shape (texts, terms), each of length `weight`.

        Counted here rather than by CountVectorizer, which checks its whole vocabulary at every call (50 ms).
        """
        starts: list[int] = [0]
        places: list[int] = []
        counts: list[int] = []
        for text in texts:
            held = Counter(place for place in map(self.vocabulary.get, self.terms(text)) if place is not None)
            places += held.keys()
            counts += held.values()
            starts.append(len(places))
        shape = (len(texts), len(self.vocabulary))
        return self.weigh(sp.csr_matrix((np.array(counts, dtype=np.float32), np.array(places, dtype=np.int32), starts), shape=shape))

    def weigh(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        """Return TF-IDF rows from counted terms, shape (texts, terms)."""
        counts = counts.astype(np.float32)
        counts.data = 1 + np.log(counts.data)
        return normalize(counts.multiply(self.idf).tocsr()) * self.weight


class QuestionModel:
    """Chooses in two steps: which group a message belongs to, then which label of that group.

    `weights` (labels + 3, terms) and `bias` (labels + 3,) have the rows of the groups last, in the order of GROUPS.
    """

    def __init__(self, views: dict[str, View], labels: list[str], weights: np.ndarray, bias: np.ndarray, sharpness: float):
        self.views, self.labels, self.weights, self.bias, self.sharpness = views, labels, weights, bias, sharpness
        self._columns = np.ascontiguousarray(weights.T, dtype=np.float32)
        self._members = [np.array([n for n, label in enumerate(labels) if group_of(label) == group], dtype=int) for group in GROUPS]

    @classmethod
    def train(
        cls, texts: Sequence[str], labels: Sequence[str], view_weights: dict[str, float], regularisation: float,
        sharpness: float, rarest: int = 2,
    ) -> QuestionModel:  # fmt: skip
        """Learn from `texts` and their `labels`.

        `rarest`: terms in fewer texts are dropped. `sharpness`: factor on margins before the softmax over the labels of a
        group, from held-out voices. Raises TooFewExamples.
        """
        names, counts = np.unique(labels, return_counts=True)
        poor = [f"{n} ({c})" for n, c in zip(names, counts) if c < LEAST_EXAMPLES]
        if len(names) < 2 or poor:
            raise TooFewExamples(
                f"il faut au moins deux intentions et {LEAST_EXAMPLES} exemples pour chacune ; trop peu pour : {', '.join(poor) or 'tout'}"
            )
        views, matrices = {}, []
        counted = _side_by_side(_count, [(name, texts, rarest) for name in view_weights], len(texts))
        for (name, weight), (vocabulary, found) in zip(view_weights.items(), counted):
            held = np.asarray((found > 0).sum(axis=0)).ravel()
            idf = (np.log((1 + len(texts)) / (1 + held)) + 1).astype(np.float32)
            views[name] = View(VIEWS[name], vocabulary, idf, weight)
            matrices.append(views[name].weigh(found))
        matrix = sp.hstack(matrices).tocsr()
        weights, bias = _rows(matrix, np.asarray(labels), [str(n) for n in names], regularisation)
        groups = np.array([group_of(label) for label in labels])
        group_weights, group_bias = _rows(matrix, groups, list(GROUPS), regularisation)
        weights, bias = np.vstack([weights, group_weights]), np.concatenate([bias, group_bias])
        return cls(views, [str(n) for n in names], weights.astype(np.float32), bias.astype(np.float32), sharpness)

    def margins(self, texts: Sequence[str]) -> np.ndarray:
        """Return the margin of every label and, last, of the groups, shape (texts, labels + 3)."""
        matrix = sp.hstack([v.matrix(texts) for v in self.views.values()]).tocsr()
        return np.asarray(matrix @ self._columns) + self.bias

    def evidence(self, margins: np.ndarray) -> np.ndarray:
        """Return what speaks for each group, shape (texts, 6)."""
        return evidence(margins, self._members)

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """Return the probability of every label, shape (texts, labels); rows sum to 1."""
        return self.chances(self.margins(texts))

    def chances(self, margins: np.ndarray) -> np.ndarray:
        """Return the probabilities that margins stand for: group first, then label within its group."""
        there = [n for n, members in enumerate(self._members) if len(members)]
        groups = group_chances(self.evidence(margins), there)
        found = np.zeros((len(margins), len(self.labels)), dtype=np.float64)
        for place, n in enumerate(there):
            members = self._members[n]
            found[:, members] = groups[:, place : place + 1] * softmax(self.sharpness * margins[:, members])
        return found

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
