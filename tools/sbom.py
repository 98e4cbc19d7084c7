"""Writes what Réso is made of as CycloneDX 1.5 (ECMA-424), from the lock: `python tools/sbom.py [FILE]`.

Every component has its version, its package URL and the SHA-256 of each file that the lock admits for it.
"""

from __future__ import annotations

import datetime
import json
import sys
import uuid
from pathlib import Path
from typing import Any

from locked import Locked, read_lock

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "run.txt"


def bom(packages: list[Locked], at: datetime.datetime) -> dict[str, Any]:
    """Return the bill of materials. The serial number depends on the packages only: equal locks, equal numbers."""
    what = "\n".join(f"{package.name}=={package.version} {' '.join(package.hashes)}" for package in packages)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, what)}",
        "version": 1,
        "metadata": {"timestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}", "component": {"type": "application", "name": "reso", "bom-ref": "reso"}},
        "components": [_component(package) for package in packages],
        "dependencies": [{"ref": "reso", "dependsOn": [_reference(package) for package in packages]}],
    }


def _component(package: Locked) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": _reference(package),
        "name": package.name,
        "version": package.version,
        "purl": _reference(package),
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.hashes],
    }
    if package.marker:
        made["properties"] = [{"name": "reso:marker", "value": package.marker}]
    return made


def _reference(package: Locked) -> str:
    return f"pkg:pypi/{package.name}@{package.version.replace('+', '%2B')}"


def main(target: Path) -> None:
    """Write the file and say so."""
    made = bom(read_lock(LOCK), datetime.datetime.utcnow())
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{target} : {len(made['components'])} composants (CycloneDX 1.5)")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "results" / "sbom.json")
