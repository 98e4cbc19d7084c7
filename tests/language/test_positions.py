"""Which place in a list is meant."""

import pytest

from bot.language.positions import position


@pytest.mark.parametrize(
    ("text", "size", "place"),
    [
        ("la deuxième", 5, 1),
        ("la 2eme stp", 5, 1),
        ("le second", 3, 1),
        ("2", 4, 1),
        ("n°3", 4, 2),
        ("numéro 4", 4, 3),
        ("le dernier", 4, 3),
        ("l'avant-dernière", 4, 2),
        ("celui du milieu", 5, 2),
        ("le premier de la liste", 5, 0),
        ("la une", 5, 0),
        ("ouvre la troisième", 5, 2),
        ("la sixième", 5, None),
        ("9", 4, None),
        ("un autre exemple", 5, None),
        ("en 2018", 5, None),
        ("la deuxième", 0, None),
    ],
)
def test_place_meant(text: str, size: int, place: int | None) -> None:
    assert position(text, size) == place
