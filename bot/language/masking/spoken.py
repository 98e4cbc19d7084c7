"""Numbers in words, as phone numbers are dictated: « zéro six douze trente-quatre »."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SMALL = "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf".split()
_TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 70: "septante", 80: "quatre-vingt", 90: "nonante"}
_SPELLINGS = {"zéro": "zero", "une": "un", "quatre-vingts": "quatre-vingt", "octante": "quatre-vingt", "huitante": "quatre-vingt"}


def _numbers() -> dict[str, int]:
    """Return the French names of 0 to 99, Belgian and Swiss ones too, their parts joined by hyphens."""
    names = {name: value for value, name in enumerate(_SMALL)}
    for ten, name in _TENS.items():
        names[name] = ten
        for rest in range(1, 20 if ten in (60, 80) else 10):
            names[f"{name}-{_SMALL[rest]}"] = ten + rest
            if rest % 10 == 1:
                names[f"{name}-et-{_SMALL[rest]}"] = ten + rest
    return names | {other: names[name] for other, name in _SPELLINGS.items()}


_VALUES = _numbers()
_TOKEN = re.compile(
    r"(?<!\w)(?:" + "|".join(name.replace("-", "[ -]") for name in sorted(_VALUES, key=len, reverse=True)) + r"|\d{1,10})(?!\w)", re.I
)
_BETWEEN = re.compile(r"[ \u00a0\u202f,.;:/\-–]{1,3}|,? et ")


@dataclass(frozen=True)
class Run:
    """Numbers on end, one at least in words: where they stand in the text, and each in digits."""

    start: int
    end: int
    numbers: tuple[str, ...]


def runs(text: str) -> Iterator[Run]:
    """Give the runs of numbers that are, in part or wholly, in words."""
    held: list[re.Match[str]] = []
    for token in _TOKEN.finditer(text):
        if held and not _BETWEEN.fullmatch(text, held[-1].end(), token.start()):
            yield from _run(held)
            held = []
        held.append(token)
    yield from _run(held)


def _run(tokens: list[re.Match[str]]) -> Iterator[Run]:
    if any(not token.group().isdigit() for token in tokens):
        yield Run(tokens[0].start(), tokens[-1].end(), tuple(_digits(token.group().lower()) for token in tokens))


def _digits(said: str) -> str:
    return said if said.isdigit() else str(_VALUES[said.replace(" ", "-")])
