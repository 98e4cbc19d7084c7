"""Spellings that people take for the same fold to the same."""

import pytest

from bot.language.chat_spelling import spell_out
from bot.language.folding import key, words
from bot.language.sounds import sound


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("L’ÉTÉ, ça dure", "l'ete ca dure"),
        ("œuvre", "oeuvre"),
        ("troooop bien", "trop bien"),
        ("#WeAccept", "weaccept"),
        ("Wendy’s !", "wendy's"),
        ("voir https://exemple.fr/page ici", "voir ici"),
    ],
)
def test_same_for_a_reader_same_for_us(one: str, other: str) -> None:
    assert key(one) == key(other)


def test_elisions_are_cut() -> None:
    assert words("l'algorithme d’Instagram") == ["l", "algorithme", "d", "instagram"]


def test_chat_spelling_is_spelt_out() -> None:
    assert spell_out(words("c koi un resau pr vendre")) == ["c", "est", "quoi", "un", "reseaux", "pour", "vendre"]


@pytest.mark.parametrize(
    ("wrong", "right"), [("boutike", "boutique"), ("deffi", "defi"), ("chossures", "chaussures"), ("polemik", "polemique")]
)
def test_misspelt_words_sound_like_the_right_ones(wrong: str, right: str) -> None:
    assert sound(wrong) == sound(right)


def test_different_words_sound_different() -> None:
    assert len({sound(w) for w in ("vendre", "apprendre", "ecran", "emploi", "musique")}) == 5
