"""Phone numbers in figures or in words, and other numbers long enough to be somebody's."""

from __future__ import annotations

import re

from bot.language.masking.harmless import DATE, GAP, YEARS, has_unit, is_enumeration, is_progression, is_quantity, is_round
from bot.language.masking.spoken import runs

PHONE, NUMBER = "[téléphone]", "[numéro]"

_BETWEEN = r"[ \t\u00a0\u202f\u200b\ufe0f\u20e3.,;\-–—/\\_|*]"
_SEP = r"(?:[ \u00a0\u202f.\-–—/()_|*:]{0,3}|,)"
_PART_OF_NUMBER = r"(?<!\d)(?<!\d[ .\-/\u00a0\u202f])"
_LIKE = "[0-9oOiIlL]"
"""A digit, or a letter that is typed for one."""
_FEWEST_DIGITS = 7
"""Digits of a phone number; where a text has fewer, nothing in figures is hidden."""

_ZERO_FIRST = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d)0{_BETWEEN}{{0,3}}[1-9](?:{_BETWEEN}{{1,3}}\d\d){{4}}(?!\d)|(?<!\d)0[1-9]\d{{8}}(?!\d)",
        rf"(?<!\w)[0oO]{_BETWEEN}{{0,3}}[1-9iIlL](?:{_BETWEEN}{{0,3}}{_LIKE}{{2}}){{4}}(?!\w)",
        rf"(?<!\w)[0oO](?:(?:{_BETWEEN}{{1,3}}| ?: ?){_LIKE}){{9,12}}(?!\w)",
        # With colons nothing else: « 08:30-12:30 14:00 » are opening hours.
        r"(?<![\w:])0[1-9](?: ?: ?\d\d){4}(?![\w:])",
    )
)
"""French, in pairs, on end or digit by digit."""
_PHONES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\w)(?:\+|{_PART_OF_NUMBER}(?<!\d,)00[ ]?(?=[1-9]))[ (]?\d(?:{_SEP}\d){{6,14}}",
        r"(?<!\d)[1-9](?:[ .\-/_\u00a0\u202f]{1,3}\d\d){4}(?!\d)|(?<!\d)[67](?:[ .\-]\d){8}(?![\w.,\-]?\d)",
        rf"{_PART_OF_NUMBER}(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .\-])\d{{3}}[ .\-]\d{{4}}(?!\d)",
        rf"{_PART_OF_NUMBER}\d\d[ .\-]\d{{3}}[ .\-]\d\d[ .\-]\d\d(?!\d)",
        rf"(?<![\w+]){_PART_OF_NUMBER}[0oO][1-9](?:[ \u00a0\u202f.\-–/()_]{{0,3}}[\doO]){{7,10}}(?!\w)",
    )
)
"""International; French without its 0; North America; West Africa in groups of 2, 3, 2, 2; any other with a 0 first."""
_CALLED = re.compile(
    r"((?<!\[)\b(?:num[ée]ro|n°|num|t[ée]l(?:[ée]phone)?|portable|mobile|gsm|natel|sms|texto|whatsapp|joignable|contacte[rz]?(?:[- ]moi)?|appel(?:er|ez|le)(?:[- ]moi)?|rappel(?:er|ez|le)(?:[- ]moi)?|joindre)\b"
    r"[^\d\n\[]{0,20})(\d(?:[ .\-]?\d){7,})",
    re.I,
)
_DICTATED = re.compile(r"0[1-9]\d{7}|33[1-9]\d{8}")
_MOBILE = re.compile(r"[67]\d{8}")
_FEWEST_NUMBERS, _MOST_NUMBERS = 3, 14
"""Numbers in words that make up a phone: « zéro six douze … », or one for each digit."""
_GOES_ON = re.compile(r"(?: ?[,;/\-] ?| )\d")
_DIGIT = re.compile(r"\d")
_SPOKEN_HINT = re.compile(r"z[ée]ro|six|sept|trente|0[1-9]", re.I)
"""Without any of these no phone is dictated."""
_LONG = re.compile(rf"(?<!\d)(?<!\d,)\d(?:{GAP}?\d){{8,}}")


def hide_numbers(text: str) -> str:
    """Return `text` with phone numbers and other long numbers replaced."""
    if _SPOKEN_HINT.search(text):
        text = _hide_spoken(text)
    if len(_DIGIT.findall(text)) < _FEWEST_DIGITS:
        return text
    for pattern in (*_ZERO_FIRST, *_PHONES, *_PHONES[1:]):  # twice: what stands beside a number hidden by now may be one of its own
        text = pattern.sub(_phone, text)
    text = _CALLED.sub(_called, text)
    return _LONG.sub(_long, text)


def _phone(match: re.Match[str]) -> str:
    found = match.group()
    if DATE.match(found) or sum(c.isdigit() for c in found) < _FEWEST_DIGITS:
        return found
    if not found[1].isalnum() and is_progression(found):
        return found
    unit = has_unit(match.string, match.end())
    if found[0] not in "0oO(" and is_round(found.lstrip("+ "), unit):
        return found
    # « 6 12 34 56 78 » is in ascending order as well, and a mobile phone without its 0.
    listed = found[0] in "123456789" and is_enumeration(found)
    return found if listed and (unit or (found[0] not in "67" and _GOES_ON.match(match.string, match.end()))) else PHONE


def _called(match: re.Match[str]) -> str:
    before, found = match.groups()
    unit = has_unit(match.string, match.end())
    return match.group() if YEARS.fullmatch(found) or is_round(found, unit) else before + PHONE


def _long(match: re.Match[str]) -> str:
    """Hide ten digits on end, or twelve in groups; ten are as many as a sender's id has."""
    found = match.group()
    digits = sum(c.isdigit() for c in found)
    if digits < (10 if digits == len(found) else 12):
        return found
    harmless = (
        is_quantity(found, has_unit(match.string, match.end())) or YEARS.fullmatch(found) or DATE.match(found) or is_enumeration(found)
    )
    return found if harmless else NUMBER


def _hide_spoken(text: str) -> str:
    out, done = [], 0
    for run in runs(text):
        if _is_dictated(run.numbers):
            out += [text[done : run.start], PHONE]
            done = run.end
    return "".join([*out, text[done:]])


def _is_dictated(numbers: tuple[str, ...]) -> bool:
    """Tell whether numbers hold a phone, with its 0 or its country first or in one of these alone, and do not just count."""
    if len(numbers) < _FEWEST_NUMBERS or is_progression(" ".join(numbers)):
        return False
    starts = (at for at, number in enumerate(numbers) if number == "33" or number[0] == "0")
    return (
        any(_DICTATED.match("".join(numbers[at : at + _MOST_NUMBERS])) for at in starts) or _MOBILE.fullmatch("".join(numbers)) is not None
    )
