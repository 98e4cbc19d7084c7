"""When people are told that no person answers them, and where in a reply."""

from __future__ import annotations

import datetime

import pytest

from bot.channels.introducing import introduced
from bot.channels.message import Reply

NOW = datetime.datetime(2026, 11, 23, 9)
QUESTION, GREETING = Reply(("Une réponse.", "Sa suite.")), Reply(("Bonjour, je suis l’assistant virtuel.",))


@pytest.mark.parametrize(
    ("hours", "anew", "said"),
    [(None, False, True), (1.0, False, False), (23.9, False, False), (24.0, False, True), (1.0, True, True), (None, True, True)],
)
def test_it_is_said_at_the_beginning_after_a_day_and_when_a_talk_begins_anew(hours: float | None, anew: bool, said: bool) -> None:
    last = None if hours is None else NOW - datetime.timedelta(hours=hours)
    texts = introduced(QUESTION, last, NOW, anew).texts
    assert texts[-2:] == QUESTION.texts
    assert [("assistant virtuel" in text, "supprime mes données" in text) for text in texts[:-2]] == [(True, last is None)] * said


def test_a_reply_that_says_so_is_not_told_twice() -> None:
    (greeting,) = introduced(GREETING, None, NOW).texts
    assert greeting.startswith(GREETING.texts[0])
    assert greeting.count("assistant virtuel") == 1
    assert "supprime mes données" in greeting
    assert introduced(GREETING, NOW - datetime.timedelta(days=3), NOW) == GREETING


def test_who_has_just_been_forgotten_is_told_nothing_else() -> None:
    erased = Reply(("C’est fait.",), erased=True)
    assert introduced(erased, None, NOW) == erased


def test_nothing_is_added_to_a_reply_without_words() -> None:
    assert introduced(Reply(()), None, NOW) == Reply(())
