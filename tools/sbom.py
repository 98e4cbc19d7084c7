"""Writes what Réso is made of as CycloneDX 1.5 (ECMA-424), from the locks: `python tools/sbom.py [FILE]`.

Every component has its version, its package URL, a digest of each file that the lock admits for it, and its scope: `required` runs
in front of visitors (Python packages, and what the widget is bundled from), `excluded` only builds, tests or installs.
"""

from __future__ import annotations

import datetime
import json
import platform
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from locked import MAKES, ROOT, Locked, everything


def bom(packages: Sequence[Locked], python: str, at: datetime.datetime) -> dict[str, Any]:
    """Return the bill of materials; `python`: the interpreter's version.

    The serial number depends on the components only: equal locks, equal numbers.
    """
    interpreter = {
        "type": "platform",
        "bom-ref": f"pkg:generic/python@{python}",
        "name": "python",
        "version": python,
        "purl": f"pkg:generic/python@{python}",
        "cpe": f"cpe:2.3:a:python:python:{python}:*:*:*:*:*:*:*",
        "scope": "required",
    }
    what = "\n".join([python, *(f"{package.purl} {package.scope} {' '.join(package.hashes)}" for package in packages)])
    running = [package.purl for package in packages if package.scope != MAKES]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, what)}",
        "version": 1,
        "metadata": {"timestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}", "component": {"type": "application", "name": "reso", "bom-ref": "reso"}},
        "components": [interpreter, *(_component(package) for package in packages)],
        "dependencies": [{"ref": "reso", "dependsOn": [interpreter["bom-ref"], *running]}],
    }


def _component(package: Locked) -> dict[str, Any]:
    group, _, name = package.name.rpartition("/")
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": package.purl,
        "name": name,
        "version": package.version,
        "purl": package.purl,
        "scope": package.scope,
        "hashes": [{"alg": package.algorithm, "content": digest} for digest in package.hashes],
    }
    if group:
        made["group"] = group
    if package.marker:
        made["properties"] = [{"name": "reso:marker", "value": package.marker}]
    return made


def main(target: Path) -> None:
    """Write the file and say so."""
    made = bom(everything(), platform.python_version(), datetime.datetime.utcnow())
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{target} : {len(made['components'])} composants (CycloneDX 1.5)")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "results" / "sbom.json")
