"""Postal addresses: a number, a kind of street, its name, and the town after it."""

from __future__ import annotations

import re

from bot.language.masking.names import end_of_name

ADDRESS = "[adresse]"

_STREET = re.compile(
    r"(?<!\d)\d{1,4}(?: ?(?:bis|ter|quater)\b)? ?,? ?\b(?:rue|avenue|av\b\.?|boulevard|b(?:l|ou)?v?d\b\.?|place\b(?! de march)|chemin(?! de vie)|impasse|all[ée]e|quai|square"
    r"|route|rte|passage|r[ée]sidence|rond-point|sentier|cit[ée]|faubourg|fbg|esplanade|chauss[ée]e|lotissement)\b[ \u00a0]"
    r"(?:(?:de la|de l['’]|du|des|de|d['’]|la|le|les|l['’])[ ]?){0,2}",
    re.I,
)
_TOWN = re.compile(r"[ ,]{0,3}(?:(?:à|a) )?\d{5}(?: [^\W\d_][\w’'\-]*(?: [A-ZÀ-Ý][\w’'\-]*)?)|[ ,]{1,3}\d{5}(?!\d)")


def hide_streets(text: str) -> str:
    """Return `text` with addresses replaced."""
    out, done = [], 0
    for match in _STREET.finditer(text):
        if match.start() < done:
            continue
        end = end_of_name(text, match.end(), most=3)
        if end == match.end():
            continue
        town = _TOWN.match(text, end)
        out += [text[done : match.start()], ADDRESS]
        done = town.end() if town else end
    return "".join([*out, text[done:]])
