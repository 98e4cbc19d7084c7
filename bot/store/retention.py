"""Forgets what is older than it may be kept: `python -m bot purge`, once a day."""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import column, delete, func, select, table
from sqlalchemy.inspection import inspect

from bot.settings import Settings, settings
from bot.store.archives import oldest_kept, remove_old
from bot.store.forgetting import finish_erasures
from bot.store.sessions import engine, reading, writing
from bot.store.tables import ErasedRow, FeedbackRow, HandoffRow, InboxRow, NoticeRow, OutboxRow, QuestionRow
from bot.store.traces import empty_log, has_tracker, tracker_url

logger = logging.getLogger(__name__)

BATCH = 500
"""Rows deleted in one transaction: some milliseconds, far below what a writer waits."""
CONVERSATIONS = 20
"""Conversations that the tracker forgets in one transaction."""
PAUSE = 0.02
"""Seconds between two transactions, for writers to come in between."""
LONGEST_TOKEN_DAYS = 90
FEWEST_DAYS = 7
"""Vendors deliver a message again for so long (notes/reliability.md, section 1, Meta): until then its id must be known."""

_events = table("events", column("id"), column("sender_id"), column("type_name"), column("timestamp"))


@dataclass(frozen=True)
class Keep:
    """For how many days each kind is kept: what was said, masked questions with verdicts, closed requests, and backups."""

    talks: int = 30
    questions: int = 365
    requests: int = 180
    backups: int = 30

    def __post_init__(self) -> None:
        if min(self.talks, self.questions, self.requests, self.backups) < FEWEST_DAYS:
            raise ValueError(f"la durée de conservation est d’au moins {FEWEST_DAYS}\u202fjours")

    @property
    def open_requests(self) -> int:
        """For how many days a request stays that nobody closes: what was told in confidence must not stay for ever."""
        return 2 * self.requests


def purge(now: datetime.datetime, keep: Keep, given: Settings | None = None) -> dict[str, int]:
    """Delete what is older than `keep` at `now` (UTC, naive); return how many rows went, by table.

    Requests that nobody closed stay twice as long; before they go, the log says so. Of a conversation that goes on, the
    tracker keeps the session under way. Erasures that a crash broke off are finished. May be stopped at any time and run again.
    """
    given = given or settings()
    url = given.store_url

    def before(days: int) -> datetime.datetime:
        return now - datetime.timedelta(days=days)

    counts = {
        "inbox": _by_id(InboxRow, InboxRow.received_at < before(keep.talks), url),
        "erased": _by_age(min(before(max(keep.talks, keep.backups)), oldest_kept(given) or now), url),
        "outbox": _by_id(OutboxRow, OutboxRow.created_at < before(keep.talks), url),
        "questions": _by_id(QuestionRow, QuestionRow.asked_at < before(keep.questions), url),
        "feedback": _by_id(FeedbackRow, FeedbackRow.given_at < before(keep.questions), url),
        "handoffs": _by_id(
            HandoffRow,
            ((HandoffRow.state == "done") & (HandoffRow.consented_at < before(keep.requests)))
            | (HandoffRow.consented_at < before(keep.open_requests)),
            url,
        ),
        "tracker": finish_erasures(given) + _tracker(before(keep.talks), given),
        "backups": remove_old(given, now - datetime.timedelta(days=keep.backups)),
    }
    empty_log(url)
    _warn_of_open_requests(before(keep.requests), keep, url)
    logger.info("purged: %s", ", ".join(f"{name} {count}" for name, count in counts.items()))
    return counts


def _warn_of_open_requests(before: datetime.datetime, keep: Keep, url: str) -> None:
    waiting = select(func.count()).select_from(HandoffRow).where(HandoffRow.state != "done", HandoffRow.consented_at < before)
    with reading(url) as session:
        count = session.scalar(waiting)
    if count:
        logger.warning(
            "%s requests have been open for more than %s days: they are deleted after %s, closed or not; see python -m bot requests",
            count, keep.requests, keep.open_requests,
        )  # fmt: skip


def _by_age(oldest: datetime.datetime, url: str) -> int:
    """Forget which talks were erased before a day (UTC) of which no backup is left, and once no token of them can be left, either."""
    limit = min(oldest, datetime.datetime.utcnow() - datetime.timedelta(days=LONGEST_TOKEN_DAYS))
    with writing(url) as session:
        return int(session.execute(delete(ErasedRow).where(ErasedRow.erased_at < limit)).rowcount)


def _by_id(rows: Any, old: Any, url: str) -> int:
    total = 0
    # Looked for in a session that only reads: looking through a large table would hold up writers.
    while ids := _some(select(rows.id).where(old).order_by(rows.id).limit(BATCH), url):
        with writing(url) as session:
            if rows is HandoffRow:
                session.execute(delete(NoticeRow).where(NoticeRow.handoff_id.in_(ids)).execution_options(synchronize_session=False))
            total += session.execute(delete(rows).where(rows.id.in_(ids)).execution_options(synchronize_session=False)).rowcount
        time.sleep(PAUSE)
    return total


def _tracker(before: datetime.datetime, given: Settings) -> int:
    url = tracker_url(given)
    if not has_tracker(given) or not inspect(engine(url)).has_table("events"):
        return 0
    limit = before.replace(tzinfo=datetime.timezone.utc).timestamp()
    last = func.max(_events.c.timestamp)
    of_sender = select(_events.c.sender_id).group_by(_events.c.sender_id).having(last < limit)
    total = 0
    for some in _in_pieces(_some(of_sender, url)):
        with writing(url) as session:
            # Asked again: who was silent may have written meanwhile.
            still = session.scalars(of_sender.where(some)).all()
            total += session.execute(delete(_events).where(_events.c.sender_id.in_(still))).rowcount
        time.sleep(PAUSE)
    # Who writes once a month is never silent. A session carries the slots of the one before: Rasa reads nothing below its start.
    for some in _in_pieces(_some(select(_events.c.sender_id).where(_events.c.timestamp < limit).distinct(), url)):
        with writing(url) as session:
            total += session.execute(delete(_events).where(some, _events.c.timestamp < limit, _events.c.id < _last_start())).rowcount
        time.sleep(PAUSE)
    empty_log(url)
    return total


def _in_pieces(senders: list[str]) -> Iterator[Any]:
    for first in range(0, len(senders), CONVERSATIONS):
        yield _events.c.sender_id.in_(senders[first : first + CONVERSATIONS])


def _last_start() -> Any:
    """Return the query for where the latest session of an event's conversation begins."""
    of = _events.alias()
    started = (of.c.sender_id == _events.c.sender_id, of.c.type_name == "session_started")
    return select(func.max(of.c.id)).where(*started).correlate(_events).scalar_subquery()


def _some(query: Any, url: str) -> list[Any]:
    with reading(url) as session:
        return list(session.scalars(query))
