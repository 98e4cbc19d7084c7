"""Names are found, well or badly spelt, and ordinary words are left alone."""

import pytest

from bot.language.folding import words
from bot.language.gazetteer import Gazetteer
from bot.nlu.openers import without_opener

GAZETTEER = Gazetteer(
    {
        "brand": ["Nike", "Wendy’s", "Airbnb", "Zappos", "Starbucks"],
        "platform": ["Twitter", "LinkedIn", "Instagram"],
        "person": ["Colin Kaepernick"],
    },
    {"air bnb": "Airbnb", "le réseau pro": "LinkedIn", "x ex twitter": "Twitter", "insta": "Instagram"},
    frozenset({"nice", "twitte", "starter"}),
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("et chez wendis ?", ["Wendy’s"]),
        ("la pub de Nike", ["Nike"]),
        ("air bnb et le racisme", ["Airbnb"]),
        ("stabucks demande l'avis", ["Starbucks"]),
        ("sur le réseau pro", ["LinkedIn"]),
        ("X (ex-Twitter)", ["Twitter"]),
        ("colin kapernick", ["Colin Kaepernick"]),
        ("zapos ou airbnb", ["Zappos", "Airbnb"]),
        ("c'est nice ici", []),
        ("mes ventes baissent", []),
        ("", []),
    ],
)
def test_names_found(text: str, values: list[str]) -> None:
    assert [f.value for f in GAZETTEER.find(words(text))] == values


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("je me suis trompé, c'est zappos que je voulais", "zappos"),
        ("revenons à la santé mentale", "la santé mentale"),
        ("non, je parlais des avis", "avis"),
        ("rien à voir : je cherche un club de lecture", "un club de lecture"),
        ("et sur TikTok ?", "TikTok"),
    ],
)
def test_openers_come_off(text: str, rest: str) -> None:
    assert without_opener(text) == rest
