"""The store on PostgreSQL: migrations, answers, the widget; the database restarted and killed in mid-talk; hostile ids and text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bot.store.migrating import configuration
from bot.store.patience import PROMPT_SECONDS
from tests.faults.postgresql import Cluster, cluster
from tests.faults.watching import ask_rest, outcome, pids, pulse, recovers, say, say_again_until_taken
from tests.journeys.figures import figures_of, total
from tests.journeys.serving import Servers, Visitor, post, running
from tests.journeys.standing import Program
from tests.journeys.storming import APOLOGY, QUESTIONS, Question
from tests.journeys.widget_client import Widget
from tests.journeys.widget_writer import Writer

pytestmark = pytest.mark.servers

WRITERS = 5
BEFORE, AWAY = 2.0, 3.0
"""Seconds of questions before the fault, and for which a killed database stays away."""
LIVE_SECONDS = 3.0


@pytest.fixture(scope="module")
def database() -> Iterator[Cluster]:
    with cluster() as started:
        yield started


@pytest.fixture(scope="module")
def standing(database: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers whose store is the cluster's database."""
    with running(tmp_path_factory.mktemp("postgresql"), RESO_DATABASE_URL=database.url) as started:
        yield started


def found(database: Cluster, query: str, **values: Any) -> list[tuple[Any, ...]]:
    """Return what a query finds in the store."""
    with create_engine(database.url, poolclass=NullPool, future=True).connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def test_migrations_run_and_questions_are_answered(standing: Servers, database: Cluster) -> None:
    newest = ScriptDirectory.from_config(configuration(database.url)).get_current_head()
    assert found(database, "select version_num from alembic_version") == [(newest,)]
    visitor = Visitor(standing.url).says(QUESTIONS[0].ask)
    assert visitor.answers == ["cas/ikea"]
    assert visitor.says("dis-m'en plus").answers == ["cas/ikea"]
    assert found(database, "select state from inbox where sender = :sender", sender=visitor.conversation) == [("answered",)] * 2
    assert not (standing.folder / "reso.db").exists()


async def test_the_widget_answers_and_shows_the_talk_again(standing: Servers) -> None:
    async with Widget(standing.url) as widget:
        reply = await widget.ask(QUESTIONS[1].ask)
        assert QUESTIONS[1].word in str(reply)
        shown = [line["n"] for line in widget.lines]
    async with Widget(standing.url, widget.token) as again:
        await again.until(lambda: len(again.lines) == len(shown))
        assert [line["n"] for line in again.lines] == shown


def store_errors(servers: Servers) -> float:
    """Return how often the gateway met a store that failed."""
    return total(figures_of(servers.url), "reso_store_errors_total")


def restart(database: Cluster) -> None:
    """Restart at once: every connection breaks, every transaction that is open is lost."""
    database.control("restart", "-m", "immediate")


def kill(database: Cluster) -> None:
    """Kill the postmaster; it is back after a while."""
    database.kill()
    time.sleep(AWAY)
    database.start_after_kill()


