"""Rasa's tracker store, without its kill switch, and able to forget a conversation.

Stock SQLTrackerStore ends the whole process on any ValueError inside a session (notes/reliability.md, row 1). Set by
module path in endpoints.yml. Imports rasa, unlike the rest of this package: only Rasa loads it.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import func
from sqlalchemy.orm import sessionmaker

from bot.settings import settings
from bot.store.pooling import pooled_engine

FORGET = "forget"
"""Slot that an action sets when the visitor's data are to be erased; domain.yml has it."""

BUSY_MILLISECONDS = 2000
"""How long Rasa waits for another writer: its loop stands still meanwhile (notes/reliability.md, row 22)."""

TURNS_A_SESSION = 8
"""Turns after which a talk goes on in a new session of its tracker. Rasa reads, sends and replays every event of a
session at each turn: without this the hundredth turn of one talk takes four times as long as the first."""


def turns_of_session(tracker: DialogueStateTracker) -> int:
    """Return how many messages the tracker holds since its session began."""
    turns = 0
    for held in reversed(tracker.events):
        if isinstance(held, SessionStarted):
            break
        turns += isinstance(held, UserUttered)
    return turns


def begin_session(tracker: DialogueStateTracker) -> None:
    """Make the latest turn the first of a session, with the slots as they were, in the order of events of Rasa's own session start.

    Not a session that begins after the turn: Rasa reads nothing below a session's start, and a gateway that was killed asks for
    the reply to its latest message again (`bot.channels.inner.channel.first_reply`).
    """
    events = list(tracker.events)
    place = max(place for place, held in enumerate(events) if isinstance(held, UserUttered))
    before = DialogueStateTracker.from_events(tracker.sender_id, events[:place], tracker.slots.values())
    kept = [SlotSet(name, slot.value) for name, slot in before.slots.items() if slot.value is not None]
    session = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted(), *kept, ActionExecuted(ACTION_LISTEN_NAME)]
    tracker.events = deque((*events[:place], *session, *events[place:]), tracker.events.maxlen)


class TrackerStore(SQLTrackerStore):
    """SQLite in the folder of the settings, WAL, short busy wait; errors are raised, never the end of the process."""

    def __init__(self, domain: Domain | None = None, event_broker: EventBroker | None = None, **kwargs: Any):
        Path(settings().folder).mkdir(parents=True, exist_ok=True)
        kwargs.pop("url", None)
        file = settings().folder / "tracker.db"
        super().__init__(domain, dialect="sqlite", db=str(file), event_broker=event_broker, **kwargs)
        made = pooled_engine(file, BUSY_MILLISECONDS)
        self.engine.dispose()  # type: ignore[has-type]
        self.engine, self.sessionmaker = made, sessionmaker(bind=made)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store a tracker, or erase every event of it where the visitor asked to be forgotten."""
        if tracker.get_slot(FORGET):
            await self.delete(tracker.sender_id)
            return
        if turns_of_session(tracker) > TURNS_A_SESSION:
            begin_session(tracker)
        await super().save(tracker)

    async def delete(self, sender_id: str) -> None:
        """Erase every event of a conversation."""
        with self.session_scope() as session:
            session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == sender_id).delete()
            session.commit()

    def _event_query(self, session: Any, sender_id: str, fetch_events_from_all_sessions: bool) -> Any:
        """Return the query of a conversation's events in order, from its latest session's start where not all are wanted.

        Stock Rasa takes what carries no earlier time than that start: after the clock was set back, new events are left out.
        """
        held = session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == sender_id)
        if not fetch_events_from_all_sessions:
            started = session.query(func.max(self.SQLEvent.id)).filter(
                self.SQLEvent.sender_id == sender_id, self.SQLEvent.type_name == SessionStarted.type_name
            )
            held = held.filter(self.SQLEvent.id >= func.coalesce(started.scalar_subquery(), 0))
        return held.order_by(self.SQLEvent.id)

    @contextlib.contextmanager
    def session_scope(self) -> Iterator[Any]:
        """Give a session and close it; what goes wrong is raised to the turn that it happened in."""
        session = self.sessionmaker()
        try:
            yield session
        finally:
            session.close()
