"""How much waits in the store: for an answer, for a vendor, for the team."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import func, select

from bot.store.sessions import reading
from bot.store.tables import HandoffRow, InboxRow, NoticeRow, OutboxRow


@dataclass(frozen=True)
class Backlog:
    """Counts, and ages in seconds (0 where nothing waits)."""

    unsent: int
    unsent_seconds: float
    unanswered_seconds: float
    requests: int
    notices: int


def look(now: datetime.datetime, url: str | None = None) -> Backlog:
    """Return what waits at `now` (UTC, naive)."""

    def age(oldest: datetime.datetime | None) -> float:
        return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0

    with reading(url) as session:
        unsent, first_call = session.execute(
            select(func.count(), func.min(OutboxRow.created_at)).select_from(OutboxRow).where(OutboxRow.state == "pending")
        ).one()
        first_message = session.scalar(select(func.min(InboxRow.received_at)).where(InboxRow.state == "received"))
        requests = session.scalar(select(func.count()).select_from(HandoffRow).where(HandoffRow.state == "new"))
        notices = session.scalar(select(func.count()).select_from(NoticeRow).where(NoticeRow.sent_at.is_(None)))
    return Backlog(unsent or 0, age(first_call), age(first_message), requests or 0, notices or 0)
