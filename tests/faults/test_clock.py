"""The machine's clock set forward and back by an hour, and over the ends of summer time, winter time and the year.

Debian's libfaketime gives the servers a clock of their own, that the test moves while they run; time that only passes
(monotonic) goes on, as it does on a machine whose clock is set.
"""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import Iterator

import pytest

from tests.faults.clock import SEEN_SECONDS, Clock, kept_at
from tests.faults.watching import pids, say
from tests.journeys.serving import Servers, Visitor, running
from tests.journeys.storming import QUESTIONS
from tests.journeys.widget_client import Widget

pytestmark = pytest.mark.servers

TALK_SECONDS = 3.0
"""For a question before the end of a time."""
ROUNDING_SECONDS = 1.0
"""The clock is put off by whole seconds only."""
BURST_SECONDS = 5.5
"""After this the limit of five messages in five seconds is over."""
HOUR = 3600


@pytest.fixture(scope="module")
def standing(clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers that go by that clock; the team answers on weekdays from 9 to 18."""
    with running(tmp_path_factory.mktemp("heures"), RESO_OPENING_HOURS="lun-ven 9:00-18:00", **clock.environment()) as started:
        yield started


@pytest.mark.parametrize("offset", [-HOUR, HOUR], ids=["an hour back", "two hours forward"])
async def test_the_clock_is_set_and_every_talk_goes_on_as_if_nothing_were(
    standing: Servers, clock: Clock, offset: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before = pids(standing)
    one, other = Visitor(standing.url), Visitor(standing.url)
    await asyncio.to_thread(one.says, QUESTIONS[0].ask)
    await asyncio.to_thread(other.says, QUESTIONS[1].ask)
    widget = await Widget(standing.url).connect()
    ids = [await widget.say(question.ask) for question in QUESTIONS[:5]]
    clock.set(offset)
    await asyncio.sleep(max(SEEN_SECONDS, BURST_SECONDS))
    # Nobody is refused for what was said before, the connection of before still shows the replies, each once and in order.
    said = await say(widget, QUESTIONS[5])
    assert said.acknowledged, said.told
    ids.append(said.id)
    began = time.monotonic()
    await widget.until(lambda: len(widget.lines) >= 2 * len(ids))
    answered = time.monotonic() - began
    assert [line["reply_to"] for line in widget.lines if line["author"] == "bot"] == ids
    # The token of before still opens the same talk.
    again = await Widget(standing.url, widget.token).connect()
    assert not again.sessions[0]["fresh"]
    await again.until(lambda: len(again.lines) >= 2 * len(ids))
    assert [line["n"] for line in again.lines] == [line["n"] for line in widget.lines]
    # What a talk is about is what was said last, in this talk.
    assert (await asyncio.to_thread(one.says, QUESTIONS[2].ask)).answers == ["cas/booktok"]
    assert (await asyncio.to_thread(other.says, "dis-m'en plus")).answers == ["cas/inktober"]
    assert (await asyncio.to_thread(one.says, "dis-m'en plus")).answers == ["cas/booktok"]
    off = (kept_at(standing, one.conversation) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
    assert abs(off - offset) < 120, "the servers did not take the clock"
    await widget.close()
    await again.close()
    with capsys.disabled():
        print(f"\nclock off by {offset / HOUR:+.0f} h: all answered {answered:.1f} s after")
    assert pids(standing) == before


@pytest.mark.parametrize(
    ("end", "opens"),
    [
        (datetime.datetime(2026, 10, 25, 1, tzinfo=datetime.timezone.utc), "demain lundi à partir de 9\u00a0h"),
        (datetime.datetime(2027, 3, 28, 1, tzinfo=datetime.timezone.utc), "demain lundi à partir de 9\u00a0h"),
        (datetime.datetime(2026, 12, 31, 23, tzinfo=datetime.timezone.utc), "aujourd’hui à partir de 9\u00a0h"),
    ],
    ids=["summer time ends", "summer time begins", "the year ends"],
)
def test_a_talk_goes_on_over_the_end_of_a_time(standing: Servers, clock: Clock, end: datetime.datetime, opens: str) -> None:
    visitor = Visitor(standing.url)
    clock.set_to(end - datetime.timedelta(seconds=SEEN_SECONDS + TALK_SECONDS))
    time.sleep(SEEN_SECONDS)
    assert visitor.says(QUESTIONS[0].ask).answers == ["cas/ikea"]
    assert kept_at(standing, visitor.conversation) < end
    time.sleep(TALK_SECONDS + ROUNDING_SECONDS)
    assert visitor.says("dis-m'en plus").answers == ["cas/ikea"]
    assert kept_at(standing, visitor.conversation) >= end
    visitor.says("je veux parler à quelqu'un")
    assert opens in visitor.text
