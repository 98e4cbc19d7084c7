"""Figures that are nobody's: dates, years, age ranges, quantities."""

from __future__ import annotations

import re

GAP = r"[ \u00a0\u202f.\-]"
DATE = re.compile(r"\d{1,2}[/.\- ]\d{1,2}[/.\- ](?:19|20)\d\d(?!\d)|(?:19|20)\d\d-\d\d-\d\d")
YEARS = re.compile(rf"(?:19|20)\d\d(?:{GAP}(?:19|20)\d\d)*")

_QUANTITY = re.compile(r"(?:(?:19|20)\d\d[ \u00a0\u202f])?(\d{1,3}(?:[ \u00a0\u202f.]\d{3})+)")
"""Thousands, after a year or not: « en 2014 17 000 000 de vidéos »."""
_UNIT = re.compile(
    r"[ \u00a0\u202f]?(?:de |d['’])?(?:vues?|abonn|follow|fans?\b|utilisat|users?\b|internautes|personnes|membres|visit|clics?\b|likes?\b"
    r"|j['’]aime|partages|comment|impressions|vid[ée]os?\b|posts?\b|publications|dollars?|euros?|francs?|f?cfa\b|€|\$|%|fois\b|ans\b|jours?\b"
    r"|mois\b|semaines?|minutes?|min\b|mn\b|secondes?|sec\b|heures?|h\b|ventes|exemplaires|tweets?\b|comptes|hashtags?|caract|pixels?|px\b)",
    re.I,
)
FEWEST_OF_A_LIST = 5
"""Numbers of a list such as « 18-24 25-34 35-44 »."""


def has_unit(text: str, end: int) -> bool:
    """Tell whether what is counted stands right behind a number that ends at `end`."""
    return _UNIT.match(text, end) is not None


def is_quantity(found: str, unit: bool) -> bool:
    """Tell whether figures are an amount: thousands, or digits on end that are round or, where `unit`, counted."""
    if found.isdigit():
        return found[0] != "0" and (unit or found.endswith("000000"))
    return _QUANTITY.fullmatch(found) is not None


def is_round(found: str, unit: bool) -> bool:
    """Tell whether figures in thousands end in three zeros or, where `unit`, are counted: a phone can be in groups of three too."""
    return is_quantity(found, unit) and (unit or found.endswith("000"))


def is_enumeration(found: str) -> bool:
    """Tell whether figures are five numbers or more of one or two digits, each above the one before."""
    numbers = _numbers(found)
    return len(numbers) >= FEWEST_OF_A_LIST and max(map(len, numbers)) < 3 and all(int(a) < int(b) for a, b in zip(numbers, numbers[1:]))


def is_progression(found: str) -> bool:
    """Tell whether figures are numbers at equal distances upwards: « 7 14 21 28 35 »."""
    numbers = [int(n) for n in _numbers(found)]
    steps = {b - a for a, b in zip(numbers, numbers[1:])}
    return len(numbers) >= FEWEST_OF_A_LIST and len(steps) == 1 and min(steps) > 0


def _numbers(found: str) -> list[str]:
    return re.findall(r"[0-9]+", found)
