"""What the classifier sees of a message: words, sounds and letter groups. Pure."""

from __future__ import annotations

from collections.abc import Callable

from bot.language.chat_spelling import spell_out
from bot.language.folding import words
from bot.language.sounds import sound


def word_grams(text: str) -> list[str]:
    """Return folded words, chat spelling spelt out, and pairs of neighbours."""
    spelt = spell_out(words(text))
    return spelt + [f"{a} {b}" for a, b in zip(spelt, spelt[1:])]


def sound_grams(text: str) -> list[str]:
    """Return how the words sound, and pairs of neighbours: misspelt words meet well-spelt ones here."""
    heard = [sound(w) for w in spell_out(words(text))]
    return heard + [f"{a} {b}" for a, b in zip(heard, heard[1:])]


def letter_grams(text: str, shortest: int = 3, longest: int = 4) -> list[str]:
    """Return groups of 3 and 4 letters inside words, word ends marked by a space; 2 and 5 take time and add nothing."""
    grams = []
    for word in spell_out(words(text)):
        padded = f" {word} "
        for size in range(shortest, longest + 1):
            grams += [padded[i : i + size] for i in range(len(padded) - size + 1)]
    return grams


VIEWS: dict[str, Callable[[str], list[str]]] = {"words": word_grams, "sounds": sound_grams, "letters": letter_grams}
"""Name of a view to the function that makes its terms."""
