"""`python -m bot.evaluation [--short] [--voices a,b] [--keep] [--peers]`: leave one voice out, in turn.

A summary in the terminal, a page with charts in results/evaluation.html, rows in results/rows.jsonl. `--short` asks two
voices and compares with tests/evaluation/baseline.json: exit code 1 where a figure fell. `--peers` compares other ways.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from functools import partial

import numpy as np

from bot.evaluation.asking import Asked, ask_voice
from bot.evaluation.baseline import drops, figures, keep_baseline, read_baseline
from bot.evaluation.examples import read_examples, voices
from bot.evaluation.measuring import Row, best_weights, calibration_error, confusions, shares
from bot.evaluation.page import write_page
from bot.settings import ROOT

BASELINE = ROOT / "tests" / "evaluation" / "baseline.json"
RESULTS = ROOT / "results"
SHORT = ("fautes", "retraite")
"""The voices of the short run: the worst spelt and the furthest from the others."""


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, write the page; return 1 where a figure fell below the baseline."""
    parser = argparse.ArgumentParser(prog="python -m bot.evaluation", description="Mesurer la compréhension, voix par voix")
    parser.add_argument("--short", action="store_true", help=f"seulement les voix {', '.join(SHORT)}")
    parser.add_argument("--voices", default="", help="seulement ces voix, séparées par des virgules")
    parser.add_argument("--keep", action="store_true", help="garder ces chiffres comme référence")
    parser.add_argument("--peers", action="store_true", help="comparer à d’autres méthodes, DIET comprise (plus d’une heure)")
    chosen = parser.parse_args(arguments)
    if chosen.peers:
        from bot.evaluation.peers import compare

        return compare(RESULTS)
    examples = read_examples(ROOT / "data" / "nlu")
    asked = SHORT if chosen.short else tuple(v for v in chosen.voices.split(",") if v) or tuple(voices(examples))
    told = ask_all(examples, asked)
    rows = [row for one in told for row in one.rows]
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / "rows.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({**vars(row), "verdict": row.verdict}, ensure_ascii=False) + "\n" for row in rows)
    now = figures(rows)
    tell(rows, now)
    tell_likeliest(told)
    run = "short" if chosen.short else "full"
    kept = read_baseline(BASELINE)
    page = write_page(RESULTS / "evaluation.html", rows, now, kept.get(run, {}), RESULTS / "peers.json")
    print(f"\nPage : {page}")
    if chosen.keep:
        keep_baseline(BASELINE, run, now)
        return 0
    worse = drops(now, kept.get(run, {})) if not chosen.voices else []
    for line in worse:
        print(f"✗ recul : {line}")
    return 1 if worse else 0


def ask_all(examples: list, asked: tuple[str, ...]) -> list[Asked]:
    """Ask every voice, as many at a time as there are cores; show each as it comes."""
    told: list[Asked] = []
    started = time.monotonic()
    with multiprocessing.Pool(
        min(os.cpu_count() or 1, len(asked)), initializer=partial(os.environ.__setitem__, "OMP_NUM_THREADS", "1")
    ) as pool:
        for number, one in enumerate(pool.imap_unordered(partial(ask_voice, examples), asked), 1):
            told.append(one)
            found = one.rows
            clean = shares([r for r in found if r.in_scope and r.noise == "clean"])
            print(
                f"[{number}/{len(asked)}] {found[0].voice:14} juste {clean['right']:.1%}  proposé {clean['rescued']:.1%}  faux {clean['wrong']:.1%}"
                f"  muet {clean['silent']:.1%}  ({time.monotonic() - started:.0f} s)",
                flush=True,
            )
    return told


def tell(rows: list[Row], now: dict[str, float]) -> None:
    """Print the summary."""
    for noise, name in (("clean", "bien écrit"), ("noisy", "mal écrit")):
        print(
            f"\n{name:10} juste {now[f'{noise}.right']:.1%}  juste ou proposé {now[f'{noise}.helped']:.1%}  faux {now[f'{noise}.wrong']:.1%}"
        )
        for label in sorted({r.label for r in rows if r.label.startswith("out_of_scope/")}):
            held = [r for r in rows if r.noise == noise and r.label == label]
            print(f"           {label:28} refusé {shares(held)['refused']:.1%}  (n={len(held)})")
    print(f"\ncalibration : écart {calibration_error(rows):.3f}")
    print("confusions les plus fréquentes :")
    for wanted, got, times in confusions([r for r in rows if r.noise == "clean"]):
        print(f"  {times:4}  {wanted} → {got}")


def tell_likeliest(told: list[Asked]) -> None:
    """Print what these voices would have the constants be (`question_classifier_settings`, `groups`)."""
    print(f"netteté la plus vraisemblable : {np.mean([one.sharpness for one in told]):.2f}")
    weights, bias = best_weights(np.vstack([one.evidence for one in told]), np.concatenate([one.groups for one in told]))
    print(f"poids des groupes les plus vraisemblables : {np.round(weights, 2).tolist()}, {np.round(bias, 2).tolist()}")


if __name__ == "__main__":
    sys.exit(main())
