"""Second chance: which entries' own words does a question share? BM25 over sounds of content words.

Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), k1 = 1.2, b = 0.6.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache

from bot.knowledge.entry import Entry
from bot.knowledge.library import Library
from bot.language.chat_spelling import spell_out
from bot.language.folding import words
from bot.language.sounds import sound

K1, B = 1.2, 0.6

STOP = frozenset(
    """
    a ai aie aient ait alors as au aucun aussi autre aux avait avec avez avoir avons bien c ca car ce ceci
    cela ces cet cette ceux chez ci comme comment d dans de des deux devez doit donc dont du elle elles en
    encore entre es est et etais etait ete etes etre eu eux fait faire faut fois font hors il ils j je l la le
    les leur leurs lui m ma mais me meme mes moi mon n ne ni nos notre nous on ont ou par parce pas peu peut
    peuvent peux plus pour pourquoi qu quand que quel quelle quelles quels qui quoi r s sa sans se sera ses si
    soit son sont sur t ta te tes toi ton tous tout toute toutes tres trop tu un une va vais vas vers veut
    veux vont vos votre vous y reseau reseaux social sociaux media medias merci bonjour salut dis dire dites
    sais savoir connais connaissez parle parler chose choses truc question veut vraiment
    """.split()
)


def content_words(text: str) -> list[str]:
    """Return the sounds of the words that carry meaning, chat spelling spelt out."""
    return [sound(w.lstrip("#")) for w in spell_out(words(text)) if w not in STOP and len(w) > 1]


class Index:
    """An inverted look at one library."""

    def __init__(self, library: Library):
        self.documents = {entry.id: Counter(content_words(_text(entry))) for entry in library}
        self.lengths = {id: sum(counts.values()) for id, counts in self.documents.items()}
        self.mean_length = sum(self.lengths.values()) / max(1, len(self.lengths))
        holding = Counter(word for counts in self.documents.values() for word in counts)
        n = len(self.documents)
        self.idf = {word: math.log(1 + (n - held + 0.5) / (held + 0.5)) for word, held in holding.items()}

    def search(self, text: str, most: int = 4) -> list[tuple[str, float]]:
        """Return up to `most` (id, score), best first; score 0 entries are left out."""
        asked = set(content_words(text))
        scores = {}
        for id, counts in self.documents.items():
            room = K1 * (1 - B + B * self.lengths[id] / self.mean_length)
            score = sum(self.idf[w] * counts[w] * (K1 + 1) / (counts[w] + room) for w in asked if w in counts)
            if score > 0:
                scores[id] = score
        return sorted(scores.items(), key=lambda item: -item[1])[:most]


@lru_cache(maxsize=2)
def index(library: Library) -> Index:
    """Return the index of a library, made once."""
    return Index(library)


def _text(entry: Entry) -> str:
    names = (*entry.platforms, *entry.brands, *entry.people, *entry.hashtags, *entry.names, entry.expert or "")
    title = f"{entry.title} {entry.question} " * 2
    return " ".join((title, entry.answer, entry.details, *entry.examples, *names, *names))
