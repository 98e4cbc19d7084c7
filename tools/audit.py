"""Asks whether anything that Réso is made of has a known vulnerability: `python tools/audit.py [--advisories FILE]`.

Every package of every lock, Python's and npm's, is asked of OSV, or looked up in FILE, records of OSV fetched on another machine
(a JSON list, or the `all.zip` that OSV publishes for an ecosystem; the option once for each file). What is known and lived with stands in
docs/security/accepted.yml. Ends with 0: nothing else is known; 1: something is, or an acceptance needs another look;
2: the data could not be had, nothing was checked.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import advisories
from advisories import Finding, NoData
from locked import ROOT, Locked, everything
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

ACCEPTED = ROOT / "docs" / "security" / "accepted.yml"
LONGEST_DAYS = 190
"""An acceptance holds for half a year at most; then somebody looks again."""
FIELDS = ("id", "package", "version", "reason", "not_exposed", "until")
ENDED = "FIN-DE-VIE"
"""Stands for an id where a package gets no more corrections at all."""
INTERPRETER, NO_MORE_CORRECTIONS = ("python", "3.10"), datetime.date(2026, 10, 31)
"""PEP 619. No advisory source knows the interpreter by the name of a package, so that its end is kept here."""


@dataclass(frozen=True)
class Accepted:
    """A vulnerability that is lived with: in which version, why it is there, why it does not reach us, until when that was thought
    through."""

    id: str
    package: str
    version: str
    reason: str
    not_exposed: str
    until: datetime.date


def read_accepted(file: Path, today: datetime.date) -> list[Accepted]:
    """Return what is accepted. Raises ValueError, in French, where the file cannot be read or an entry lacks something or runs too long."""
    try:
        entries = YAML(typ="safe").load(file.read_text(encoding="utf-8")) or []
    except (OSError, YAMLError, UnicodeDecodeError) as error:
        where = getattr(error, "problem_mark", None)
        raise ValueError(f"{file.name} ne se lit pas{f', ligne {where.line + 1}' if where else ''}") from None
    if not isinstance(entries, list) or not all(isinstance(held, dict) for held in entries):
        raise ValueError(f"{file.name} doit être une liste d’entrées")
    made = []
    for held in entries:
        lacking = [name for name in FIELDS if not held.get(name)]
        if lacking:
            raise ValueError(f"{file.name}, {held.get('id', 'sans id')} : il manque {', '.join(lacking)}")
        if not isinstance(held["until"], datetime.date) or held["until"] > today + datetime.timedelta(days=LONGEST_DAYS):
            raise ValueError(f"{file.name}, {held['id']} : « until » doit être une date à moins de {LONGEST_DAYS} jours")
        id, package, version, reason, not_exposed = (str(held[name]) for name in FIELDS[:-1])
        made.append(Accepted(id, package, version, reason, not_exposed, held["until"]))
    return made


def outdated(accepted: Sequence[Accepted], packages: Iterable[Locked], today: datetime.date) -> list[str]:
    """Return what is wrong with the acceptances themselves, in French; needs no network."""
    locked = {(package.name, package.version) for package in packages} | {INTERPRETER}
    faults = [
        f"{entry.package} : {entry.id} n’est plus acceptée depuis le {entry.until:%d/%m/%Y}, à réexaminer"
        for entry in accepted
        if entry.until < today
    ]
    faults += [
        f"{entry.package} {entry.version} : {entry.id} est acceptée pour une version qu’aucun verrou ne tient plus, à réexaminer ou à ôter"
        for entry in accepted
        if (entry.package, entry.version) not in locked
    ]
    if today > NO_MORE_CORRECTIONS and INTERPRETER[0] not in {entry.package for entry in accepted if entry.id == ENDED}:
        faults.append(
            f"Python {INTERPRETER[1]} ne reçoit plus de corrections depuis le {NO_MORE_CORRECTIONS:%d/%m/%Y}, sans entrée {ENDED}"
        )
    return faults


def judge(findings: Iterable[Finding], accepted: Iterable[Accepted]) -> list[str]:
    """Return the vulnerabilities that nobody has accepted, in French, each once under all its names."""
    known = {(entry.package, entry.version, entry.id) for entry in accepted}
    groups: list[tuple[Locked, set[str], set[str]]] = []
    for found in findings:
        names, fixed = set(found.names), set(found.fixed)
        for group in [held for held in groups if held[0] == found.package and held[1] & names]:
            groups.remove(group)
            names |= group[1]
            fixed |= group[2]
        groups.append((found.package, names, fixed))
    return [
        f"{package.name} {package.version} ({package.ecosystem}) : {', '.join(sorted(names))}, "
        f"corrigée par {', '.join(sorted(fixed)) or 'aucune version'}"
        for package, names, fixed in groups
        if not any((package.name, package.version, name) in known for name in names)
    ]


def main(files: Sequence[Path] = (), service: str = advisories.SERVICE, today: datetime.date | None = None) -> int:
    """Judge and say; return the exit code."""
    today = today or datetime.date.today()
    packages = everything()
    try:
        accepted = read_accepted(ACCEPTED, today)
    except ValueError as error:
        print(f"✗ {error}.", file=sys.stderr)
        return 1
    old = outdated(accepted, packages, today)
    _say(old)
    try:
        found = advisories.read(files, packages) if files else advisories.ask(packages, service)
    except NoData as error:
        print(f"✗ Les vulnérabilités connues n’ont pas pu être demandées : {error}.", file=sys.stderr)
        print(
            "  Aucun paquet n’a été vérifié. Recommencez avec le réseau, ou donnez des avis d’OSV venus d’ailleurs "
            "(--advisories, voir tools/audit.py).",
            file=sys.stderr,
        )
        return 1 if old else 2
    faults = judge(found, accepted)
    _say(faults)
    print(f"{len(packages)} paquets, {len(accepted)} entrée(s) acceptée(s), {len(old) + len(faults)} point(s) à traiter.")
    return 1 if old or faults else 0


def _say(faults: Iterable[str]) -> None:
    for fault in faults:
        print(f"✗ {fault}", file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Failles connues de tout ce que Réso verrouille.")
    parser.add_argument("--advisories", type=Path, action="append", default=[], metavar="FICHIER", help="avis d’OSV, au lieu du réseau")
    sys.exit(main(parser.parse_args().advisories))
