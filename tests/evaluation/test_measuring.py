"""The figures of `make evaluate` mean what they say."""

from pathlib import Path

import numpy as np
import pytest

from bot.evaluation.examples import read_examples, voices
from bot.evaluation.measuring import Row, best_sharpness, calibration_error, confusions, outcome_of, shares
from bot.knowledge.entry import KINDS
from bot.nlu.routing import Route


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


def test_a_talk_label_never_answers() -> None:
    assert outcome_of(Route("greet", 0.9, (("faq/ventes", 0.1),)), KINDS) == ("refused", "", ())
    assert outcome_of(Route("faq/ventes", 0.9, (("faq/ventes", 0.9),)), KINDS) == ("answered", "faq/ventes", ())


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
