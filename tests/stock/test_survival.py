"""What ends a turn or a process, and what is left after it: rows 1, 16, 20, 25 and 28 of docs/faults.md, on stock Rasa and on Réso."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bot.serving.models import ARCHIVE, LAST_GOOD
from tests.faults.postgresql import cluster
from tests.faults.watching import pids, rows, until
from tests.journeys.serving import Servers, Visitor
from tests.journeys.storming import QUESTIONS
from tests.journeys.widget_client import BACK_SECONDS, Widget
from tests.stock.serving import POSTGRESQL, RESPONSE_SECONDS, SLOW, SLOW_SECONDS, Stock, ask, fetch, halted, said, texts

pytestmark = pytest.mark.servers


@contextmanager
def meanwhile(does: Callable[[], object]) -> Iterator[None]:
    """Let something be done while the block runs, and be done after it: the one server must not wait for the other."""
    doing = threading.Thread(target=does)
    doing.start()
    try:
        yield
    finally:
        doing.join(120)


def corrupt(tracker: Path, sender: str) -> None:
    """Damage what somebody said, as the store has it."""
    with closing(sqlite3.connect(tracker, timeout=10)) as opened, opened:
        changed = opened.execute("update events set data = '{' where sender_id = ? and type_name = 'user'", (sender,)).rowcount
    assert changed == 1


def test_row_1_a_sender_that_no_store_can_hold_ends_stock_and_is_refused_by_reso(stock: Stock, reso: Servers) -> None:
    impossible = {"sender": "\ud800", "message": "bonjour"}
    ask(stock.url, impossible)
    stock.ended()
    assert ask(stock.url, {"sender": "y", "message": "bonjour"}) == (0, None), "nobody is answered any more"
    before = pids(reso)
    status, reply = ask(reso.url, impossible)
    assert (status, "sender" in reply["error"]) == (400, True)
    assert pids(reso) == before
    assert Visitor(reso.url).says("bonjour").text


def test_row_16_a_turn_that_takes_too_long_gets_an_empty_answer_from_stock_and_a_sentence_from_reso(
    stock_server: Stock, reso: Servers
) -> None:
    visitor = Visitor(reso.url)
    with halted(reso, "bot.serving.actions"), meanwhile(lambda: visitor.says(QUESTIONS[0].ask)):
        assert RESPONSE_SECONDS < SLOW_SECONDS
        stock, sender = stock_server.up(api=False), f"visiteur-{uuid.uuid4().hex}"
        assert ask(stock.url, {"sender": sender, "message": SLOW}) == (200, [])
        time.sleep(SLOW_SECONDS - RESPONSE_SECONDS + 1)
        assert said(stock.tracker, sender) == [], "lost"
    assert visitor.answers == []
    assert "excuses" in visitor.text
    kept = rows(reso.folder / "reso.db", "select text, state from inbox where sender = ?", (visitor.conversation,))
    assert kept == [(QUESTIONS[0].ask, "failed")]


async def test_row_20_killed_in_a_turn_stock_loses_it_and_reso_answers_after_its_return(stock: Stock, reso: Servers) -> None:
    sender = f"visiteur-{uuid.uuid4().hex}"
    outcome: list[object] = []
    assert texts(ask(stock.url, {"sender": sender, "message": "bonjour"})[1])
    asking = threading.Thread(target=lambda: outcome.append(ask(stock.url, {"sender": sender, "message": SLOW})))
    asking.start()
    await asyncio.sleep(RESPONSE_SECONDS / 2)
    stock.kill()
    asking.join(30)
    assert outcome == [(0, None)], "who asked is told nothing"
    assert said(stock.tracker, sender) == ["bonjour"]
    back = asyncio.create_task(asyncio.to_thread(stock.up))
    async with Widget(reso.url) as visitor:
        with halted(reso, "bot.serving.actions"):
            id = await visitor.say(QUESTIONS[0].ask)
            await visitor.until(lambda: visitor.typing != [])
            (rasa,) = pids(reso)["rasa"]
            os.kill(rasa, signal.SIGKILL)
        assert QUESTIONS[0].word in str(await visitor.reply_to(id, 2 * BACK_SECONDS))
        assert len(visitor.replies_to(id)) == 1
    await back
    assert said(stock.tracker, sender) == ["bonjour"], "nor is it taken up"


def test_row_1_a_damaged_event_ends_stock_and_troubles_one_visitor_of_reso(stock: Stock, reso: Servers) -> None:
    sender = f"visiteur-{uuid.uuid4().hex}"
    assert texts(ask(stock.url, {"sender": sender, "message": "bonjour"})[1])
    corrupt(stock.tracker, sender)
    ask(stock.url, {"sender": sender, "message": "bonjour"})
    stock.ended()
    assert ask(stock.url, {"sender": "x", "message": "bonjour"}) == (0, None), "nobody is answered any more"
    hurt = Visitor(reso.url).says(QUESTIONS[0].ask)
    before = pids(reso)
    corrupt(reso.folder / "tracker.db", hurt.conversation)
    assert "excuses" in hurt.says(QUESTIONS[1].ask).text
    assert Visitor(reso.url).says(QUESTIONS[1].ask).answers == [QUESTIONS[1].entry]
    assert pids(reso) == before


def test_rows_1_and_25_on_postgresql_stock_forgets_a_long_id_and_ends_at_another_and_reso_refuses_both(
    stock_server: Stock, reso: Servers
) -> None:
    long, impossible = "v" * 300, "v\0"
    stock_server.kill()
    with cluster() as database:
        stock = stock_server.up(store=POSTGRESQL.format(port=database.port))
        for sender in ("v" * 200, long):
            assert texts(ask(stock.url, {"sender": sender, "message": "je suis Nadia"})[1]) == "C’est noté."
        with create_engine(database.url, poolclass=NullPool, future=True).connect() as connection:
            stored = connection.execute(text("select distinct sender_id from events")).scalars().all()
        assert stored == ["v" * 200]
        assert "Nadia" not in texts(ask(stock.url, {"sender": long, "message": "qui suis-je ?"})[1])
        ask(stock.url, {"sender": impossible, "message": "bonjour"})
        stock.ended()
    before = pids(reso)
    for sender in (long, impossible):
        status, told = ask(reso.url, {"sender": sender, "message": "bonjour"})
        assert (status, "123 caractères" in told["error"]) == (400, True)
    assert pids(reso) == before


def test_row_28_without_a_model_stock_is_well_and_says_nothing_and_reso_is_not_ready_and_says_sorry(
    stock_server: Stock, reso: Servers
) -> None:
    models, away = reso_models(reso), reso.folder / "ailleurs"
    shutil.copytree(models, away)
    visitor, (rasa,), known = Visitor(reso.url), pids(reso)["rasa"], falls(reso)
    try:
        shutil.rmtree(models / LAST_GOOD)
        (models / ARCHIVE).unlink()
        os.kill(rasa, signal.SIGKILL)
        with meanwhile(lambda: visitor.says(QUESTIONS[0].ask)):
            stock_server.kill()
            stock = stock_server.up(api=True, model="absent.tar.gz")
            assert fetch(stock.url)[0] == 200
            assert ask(stock.url, {"sender": "x", "message": "bonjour"}) == (200, [])
            stock.kill()
            until(lambda: falls(reso) > known + 1, BACK_SECONDS)  # it takes no other model in its place
            assert fetch(f"{reso.url}/health/ready")[0] == 503
            assert fetch(f"{reso.url}/health/live")[0] == 200
        assert "excuses" in visitor.text
    finally:
        shutil.copytree(away, models, dirs_exist_ok=True)


def falls(reso: Servers) -> int:
    """Return how often Rasa has ended: killed, or for want of a model."""
    return sum("l’assistant est tombé" in line for line in reso.lines)


def reso_models(reso: Servers) -> Path:
    """Return where the model of these servers lies."""
    (pid,) = reso.pids("bot gateway")
    given = dict(line.split("=", 1) for line in Path(f"/proc/{pid}/environ").read_text().split("\0") if "=" in line)
    return Path(given["RESO_MODELS"])
