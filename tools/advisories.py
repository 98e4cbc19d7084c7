"""What is known to be vulnerable, in OSV's format (ossf.github.io/osv-schema), asked of OSV or read from a file."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locked import PYPI, Locked
from packaging.version import InvalidVersion, Version

SERVICE = "https://api.osv.dev"
AT_ONCE = 500
"""Packages in a question; OSV takes 1,000 (google.github.io/osv.dev/post-v1-querybatch)."""
SECONDS = 30.0
"""Longest wait for an answer."""

_SEMVER = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?")


class NoData(Exception):
    """What is known could not be had; the message says why, in French."""


@dataclass(frozen=True)
class Finding:
    """A package with a vulnerability. `names`: its id and aliases; `fixed`: versions that mend it."""

    package: Locked
    names: tuple[str, ...]
    fixed: tuple[str, ...]


def ask(packages: Sequence[Locked], service: str = SERVICE) -> list[Finding]:
    """Return what OSV knows about packages. Raises NoData."""
    found: list[tuple[Locked, str]] = []
    for begin in range(0, len(packages), AT_ONCE):
        some = packages[begin : begin + AT_ONCE]
        found += [(package, id) for package, ids in zip(some, _ask_batch(some, service)) for id in ids]
    known = {id: _call(f"{service}/v1/vulns/{id}") for id in sorted({id for _, id in found})}
    return [_finding(package, known[id]) for package, id in found if not known[id].get("withdrawn")]


def _ask_batch(packages: Sequence[Locked], service: str) -> list[list[str]]:
    """Return the ids known for each package."""
    ids: list[list[str]] = [[] for _ in packages]
    queries: dict[int, dict[str, Any]] = {
        number: {"package": {"ecosystem": package.ecosystem, "name": package.name}, "version": package.version.partition("+")[0]}
        for number, package in enumerate(packages)
    }
    while queries:
        results = _call(f"{service}/v1/querybatch", {"queries": list(queries.values())}).get("results")
        if not isinstance(results, list) or len(results) != len(queries):
            raise NoData("la réponse d’OSV n’a pas la forme attendue")
        again = {}
        for number, result in zip(queries, results):
            ids[number] += [held["id"] for held in result.get("vulns", ())]
            if token := result.get("next_page_token"):
                again[number] = {**queries[number], "page_token": token}
        queries = again
    return ids


def _call(url: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        raise NoData(f"OSV a répondu {error.code}") from None
    except (OSError, ValueError) as error:
        raise NoData(f"OSV n’a pas répondu ({type(error).__name__})") from None


def read(files: Iterable[Path], packages: Sequence[Locked]) -> list[Finding]:
    """Return what files know about packages; each is a record of OSV, a list of them, or a zip of one file for each.

    Raises NoData, also where they hold nothing on an ecosystem of the packages: silence would pass for health.
    """
    wanted: dict[tuple[str, str], list[Locked]] = {}
    for package in packages:
        wanted.setdefault((package.ecosystem, package.name), []).append(package)
    found: list[Finding] = []
    told: set[str] = set()
    for file in files:
        try:
            for record in _records(file):
                keys = {(one["package"]["ecosystem"], _canonical(one["package"])) for one in record.get("affected", ()) if "package" in one}
                told |= {ecosystem for ecosystem, _ in keys}
                about = [package for key in keys for package in wanted.get(key, ()) if affects(record, package)]
                found += [_finding(package, record) for package in about if not record.get("withdrawn")]
        except OSError as error:
            raise NoData(f"{file} ne se lit pas ({error.strerror or type(error).__name__})") from None
        except (ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile):
            raise NoData(f"{file} n’est pas au format d’OSV") from None
    if silent := sorted({package.ecosystem for package in packages} - told):
        raise NoData(f"ces fichiers ne disent rien de {' ni de '.join(silent)}")
    return found


def _records(file: Path) -> Iterator[dict[str, Any]]:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                if name.endswith(".json"):
                    yield json.loads(archive.read(name))
        return
    held = json.loads(file.read_text(encoding="utf-8"))
    for record in held if isinstance(held, list) else [held]:
        record["id"]  # an object without it is no record
        yield record


def affects(record: Mapping[str, Any], package: Locked) -> bool:
    """Tell whether a record is about this version (the schema's « evaluation algorithm »).

    A version that cannot be compared counts as affected: better a question too many than a hole unseen.
    """
    for one in record.get("affected", ()):
        about = one.get("package", {})
        if (about.get("ecosystem"), _canonical(about)) != (package.ecosystem, package.name):
            continue
        if package.version.partition("+")[0] in one.get("versions", ()):
            return True
        ranges = [held for held in one.get("ranges", ()) if held.get("type") in ("ECOSYSTEM", "SEMVER")]
        try:
            if any(_within(held["events"], package) for held in ranges):
                return True
        except InvalidVersion:
            return True
    return False


def _within(events: Iterable[Mapping[str, str]], package: Locked) -> bool:
    key = _pep440 if package.ecosystem == PYPI else _semver
    version, inside = key(package.version), False
    ordered = sorted((key(at), kind) for event in events for kind, at in event.items())
    for at, kind in ordered:
        if kind == "introduced" and version >= at:
            inside = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            inside = False
    return inside


def _pep440(version: str) -> Any:
    return Version(version)


def _semver(version: str) -> Any:
    """Return a key in the order of semver.org, 11: a pre-release comes before its release, numbers before words."""
    read = _SEMVER.match("0.0.0" if version == "0" else version)
    if read is None:
        raise InvalidVersion(version)
    before = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in (read[4] or "").split(".") if part]
    return (int(read[1]), int(read[2]), int(read[3]), not before, before)


def _canonical(about: Mapping[str, str]) -> str:
    name = about.get("name", "")
    return re.sub(r"[._-]+", "-", name).lower() if about.get("ecosystem") == PYPI else name


def _finding(package: Locked, record: Mapping[str, Any]) -> Finding:
    events = [
        event
        for one in record.get("affected", ())
        if _canonical(one.get("package", {})) == package.name
        for held in one.get("ranges", ())
        if held.get("type") != "GIT"
        for event in held.get("events", ())
    ]
    return Finding(package, (record["id"], *record.get("aliases", ())), tuple(event["fixed"] for event in events if "fixed" in event))
