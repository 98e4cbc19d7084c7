"""Addresses and numbers as they are typed in a chat."""

import pytest

from bot.language.contact import Contact, read_contact, tries_contact


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("jean.dupont@exemple.fr", "email", "jean.dupont@exemple.fr"),
        ("mon mail c'est Zoe.L@Gmail.com merci", "email", "Zoe.L@gmail.com"),
        ("jean point dupont arobase exemple point fr", "email", "jean.dupont@exemple.fr"),
        ("jean tiret paul @ exemple.fr", "email", "jean-paul@exemple.fr"),
        ("06 12 34 56 78", "phone", "+33612345678"),
        ("appelez-moi au 06.12.34.56.78 svp", "phone", "+33612345678"),
        ("o6 12 34 56 78", "phone", "+33612345678"),
        ("0033 6 12 34 56 78", "phone", "+33612345678"),
        ("+32 470 12 34 56", "phone", "+32470123456"),
        ("77 123 45 67", "phone", "+221771234567"),
        ("514-555-0199", "phone", "+15145550199"),
    ],
)
def test_a_way_to_reach_somebody_is_read(typed: str, kind: str, value: str) -> None:
    assert read_contact(typed) == Contact(kind, value)


@pytest.mark.parametrize("typed", ["06 12 34", "jean@", "jean@exemple", "@jean_dupont", "12/05/2024", "non merci", "", "+33 1 23"])
def test_what_is_none_is_not_taken_for_one(typed: str) -> None:
    assert read_contact(typed) is None


@pytest.mark.parametrize(("typed", "kind"), [("jean@", "email"), ("06 12 34", "phone"), ("jean arobase", "email"), ("bonjour", None)])
def test_an_attempt_is_told_from_something_else(typed: str, kind: str | None) -> None:
    assert tries_contact(typed) == kind


def test_a_number_is_shown_in_groups() -> None:
    assert Contact("phone", "+33612345678").shown.split() == ["+33", "6", "12", "34", "56", "78"]
