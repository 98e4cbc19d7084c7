"""Badly typed copies are the same each time, and still what was meant."""

from rapidfuzz import fuzz

from bot.language.folding import key
from bot.nlu.noise import noisy, with_noise

QUESTION = "Comment les réseaux sociaux aident-ils une petite entreprise à trouver des clients ?"


def test_the_same_text_and_seed_give_the_same_copy() -> None:
    assert [noisy(QUESTION, s) for s in range(20)] == [noisy(QUESTION, s) for s in range(20)]


def test_copies_differ_and_stay_recognisable() -> None:
    copies = {noisy(QUESTION, s) for s in range(20)}
    assert len(copies) > 15
    assert all(fuzz.ratio(key(QUESTION), key(copy)) > 55 for copy in copies)


def test_short_words_and_empty_texts_survive() -> None:
    assert noisy("", 1) == "" or noisy("", 1).strip()
    assert noisy("ok", 3)


def test_labels_go_with_their_copies() -> None:
    texts, labels = with_noise(["un", "deux"], ["a", "b"], {"a": 2, "b": 1}.__getitem__)
    assert texts[:2] == ["un", "deux"]
    assert labels == ["a", "b", "a", "a", "b"]
