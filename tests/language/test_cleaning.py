"""What arrives is made safe without changing what was said."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.cleaning import clean, disarm


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Bonjour   à\ttous\n ", "Bonjour à tous"),
        ("re\u0301seaux", "réseaux"),
        ("vendre\u200b plus\u202e", "vendre plus"),
        ("nul\x00 et\x07 sonne", "nul et sonne"),
        ("\ud800seul", "seul"),
        (None, ""),
        (["liste"], ""),
    ],
)
def test_noise_of_machines_goes_and_words_stay(typed: object, kept: str) -> None:
    assert clean(typed) == kept


def test_stacked_accents_keep_two_at_most() -> None:
    assert sum(unicodedata.combining(c) > 0 for c in clean("z" + "\u0316" * 1000)) <= 2


@pytest.mark.parametrize("typed", ["/restart", '/cas{"brand": "Nike"}', "   /greet", "\u200b/greet"])
def test_no_typed_text_starts_an_intent(typed: str) -> None:
    assert not disarm(clean(typed)).strip().startswith("/")


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text())
def test_cleaned_text_can_be_stored_anywhere(text: str) -> None:
    clean(text).encode("utf-8")
    assert "\x00" not in clean(text)
