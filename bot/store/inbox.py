"""Messages taken in by the channels: written before Rasa sees them, so that none is lost."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.orm import Session

from bot.settings import settings
from bot.store.pseudonyms import keyed, pseudonym_key
from bot.store.sessions import reading, writing
from bot.store.tables import InboxRow

_inbox = InboxRow.__table__
"""What each turn needs is written without SQLAlchemy's units of work, which cost as much as the rest of it."""

IDS_AT_ONCE = 500
"""In one statement; SQLite takes 32,766 (SQLITE_MAX_VARIABLE_NUMBER)."""
PASSED = "passed:"
LEASE = datetime.timedelta(seconds=150)
"""How long a gateway may be at a message before another takes it up; longer than any turn with its repeats."""


@dataclass(frozen=True)
class Received:
    """A message as a channel took it in. `sender` is the conversation; `extra` is kept for the channel itself."""

    channel: str
    message_id: str
    sender: str
    text: str
    extra: Mapping[str, Any] = field(default_factory=dict)


def receive(channel: str, message_id: str, sender: str, text: str, url: str | None = None) -> bool:
    """Keep a message as received; return False where the channel delivered that id before."""
    with writing(url) as session:
        return bool(add(session, [Received(channel, message_id, sender, text)]))


def receive_all(messages: Iterable[Received], owner: str, url: str | None = None) -> list[Received]:
    """Keep messages as received, all or none; return those that are new, in order. Their owner is at them from now on."""
    with writing(url) as session:
        return add(session, messages, owner)


def note_passed(message: Received, url: str | None = None) -> None:
    """Keep that a person of the team handed a talk back to us: an event without an answer. Its id begins with PASSED."""
    with writing(url) as session:
        add(session, [message])
        mark(session, message.channel, message.message_id, "answered")


def last_passed(sender: str, url: str | None = None) -> datetime.datetime | None:
    """Return when a talk was last handed back to us (UTC, naive); None where it never was."""
    of = (InboxRow.sender == sender, InboxRow.message_id.startswith(PASSED))
    with reading(url) as session:
        return session.scalar(select(InboxRow.received_at).where(*of).order_by(InboxRow.id.desc()).limit(1))


def add(session: Session, messages: Iterable[Received], owner: str | None = None) -> list[Received]:
    """Add what is new of `messages` within a transaction; return it. SQLite has one writer, so that looking first is safe;
    elsewhere the unique key makes the loser of a race fail, and its vendor delivers again."""
    now = datetime.datetime.utcnow()
    new = []
    for message in messages:
        ids = (message.message_id, erased_id(message.channel, message.message_id))
        known = select(InboxRow.id).where(InboxRow.channel == message.channel, InboxRow.message_id.in_(ids))
        if session.scalar(known) is not None or _edits_what_is_gone(session, message):
            continue
        session.execute(
            insert(_inbox).values(
                channel=message.channel,
                message_id=message.message_id,
                sender=message.sender,
                text=message.text,
                state="received",
                received_at=now,
                owner=owner,
                lease_until=now + LEASE if owner else None,
                extra=dict(message.extra),
            )  # fmt: skip
        )
        new.append(message)
    return new


def _edits_what_is_gone(session: Session, message: Received) -> bool:
    """Tell whether a message is the edit of one that its writer took back: deliveries may come in any order."""
    of = select(InboxRow.text, InboxRow.extra).where(InboxRow.channel == message.channel, InboxRow.message_id == _original(message.extra))
    row = session.execute(of).first() if _original(message.extra) else None
    return row is not None and not (row[0] or row[1])


def _original(extra: Mapping[str, Any] | None) -> str:
    """Return the id of the message that one with this `extra` is an edit of; nothing where it is none."""
    event = (extra or {}).get("event") or {}
    return str(event.get("about") or "") if event.get("kind") == "edited" else ""


def erased_id(channel: str, message_id: str) -> str:
    """Return what is left of a message's id once its talk is erased: WhatsApp's ids have the phone number in them, Telegram's who wrote.

    Under the key of the installation: those numbers are few enough to be tried.
    """
    plain = hashlib.blake2b(f"{channel} {message_id}".encode("utf-8", "replace"), digest_size=20).hexdigest()
    return "erased:" + keyed(plain, pseudonym_key(settings()))


def erase(session: Session, sender: str) -> None:
    """Forget every message of a talk within a transaction; what a vendor delivers again is still known as taken."""
    for row in session.scalars(select(InboxRow).where(InboxRow.sender == sender)):
        row.message_id, row.sender, row.text, row.extra, row.state = erased_id(row.channel, row.message_id), "", "", {}, "erased"
        row.owner = row.lease_until = None


def holds(session: Session, message: Received) -> bool:
    """Tell whether a message is still kept and waits for its answer."""
    of = select(InboxRow.state).where(InboxRow.channel == message.channel, InboxRow.message_id == message.message_id)
    return session.scalar(of) == "received"


