"""The figures of `make evaluate` mean what they say."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.evaluation.baseline import drops, figures
from bot.evaluation.examples import read_examples, voices
from bot.evaluation.measuring import Row, best_sharpness, calibration_error, confusions, risk_coverage, shares
from bot.evaluation.page import write_page
from bot.knowledge.entry import KINDS


def a_row(
    label: str = "faq/ventes", outcome: str = "answered", answered: str = "", confidence: float = 0.9, suggested: tuple[str, ...] = ()
) -> Row:
    return Row("?", label, "ado", "clean", label.startswith(KINDS), outcome, answered, suggested, confidence)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (a_row(answered="faq/ventes"), "right"),
        (a_row(answered="faq/education"), "wrong"),
        (a_row(outcome="unsure", suggested=("faq/ventes", "cas/nike")), "rescued"),
        (a_row(outcome="unsure", suggested=("cas/nike",)), "silent"),
        (a_row(outcome="refused"), "silent"),
        (a_row("out_of_scope/off_topic", "answered", "faq/ventes"), "wrong"),
        (a_row("out_of_scope/off_topic", "unsure", suggested=("faq/ventes",)), "refused"),
    ],
)
def test_verdicts(row: Row, verdict: str) -> None:
    assert row.verdict == verdict


def test_shares_and_confusions() -> None:
    rows = [a_row(answered="faq/ventes"), a_row(answered="faq/education"), a_row(answered="faq/education"), a_row(outcome="refused")]
    assert shares(rows) == {"right": 0.25, "rescued": 0.0, "wrong": 0.5, "silent": 0.25, "refused": 0.0}
    assert confusions(rows) == [("faq/ventes", "faq/education", 2)]


def test_the_risk_rises_with_what_is_answered() -> None:
    rows = [a_row(answered="faq/ventes", confidence=0.9), a_row(answered="faq/education", confidence=0.4), a_row(outcome="refused")]
    assert risk_coverage(rows) == [(pytest.approx(1 / 3), 0.0), (pytest.approx(2 / 3), 0.5)]


def test_a_drop_is_told_and_a_gain_or_a_wobble_is_not() -> None:
    before = {"clean.right": 0.9, "clean.wrong": 0.05, "noisy.right": 0.8}
    assert drops({"clean.right": 0.91, "clean.wrong": 0.06, "noisy.right": 0.79}, before) == []
    assert len(drops({"clean.right": 0.85, "clean.wrong": 0.10, "noisy.right": 0.9}, before)) == 2


def test_the_page_shows_figures_and_the_surest_mistakes(tmp_path: Path) -> None:
    rows = [a_row(answered="faq/ventes"), a_row(answered="faq/education", confidence=0.97), a_row("out_of_scope/near_miss", "refused")]
    rows += [replace(r, noise="noisy") for r in rows]
    page = write_page(tmp_path / "page.html", rows, figures(rows), {}, tmp_path / "peers.json").read_text(encoding="utf-8")
    assert page.count("<svg") == 5
    assert "0.97" in page
    assert "http" not in re.sub(
        r"http://www.w3.org[^\"]*|http://purl[^\"]*|http://creativecommons[^\"]*|https://matplotlib[^\"<]*", "", page
    )


def test_an_overconfident_model_is_softened() -> None:
    margins = np.array([[1.0, 0.0]] * 10)
    half_right = np.array([0] * 5 + [1] * 5)
    all_right = np.zeros(10, dtype=int)
    assert best_sharpness(margins, half_right) < best_sharpness(margins, all_right)


def test_calibration_error_is_the_gap_between_said_and_true() -> None:
    rows = [a_row(answered="faq/ventes", confidence=0.95), a_row(answered="faq/education", confidence=0.95)]
    assert calibration_error(rows) == pytest.approx(0.45)
    assert calibration_error([]) == 0.0


def test_examples_are_read_with_their_voices(tmp_path: Path) -> None:
    (tmp_path / "ventes.yml").write_text(
        "nlu:\n  - intent: faq/ventes\n    metadata: {voice: ado}\n    examples: |\n      - sa fait vendre\n      - pr vendre\n"
        "  - lookup: brand\n    examples: |\n      - Nike\n",
        encoding="utf-8",
    )
    examples = read_examples(tmp_path)
    assert [(e.text, e.label, e.voice) for e in examples] == [("sa fait vendre", "faq/ventes", "ado"), ("pr vendre", "faq/ventes", "ado")]
    assert voices(examples) == ["ado"]
