"""Figures kept in the repository, so that a change that makes understanding worse is seen before it is merged. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bot.evaluation.measuring import Row, shares

TOLERANCE = 0.02
"""A share may fall by so much before it counts as a drop: two standard errors of a share near 0.9 of 900 questions."""

GOOD = ("right", "helped", "refused_near", "refused_far", "refused_hostile")
"""Figures that should be high; « wrong » should be low."""


def figures(rows: Sequence[Row]) -> dict[str, float]:
    """Return the figures of one run, clean and noisy: shares from 0 to 1."""
    found: dict[str, float] = {}
    for noise in ("clean", "noisy"):
        mine = [r for r in rows if r.noise == noise]
        inside = shares([r for r in mine if r.in_scope])
        found[f"{noise}.right"] = inside["right"]
        found[f"{noise}.helped"] = inside["right"] + inside["rescued"]
        found[f"{noise}.wrong"] = inside["wrong"]
        for name, label in (("near", "near_miss"), ("far", "off_topic"), ("hostile", "hostile")):
            held = [r for r in mine if r.label == f"out_of_scope/{label}"]
            found[f"{noise}.refused_{name}"] = shares(held)["refused"]
    return {name: round(share, 4) for name, share in found.items()}


def drops(now: dict[str, float], before: dict[str, float]) -> list[str]:
    """Return what got worse by more than TOLERANCE, in French."""
    worse = []
    for name, old in before.items():
        new = now.get(name, 0.0)
        lost = new - old if name.endswith("wrong") else old - new
        if lost > TOLERANCE:
            worse.append(f"{name} : {old:.1%} → {new:.1%}")
    return worse


def read_baseline(file: Path) -> dict[str, dict[str, float]]:
    """Return the kept figures by run (« short », « full »); {} where there is no file."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def keep_baseline(file: Path, run: str, now: dict[str, float]) -> None:
    """Write the figures of a run, the others unchanged."""
    kept = read_baseline(file) | {run: now}
    file.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
