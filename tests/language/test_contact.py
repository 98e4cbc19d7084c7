"""Addresses and numbers as they are typed in a chat."""

import pytest

from bot.language.contact import Contact, read_contact, tries_contact


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("jean.dupont@exemple.fr", "email", "jean.dupont@exemple.fr"),
        ("mon mail c'est Zoe.L@Gmail.com merci", "email", "Zoe.L@gmail.com"),
        ("jean point dupont arobase exemple point fr", "email", "jean.dupont@exemple.fr"),
        ("jean.dupont arobasse exemple.fr", "email", "jean.dupont@exemple.fr"),
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


@pytest.mark.parametrize(
    "typed", ["06 12 34", "jean@", "jean@exemple", "@jean_dupont", "12/05/2024", "non merci", "", "+33 1 23", "=?utf-8?b?Cg==?=@x.fr"]
)
def test_what_is_none_is_not_taken_for_one(typed: str) -> None:
    assert read_contact(typed) is None


@pytest.mark.parametrize(("typed", "kind"), [("jean@", "email"), ("06 12 34", "phone"), ("jean arobase", "email"), ("bonjour", None)])
def test_an_attempt_is_told_from_something_else(typed: str, kind: str | None) -> None:
    assert tries_contact(typed) == kind


def test_a_number_is_shown_in_groups() -> None:
    assert Contact("phone", "+33612345678").shown.split() == ["+33", "6", "12", "34", "56", "78"]


@pytest.mark.parametrize("typed", ["06 12 34 56 7", "06.12.34.56.7", "01 23 45 67 8", "061234567", "appelez le 07 12 34 5 67"])
def test_a_french_number_that_lacks_a_digit_is_no_belgian_one(typed: str) -> None:
    assert read_contact(typed) is None
    assert tries_contact(typed) == "phone"


@pytest.mark.parametrize(
    ("typed", "value"),
    [("02 512 34 56", "+3225123456"), ("061 23 45 67", "+3261234567"), ("+32 61 23 45 67", "+3261234567"), ("+3261234567", "+3261234567")],
)
def test_a_belgian_number_of_nine_digits_is_read(typed: str, value: str) -> None:
    assert read_contact(typed) == Contact("phone", value)


@pytest.mark.parametrize("typed", ["02 123 45 67", "0470 12 34 56"])
def test_other_groups_are_read_too(typed: str) -> None:
    assert read_contact(typed) is not None
