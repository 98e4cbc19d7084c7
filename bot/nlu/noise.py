"""Badly typed copies of training questions, made at training time, the same each time.

What people do to French on a phone: drop accents and apostrophes, forget punctuation, write by ear, miss a key.
Slips follow Damerau (1964): one letter dropped, doubled, swapped or replaced by a neighbour.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Sequence

from bot.language.chat_spelling import SPELLINGS
from bot.language.folding import strip_accents

_ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn")
_NEIGHBOURS = {c: row[max(0, i - 1) : i] + row[i + 1 : i + 2] for row in _ROWS for i, c in enumerate(row)}
_SHORT: dict[str, list[str]] = {}
for _spelling, _meaning in SPELLINGS.items():
    if len(_meaning) == 1:
        _SHORT.setdefault(_meaning[0], []).append(_spelling)
_BY_EAR = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"qu(?=[eéèaio])", "k"), (r"eau", "o"), (r"au", "o"), (r"ph", "f"), (r"(?<=[a-zé])er\b", "é"), (r"ez\b", "é"),
        (r"ait\b", "ai"), (r"aient\b", "ai"), (r"ent\b", "e"), (r"(?<=\w)s\b", ""), (r"(?<=\w)t\b", ""), (r"ss", "s"),
        (r"nn", "n"), (r"mm", "m"), (r"tt", "t"), (r"ll", "l"), (r"pp", "p"), (r"ç", "s"), (r"c(?=[eiéè])", "s"), (r"tion", "sion"),
        (r"en(?=[cdtsv])", "an"), (r"ai(?=[a-z])", "é"), (r"oi", "oa"), (r"h", ""), (r"y", "i"), (r"x\b", ""), (r"gu(?=[eéi])", "g"),
    )
]  # fmt: skip
_BEFORE = ("bonjour, ", "salut ", "bjr ", "svp ", "dites, ", "hello, ", "une question : ", "stp ", "bonsoir ")
_AFTER = (" merci", " svp", " merci d'avance", " stp", " ??", " 🙏", " mrc")


_PLATFORMS = "facebook fb insta instagram tiktok snap snapchat twitter youtube linkedin whatsapp messenger pinterest".split()
_PLATFORM = re.compile(rf"\b(?:{'|'.join(_PLATFORMS)})\b", re.I)
SWAPPED = 0.5
"""Share of platforms named in a badly typed copy that another one takes the place of: « ma fille passe sa vie sur TikTok »
is not about TikTok. Held-out voices gain nothing and lose nothing by it; single words that lead astray lead less far."""


def another_platform(text: str, seed: int) -> str:
    """Return `text` with some of the platforms that it names exchanged; the same text and seed give the same copy."""
    chance = random.Random(zlib.crc32(text.encode()) ^ seed)
    return _PLATFORM.sub(lambda found: chance.choice(_PLATFORMS) if chance.random() < SWAPPED else found.group(), text)


def noisy(text: str, seed: int) -> str:
    """Return a badly typed copy of `text`; the same text and seed give the same copy."""
    chance = random.Random(zlib.crc32(text.encode()) ^ seed * 2654435761)
    severity = chance.choice((0.25, 0.5, 0.9))
    if chance.random() < 0.7:
        text = strip_accents(text)
    if chance.random() < 0.6:
        text = text.lower()
    if chance.random() < 0.5:
        text = re.sub(r"['’]", chance.choice(("", "", " ")), text)
    text = " ".join(_slip(word, chance, severity) for word in text.split())
    if chance.random() < 0.6:
        text = re.sub(r"\s*[.,;:!?…«»\"]+", "", text)
    if chance.random() < 0.12:
        text = chance.choice(_BEFORE) + text
    if chance.random() < 0.10:
        text += chance.choice(_AFTER)
    return text


def _slip(word: str, chance: random.Random, severity: float) -> str:
    folded = strip_accents(word.lower())
    if folded in _SHORT and chance.random() < severity * 0.8:
        return chance.choice(_SHORT[folded])
    if len(word) < 4 or chance.random() > severity:
        return word
    if chance.random() < 0.65:
        fitting = [(p, s) for p, s in _BY_EAR if p.search(word)]
        for pattern, sound in chance.sample(fitting, min(len(fitting), 1 + (severity > 0.6))):
            word = pattern.sub(sound, word, count=1)
        return word
    at = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + chance.choice(_NEIGHBOURS.get(word[at], word[at])) + word[at + 1 :]


def with_noise(texts: Sequence[str], labels: Sequence[str], copies: Callable[[str], int]) -> tuple[list[str], list[str]]:
    """Return texts and labels with badly typed copies of each text after them; `copies`: how many, for a label."""
    all_texts, all_labels = list(texts), list(labels)
    for text, label in zip(texts, labels):
        for seed in range(copies(label)):
            all_texts.append(noisy(another_platform(text, seed), seed))
            all_labels.append(label)
    return all_texts, all_labels
