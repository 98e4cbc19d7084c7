"""Answer, suggest or refuse."""

import pytest

from bot.knowledge.choosing import ANSWER_AT, Answered, Refused, Unsure, choose


@pytest.mark.parametrize(
    ("candidates", "kind"),
    [
        ([("faq/ventes", 0.9), ("faq/notoriete", 0.05)], Answered),
        ([("faq/ventes", ANSWER_AT - 0.02), ("faq/notoriete", 0.2)], Unsure),
        ([("faq/ventes", 0.05), ("faq/notoriete", 0.04)], Refused),
        ([], Refused),
    ],
)
def test_sure_unsure_and_not_at_all(candidates: list[tuple[str, float]], kind: type) -> None:
    assert isinstance(choose(candidates), kind)


def test_two_to_four_are_suggested() -> None:
    chosen = choose([(f"sujet/{n}", 0.14) for n in "abcdef"])
    assert isinstance(chosen, Unsure)
    assert 2 <= len(chosen.ids) <= 4


def test_a_far_second_is_not_suggested() -> None:
    chosen = choose([("sujet/a", ANSWER_AT - 0.01), ("sujet/b", 0.2), ("sujet/c", 0.01)])
    assert isinstance(chosen, Unsure)
    assert "sujet/c" not in chosen.ids
