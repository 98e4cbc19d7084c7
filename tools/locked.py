"""Reads what is locked: requirements/*.txt for Python, widget/package-lock.json for the widget."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYPI, NPM = "PyPI", "npm"
"""Ecosystems, as OSV names them."""
RUNS, MAY_RUN, MAKES = "required", "optional", "excluded"
"""Scopes of CycloneDX: runs in front of visitors; only on some machines; only builds, tests or installs."""

_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==([^\s;\\]+)\s*(?:;\s*([^\\]*?))?\s*\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Locked:
    """A package as locked: name as its index writes it, version, marker (empty: always), a digest of each of its files in hex.

    `hashes` are SHA-256 in Python's locks, SHA-512 in npm's.
    """

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    ecosystem: str = PYPI
    scope: str = RUNS

    @property
    def algorithm(self) -> str:
        """Return the digests' algorithm as CycloneDX names it."""
        return "SHA-256" if self.ecosystem == PYPI else "SHA-512"

    @property
    def purl(self) -> str:
        """Return the package URL (github.com/package-url/purl-spec)."""
        return f"pkg:{self.ecosystem.lower()}/{self.name.replace('@', '%40')}@{self.version.replace('+', '%2B')}"


def read_lock(file: Path, scope: str = RUNS) -> list[Locked]:
    """Return the packages of a Python lock, in its order. Raises ValueError for a package without hash: such a lock locks nothing."""
    found: list[Locked] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if pinned := _PINNED.match(line):
            name = re.sub(r"[._-]+", "-", pinned[1]).lower()
            found.append(Locked(name, pinned[2], (pinned[3] or "").strip(), (), scope=scope))
        if hashes := tuple(_HASH.findall(line)):
            found[-1] = replace(found[-1], hashes=found[-1].hashes + hashes)
    return _with_hashes(found, file)


def read_npm_lock(file: Path) -> list[Locked]:
    """Return the packages of a package-lock.json (lockfileVersion 3), each version once. Raises ValueError as `read_lock` does."""
    found: dict[str, Locked] = {}
    for place, held in json.loads(file.read_text(encoding="utf-8"))["packages"].items():
        if not place:  # the widget itself
            continue
        algorithm, _, digest = held.get("integrity", "").partition("-")
        hashes = (base64.b64decode(digest).hex(),) if algorithm == "sha512" else ()
        scope = MAKES if held.get("dev") else MAY_RUN if held.get("optional") else RUNS
        package = Locked(place.rpartition("node_modules/")[2], held["version"], "", hashes, NPM, scope)
        # At two places of the tree: what visitors run decides.
        if package.purl not in found or found[package.purl].scope != RUNS:
            found[package.purl] = package
    return _with_hashes(list(found.values()), file)


def everything(root: Path = ROOT) -> list[Locked]:
    """Return every package that any lock holds, each version once, what runs before what only builds or tests. Raises ValueError."""
    requirements = root / "requirements"
    packages = [
        *read_lock(requirements / "run.txt"),
        *read_npm_lock(root / "widget" / "package-lock.json"),
        *read_lock(requirements / "dev.txt", MAKES),
        *read_lock(requirements / "uv.txt", MAKES),
    ]
    made: dict[str, Locked] = {}
    for package in packages:
        made.setdefault(package.purl, package)
    return list(made.values())


def _with_hashes(found: list[Locked], file: Path) -> list[Locked]:
    bare = [package.name for package in found if not package.hashes]
    if bare:
        raise ValueError(f"sans empreinte dans {file.name} : {', '.join(bare)}")
    return found
