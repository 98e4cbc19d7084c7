"""Messages taken in by the channels: written before Rasa sees them, so that none is lost."""

from __future__ import annotations

import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from bot.store.sessions import reading, writing
from bot.store.tables import InboxRow


def receive(channel: str, message_id: str, sender: str, text: str, url: str | None = None) -> bool:
    """Keep a message as received; return False where the channel delivered that id before."""
    try:
        with writing(url) as session:
            session.add(
                InboxRow(
                    channel=channel,
                    message_id=message_id,
                    sender=sender,
                    text=text,
                    state="received",
                    received_at=datetime.datetime.utcnow(),
                )  # fmt: skip
            )
    except IntegrityError:
        return False
    return True


def settle(channel: str, message_id: str, state: str, url: str | None = None) -> None:
    """Note what came of a message: answered or failed."""
    with writing(url) as session:
        session.execute(
            update(InboxRow)
            .where(InboxRow.channel == channel, InboxRow.message_id == message_id)
            .values(state=state, done_at=datetime.datetime.utcnow())
        )


def pending(url: str | None = None) -> list[tuple[str, str, str, str]]:
    """Return (channel, message id, sender, text) of messages that got no reply, oldest first."""
    query = select(InboxRow.channel, InboxRow.message_id, InboxRow.sender, InboxRow.text)
    with reading(url) as session:
        return [tuple(row) for row in session.execute(query.where(InboxRow.state != "answered").order_by(InboxRow.id))]  # type: ignore[misc]
