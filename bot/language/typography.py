"""French typography of what Réso says: no-break spaces, apostrophes, guillemets.

Rules after the « Lexique des règles typographiques en usage à l'Imprimerie nationale »: a no-break space inside
guillemets and before « : » and « % », a narrow one before « ; », « ! » and « ? ».
"""

import re

NBSP = "\u00a0"
NARROW = "\u202f"

_SPACE = r"[ \u00a0\u202f]"
_FIXES = [
    (re.compile(r"(?<=\w)'(?=\w)|(?<=[a-z])'(?= [A-Z])"), "’"),
    (re.compile(r"\.\.\."), "…"),
    (re.compile(rf"{_SPACE}+([;!?])"), NARROW + r"\1"),
    (re.compile(rf"{_SPACE}+([:»%])"), NBSP + r"\1"),
    (re.compile(rf"«{_SPACE}*"), "«" + NBSP),
    (re.compile(rf"(\d){_SPACE}(millions?|milliards?|personnes|secondes)\b"), r"\1" + NBSP + r"\2"),
    (re.compile(rf"(millions?|milliards?){_SPACE}(de|d’)"), r"\1" + NBSP + r"\2"),
]
_FAULTS = [
    (re.compile(r"\w'\w"), "apostrophe droite au lieu de « ’ »"),
    (re.compile(r"[^\s\u00a0\u202f?!]([;!?])(?=\s|$)"), "espace fine insécable manquante avant « ; ! ? »"),
    (re.compile(r" [;!?:»%]"), "espace ordinaire au lieu d’une insécable avant « ; ! ? : » % »"),
    (re.compile(r"« |«\w"), "espace insécable manquante après «"),
    (re.compile(r"\d%"), "espace insécable manquante avant %"),
    (re.compile(r"\"\w|\w\""), "guillemets droits au lieu de « »"),
    (re.compile(r"\.\.\."), "trois points au lieu de « … »"),
    (re.compile(r" {2,}| [,.](?:\s|$)"), "espace en trop"),
]


def typeset(text: str) -> str:
    """Return `text` with typographic apostrophes and no-break spaces where a plain space stands; idempotent."""
    for pattern, replacement in _FIXES:
        text = pattern.sub(replacement, text)
    return text


def faults(text: str) -> list[str]:
    """Return what is wrong with the typography of `text`, in French, each fault once, with the place."""
    found = []
    for pattern, name in _FAULTS:
        match = pattern.search(text)
        if match:
            found.append(f"{name} (« …{text[max(0, match.start() - 12) : match.end() + 12]}… »)")
    return found
