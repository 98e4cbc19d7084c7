"""Whether the store takes what is written: a disk that is full or read-only still reads."""

from __future__ import annotations

import datetime
import uuid

from sqlalchemy import delete, insert

from bot.store.sessions import writing
from bot.store.tables import ErasedRow


def write_and_undo(url: str | None = None) -> None:
    """Write a row and delete it within a transaction, which is committed: it goes to the disk and leaves nothing.

    Raises SQLAlchemyError where the store does not take it.
    """
    # The key of no talk: those are hashes. One of its own each time, so that two gateways never wait for each other.
    key = f"probe-{uuid.uuid4().hex[:26]}"
    with writing(url) as session:
        session.execute(insert(ErasedRow).values(conversation=key, erased_at=datetime.datetime.utcnow()))
        session.execute(delete(ErasedRow).where(ErasedRow.conversation == key).execution_options(synchronize_session=False))
