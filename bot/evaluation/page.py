"""The report page: one HTML file with charts, nothing fetched from anywhere."""

from __future__ import annotations

import io
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
from jinja2 import Environment, FileSystemLoader, select_autoescape

from bot.evaluation.measuring import Row, calibration_bins, calibration_error, confusions, risk_coverage, shares

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  the backend must be chosen first

VERDICTS = {"right": ("juste", "#2e7d5b"), "rescued": ("proposé", "#8fc1a9"), "silent": ("muet", "#c9c9c9"), "wrong": ("faux", "#c0392b")}
NOISES = {"clean": "bien écrit", "noisy": "mal écrit"}
WORST = 60
"""Wrong answers shown, the surest first."""


def write_page(file: Path, rows: Sequence[Row], now: dict[str, float], before: dict[str, float], peers: Path) -> Path:
    """Write the report of `rows` and return its place. `peers`: what `--peers` left, shown where it is there."""
    inside = [r for r in rows if r.in_scope]
    charts = {
        "Par famille de fiches": bars(inside, lambda r: r.label.partition("/")[0]),
        "Par voix laissée de côté": bars(inside, lambda r: r.voice),
        "Risque selon la couverture": curve(rows),
        "Calibration des réponses": reliability(rows),
        "Les identifiants les plus confondus": heat(inside),
    }
    compared: list[dict[str, Any]] = json.loads(peers.read_text(encoding="utf-8")) if peers.exists() else []
    worst = sorted((r for r in rows if r.verdict == "wrong"), key=lambda r: -r.confidence)[:WORST]
    outside = [
        (label, *(shares([r for r in rows if r.label == label and r.noise == n])["refused"] for n in NOISES))
        for label in sorted({r.label for r in rows if r.label.startswith("out_of_scope/")})
    ]
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(["html"]))
    text = environment.get_template("page.html").render(
        now=now, before=before, charts=charts, peers=compared, worst=worst, outside=outside, noises=NOISES, questions=len(inside) // 2,
        voices=len({r.voice for r in rows}), confusions=confusions(inside, 20), gap=calibration_error(list(rows)),
    )  # fmt: skip
    file.write_text(text, encoding="utf-8")
    return file


def svg(figure: Any) -> str:
    """Return a figure as SVG text and close it."""
    out = io.StringIO()
    figure.savefig(out, format="svg", bbox_inches="tight")
    pyplot.close(figure)
    return out.getvalue()[out.getvalue().index("<svg") :]


def bars(rows: Sequence[Row], group: Any) -> str:
    """Return stacked bars of verdicts by group, clean above badly typed."""
    groups = sorted({group(r) for r in rows})
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 0.35 * len(groups) + 1.2), sharey=True)
    for axis, (noise, name) in zip(axes, NOISES.items()):
        left = [0.0] * len(groups)
        counted = [shares([r for r in rows if group(r) == g and r.noise == noise]) for g in groups]
        for verdict, (word, colour) in VERDICTS.items():
            widths = [c[verdict] * 100 for c in counted]
            axis.barh(groups, widths, left=left, color=colour, label=word)
            left = [a + b for a, b in zip(left, widths)]
        axis.set_title(name)
        axis.set_xlim(0, 100)
        axis.invert_yaxis()
    axes[1].legend(loc="lower right", fontsize=8)
    return svg(figure)


def curve(rows: Sequence[Row]) -> str:
    """Return the share wrong among answers against the share answered, as the bar of confidence rises."""
    figure, axis = pyplot.subplots(figsize=(6, 4))
    for noise, name in NOISES.items():
        points = risk_coverage([r for r in rows if r.noise == noise and r.in_scope])
        axis.plot([100 * c for c, _ in points], [100 * w for _, w in points], label=name)
    axis.set_xlabel("questions répondues, %")
    axis.set_ylabel("réponses fausses, %")
    axis.legend()
    axis.grid(alpha=0.3)
    return svg(figure)


def reliability(rows: Sequence[Row]) -> str:
    """Return the share right against confidence: on the diagonal, 0.7 means right seven times in ten."""
    figure, axis = pyplot.subplots(figsize=(5, 4.5))
    bins = calibration_bins(rows)
    axis.plot([0, 1], [0, 1], color="#999", linewidth=1)
    axis.plot([b[0] for b in bins], [b[1] for b in bins], marker="o", color="#2e7d5b")
    axis.set_xlabel("confiance annoncée")
    axis.set_ylabel("part de réponses justes")
    return svg(figure)


def heat(rows: Sequence[Row], most: int = 22) -> str:
    """Return a map of the ids that are most often answered for one another."""
    wrong = Counter((r.label, r.answered) for r in rows if r.verdict == "wrong" and r.answered)
    weight: dict[str, int] = defaultdict(int)
    for (wanted, got), times in wrong.items():
        weight[wanted] += times
        weight[got] += times
    ids = sorted(sorted(weight, key=lambda i: -weight[i])[:most])
    figure, axis = pyplot.subplots(figsize=(9, 8))
    axis.imshow([[wrong[(a, b)] for b in ids] for a in ids], cmap="Reds")
    axis.set_xticks(range(len(ids)), ids, rotation=90, fontsize=7)
    axis.set_yticks(range(len(ids)), ids, fontsize=7)
    axis.set_ylabel("attendu")
    axis.set_xlabel("répondu")
    return svg(figure)
