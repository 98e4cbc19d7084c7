"""IBAN and payment cards: what looks like one and passes its check."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.language.masking.harmless import YEARS, is_enumeration

IBAN, CARD = "[IBAN]", "[carte]"

IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27,
    "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22,
    "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25,
    "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
"""Characters of an IBAN by country: SWIFT, IBAN Registry, release 99 (2024)."""

FEWEST_DIGITS = 7
"""Digits of an IBAN; « de 30 minutes … » passes the check of mod 97 once in a hundred times."""

_GAP = r"[ \u00a0\u202f.\-–/_]"
_IBAN = re.compile(rf"(?<![A-Za-z0-9])([A-Z]{{2}}){_GAP}?\d{{2}}(?:{_GAP}?[A-Z0-9]){{11,30}}", re.I)
_CARD = re.compile(
    rf"(?<!\d)(?:\d{{13,19}}|\d{{4}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}\d{{1,3}})?|\d{{4}}{_GAP}\d{{6}}{_GAP}\d{{4,5}}"
    rf"|\d{{2}}(?:{_GAP}\d{{2}}){{7}})(?!\d)"
)


def hide_accounts(text: str) -> str:
    """Return `text` with IBAN and card numbers replaced."""
    return _replace(_CARD, _card, _replace(_IBAN, _iban, text))


def is_iban(compact: str) -> bool:
    """Tell whether capitals and digits without spaces are an IBAN: its country's length, and ISO 13616's check of mod 97."""
    if len(compact) != IBAN_LENGTHS.get(compact[:2]):
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def is_card(digits: str) -> bool:
    """Tell whether digits can be a payment card: 13 to 19, an issuer's first digit, ISO/IEC 7812-1's Luhn check."""
    if not 13 <= len(digits) <= 19 or digits[0] not in "23456":
        return False
    doubled = (int(d) if place % 2 == 0 else sum(divmod(2 * int(d), 10)) for place, d in enumerate(reversed(digits)))
    return sum(doubled) % 10 == 0


def _replace(pattern: re.Pattern[str], judge: Callable[[str], tuple[str, int] | None], text: str) -> str:
    """Replace what `judge` accepts: it returns what stands for a match and how many of its characters that covers."""
    out, done, at = [], 0, 0
    while match := pattern.search(text, at):
        judged = judge(match.group())
        if judged is None:
            at = match.start() + 1
            continue
        name, length = judged
        out += [text[done : match.start()], name]
        done = at = match.start() + length
    return "".join([*out, text[done:]])


def _iban(found: str) -> tuple[str, int] | None:
    wanted = IBAN_LENGTHS.get(found[:2].upper())
    places = [place for place, c in enumerate(found) if c.isalnum()]
    if wanted is None or len(places) < wanted:
        return None
    length = places[wanted - 1] + 1
    if sum(c.isdigit() for c in found[:length]) < FEWEST_DIGITS:
        return None
    compact = "".join(c for c in found[:length] if c.isalnum()).upper()
    return (IBAN, length) if compact.isascii() and is_iban(compact) else None


def _card(found: str) -> tuple[str, int] | None:
    places = [place for place, c in enumerate(found) if c.isdigit()]
    if YEARS.fullmatch(found) or is_enumeration(found):
        return None
    # A card in groups may have its three digits of the back right behind it.
    for wanted in (len(places), 16)[: 1 + (16 < len(places) < len(found))]:
        length = places[wanted - 1] + 1
        if is_card("".join(c for c in found[:length] if c.isdigit())):
            return CARD, length
    return None
