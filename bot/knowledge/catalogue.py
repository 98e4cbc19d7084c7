"""The public list of ids: entries may be added to it, none dropped or renamed. Its order is the article's."""

from __future__ import annotations

import re
from pathlib import Path


def read_catalogue(file: Path) -> list[str]:
    """Return the ids of a catalogue file, one a line, in order."""
    return re.findall(r"^[a-z]+/[a-z0-9-]+", file.read_text(encoding="utf-8"), re.M)


def in_order(ids: list[str], catalogue: list[str]) -> list[str]:
    """Return `ids` in catalogue order; those it does not know come last, as given."""
    place = {id: n for n, id in enumerate(catalogue)}
    return sorted(ids, key=lambda id: place.get(id, len(place)))
