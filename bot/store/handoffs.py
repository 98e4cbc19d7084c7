"""Requests to the team: stored together with the notices that have to reach it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.store.pseudonyms import conversation_key
from bot.store.sessions import reading, writing
from bot.store.tables import HandoffRow, NoticeRow


@dataclass(frozen=True)
class Handoff:
    """A stored request. `reference` is what the visitor was told; times are UTC."""

    reference: int
    channel: str
    name: str
    contact_kind: str
    contact: str
    question: str
    state: str
    consented_at: datetime.datetime


@dataclass(frozen=True)
class Notice:
    """A notice that is due."""

    id: int
    medium: str
    tries: int
    handoff: Handoff


def keep(
    sender: str, channel: str, name: str, contact_kind: str, contact: str, question: str, media: Sequence[str],
    turn: str | None = None, url: str | None = None,
) -> int:  # fmt: skip
    """Store a confirmed request and one notice for each of `media`; return its reference.

    `turn`: the id of the message that confirmed it. Asked again for the same one, the request that is there is the answer:
    Rasa may end between this and the end of its turn, and the gateway then has the message thought once more.
    """
    now, hashed = datetime.datetime.utcnow(), conversation_key(sender)
    try:
        with writing(url) as session:
            row = HandoffRow(
                conversation=hashed, sender=sender[:160], channel=channel[:40], name=name[:80], contact_kind=contact_kind,
                contact=contact, question=question, state="new", consented_at=now, turn=turn or None,
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.add_all(NoticeRow(handoff_id=row.id, medium=medium, due_at=now) for medium in media)
            return int(row.id)
    except IntegrityError:
        with reading(url) as session:
            there = session.scalar(select(HandoffRow.id).where(HandoffRow.conversation == hashed, HandoffRow.turn == (turn or "")))
        if there is None:
            raise
        return int(there)


def made_since(sender: str, since: datetime.datetime, url: str | None = None) -> int:
    """Return how many requests were made in a conversation since a time (UTC, naive)."""
    of = (HandoffRow.conversation == conversation_key(sender), HandoffRow.consented_at >= since)
    with reading(url) as session:
        return int(session.scalar(select(func.count()).select_from(HandoffRow).where(*of)))


def erase(session: Session, *of: Any) -> None:
    """Delete the requests that `of` names, with their notices, within a transaction."""
    requests = select(HandoffRow.id).where(*of)
    for rows in (delete(NoticeRow).where(NoticeRow.handoff_id.in_(requests)), delete(HandoffRow).where(*of)):
        session.execute(rows.execution_options(synchronize_session=False))


def due(now: datetime.datetime, limit: int = 20, url: str | None = None) -> list[Notice]:
    """Return notices to be sent at `now` (UTC), the longest due first."""
    query = (
        select(NoticeRow, HandoffRow)
        .join(HandoffRow, HandoffRow.id == NoticeRow.handoff_id)
        .where(NoticeRow.sent_at.is_(None), NoticeRow.due_at <= now)
        .order_by(NoticeRow.due_at)
        .limit(limit)
    )
    with reading(url) as session:
        return [Notice(notice.id, notice.medium, notice.tries, _handoff(row)) for notice, row in session.execute(query)]


def still_due(notice: int, url: str | None = None) -> Notice | None:
    """Return a notice as it is now; None where it was taken meanwhile, or its request erased."""
    query = (
        select(NoticeRow, HandoffRow)
        .join(HandoffRow, HandoffRow.id == NoticeRow.handoff_id)
        .where(NoticeRow.id == notice, NoticeRow.sent_at.is_(None))
    )
    with reading(url) as session:
        found = session.execute(query).first()
        return Notice(found[0].id, found[0].medium, found[0].tries, _handoff(found[1])) if found else None


def begin(notice: int, now: datetime.datetime, until: datetime.datetime, url: str | None = None) -> bool:
    """Claim a notice that is due at `now` to send it; return False where another process did, or it was taken.

    It is due again at `until` unless it is settled. Noted before and not after: where the store cannot be written, nothing
    goes out again and again.
    """
    changed = {"tries": NoticeRow.tries + 1, "due_at": until}
    with writing(url) as session:
        mine = update(NoticeRow).where(NoticeRow.id == notice, NoticeRow.sent_at.is_(None), NoticeRow.due_at <= now)
        return bool(session.execute(mine.values(changed).execution_options(synchronize_session=False)).rowcount)


def settle(notice: int, now: datetime.datetime, url: str | None = None) -> None:
    """Note that a notice was taken."""
    with writing(url) as session:
        session.execute(update(NoticeRow).where(NoticeRow.id == notice).values(sent_at=now, error=None))


def refuse(notice: int, error: str, until: datetime.datetime, url: str | None = None) -> None:
    """Note why a notice was not taken, and when it is due again."""
    with writing(url) as session:
        session.execute(update(NoticeRow).where(NoticeRow.id == notice).values(error=error[:200], due_at=until))


def open_requests(limit: int = 100, url: str | None = None) -> list[Handoff]:
    """Return requests that nobody has closed, oldest first."""
    query = select(HandoffRow).where(HandoffRow.state != "done").order_by(HandoffRow.id).limit(limit)
    with reading(url) as session:
        return [_handoff(row) for row in session.scalars(query)]


def close(reference: int, url: str | None = None) -> bool:
    """Close a request; return False where there is none of that reference."""
    with writing(url) as session:
        row = session.get(HandoffRow, reference)
        if row is None:
            return False
        row.state = "done"
        return True


def _handoff(row: HandoffRow) -> Handoff:
    return Handoff(row.id, row.channel, row.name, row.contact_kind, row.contact, row.question, row.state, row.consented_at)
