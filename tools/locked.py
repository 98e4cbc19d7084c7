"""Reads a lock file of requirements/."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==([^\s;\\]+)\s*(?:;\s*([^\\]*?))?\s*\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Locked:
    """A package as locked: name as the index writes it, version, marker (empty: always), SHA-256 of each of its files."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def read_lock(file: Path) -> list[Locked]:
    """Return the packages of a lock, in its order. Raises ValueError for a package without hash: such a lock locks nothing."""
    found: list[Locked] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if pinned := _PINNED.match(line):
            found.append(Locked(re.sub(r"[._-]+", "-", pinned[1]).lower(), pinned[2], (pinned[3] or "").strip(), ()))
        if hashes := tuple(_HASH.findall(line)):
            last = found[-1]
            found[-1] = Locked(last.name, last.version, last.marker, last.hashes + hashes)
    bare = [package.name for package in found if not package.hashes]
    if bare:
        raise ValueError(f"sans empreinte dans {file.name} : {', '.join(bare)}")
    return found
