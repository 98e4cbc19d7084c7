"""« La deuxième », « le 3 », « le dernié » : which place in a list is meant, misspelt or not."""

from __future__ import annotations

import re

from bot.language.folding import key
from bot.language.sounds import sound

_ORDINALS = {
    1: "premier premiere 1er 1ere 1re",
    2: "deuxieme second seconde segond segonde 2eme 2e 2em 2ieme 2nd 2nde",
    3: "troisieme 3eme 3e 3em 3ieme",
    4: "quatrieme 4eme 4e 4em 4ieme",
    5: "cinquieme 5eme 5e 5em 5ieme",
}
_NUMBERS = {"deux": 2, "trois": 3, "quatre": 4, "cinq": 5}
_BY_WORD = {word: n for n, words in _ORDINALS.items() for word in words.split()}
_BY_SOUND = {sound(word): n for word, n in _BY_WORD.items() if len(word) >= 6}
_LAST_SOUNDS = {sound("dernier"), sound("derniere")}
_MIDDLE = {"milieu", "centre"}
_BEFORE_NUMBER = set("le la l les numero num nro n no nr choix option reponse proposition point fiche celui du".split())
_AROUND = _BEFORE_NUMBER | set(
    """
    et alors donc ok okay bon bah ben euh non nan plutot finalement maintenant mintenant d accord dac ensuite apres puis voir voyons ouvre ouvres ouvrez ouvrir
    montre montrez donne donnez prends prend choisis je j veux voudrais vais moi pour de celle liste stp svp s il te vous plait merci cas conseil exemple
    sujet chiffre un une mets met essaye essaie affiche lis lire va aller aussi
    """.split()
)


_AROUND_SOUNDS = {sound(word) for word in _AROUND if len(word) >= 4}


def _around(word: str) -> bool:
    """Tell whether a word only goes with a place, misspelt or not."""
    return word in _AROUND or word == "avant" or (len(word) >= 4 and sound(word) in _AROUND_SOUNDS)


def _place_of(word: str) -> int | None:
    """Return the place that one folded word names; -1 is the last."""
    if word in _AROUND:
        return None
    if word in _BY_WORD:
        return _BY_WORD[word]
    heard = sound(word)
    if heard in _LAST_SOUNDS:
        return -1
    return _BY_SOUND.get(heard) if len(word) >= 5 else None


def position(text: str, size: int) -> int | None:
    """Return the place meant by `text` in a list of `size`, counted from 0, or None. « Avant-dernier » counts too."""
    words = key(text).split()
    if size < 1 or not words:
        return None
    places = [p for p in map(_place_of, words) if p is not None]
    if places:
        if places[-1] == -1 and "avant" in words:
            return size - 2 if size > 1 else None
        place = size if places[-1] == -1 else places[-1]
    elif _MIDDLE & set(words):
        place = size // 2 + 1
    else:
        place = _number(words) or 0
    return place - 1 if 1 <= place <= size else None


def _number(words: list[str]) -> int | None:
    """Return the number that a message means as a place: alone, or after « le », « numéro » …"""
    for before, word in zip(["", *words], words):
        number = int(word) if word.isdigit() and len(word) <= 2 else _NUMBERS.get(word)
        if number is not None and (before in _BEFORE_NUMBER or len(words) == 1 or set(words) - {word} <= _AROUND):
            return number
    return 1 if words in (["un"], ["la", "une"], ["numero", "un"], ["le", "un"]) else None


_DIGITS = re.compile(r"\d{1,2}")


def names_a_place(text: str) -> bool:
    """Tell whether a message is nothing but a place in a list: « la deuxième stp », « n° 3 », « non le dernié plutot »."""
    words = key(text).split()
    rest = [w for w in words if not _around(w)]
    if len(rest) != 1:
        return False
    word = rest[0]
    if word == "1" and words[0] == "1" and len(words) > 1:  # « 1 exemple » is « un exemple »
        return False
    return _DIGITS.fullmatch(word) is not None or word in _MIDDLE or _place_of(word) is not None
