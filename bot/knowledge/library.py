"""All entries together, with the look-ups that a conversation needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from bot.knowledge.entry import FACETS, Entry
from bot.language.folding import key


@dataclass(frozen=True)
class Filter:
    """Which entries a visitor wants: every stated field must hold. Values are compared folded."""

    kind: str | None = None
    platform: str | None = None
    brand: str | None = None
    sector: str | None = None
    theme: str | None = None
    form: str | None = None
    year: int | None = None
    subject: str | None = None

    def holds(self, entry: Entry) -> bool:
        """Tell whether `entry` is among what is wanted."""
        return (
            (self.kind is None or entry.kind == self.kind)
            and (self.platform is None or key(self.platform) in {key(p) for p in entry.platforms})
            and (self.brand is None or key(self.brand) in {key(b) for b in entry.brands})
            and (self.sector is None or key(self.sector) in key(entry.sector or ""))
            and (self.theme is None or self.theme == entry.theme)
            and (self.form is None or self.form == entry.form)
            and (self.year is None or self.year == entry.year)
            and (self.subject is None or self.subject in entry.related or self.subject == entry.id)
        )

    def stated(self) -> dict[str, str | int]:
        """Return the fields that are set, by name."""
        return {name: value for name, value in vars(self).items() if value is not None}


class Library:
    """The entries in catalogue order."""

    def __init__(self, entries: Iterable[Entry]):
        self._entries = {entry.id: entry for entry in entries}

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, id: object) -> bool:
        return id in self._entries

    def get(self, id: str) -> Entry | None:
        """Return the entry of `id`, or None."""
        return self._entries.get(id)

    def __getitem__(self, id: str) -> Entry:
        return self._entries[id]

    def select(self, wanted: Filter) -> list[Entry]:
        """Return the entries that `wanted` holds for, in catalogue order."""
        return [entry for entry in self if wanted.holds(entry)]

    def of_kind(self, kind: str) -> list[Entry]:
        """Return the entries of one kind, in catalogue order."""
        return [entry for entry in self if entry.kind == kind]

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """Folded proper name (brand, person, hashtag, expert, other) to the ids that carry it, cases first."""
        found: dict[str, list[str]] = {}
        order = {"conseil": 0, "cas": 1, "chiffre": 2, "faq": 3, "sujet": 4}
        for entry in sorted(self, key=lambda e: order[e.kind]):
            for name in (*(n for f in FACETS if f != "platforms" for n in getattr(entry, f)), entry.expert or ""):
                if key(name) and entry.id not in found.setdefault(key(name), []):
                    found[key(name)].append(entry.id)
        return found

    @cached_property
    def public_names(self) -> frozenset[str]:
        """Folded names of platforms, brands, people and the like: names that everybody knows, and no visitor's."""
        return frozenset(self.names) | {key(platform) for entry in self for platform in entry.platforms}