Standing = Literal["kept", "withdrawn", "erased"]


def standing(message: Received, url: str | None = None) -> Standing:
    """Tell what became of a message since it was taken in: its writer may have taken it back, or had the whole talk erased."""
    of = select(InboxRow.text, InboxRow.extra).where(InboxRow.channel == message.channel, InboxRow.message_id == message.message_id)
    with reading(url) as session:
        row = session.execute(of).first()
    if row is None:
        return "erased"
    return "kept" if row[0] or row[1] or not (message.text or message.extra) else "withdrawn"


def settle(channel: str, message_id: str, state: str, url: str | None = None) -> None:
    """Note what came of a message: answered or failed."""
    with writing(url) as session:
        mark(session, channel, message_id, state)


def mark(session: Session, channel: str, message_id: str, state: str) -> bool:
    """Note what came of a message within a transaction; return False where it is gone."""
    of = update(_inbox).where(_inbox.c.channel == channel, _inbox.c.message_id == message_id)
    return bool(session.execute(of.values(state=state, done_at=datetime.datetime.utcnow(), lease_until=None)).rowcount)


def take_up(owner: str, starting: bool = False, url: str | None = None) -> list[Received]:
    """Claim messages that nobody is at, oldest first: those whose lease is over, and at the start those of `owner` itself.

    All at once: of what were left behind, a newer message of the same person would be thought first.
    """
    now = datetime.datetime.utcnow()
    mine = (InboxRow.state == "received", InboxRow.owner == owner, InboxRow.lease_until == now + LEASE)
    free = or_(InboxRow.lease_until < now, *([InboxRow.owner == owner] if starting else []))
    claim = update(InboxRow).where(InboxRow.state == "received", InboxRow.owner.is_not(None), free)
    with writing(url) as session:
        session.execute(claim.values(owner=owner, lease_until=now + LEASE).execution_options(synchronize_session=False))
        rows = session.execute(
            select(InboxRow.channel, InboxRow.message_id, InboxRow.sender, InboxRow.text, InboxRow.extra).where(*mine).order_by(InboxRow.id)
        )
        return [Received(channel, message_id, sender, text, extra or {}) for channel, message_id, sender, text, extra in rows]


def renew(owner: str, messages: Collection[tuple[str, str]], url: str | None = None) -> None:
    """Hold messages, named by channel and id, for another lease: their owner lives, and they wait there for their turn."""
    ids = [id for _, id in messages]
    with writing(url) as session:
        for start in range(0, len(ids), IDS_AT_ONCE):
            held = (InboxRow.owner == owner, InboxRow.state == "received", InboxRow.message_id.in_(ids[start : start + IDS_AT_ONCE]))
            session.execute(update(InboxRow).where(*held).values(lease_until=datetime.datetime.utcnow() + LEASE))


def withdraw(channel: str, message_id: str, sender: str, url: str | None = None) -> set[str]:
    """Forget the texts of a message that its writer took back, and of its edits; return their ids. What waits for its answer gets none.

    A deletion may come before its message: the id is kept without a text, so that the message is known when it comes.
    """
    now = datetime.datetime.utcnow()
    named = (InboxRow.channel == channel, InboxRow.message_id == message_id)
    kind, about = (InboxRow.extra["event", name].as_string() for name in ("kind", "about"))
    with writing(url) as session:
        own = session.scalar(select(InboxRow).where(*named))
        family = {message_id} | ({_original(own.extra)} - {""} if own else set())
        edits = and_(kind == "edited", about.in_(family))
        # Of the rest of the talk, which may be as long as its writer likes, nothing is read.
        of = (InboxRow.channel == channel, InboxRow.sender == sender, or_(InboxRow.message_id.in_(family), edits))
        rows = {*session.scalars(select(InboxRow).where(*of)), *([own] if own else ())}
        for row in rows:
            row.text, row.extra = "", {}
            if row.state == "received":
                row.state, row.done_at, row.lease_until = "answered", now, None
        if own is None:
            known = select(InboxRow.id).where(
                InboxRow.channel == channel, InboxRow.message_id.in_((message_id, erased_id(channel, message_id)))
            )
            if session.scalar(known) is None:
                session.add(
                    InboxRow(
                        channel=channel,
                        message_id=message_id,
                        sender=sender,
                        text="",
                        state="answered",
                        received_at=now,
                        done_at=now,
                        extra={},
                    )  # fmt: skip
                )
        return {message_id} | {row.message_id for row in rows}


def pending(url: str | None = None) -> list[tuple[str, str, str, str]]:
    """Return (channel, message id, sender, text) of messages that got no reply, oldest first."""
    query = select(InboxRow.channel, InboxRow.message_id, InboxRow.sender, InboxRow.text)
    with reading(url) as session:
        return [tuple(row) for row in session.execute(query.where(InboxRow.state.not_in(("answered", "erased"))).order_by(InboxRow.id))]  # type: ignore[misc]
