"""What was erased stays erased: after a crash in the middle of it, and where an older backup comes back.

The store erases a talk in one transaction, which says so in its table `erased`; Rasa's tracker is another file and follows.
"""

from __future__ import annotations

import datetime
import shutil
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.inspection import inspect

from bot.settings import Settings
from bot.store import handoffs, privacy
from bot.store.migrating import upgrade
from bot.store.pseudonyms import KEY_FILE, conversation_key, keyed, pseudonym_key
from bot.store.sessions import engine, reading, writing
from bot.store.tables import ErasedRow, FeedbackRow, HandoffRow, InboxRow, NoticeRow, OutboxRow, QuestionRow
from bot.store.traces import EVENTS, empty_log, has_tracker, tracked, tracker_url

Erased = Mapping[str, datetime.datetime]
"""When each talk was erased (UTC, naive), by its hash."""

COUNTED = (OutboxRow.__tablename__, HandoffRow.__tablename__, NoticeRow.__tablename__)
"""Tables whose numbers somebody outside knows: visitors' tabs, who left a request, the team. None is given out twice."""
UNKNOWN = 1_000_000
"""Numbers that are left out where a store cannot tell how far it had counted."""


def finish_erasures(given: Settings) -> int:
    """Delete what the tracker still holds of talks from before they were erased; return how many events."""
    return _forget_events(given, read_erased(given.store_url), (pseudonym_key(given),))


def read_erased(url: str) -> dict[str, datetime.datetime]:
    """Return the talks that a store knows to be erased; none where it has no such table."""
    if not inspect(engine(url)).has_table(ErasedRow.__tablename__):
        return {}
    with reading(url) as session:
        return {row.conversation: row.erased_at for row in session.scalars(select(ErasedRow))}


@dataclass(frozen=True)
class Present:
    """What a store that is about to be replaced knows, and the one that replaces it must not forget.

    `counted`: the highest number that each table of COUNTED gave out (visitors' tabs leave out lines that are not above); None: it
    cannot be read.
    """

    erased: Erased = field(default_factory=dict)
    counted: Mapping[str, int] | None = field(default_factory=dict)


def look_at_present(urls: Iterable[str]) -> Present:
    """Return what the stores of these addresses know together."""
    erased: dict[str, datetime.datetime] = {}
    counted: dict[str, int] | None = {}
    for url in urls:
        try:
            for hashed, at in read_erased(url).items():
                erased[hashed] = max(at, erased.get(hashed, at))
            told = counted_in(url)
            counted = None if counted is None else {table: max(told.get(table, 0), counted.get(table, 0)) for table in COUNTED}
        except (SQLAlchemyError, sqlite3.Error, ValueError):
            counted = None
        finally:
            # Its files are about to be moved: nobody may have them open.
            engine(url).dispose()
    return Present(erased, counted)


def carry_over(present: Present, given: Settings, work: Path) -> None:
    """Bring what an archive holds, unpacked in the folder `work`, to today's shape, without what was erased since it was made.

    Files that the folder lacks are left alone.
    """
    there = given.copy(update={"folder": work, "database_url": ""})
    # The archive may be of another installation, or from before hashes had a key.
    keys = {pseudonym_key(given)} if present.erased or not (work / KEY_FILE).exists() else set()
    if not (work / KEY_FILE).exists() and (given.folder / KEY_FILE).exists():
        shutil.copyfile(given.folder / KEY_FILE, work / KEY_FILE)
    keys.add(pseudonym_key(there))
    erased = {**present.erased, **{keyed(hashed, key): at for hashed, at in present.erased.items() for key in keys}}
    if (work / "reso.db").exists():
        upgrade(there.store_url, there)
        held = read_erased(there.store_url)
        _erase_again({hashed: at for hashed, at in erased.items() if hashed not in held or held[hashed] < at}, keys, there.store_url)
        _count_on(there.store_url, present.counted)
        engine(there.store_url).dispose()
    if has_tracker(there):
        _forget_events(there, erased, keys)
        engine(tracker_url(there)).dispose()
    for file in (work / "reso.db", work / "tracker.db"):
        if file.exists():
            with closing(sqlite3.connect(file)) as connection:
                # One file, without a log beside it.
                connection.execute("PRAGMA journal_mode=DELETE")


def _erase_again(erased: Erased, keys: Collection[bytes], url: str) -> None:
    with reading(url) as session:
        senders = {sender for rows in (InboxRow, OutboxRow, HandoffRow) for sender in session.scalars(select(rows.sender).distinct())}
    for sender in senders:
        if _names(sender, keys) & erased.keys():
            privacy.erase(sender, url)
    with writing(url) as session:
        for hashed, at in erased.items():
            handoffs.erase(session, HandoffRow.conversation == hashed)
            for rows in (QuestionRow, FeedbackRow):
                session.execute(delete(rows).where(rows.conversation == hashed).execution_options(synchronize_session=False))
            session.merge(ErasedRow(conversation=hashed, erased_at=at))


def _forget_events(given: Settings, erased: Erased, keys: Collection[bytes]) -> int:
    url = tracker_url(given)
    if not erased or not tracked(given):
        return 0
    with reading(url) as session:
        senders = session.scalars(select(EVENTS.c.sender_id).distinct()).all()
    total = 0
    for sender in senders:
        for hashed in _names(sender, keys) & erased.keys():
            # Who was erased may have written again since.
            until = erased[hashed].replace(tzinfo=datetime.timezone.utc).timestamp()
            with writing(url) as session:
                old = (EVENTS.c.sender_id == sender, EVENTS.c.timestamp <= until)
                total += session.execute(delete(EVENTS).where(*old)).rowcount
    if total:
        empty_log(url)
    return total


def _names(sender: str, keys: Collection[bytes]) -> set[str]:
    return {conversation_key(sender, key) for key in keys}


def counted_in(url: str) -> dict[str, int]:
    """Return the highest number that each table of a store gave out."""
    if engine(url).dialect.name != "sqlite":
        return {}
    counts = inspect(engine(url)).has_table("sqlite_sequence")
    with reading(url) as session:
        told = dict(session.execute(text("SELECT name, seq FROM sqlite_sequence")).all()) if counts else {}
        for table in (HandoffRow, NoticeRow):  # which counted otherwise until migration 0006
            if table.__tablename__ not in told and inspect(engine(url)).has_table(table.__tablename__):
                told[table.__tablename__] = session.scalar(select(func.max(table.id))) or 0
    return told


def _count_on(url: str, counted: Mapping[str, int] | None) -> None:
    """Let each table go on above the numbers that were given out."""
    held = counted_in(url)
    with writing(url) as session:
        for table in COUNTED:
            last = held.get(table, 0) + UNKNOWN if counted is None else max(held.get(table, 0), counted.get(table, 0))
            session.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), {"table": table})
            session.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)"), {"table": table, "last": last})
