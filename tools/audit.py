"""Asks whether anything that Réso runs on has a known vulnerability: `python tools/audit.py [REPORT]`.

The data come from pip-audit, run by uv on requirements/run.txt; REPORT is its JSON, made elsewhere:
`pip-audit -r requirements/run.txt --require-hashes --disable-pip -f json`. What is known and lived with stands in
docs/security/accepted.yml. Ends with 0: nothing else is known; 1: something is; 2: the data could not be had.
"""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locked import read_lock
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "run.txt"
ACCEPTED = ROOT / "docs" / "security" / "accepted.yml"
LONGEST_DAYS = 190
"""An acceptance holds for half a year at most; then somebody looks again."""
FIELDS = ("id", "package", "reason", "not_exposed", "until")


class NoData(Exception):
    """What is known could not be asked; the message says why, in French."""


@dataclass(frozen=True)
class Accepted:
    """A vulnerability that is lived with: why it is there, why it does not reach us, until when that was thought through."""

    id: str
    package: str
    reason: str
    not_exposed: str
    until: datetime.date


def read_accepted(file: Path, today: datetime.date) -> list[Accepted]:
    """Return what is accepted. Raises ValueError where an entry lacks something or runs for too long."""
    made = []
    for held in YAML(typ="safe").load(file.read_text(encoding="utf-8")) or []:
        lacking = [name for name in FIELDS if not held.get(name)]
        if lacking:
            raise ValueError(f"{file.name}, {held.get('id', 'sans id')} : il manque {', '.join(lacking)}")
        if not isinstance(held["until"], datetime.date) or held["until"] > today + datetime.timedelta(days=LONGEST_DAYS):
            raise ValueError(f"{file.name}, {held['id']} : « until » doit être une date à moins de {LONGEST_DAYS} jours")
        made.append(Accepted(**{name: held[name] for name in FIELDS}))
    return made


def judge(report: Mapping[str, Any], accepted: Iterable[Accepted], today: datetime.date, locked: Iterable[str]) -> list[str]:
    """Return what is to be dealt with, in French: unknown vulnerabilities, acceptances that ran out, packages not looked up.

    `report` is pip-audit's JSON; `locked` the names of the packages of the lock.
    """
    known = {(entry.package, entry.id): entry for entry in accepted}
    faults, looked_up = [], set()
    for package in report["dependencies"]:
        name = package["name"].lower().replace("_", "-")
        if "skip_reason" in package:
            continue
        looked_up.add(name)
        for found in package["vulns"]:
            entry = next((known[name, id] for id in (found["id"], *found.get("aliases", ())) if (name, id) in known), None)
            if entry is None:
                fixed = ", ".join(found.get("fix_versions") or ()) or "aucune version"
                faults.append(
                    f"{name} {package['version']} : {found['id']} ({', '.join(found.get('aliases', ())) or 'sans autre nom'}), corrigée par {fixed}"
                )
            elif entry.until < today:
                faults.append(f"{name} : {entry.id} n’est plus acceptée depuis le {entry.until:%d/%m/%Y}, à réexaminer")
    missing = sorted(set(locked) - looked_up)
    if missing:
        faults.append(
            f"{len(missing)} paquet(s) sans réponse, donc non vérifié(s) : {', '.join(missing[:10])}{' …' if len(missing) > 10 else ''}"
        )
    return faults


def ask() -> dict[str, Any]:
    """Return pip-audit's report on the lock. Raises NoData."""
    uv = shutil.which("uv") or str(ROOT / "var" / "uv" / "bin" / "uv")
    if not Path(uv).exists():
        raise NoData("uv manque : lancez « make setup-dev »")
    command = [
        uv, "tool", "run", "pip-audit", "-r", str(LOCK), "--require-hashes", "--disable-pip", "-f", "json", "--progress-spinner", "off", "--timeout", "30",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=900)
        return dict(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        raise NoData("pas de réponse en quinze minutes") from None
    except ValueError:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise NoData(lines[-1][:300] if lines else "raison inconnue") from None


def main(report: Path | None) -> int:
    """Judge and say; return the exit code."""
    today = datetime.date.today()
    names = {package.name for package in read_lock(LOCK)}
    try:
        held = json.loads(report.read_text(encoding="utf-8")) if report else ask()
        if not any("vulns" in package for package in held["dependencies"]):
            raise NoData("l’index joint ne donne pas de vulnérabilités")
    except NoData as error:
        print(f"✗ Les vulnérabilités connues n’ont pas pu être demandées : {error}.", file=sys.stderr)
        print(
            "  Rien n’a été vérifié. Recommencez avec le réseau, ou donnez un rapport de pip-audit fait ailleurs (voir tools/audit.py).",
            file=sys.stderr,
        )
        return 2
    faults = judge(held, read_accepted(ACCEPTED, today), today, names)
    for fault in faults:
        print(f"✗ {fault}", file=sys.stderr)
    print(f"{len(names)} paquets, {len(faults)} point(s) à traiter.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
