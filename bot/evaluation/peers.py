"""Other ways to understand the same questions, measured in one run: classic learners here, stock Rasa in its own process.

Every way learns the same questions (a part of them, or DIET would take hours) and is asked two voices that none has
seen, clean and badly typed, and near misses. `clean` and `noisy`: share of entry questions whose likeliest entry is the
right one; `near`: area under the curve that tells entry questions from near misses.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
import yaml
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.naive_bayes import ComplementNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from bot.evaluation.asking import train, typed
from bot.evaluation.examples import Example, read_examples
from bot.language.folding import key, words
from bot.nlu.features import letter_grams, word_grams
from bot.nlu.noise import with_noise
from bot.settings import ROOT

HELD_OUT = ("retraite", "ado")
PER_ID = 24
"""Questions of each id that everybody learns; DIET's time grows with their number."""

OTHERS = 700
"""Messages without an entry that everybody learns, the same share of each label."""

THESAURUS = Path("/usr/share/mythes/th_fr_FR_v2.dat")
"""The French thesaurus of Debian's package mythes-fr (GPL-2+), used where it is installed."""

Scores = tuple[list[str], np.ndarray]
"""Labels, and scores of shape (texts, labels)."""


def compare(results: Path) -> int:
    """Measure every way, print a table as it grows, keep it in results/peers.json."""
    learnt, asked = split(read_examples(ROOT / "data" / "nlu"))
    print(f"{len(learnt)} questions apprises, {len(asked)} posées (voix {', '.join(HELD_OUT)})", flush=True)
    table: list[dict[str, Any]] = []
    results.mkdir(exist_ok=True)
    for name, measure in ways(learnt).items():
        try:
            row = {"name": name, **measure(asked)}
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            print(f"{name:46} n’a pas pu être mesuré : {error}", flush=True)
            continue
        table.append(row)
        print(
            f"{name:46} {row['clean']:6.1%} {row['noisy']:6.1%}  près {row['near']:.3f}  {row['training']:7.1f} s  {row['milliseconds']:6.2f} ms",
            flush=True,
        )
        (results / "peers.json").write_text(json.dumps(table, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


def split(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Return what is learnt and what is asked: the held-out voices and every fifth near miss."""
    near = [e for e in examples if e.label == "out_of_scope/near_miss"]
    asked = [e for e in examples if e.in_scope and e.voice in HELD_OUT] + near[::5]
    left_out = set(map(id, asked))
    rest = [e for e in examples if id(e) not in left_out]
    learnt: list[Example] = []
    for label in sorted({e.label for e in rest}):
        mine = [e for e in rest if e.label == label]
        most = PER_ID if mine[0].in_scope else max(8, round(OTHERS * len(mine) / sum(not e.in_scope for e in rest)))
        learnt += mine[:: max(1, len(mine) // most)][:most]
    return learnt, asked


def measured(asked: Sequence[Example], training: float, score: Callable[[list[str]], Scores]) -> dict[str, float]:
    """Return the figures of one way from a function that scores texts."""
    found: dict[str, float] = {"training": round(training, 2)}
    inside = np.array([e.in_scope for e in asked])
    truths = np.array([e.label for e in asked])
    for noise in ("clean", "noisy"):
        texts = [typed(e, noise) for e in asked]
        began = time.perf_counter()
        labels, scores = score(texts)
        spent = time.perf_counter() - began
        names = np.array(labels)
        entries = np.array([not n.startswith(("out_of_scope", "follow_up", "list", "choice", "feedback")) and "/" in n for n in labels])
        best = names[entries][scores[:, entries].argmax(axis=1)]
        found[noise] = float((best == truths)[inside].mean())
        if noise == "clean":
            sure = scores[:, entries].max(axis=1) - scores[:, ~entries].max(axis=1, initial=-1e9)
            found["near"] = float(roc_auc_score(inside, sure))
            found["milliseconds"] = 1000 * spent / len(texts)
    return found


def ways(learnt: Sequence[Example]) -> dict[str, Callable[[Sequence[Example]], dict[str, float]]]:
    """Return what is compared: name to a function from the questions asked to figures."""
    texts, labels = with_noise([e.text for e in learnt], [e.label for e in learnt], lambda label: 1)

    def scikit(make: Callable[[], Any]) -> Callable[[Sequence[Example]], dict[str, float]]:
        def run(asked: Sequence[Example]) -> dict[str, float]:
            began = time.perf_counter()
            model = make().fit(texts, labels)
            spent = time.perf_counter() - began
            score = getattr(model, "decision_function", None) or model.predict_log_proba
            return measured(asked, spent, lambda asked_texts: (list(model.classes_), np.asarray(score(asked_texts))))

        return run

    return {
        "Réso (deux temps, mots + sons + lettres)": reso(learnt),
        "SVM linéaire, mots + lettres": scikit(lambda: make_pipeline(grams(), LinearSVC(C=0.3, class_weight="balanced"))),
        "SVM linéaire + synonymes (mythes-fr)": with_synonyms(texts, labels),
        "régression logistique, mots + lettres": scikit(lambda: make_pipeline(grams(), LogisticRegression(C=10, max_iter=200))),
        "Bayes naïf complémentaire": scikit(lambda: make_pipeline(grams(), ComplementNB(alpha=0.3))),
        "petit réseau (SVD 300, 256)": scikit(
            lambda: make_pipeline(grams(), TruncatedSVD(300, random_state=7), MLPClassifier((256,), early_stopping=True, random_state=7))
        ),
        "plongements appris de nos questions (PPMI-SVD) + SVM": learned_embeddings(texts, labels),
        "questions les plus proches (TF-IDF)": nearest(texts, labels, bm25=False),
        "questions les plus proches (BM25)": nearest(texts, labels, bm25=True),
        "vote Réso + Bayes + plus proches": vote(learnt, texts, labels),
        "Rasa LogisticRegressionClassifier": rasa(learnt, "logistic"),
        "Rasa d’origine (DIET, 100 époques)": rasa(learnt, "diet"),
    }


def grams() -> Any:
    """Return TF-IDF of words and of letters inside them."""
    return make_union(
        TfidfVectorizer(analyzer=word_grams, sublinear_tf=True, min_df=2),
        TfidfVectorizer(analyzer=letter_grams, sublinear_tf=True, min_df=2),
    )


def reso(learnt: Sequence[Example]) -> Callable[[Sequence[Example]], dict[str, float]]:
    """Return Réso's own way, one message at a time as in life."""

    def run(asked: Sequence[Example]) -> dict[str, float]:
        began = time.perf_counter()
        model = train(learnt)
        spent = time.perf_counter() - began
        return measured(asked, spent, lambda texts: (model.labels, np.log(np.vstack([model.predict([t]) for t in texts]) + 1e-12)))

    return run


def with_synonyms(texts: Sequence[str], labels: Sequence[str]) -> Callable[[Sequence[Example]], dict[str, float]]:
    """Return the linear SVM on questions to whose words the thesaurus adds its synonyms."""

    def run(asked: Sequence[Example]) -> dict[str, float]:
        synonyms = read_thesaurus(THESAURUS)

        def expanded(text: str) -> list[str]:
            return word_grams(text) + [f"≈{s}" for w in words(text) for s in synonyms.get(w, ())]

        began = time.perf_counter()
        union = make_union(
            TfidfVectorizer(analyzer=expanded, sublinear_tf=True, min_df=2),
            TfidfVectorizer(analyzer=letter_grams, sublinear_tf=True, min_df=2),
        )
        model = make_pipeline(union, LinearSVC(C=0.3, class_weight="balanced")).fit(texts, labels)
        return measured(asked, time.perf_counter() - began, lambda t: (list(model.classes_), model.decision_function(t)))

    return run


def read_thesaurus(file: Path, most: int = 6) -> dict[str, list[str]]:
    """Return folded word to its folded synonyms, those of one word only. Raises OSError where there is no file."""
    found: dict[str, list[str]] = {}
    word = ""
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        first, *rest = line.split("|")
        if line.startswith(("(", "-")):
            found.setdefault(word, []).extend(k for k in map(key, rest) if k and " " not in k and k != word)
        else:
            word = key(first)
    return {w: list(dict.fromkeys(s))[:most] for w, s in found.items() if " " not in w}


def learned_embeddings(texts: Sequence[str], labels: Sequence[str]) -> Callable[[Sequence[Example]], dict[str, float]]:
    """Return a linear SVM on mean word vectors learnt from our own questions: SVD of positive mutual information
    (Levy and Goldberg, "Neural Word Embedding as Implicit Matrix Factorization", 2014)."""

    def run(asked: Sequence[Example]) -> dict[str, float]:
        began = time.perf_counter()
        counter = CountVectorizer(analyzer=words, min_df=2, binary=True)
        held = counter.fit_transform(texts).astype(np.float64)
        together = (held.T @ held).tocoo()
        alone = np.asarray(held.sum(axis=0)).ravel()
        information = np.log(together.data * held.shape[0] / (alone[together.row] * alone[together.col]))
        positive = sp.csr_matrix((np.maximum(information, 0), (together.row, together.col)), shape=together.shape)
        vectors = normalize(TruncatedSVD(200, random_state=7).fit_transform(positive))
        weigh = TfidfTransformer().fit(held)

        def embed(given: Sequence[str]) -> np.ndarray:
            return np.asarray(normalize(weigh.transform(counter.transform(given)) @ vectors))

        model = LinearSVC(C=1.0, class_weight="balanced").fit(embed(texts), labels)
        return measured(asked, time.perf_counter() - began, lambda t: (list(model.classes_), model.decision_function(embed(t))))

    return run


def nearest_scores(texts: Sequence[str], labels: Sequence[str], bm25: bool) -> Callable[[list[str]], Scores]:
    """Return a function that scores labels by their nearest question. BM25 as in Robertson and Zaragoza (2009)."""
    names = sorted(set(labels))
    place = np.array([names.index(label) for label in labels])
    if bm25:
        counter = CountVectorizer(analyzer=word_grams, min_df=1)
        counts = counter.fit_transform(texts).astype(np.float64)
        idf = np.log(1 + (counts.shape[0] - (counts > 0).sum(axis=0) + 0.5) / ((counts > 0).sum(axis=0) + 0.5))
        long = np.asarray(counts.sum(axis=1)).ravel()
        rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        counts.data = counts.data * 2.2 / (counts.data + 1.2 * (0.25 + 0.75 * long[rows] / long.mean()))
        known = counts.multiply(np.asarray(idf)).tocsr()
        make: Callable[[list[str]], sp.csr_matrix] = lambda given: counter.transform(given).astype(np.float64)  # noqa: E731
    else:
        union = grams()
        known, make = normalize(union.fit_transform(texts)), lambda given: normalize(union.transform(given))

    def score(given: list[str]) -> Scores:
        found = np.zeros((len(given), len(names)))
        for start in range(0, len(given), 200):
            near = np.asarray((make(given[start : start + 200]) @ known.T).todense())
            for n in range(len(names)):
                found[start : start + len(near), n] = near[:, place == n].max(axis=1)
        return names, found

    return score


def nearest(texts: Sequence[str], labels: Sequence[str], bm25: bool) -> Callable[[Sequence[Example]], dict[str, float]]:
    """Return the way of the nearest question."""

    def run(asked: Sequence[Example]) -> dict[str, float]:
        began = time.perf_counter()
        score = nearest_scores(texts, labels, bm25)
        return measured(asked, time.perf_counter() - began, score)

    return run


def vote(learnt: Sequence[Example], texts: Sequence[str], labels: Sequence[str]) -> Callable[[Sequence[Example]], dict[str, float]]:
    """Return the sum of three ways' standardised scores."""

    def run(asked: Sequence[Example]) -> dict[str, float]:
        began = time.perf_counter()
        model = train(learnt)
        bayes = make_pipeline(grams(), ComplementNB(alpha=0.3)).fit(texts, labels)
        near = nearest_scores(texts, labels, bm25=False)

        def score(given: list[str]) -> Scores:
            ours = np.log(model.predict(given) + 1e-9)
            order = [list(bayes.classes_).index(label) for label in model.labels]
            others = [
                np.asarray(bayes.predict_log_proba(given))[:, order],
                near(given)[1][:, [near([""])[0].index(x) for x in model.labels]],
            ]
            spread = [(o - o.mean(axis=1, keepdims=True)) / (o.std(axis=1, keepdims=True) + 1e-9) for o in (ours, *others)]
            return model.labels, spread[0] + 0.3 * spread[1] + 0.3 * spread[2]

        return measured(asked, time.perf_counter() - began, score)

    return run


def rasa(learnt: Sequence[Example], kind: str) -> Callable[[Sequence[Example]], dict[str, float]]:
    """Return stock Rasa: the pipeline of `rasa init` for French, or the same features with its logistic regression."""

    def run(asked: Sequence[Example]) -> dict[str, float]:
        with tempfile.TemporaryDirectory() as folder:
            asks = {noise: [typed(e, noise) for e in asked] for noise in ("clean", "noisy")}
            given = {
                "kind": kind,
                "learnt": [[e.text, e.label] for e in learnt],
                "asked": asks,
            }
            Path(folder, "given.json").write_text(json.dumps(given), encoding="utf-8")
            log = Path(folder, "log")
            with log.open("w") as out:
                subprocess.run(
                    [sys.executable, "-W", "ignore", "-m", "bot.evaluation.stock_rasa", folder],
                    cwd=ROOT, check=True, stdout=out, stderr=out, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
                )  # fmt: skip
            told = json.loads(Path(folder, "told.json").read_text(encoding="utf-8"))
        scored = {tuple(asks[n]): (told["labels"], np.array(told["scores"][n])) for n in ("clean", "noisy")}
        found = measured(asked, told["training"], lambda texts: scored[tuple(texts)])
        return {**found, "milliseconds": told["milliseconds"]}

    return run


STOCK: dict[str, list[dict[str, Any]]] = {
    "diet": [{"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True}, {"name": "EntitySynonymMapper"}],
    "logistic": [{"name": "LogisticRegressionClassifier", "max_iter": 200}],
}


def stock_config(kind: str) -> dict[str, Any]:
    """Return the configuration that `rasa init` writes, with the classifier of `kind`."""
    features: list[dict[str, Any]] = [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    ]
    return {"recipe": "default.v1", "assistant_id": "pair", "language": "fr", "pipeline": features + STOCK[kind]}


def stock_data(learnt: Sequence[tuple[str, str]]) -> str:
    """Return training data as Rasa reads it. A label becomes an intent: « / » would make it a retrieval intent."""
    held: dict[str, list[str]] = {}
    for text, label in learnt:
        held.setdefault(label.replace("/", "--"), []).append(re.sub(r"[\[\]{}\n]", " ", text))
    blocks = [{"intent": intent, "examples": "".join(f"- {t}\n" for t in texts)} for intent, texts in held.items()]
    return yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True)
