"""`python -m bot.evaluation [--voices N]`: leave one voice out, in turn; a summary in the terminal."""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from bot.evaluation.examples import Example, read_examples, voices
from bot.evaluation.measuring import Row, best_sharpness, calibration_error, confusions, outcome_of, shares
from bot.knowledge.entry import KINDS
from bot.language.recognising import recognise
from bot.nlu.noise import noisy, with_noise
from bot.nlu.question_classifier_settings import DEFAULTS
from bot.nlu.question_model import QuestionModel, group_of
from bot.nlu.routing import Route, route
from bot.settings import ROOT

TEST_SEED = 99
"""Noise of the badly typed half of the test; training uses other seeds."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; write every row to results/rows.jsonl."""
    parser = argparse.ArgumentParser(prog="python -m bot.evaluation")
    parser.add_argument("--voices", type=int, default=0, help="mesurer seulement les N premières voix")
    chosen = parser.parse_args(arguments)
    examples = read_examples(ROOT / "data" / "nlu")
    held_out = voices(examples)[: chosen.voices or None]
    rows: list[Row] = []
    sharpest: list[float] = []
    for number, voice in enumerate(held_out, 1):
        started = time.monotonic()
        found, sharp = ask_voice(examples, voice)
        rows += found
        sharpest.append(sharp)
        clean = shares([r for r in found if r.in_scope and r.noise == "clean"])
        print(
            f"[{number}/{len(held_out)}] {voice:14} juste {clean['right']:.1%}  proposé {clean['rescued']:.1%}  faux {clean['wrong']:.1%}"
            f"  muet {clean['silent']:.1%}  ({time.monotonic() - started:.0f} s)",
            flush=True,
        )
    report(rows, float(np.mean(sharpest)))
    return 0


def ask_voice(examples: list[Example], voice: str) -> tuple[list[Row], float]:
    """Train without `voice` and a tenth of the other messages; ask them, clean and badly typed."""
    others = [e for e in examples if not e.in_scope]
    fold = sum(map(ord, voice)) % 10
    asked_others = [e for n, e in enumerate(others) if n % 10 == fold]
    asked = [e for e in examples if e.in_scope and e.voice == voice] + asked_others
    left_out = set(map(id, asked))
    learnt = [e for e in examples if id(e) not in left_out]
    texts, labels = with_noise([e.text for e in learnt], [e.label for e in learnt], lambda label: DEFAULTS["noisy_copies"][group_of(label)])
    model = QuestionModel.train(
        texts, labels, DEFAULTS["views"], DEFAULTS["regularisation"], DEFAULTS["sharpness"], DEFAULTS["group_sharpness"]
    )
    rows = []
    for noise in ("clean", "noisy"):
        typed = [e.text if noise == "clean" else noisy(e.text, TEST_SEED) for e in asked]
        for example, text, chances in zip(asked, typed, model.predict(typed)):
            certain = recognise(text)
            found = Route(certain, 1.0, ()) if certain else route(dict(zip(model.labels, map(float, chances))))
            outcome, answered, suggested = outcome_of(found, KINDS)
            in_scope = example.in_scope
            rows.append(Row(text, example.label, voice, noise, in_scope, outcome, answered, suggested, found.confidence))
    place = {label: n for n, label in enumerate(model.labels)}
    truths = np.array([place[e.label] for e in asked])
    return rows, best_sharpness(model.margins([e.text for e in asked])[:, :-3], truths)


def report(rows: list[Row], sharpness: float) -> None:
    """Print the summary and keep the rows."""
    for noise in ("clean", "noisy"):
        inside = shares([r for r in rows if r.in_scope and r.noise == noise])
        print(
            f"\n{noise:6} juste {inside['right']:.1%}  juste ou proposé {inside['right'] + inside['rescued']:.1%}  faux {inside['wrong']:.1%}"
        )
        kinds: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row.noise == noise and not row.in_scope:
                kinds[
                    row.label if row.label.startswith(("out_of_scope", "other_language", "distress", "insult")) else "conversation"
                ].append(row)
        for kind, held in sorted(kinds.items()):
            print(f"       {kind:28} sans réponse du fonds {shares(held)['refused']:.1%}  (n={len(held)})")
    print(f"\ncalibration : écart {calibration_error(rows):.3f} ; netteté la meilleure {sharpness:.2f}")
    print("confusions les plus fréquentes :")
    for wanted, got, times in confusions([r for r in rows if r.noise == "clean"]):
        print(f"  {times:4}  {wanted} → {got}")
    out = Path(ROOT / "results")
    out.mkdir(exist_ok=True)
    with (out / "rows.jsonl").open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps({**vars(row), "verdict": row.verdict}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
