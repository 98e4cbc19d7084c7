"""What is to be shown or sent to visitors: written in one transaction with « this message is answered »."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from bot.store import inbox
from bot.store.questions import conversation_key
from bot.store.sessions import await_erasure, reading, writing
from bot.store.tables import ErasedRow, OutboxRow

_outbox = OutboxRow.__table__
_FAREWELL = (_outbox.c.author == "bot", _outbox.c.state == "pending", _outbox.c.reply_to.is_(None))

PAGE = 100
"""Most lines read at once."""
MOST_DUE = 100
"""Calls of one channel read at once."""


@dataclass(frozen=True)
class Part:
    """One thing to be shown or sent; `entry_id`: what a verdict on it is about."""

    payload: Mapping[str, Any]
    entry_id: str | None = None


@dataclass(frozen=True)
class Line:
    """A stored line of a talk."""

    number: int
    sender: str
    author: str
    reply_to: str | None
    payload: Mapping[str, Any]
    created_at: datetime.datetime


@dataclass(frozen=True)
class Sending:
    """A call that has to go out."""

    number: int
    channel: str
    sender: str
    payload: Mapping[str, Any]
    tries: int
    due_at: datetime.datetime
    expires_at: datetime.datetime | None


class TalkErased(Exception):
    """A talk was erased, perhaps by another process: nothing may be written into it any more."""


def receive_line(message: inbox.Received, payload: Mapping[str, Any], owner: str, url: str | None = None) -> bool:
    """Keep a visitor's message together with the line that shows it; return False where it is known already.

    Raises TalkErased.
    """
    hashed = conversation_key(message.sender)
    with writing(url) as session:
        await_erasure(session, hashed)
        if session.get(ErasedRow, hashed) is not None:
            raise TalkErased
        if not inbox.add(session, [message], owner):
            return False
        _add(session, message.channel, message.sender, "visitor", payload, "shown")
        return True


def append_line(sender: str, author: str, payload: Mapping[str, Any], channel: str = "widget", url: str | None = None) -> int:
    """Add a line by an agent, or a notice, to a talk; return its number. `payload`: see docs/widget-protocol.md, « Line »."""
    with writing(url) as session:
        return _add(session, channel, sender, author, payload, "shown")


def answer(
    message: inbox.Received, parts: Sequence[Part], answered: bool, state: str, expires_at: datetime.datetime | None = None,
    url: str | None = None,
) -> bool:  # fmt: skip
    """Keep the answer to a message and note that it has one, all or nothing.

    Return False where it had one before, or where the talk was erased meanwhile. `state`: shown for the widget, pending
    for what is to be sent.
    """
    with writing(url) as session:
        if not inbox.holds(session, message):
            return False
        held = select(OutboxRow.id).where(OutboxRow.channel == message.channel, OutboxRow.reply_to == message.message_id).limit(1)
        # On PostgreSQL another process may have erased it since: the row is locked from here on, or it is gone.
        if not inbox.mark(session, message.channel, message.message_id, "answered" if answered else "failed"):
            return False
        if session.scalar(held) is not None:
            return False
        more = {"reply_to": message.message_id, "expires_at": expires_at}
        rows = [
            _row(message.channel, message.sender, "bot", part.payload, state, part=number, entry_id=part.entry_id, **more)
            for number, part in enumerate(parts)
        ]
        if rows:
            session.execute(insert(_outbox), rows)
        return True


def bid_farewell(
    message: inbox.Received, parts: Sequence[Part], expires_at: datetime.datetime | None = None, url: str | None = None
) -> None:
    """Owe a person the word that everything about them is erased. It names no message of theirs, and goes once it is out."""
    with writing(url) as session:
        for number, part in enumerate(parts):
            _add(session, message.channel, message.sender, "bot", part.payload, "pending", part=number, expires_at=expires_at)


def _add(session: Session, *values: Any, **more: Any) -> int:
    return int(session.execute(insert(_outbox).values(**_row(*values, **more))).inserted_primary_key[0])


def _row(channel: str, sender: str, author: str, payload: Mapping[str, Any], state: str, **more: Any) -> dict[str, Any]:
    now = datetime.datetime.utcnow()
    return {
        "channel": channel, "sender": sender, "author": author, "payload": dict(payload), "state": state, "created_at": now,
        "due_at": now if state == "pending" else None, **more,
    }  # fmt: skip


def lines_after(number: int, sender: str | None = None, channel: str = "widget", url: str | None = None) -> list[Line]:
    """Return up to PAGE lines above `number`, in order, of one talk or of all."""
    query = select(OutboxRow).where(OutboxRow.channel == channel, OutboxRow.id > number, OutboxRow.state == "shown")
    if sender is not None:
        query = query.where(OutboxRow.sender == sender)
    with reading(url) as session:
        return [
            Line(row.id, row.sender, row.author, row.reply_to, row.payload, row.created_at)
            for row in session.scalars(query.order_by(OutboxRow.id).limit(PAGE))
        ]


def last_number(url: str | None = None) -> int:
    """Return the number of the newest line, 0 where there is none."""
    with reading(url) as session:
        return session.scalar(select(func.max(OutboxRow.id))) or 0


def knows(sender: str, url: str | None = None) -> bool:
    """Tell whether a talk has lines."""
    with reading(url) as session:
        return session.scalar(select(OutboxRow.id).where(OutboxRow.sender == sender).limit(1)) is not None


def due(now: datetime.datetime, channels: Collection[str], url: str | None = None) -> list[Sending]:
    """Return the first unsent call of each conversation where it is due, oldest first, MOST_DUE for each of `channels`."""
    waits = (_outbox.c.state == "pending", _outbox.c.channel.in_(channels))
    first = select(func.min(_outbox.c.id)).where(*waits).group_by(_outbox.c.channel, _outbox.c.sender)
    columns = [_outbox.c[name] for name in ("id", "channel", "sender", "payload", "tries", "due_at", "expires_at")]
    place = func.row_number().over(partition_by=_outbox.c.channel, order_by=_outbox.c.id).label("place")
    ranked = select(*columns, place).where(_outbox.c.id.in_(first), _outbox.c.due_at <= now).subquery()
    query = select(*(ranked.c[column.name] for column in columns)).where(ranked.c.place <= MOST_DUE).order_by(ranked.c.id)
    with reading(url) as session:
        return [Sending(*row) for row in session.execute(query)]


def too_late(now: datetime.datetime, url: str | None = None) -> bool:
    """Tell whether calls wait that may not be made any more, of any channel."""
    with reading(url) as session:
        return session.scalar(select(OutboxRow.id).where(*_too_late(now)).limit(1)) is not None


def expire(now: datetime.datetime, url: str | None = None) -> dict[str, int]:
    """Give up the calls that may not be made any more, of channels that are not configured, too; return how many, by channel."""
    of = _too_late(now)
    with writing(url) as session:
        rows = session.execute(select(OutboxRow.channel, func.count()).where(*of).group_by(OutboxRow.channel))
        counts = {str(row[0]): int(row[1]) for row in rows}
        _forget_farewells(session, *of)
        values = {"state": "expired", "error": "window closed"}
        session.execute(update(OutboxRow).where(*of).values(**values).execution_options(synchronize_session=False))
        return counts


def _too_late(now: datetime.datetime) -> tuple[Any, ...]:
    return (OutboxRow.state == "pending", OutboxRow.expires_at < now)


def last_answer(sender: str, url: str | None = None) -> datetime.datetime | None:
    """Return when a person was last answered (UTC, naive), as far as is kept; None where they never were."""
    reached = (OutboxRow.sender == sender, OutboxRow.author == "bot", OutboxRow.state.in_(("pending", "sent", "shown")))
    with reading(url) as session:
        return session.scalar(select(OutboxRow.created_at).where(*reached).order_by(OutboxRow.id.desc()).limit(1))


def waiting(url: str | None = None) -> int:
    """Return how many calls have not gone out."""
    with reading(url) as session:
        return session.scalar(select(func.count()).select_from(OutboxRow).where(OutboxRow.state == "pending")) or 0


def begin(call: Sending, due_at: datetime.datetime, url: str | None = None) -> bool:
    """Claim a call that is about to be made, due again at `due_at` should nothing more be heard of it.

    Return False where it went out meanwhile, or another gateway is at it.
    """
    still = (_outbox.c.id == call.number, _outbox.c.state == "pending", _outbox.c.due_at == call.due_at)
    with writing(url) as session:
        return bool(session.execute(update(_outbox).where(*still).values(due_at=due_at)).rowcount)


def unconfirmed(channel: str, number: int, senders: Collection[str], url: str | None = None) -> bool:
    """Tell whether a call to a person, by any of their ids, is still thought not to have gone out."""
    with reading(url) as session:
        row = session.get(OutboxRow, number)
        return row is not None and row.sender in senders and (row.channel, row.state) == (channel, "pending")


def refused_late(
    channel: str, external_id: str, error: str, number: int = 0, senders: Collection[str] = (), url: str | None = None
) -> bool:  # fmt: skip
    """Note that the vendor could not deliver what it had taken; return False where that was no message of ours, or is known.

    `number`, `senders`: the call's, where the vendor repeats our mark: that it was taken may not be known yet.
    """
    taken = and_(OutboxRow.external_id == external_id, OutboxRow.state == "sent")
    uncertain = and_(OutboxRow.id == number, OutboxRow.sender.in_(senders), OutboxRow.state == "pending")
    of = (OutboxRow.channel == channel, or_(taken, uncertain))
    with writing(url) as session:
        return bool(session.execute(update(OutboxRow).where(*of).values(state="failed", error=error[:200])).rowcount)


def sent(number: int, external_id: str, url: str | None = None) -> None:
    """Note that a call was taken by the vendor."""
    now = datetime.datetime.utcnow()
    _change(number, {"state": "sent", "sent_at": now, "external_id": external_id[:256] or None, "error": None}, url)


def later(number: int, tries: int, due_at: datetime.datetime, error: str, url: str | None = None) -> None:
    """Note that a call failed and when it is due again."""
    _change(number, {"tries": tries, "due_at": due_at, "error": error[:200]}, url)


def give_up(number: int, state: str, error: str, url: str | None = None) -> None:
    """Note that a call will not go out: `state` is failed or expired."""
    _change(number, {"state": state, "error": error[:200]}, url)


def _change(number: int, values: Mapping[str, Any], url: str | None) -> None:
    with writing(url) as session:
        changes = update(_outbox).where(_outbox.c.id == number)
        if not values.get("state"):
            session.execute(changes.values(**values))
        elif not session.execute(changes.where(~and_(*_FAREWELL)).values(**values)).rowcount:
            _forget_farewells(session, _outbox.c.id == number)


def _forget_farewells(session: Session, *of: Any) -> None:
    """Delete what only told that all is erased: whoever wanted that is in no row any more."""
    session.execute(delete(_outbox).where(*of, *_FAREWELL))


def answer_behind(channel: str, external_id: str, url: str | None = None) -> tuple[str, str, str] | None:
    """Return (conversation, message id, entry id) of the answer that a vendor's message showed, or None."""
    query = select(OutboxRow.sender, OutboxRow.reply_to, OutboxRow.entry_id).where(
        OutboxRow.channel == channel, OutboxRow.external_id == external_id, OutboxRow.entry_id.is_not(None)
    )
    with reading(url) as session:
        row = session.execute(query).first()
    return (row[0], row[1] or "", row[2]) if row else None


def erase(session: Session, sender: str) -> None:
    """Delete every line of a talk within a transaction."""
    session.execute(delete(OutboxRow).where(OutboxRow.sender == sender))
