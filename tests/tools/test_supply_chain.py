"""What Réso is made of is written down whole; a known vulnerability is either dealt with or accepted for a time, with reasons."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import audit
import pytest
import sbom
from audit import Accepted, judge, read_accepted
from locked import read_lock

from bot.settings import ROOT

TODAY = datetime.date(2026, 11, 23)
ACCEPTED = [Accepted("CVE-2024-3660", "keras", "Rasa", "jamais chargé", TODAY)]


def report(*found: dict[str, Any], name: str = "keras", **more: Any) -> dict[str, Any]:
    """Return what pip-audit says of one package."""
    return {"dependencies": [{"name": name, "version": "2.12.0", "vulns": list(found), **more}], "fixes": []}


KERAS = {"id": "PYSEC-2024-1", "aliases": ["CVE-2024-3660", "GHSA-x"], "fix_versions": ["2.13.1"], "description": "…"}


@pytest.mark.parametrize(
    ("given", "today", "said"),
    [
        (report(), TODAY, []),
        (report(KERAS), TODAY, []),
        (report(KERAS), TODAY + datetime.timedelta(days=1), ["n’est plus acceptée"]),
        (report({**KERAS, "aliases": []}), TODAY, ["PYSEC-2024-1 (sans autre nom), corrigée par 2.13.1"]),
        (report({"id": "CVE-2026-1", "aliases": [], "fix_versions": []}), TODAY, ["CVE-2026-1"]),
        (report(KERAS, name="tensorflow"), TODAY, ["tensorflow 2.12.0", "sans réponse"]),
        ({"dependencies": [{"name": "keras", "skip_reason": "not found"}]}, TODAY, ["1 paquet(s) sans réponse"]),
        ({"dependencies": []}, TODAY, ["sans réponse"]),
    ],
)
def test_what_the_audit_stops_on(given: dict[str, Any], today: datetime.date, said: list[str]) -> None:
    faults = judge(given, ACCEPTED, today, {"keras"})
    assert len(faults) == len(said)
    for fault, expected in zip(faults, said):
        assert expected in fault


@pytest.mark.parametrize(
    "entry",
    [
        "- {id: CVE-1, package: a, reason: r, until: 2026-12-01}",
        "- {id: CVE-1, package: a, reason: r, not_exposed: '', until: 2026-12-01}",
        "- {id: CVE-1, package: a, reason: r, not_exposed: n, until: 2028-12-01}",
        "- {id: CVE-1, package: a, reason: r, not_exposed: n, until: bientôt}",
    ],
)
def test_an_acceptance_without_reasons_or_end_is_none(entry: str, tmp_path: Path) -> None:
    (tmp_path / "accepted.yml").write_text(entry)
    with pytest.raises(ValueError, match="CVE-1"):
        read_accepted(tmp_path / "accepted.yml", TODAY)


def test_ours_are_complete_and_about_what_is_locked() -> None:
    names = {package.name for package in read_lock(audit.LOCK)}
    accepted = read_accepted(audit.ACCEPTED, TODAY)
    assert {entry.package for entry in accepted} <= names


def test_without_data_nothing_passes_for_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "report.json"
    file.write_text(json.dumps({"dependencies": [{"name": "keras", "skip_reason": "not found"}]}))
    assert audit.main(file) == 2
    assert "Rien n’a été vérifié" in capsys.readouterr().err


def test_the_bill_of_materials_names_every_locked_package_with_its_hashes(tmp_path: Path) -> None:
    sbom.main(tmp_path / "sbom.json")
    made = json.loads((tmp_path / "sbom.json").read_text("utf-8"))
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.5")
    by_name = {component["name"]: component for component in made["components"]}
    lock = (ROOT / "requirements" / "run.txt").read_text("utf-8")
    assert len(by_name) == len(re.findall(r"^[a-z0-9].*==", lock, re.MULTILINE)) > 100
    assert by_name["rasa"]["purl"] == "pkg:pypi/rasa@3.6.21"
    assert sum(len(component["hashes"]) for component in made["components"]) == lock.count("--hash=sha256:")
    assert len({component["bom-ref"] for component in made["components"]}) == len(by_name)


def test_a_package_without_hash_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock.txt").write_text("aiohttp==3.14.5\n")
    with pytest.raises(ValueError, match="aiohttp"):
        read_lock(tmp_path / "lock.txt")
