"""Finds known names in a text, well or badly spelt. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.language.folding import key
from bot.language.sounds import sound

LEAST_LETTERS = 5
"""Shorter words are only matched exactly: « nike » and « nice » are one letter apart."""

LEAST_LIKENESS = 86.0
"""Least ratio (0 to 100) between a misspelt name and the real one, both without spaces."""


@dataclass(frozen=True)
class Found:
    """A name in a text: `kind` and canonical `value`, and which words (from, to) carry it."""

    kind: str
    value: str
    start: int
    end: int


class Gazetteer:
    """Known names by kind, with their other spellings."""

    def __init__(self, names: Mapping[str, Iterable[str]], aliases: Mapping[str, str], ordinary: frozenset[str] = frozenset()):
        """`names`: kind to canonical names; `aliases`: other spelling to canonical name; `ordinary`: words never corrected."""
        self._meaning: dict[str, list[tuple[str, str]]] = {}
        kinds: dict[str, list[str]] = {}
        for kind, values in names.items():
            for value in values:
                kinds.setdefault(key(value), []).append(kind)
                self._add(value, kind, value)
        for alias, value in aliases.items():
            for kind in kinds.get(key(value), ()):
                self._add(alias, kind, value)
        self._ordinary = ordinary
        self._longest = max((spelling.count(" ") + 1 for spelling in self._meaning), default=1)
        self._joined = {s.replace(" ", ""): s for s in self._meaning if len(s.replace(" ", "")) >= LEAST_LETTERS}
        self._sounds = {sound(joined): spelling for joined, spelling in self._joined.items()}

    def _add(self, spelling: str, kind: str, value: str) -> None:
        meanings = self._meaning.setdefault(key(spelling), [])
        if key(spelling) and (kind, value) not in meanings:
            meanings.append((kind, value))

    def find(self, words: Sequence[str]) -> list[Found]:
        """Return the names in folded `words`, in reading order, the longest match first, never overlapping."""
        found: list[Found] = []
        taken: set[int] = set()
        for exact in (True, False):
            for size in range(min(self._longest, len(words)), 0, -1):
                for start in range(len(words) - size + 1):
                    places = range(start, start + size)
                    if taken.intersection(places):
                        continue
                    spelling = self._spelling(words[start : start + size], exact)
                    if spelling is not None:
                        taken.update(places)
                        found += [Found(kind, value, start, start + size) for kind, value in self._meaning[spelling]]
        return sorted(found, key=lambda f: f.start)

    def _spelling(self, part: Sequence[str], exact: bool) -> str | None:
        typed = " ".join(w.lstrip("#") for w in part)
        if exact:
            return typed if typed in self._meaning else None
        joined = typed.replace(" ", "")
        if len(joined) < LEAST_LETTERS or any(w in self._ordinary for w in part):
            return None
        near = process.extractOne(joined, self._joined.keys(), scorer=fuzz.ratio, score_cutoff=LEAST_LIKENESS)
        if near and near[0][0] == joined[0]:
            return self._joined[near[0]]
        heard = sound(joined)
        return self._sounds.get(heard) if len(heard) >= 4 else None
