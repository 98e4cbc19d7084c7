"""Names of the article in a message: what is known of them, and where they stand. Pure but for spaCy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from spacy.language import Language

from bot.language.folding import words
from bot.language.gazetteer import Gazetteer

ORDINARY_FROM = 6
"""Questions that a word stands in before it counts as ordinary, and never as a misspelt name."""


@dataclass(frozen=True)
class Place:
    """A name found: `kind`, its right spelling, and from which letter to which it stands in the message."""

    kind: str
    value: str
    start: int
    end: int


def learn_names(tables: Iterable[tuple[str, Iterable[str]]], synonyms: Mapping[str, str], questions: Iterable[str]) -> dict[str, Any]:
    """Return what a finder knows, as JSON can carry it: names by kind, other spellings, ordinary words."""
    names: dict[str, list[str]] = {}
    for kind, listed in tables:
        names.setdefault(kind, []).extend(map(str, listed))
    counts: Counter[str] = Counter()
    for question in questions:
        counts.update(set(words(question)))
    known = {w for values in names.values() for v in values for w in words(v)}
    return {
        "names": names,
        "aliases": dict(synonyms),
        "ordinary": sorted(w for w, n in counts.items() if n >= ORDINARY_FROM and w not in known),
    }


class Finder:
    """Finds names with spaCy's French tokens and a fuzzy gazetteer."""

    def __init__(self, nlp: Language, known: Mapping[str, Any]):
        self._nlp = nlp
        self._gazetteer = Gazetteer(known["names"], known["aliases"], frozenset(known["ordinary"]))

    def find(self, text: str) -> list[Place]:
        """Return the names in a message, in reading order."""
        pieces = [(word, token.idx, token.idx + len(token)) for token in self._nlp.make_doc(text) for word in words(token.text)]
        found = self._gazetteer.find([word for word, _, _ in pieces])
        return [Place(f.kind, f.value, pieces[f.start][1], pieces[f.end - 1][2]) for f in found]


def names_something(places: Iterable[Place]) -> bool:
    """Tell whether exactly one thing of the article is named, platforms and sectors apart."""
    return len({p.start for p in places if p.kind not in ("platform", "sector")}) == 1