@pytest.mark.parametrize("fault", [restart, kill])
async def test_the_database_breaks_in_mid_talk_and_nothing_acknowledged_is_lost(
    standing: Servers, database: Cluster, fault: Callable[[Cluster], None], capsys: pytest.CaptureFixture[str]
) -> None:
    before, over, errors = pids(standing), asyncio.Event(), store_errors(standing)
    writers, asked = [Writer(Widget(standing.url)) for _ in range(WRITERS)], [list[Question]() for _ in range(WRITERS)]

    async def talk(number: int) -> None:
        while not over.is_set():
            question = QUESTIONS[(number + len(asked[number])) % len(QUESTIONS)]
            asked[number].append(question)
            await writers[number].say(question.ask)
            await asyncio.sleep(1.2)  # a visitor reads; five in five seconds are the most of a talk

    async def ask_on(program: Program) -> None:
        while not over.is_set():
            await program.ask(QUESTIONS[program.answered % len(QUESTIONS)])
            await asyncio.sleep(0.5)

    async with aiohttp.ClientSession() as session:
        program = Program(standing.url, session)
        with pulse(standing) as pulsed:
            talking = [asyncio.create_task(talk(number)) for number in range(WRITERS)] + [asyncio.create_task(ask_on(program))]
            await asyncio.sleep(BEFORE)
            began = time.monotonic()
            await asyncio.to_thread(fault, database)
            back = time.monotonic()
            recovered = await asyncio.to_thread(recovers, standing)
            await asyncio.sleep(BEFORE)
            over.set()
            await asyncio.gather(*talking)
            await asyncio.gather(*(writer.hears_everything() for writer in writers))
            settled = time.monotonic() - back
    apologies = 0
    for writer, questions in zip(writers, asked):
        again = await Widget(standing.url, writer.widget.token).connect()
        await again.until(lambda again=again, writer=writer: len(again.lines) >= 2 * len(writer.ids))  # type: ignore[misc]
        assert [line["id"] for line in again.lines if line["author"] == "visitor"] == writer.ids
        assert [line["reply_to"] for line in again.lines if line["author"] == "bot"] == writer.ids
        for id, question in zip(writer.ids, questions):
            shown = str(again.replies_to(id))
            assert question.word in shown or APOLOGY in shown, (question.entry, shown[:300])
            apologies += question.word not in shown
        await again.close()
        await writer.widget.close()
    with capsys.disabled():
        print(
            f"\nPostgreSQL, {fault.__name__}: away {back - began:.1f} s, a newcomer answered {recovered:.1f} s after, all {settled:.1f} s after; "
            f"{sum(map(len, asked))} asked at the widget, {apologies} apologised for; REST {program.answered} answered, {program.apologies} "
            f"apologised for; live in {pulsed.longest * 1000:.0f} ms at most"
        )
    assert fault is restart or store_errors(standing) > errors, "the fault was not felt"
    assert program.wrong == []
    assert program.answered > 0
    assert pulsed.failures == []
    assert pulsed.longest < LIVE_SECONDS
    assert found(database, "select count(*) from inbox where state = 'received'") == [(0,)]
    assert pids(standing) == before


async def test_a_database_that_stands_still_keeps_nobody_waiting_for_long(
    standing: Servers, database: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    before, widget = pids(standing), await Widget(standing.url).connect()
    asked = await say(widget, QUESTIONS[3])
    assert await outcome(asked) == "answered"
    with database.standing_still(), pulse(standing) as pulsed:
        said = [await say(widget, question) for question in QUESTIONS[4:6]]
        rest = await asyncio.to_thread(ask_rest, standing, QUESTIONS[6])
    assert [one.acknowledged for one in said] == [False, False]
    assert all("enregistrer" in one.told for one in said)
    assert rest == "apology"
    taken = [await say_again_until_taken(one) for one in said]
    assert [await outcome(one) for one in said] == ["answered", "answered"]
    waited = [round(one.seconds, 1) for one in said]
    with capsys.disabled():
        print(f"\nPostgreSQL stands still: told so within {waited} s, live in {pulsed.longest * 1000:.0f} ms; taken {taken[0]:.1f} s after")
    assert max(waited) < 3 * PROMPT_SECONDS
    assert pulsed.failures == []
    assert pulsed.longest < LIVE_SECONDS
    await widget.close()
    assert pids(standing) == before


@pytest.mark.parametrize("sender", ["v" * 300, "v\x00", "v\ud800", ""])
def test_ids_that_the_store_cannot_hold_are_refused(standing: Servers, database: Cluster, sender: str) -> None:
    before = pids(standing)
    (stored,) = found(database, "select count(*) from inbox")
    for name, most in (("sender", 123), ("message_id", 128)):
        status, told = post(standing.url, {"sender": "visiteur", "message": "Bonjour", name: sender})
        assert status == 400
        assert f"{most} caractères" in told["error"]
    assert found(database, "select count(*) from inbox") == [stored]
    assert pids(standing) == before


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "\udfff\x00\ud800", "\\u0000"])
async def test_text_that_the_store_cannot_hold_is_answered_all_the_same(standing: Servers, odd: str) -> None:
    before = pids(standing)
    asked = f"{odd}{QUESTIONS[2].ask}{odd}"
    status, told = await asyncio.to_thread(post, standing.url, {"message": asked, "metadata": {"page": odd, odd: odd}})
    assert status == 200
    assert QUESTIONS[2].word in str(told)
    async with Widget(standing.url) as widget:
        await widget.call("page", {"url": odd, "title": f"Titre{odd}"})
        assert QUESTIONS[2].word in str(await widget.ask(asked.encode("utf-8", "ignore").decode()))
    assert pids(standing) == before
