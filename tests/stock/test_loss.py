"""What is lost, overtaken or said although it is not so: rows 14, 15, 17, 22 and 26 of docs/faults.md, on stock Rasa and on Réso."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from tests.faults.watching import held, rows
from tests.journeys.serving import Servers, Visitor
from tests.journeys.storming import QUESTIONS
from tests.stock.serving import LOCK_SECONDS, SLOW, SLOW_SECONDS, Stock, ask, halted, said, slowest, texts

pytestmark = pytest.mark.servers

TURNS, EARLY = 20, 8
LIVE_SECONDS = 2.0
"""What tells a loop that is blocked by a locked store from one on a busy machine: the store is waited for three times a second."""


def a_sender() -> str:
    return f"visiteur-{uuid.uuid4().hex}"


def answered_in_order(url: str, sender: str, first: str, second: str, busy: AbstractContextManager[object]) -> list[str]:
    """Say two things in one conversation, the second while the first is being answered; return them as they were answered.

    `busy`: holds the first up, until a second after the second was said.
    """
    order: list[str] = []

    def say(text: str) -> None:
        ask(url, {"sender": sender, "message": text})
        order.append(text)

    threads = [threading.Thread(target=say, args=(text,)) for text in (first, second)]
    with busy:
        threads[0].start()
        time.sleep(LOCK_SECONDS + 0.5)
        threads[1].start()
        time.sleep(1.0)
    for thread in threads:
        thread.join(60)
    return order


def test_row_15_a_second_message_overtakes_and_loses_the_first_with_stock_and_waits_with_reso(stock: Stock, reso: Servers) -> None:
    assert LOCK_SECONDS < SLOW_SECONDS
    sender = a_sender()
    assert answered_in_order(stock.url, sender, SLOW, "bonjour", nullcontext()) == ["bonjour", SLOW]
    assert said(stock.tracker, sender) == ["bonjour"], "the first is not in the store"
    first, second = QUESTIONS[0].ask, QUESTIONS[1].ask
    order = answered_in_order(reso.url, sender, first, second, halted(reso, "bot.serving.actions"))
    assert order == [first, second]
    assert said(reso.folder / "tracker.db", sender) == [first, second]


def asked_with_the_store_locked(url: str, watched: str, tracker: Path, sender: str, text: str) -> tuple[str, float]:
    """Ask while another process holds the tracker's store; return the reply and the slowest answer to `watched` meanwhile, in s."""
    with held(tracker), slowest(watched) as seconds:
        status, reply = ask(url, {"sender": sender, "message": text})
    assert status == 200
    return texts(reply), seconds()


def test_rows_14_and_22_a_locked_store_blocks_stock_and_loses_the_turn_that_it_answers_and_does_neither_to_reso(
    stock: Stock, reso: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    sender = a_sender()
    assert ask(stock.url, {"sender": sender, "message": "bonjour"})[0] == 200
    text, blocked = asked_with_the_store_locked(stock.url, f"{stock.url}/", stock.tracker, sender, "je suis Nadia")
    assert text == "C’est noté."
    assert blocked > LIVE_SECONDS
    reply = ask(stock.url, {"sender": sender, "message": "qui suis-je ?"})[1]
    assert "Nadia" not in texts(reply), "said to be noted, and forgotten"
    assert "je suis Nadia" not in said(stock.tracker, sender)
    visitor, tracker = Visitor(reso.url).says(QUESTIONS[0].ask), reso.folder / "tracker.db"
    text, live = asked_with_the_store_locked(reso.url, f"{reso.url}/health/live", tracker, visitor.sender, "dis-m'en plus")
    assert "excuses" in text, "what cannot be kept is not answered as if it were"
    assert live < LIVE_SECONDS
    kept = rows(reso.folder / "reso.db", "select state from inbox where sender = ? and text = ?", (visitor.conversation, "dis-m'en plus"))
    assert kept == [("failed",)], "the staff sees it"
    assert visitor.says("dis-m'en plus").answers == ["cas/ikea"], "the talk goes on where it was"
    with capsys.disabled():
        print(f"\nstore locked: / of stock in {blocked:.1f} s at most, /health/live of Réso in {live:.2f} s")


def test_row_17_without_its_action_server_stock_says_that_it_worked_and_reso_does_what_was_asked(stock: Stock, reso: Servers) -> None:
    stock.kill_actions()
    assert texts(ask(stock.url, {"sender": a_sender(), "message": "commande"})[1]) == "Votre commande est prise."
    (pid,) = reso.pids("bot.serving.actions")
    os.kill(pid, signal.SIGKILL)
    visitor = Visitor(reso.url).says(QUESTIONS[2].ask)
    assert visitor.answers == ["cas/booktok"] or "excuses" in visitor.text
    assert visitor.says(QUESTIONS[0].ask).answers == ["cas/ikea"]


def test_row_26_the_session_that_each_turn_reads_grows_with_stock_and_stays_short_with_reso(
    stock: Stock, reso: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    def sizes(url: str, tracker: Path, sender: str, talk: Callable[[int], str]) -> tuple[list[int], list[float]]:
        """Return the events of the session after each turn, and the seconds that each took."""
        begun = "select max(id) from events where type_name = 'session_started' and sender_id like ?"
        session = f"select count(*) from events where id >= ({begun}) and sender_id like ?"
        counts, seconds = [], []
        for turn in range(TURNS):
            began = time.monotonic()
            assert ask(url, {"sender": sender, "message": talk(turn)})[0] == 200
            seconds.append(time.monotonic() - began)
            counts.append(rows(tracker, session, 2 * (f"%{sender}",))[0][0])
        return counts, seconds

    counts, stock_seconds = sizes(stock.url, stock.tracker, a_sender(), lambda turn: "commande")
    assert counts[-1] > 1.8 * counts[EARLY]
    talk = [question.ask for question in QUESTIONS]
    short, reso_seconds = sizes(reso.url, reso.folder / "tracker.db", a_sender(), lambda turn: talk[turn % len(talk)])
    assert max(short) < 1.5 * max(short[:EARLY])
    with capsys.disabled():
        print(
            f"\n{TURNS} turns: {counts[-1]} events of stock, {max(short)} of Réso at most; the last three turns "
            f"{sum(stock_seconds[-3:]) / 3 * 1000:.0f} ms and {sum(reso_seconds[-3:]) / 3 * 1000:.0f} ms"
        )
