"""« La deuxième », « le 3 », « le dernier » : which place in a list is meant."""

from __future__ import annotations

import re

from bot.language.folding import key

_ORDINALS = {
    1: "premier premiere 1er 1ere un une",
    2: "deuxieme second seconde 2eme 2e 2nd deux",
    3: "troisieme 3eme 3e trois",
    4: "quatrieme 4eme 4e quatre",
    5: "cinquieme 5eme 5e cinq",
}
_BY_WORD = {word: n for n, words in _ORDINALS.items() for word in words.split()}
_LAST = re.compile(r"\b(derniere?|dernier)\b")
_MIDDLE = re.compile(r"\b(milieu|centre)\b")
_NUMBER = re.compile(r"^(?:le |la |l |les |numero |num |n |no |choix |option |reponse |proposition |point )*(\d{1,2})\b")


def position(text: str, size: int) -> int | None:
    """Return the place meant by `text` in a list of `size`, counted from 0, or None. « Avant-dernier » counts too."""
    folded = key(text)
    if size < 1:
        return None
    if "avant dernie" in folded:
        return size - 2 if size > 1 else None
    if _LAST.search(folded):
        return size - 1
    if _MIDDLE.search(folded):
        return size // 2
    number = _NUMBER.match(folded)
    place = int(number.group(1)) if number else None
    if place is None:
        words = folded.split()
        place = next((_BY_WORD[w] for w in words if w in _BY_WORD and w not in ("un", "une")), None)
        if place is None and words in (["un"], ["la", "une"], ["numero", "un"], ["le", "un"]):
            place = 1
    return place - 1 if place and 1 <= place <= size else None


_PLACE_ONLY = re.compile(
    r"^(?:et |alors |donc |ok |plutot |voir |ouvre |ouvrez |montre |montrez |donne |donnez |je (?:prends|veux|choisis) |moi )*"
    r"(?:moi )?(?:pour )?(?:le |la |l |les |celui du |celle du |numero |num |n |no |choix |option |proposition )*"
    r"(?:\d{1,2}(?:e|er|ere|eme|nd|nde)?|premiere?|premier|deuxieme|seconde?|troisieme|quatrieme|cinquieme|derniere?|dernier|milieu|avant derniere?)"
    r"(?: (?:svp|stp|s il (?:te|vous) plait|merci|de la liste|cas|conseil|exemple|sujet|chiffre|proposition|choix|option|reponse))*$"
)


def names_a_place(text: str) -> bool:
    """Tell whether a message is nothing but a place in a list: « la deuxième stp », « n° 3 », « le dernier »."""
    return _PLACE_ONLY.match(key(text)) is not None
