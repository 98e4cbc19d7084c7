"""Texts and titles within limits, nothing lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.meta import fitting

PARAGRAPHS = "Un premier paragraphe assez court.\n\nUn second, un peu plus long que lui."
SENTENCES = "Oui, cela fait vendre. Selon l’article, « c’est prouvé\u202f!\u00a0» Et vous\u202f? Essayez."


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("", 10, []),
        ("Court.", 10, ["Court."]),
        (PARAGRAPHS, 50, ["Un premier paragraphe assez court.", "Un second, un peu plus long que lui."]),
        ("Une ligne\nUne autre", 12, ["Une ligne", "Une autre"]),
        (SENTENCES, 30, ["Oui, cela fait vendre.", "Selon l’article, « c’est", "prouvé\u202f!\u00a0» Et vous\u202f? Essayez."]),
        (SENTENCES, 64, ["Oui, cela fait vendre. Selon l’article, « c’est prouvé\u202f!\u00a0»", "Et vous\u202f? Essayez."]),
        ("Merci à M. Dupont de Lyon.", 22, ["Merci à M. Dupont de", "Lyon."]),
        ("Voici\u202f:\n1. Facebook, le plus grand", 16, ["Voici\u202f:", "1. Facebook, le", "plus grand"]),
        ("anticonstitutionnellement", 10, ["anticonsti", "tutionnell", "ement"]),
        ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 10, ["👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"]),
    ],
)  # fmt: skip
def test_a_text_is_cut_where_a_reader_would_pause(text: str, limit: int, pieces: list[str]) -> None:
    assert fitting.split(text, limit) == pieces


def test_accents_count_twice_where_the_limit_is_in_bytes() -> None:
    text = "é" * 600
    assert [len(piece) for piece in fitting.split(text, 1000, fitting.utf8)] == [500, 100]


@given(st.text(alphabet="abé 😀\n.?!«»\u00a0\u0301\u200d", max_size=300), st.integers(8, 60), st.sampled_from([len, fitting.utf8]))
def test_every_piece_fits_and_nothing_but_white_space_is_lost(text: str, limit: int, measure: fitting.Measure) -> None:
    pieces = fitting.split(text, limit, measure)
    assert all(piece and measure(piece) <= limit for piece in pieces)
    assert re.sub(r"\s", "", "".join(pieces)) == re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("title", "limit", "short"),
    [
        ("Court", 20, "Court"),
        ("Exactement vingt car", 20, "Exactement vingt car"),
        ("Comment vendre sur Instagram", 20, "Comment vendre sur…"),
        ("Est-ce que ça fait vendre\u202f?", 26, "Est-ce que ça fait vendre…"),
        ("Vendre, vraiment, partout", 20, "Vendre, vraiment…"),
        ("anticonstitutionnellement", 20, "anticonstitutionnel…"),
    ],
)
def test_a_title_is_shortened_at_a_word(title: str, limit: int, short: str) -> None:
    assert fitting.shorten(title, limit) == short


@given(st.lists(st.text(alphabet="ab é?", min_size=1, max_size=40), max_size=13), st.sampled_from([20, 24]))
def test_shortened_titles_stay_apart_and_fit(titles: list[str], limit: int) -> None:
    made = fitting.titles(titles, limit)
    assert len(made) == len(titles)
    assert len({title.casefold() for title in made}) == len(made)
    assert all(len(title) <= limit for title in made)


def test_titles_made_equal_get_a_number() -> None:
    titles = ["Nike et la campagne Dream Crazy", "Nike et la campagne Breaking2", "Nike"]
    assert fitting.titles(titles, 20) == ["Nike et la campagne…", "Nike et la… (2)", "Nike"]


def test_choices_can_be_typed_back_by_number() -> None:
    assert fitting.numbered("Que voulez-vous\u202f?", ["Le pain", "Le vin"]) == (
        "Que voulez-vous\u202f?\n\nRépondez par un numéro\u00a0:\n1. Le pain\n2. Le vin"
    )
    assert fitting.numbered("", ["Le pain"]) == "Répondez par un numéro\u00a0:\n1. Le pain"
