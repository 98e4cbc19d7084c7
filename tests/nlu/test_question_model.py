"""The model learns, says how sure it is, and comes back the same from disk."""

from pathlib import Path

import numpy as np
import pytest

from bot.nlu.question_model import QuestionModel, TooFewExamples
from bot.nlu.routing import route

SALES = [
    "ça fait vendre ?",
    "on vend plus avec ?",
    "augmenter mes ventes",
    "vendre davantage en ligne",
    "des clients qui achètent",
    "la caisse sonne ?",
]
SLEEP = [
    "je dors mal",
    "mon fils ne dort plus",
    "le sommeil et les écrans",
    "insomnie à cause du téléphone",
    "couché à minuit",
    "les nuits blanches",
]
OTHER = ["quel temps demain", "recette de crêpes", "le score du match", "ma commande est perdue", "deux et deux", "un prénom de chat"]


def a_model() -> QuestionModel:
    texts = SALES + SLEEP + OTHER
    labels = ["faq/ventes"] * 6 + ["sujet/temps-ecran"] * 6 + ["out_of_scope/off_topic"] * 6
    return QuestionModel.train(texts, labels, {"words": 1.0, "sounds": 1.0, "letters": 1.0}, 0.5, 8.0, rarest=1)


def test_it_finds_what_it_learnt_even_misspelt() -> None:
    model = a_model()
    chosen = [model.labels[i] for i in model.predict(["comment vendre plus", "mon fils dor mal", "la recete des crepe"]).argmax(axis=1)]
    assert chosen == ["faq/ventes", "sujet/temps-ecran", "out_of_scope/off_topic"]


def test_probabilities_are_shares() -> None:
    chances = a_model().predict(["comment vendre plus", "", "xyz"])
    assert np.allclose(chances.sum(axis=1), 1)
    assert (chances >= 0).all()


def test_saved_and_loaded_it_says_the_same(tmp_path: Path) -> None:
    model = a_model()
    model.save(tmp_path)
    again = QuestionModel.load(tmp_path)
    asked = SALES + SLEEP
    assert again.labels == model.labels
    assert np.allclose(again.predict(asked), model.predict(asked), atol=0.02)
    assert sorted(f.suffix for f in tmp_path.iterdir()) == [".json", ".npz"]


def test_too_few_examples_are_named() -> None:
    with pytest.raises(TooFewExamples, match=r"faq/ventes \(2\)"):
        QuestionModel.train(["a b", "a c", *SLEEP], ["faq/ventes"] * 2 + ["sujet/temps-ecran"] * 6, {"words": 1.0}, 0.5, 8.0, rarest=1)
    with pytest.raises(TooFewExamples):
        QuestionModel.train(SLEEP, ["sujet/temps-ecran"] * 6, {"words": 1.0}, 0.5, 8.0, rarest=1)


def test_a_question_spread_over_entries_is_still_a_question() -> None:
    spread = {"faq/ventes": 0.2, "sujet/visibilite": 0.2, "sujet/petites-entreprises": 0.2, "greet": 0.3, "out_of_scope/off_topic": 0.1}
    found = route(spread)
    assert found.intent in ("faq", "sujet")
    assert [p for _, p in found.candidates] == [0.2, 0.2, 0.2]


def test_out_of_scope_labels_stand_together() -> None:
    found = route({"faq/ventes": 0.4, "out_of_scope/near_miss": 0.25, "out_of_scope/off_topic": 0.35})
    assert found.label == "out_of_scope/off_topic"
