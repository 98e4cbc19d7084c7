"""Notes what was asked and what came of it, for the staff; and what visitors thought of it."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Set
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from bot.language.masking import mask
from bot.store.pseudonyms import conversation_key, message_key
from bot.store.sessions import reading, writing
from bot.store.tables import FeedbackRow, QuestionRow

LONGEST = 1000


def note_question(
    sender: str, channel: str, text: str, outcome: str, *, entry_id: str | None = None, label: str | None = None,
    confidence: float | None = None, suggestions: list[str] | None = None, turn: str | None = None,
    public: Set[str] = frozenset(), url: str | None = None,
) -> bool:  # fmt: skip
    """Keep one question: `outcome` is answered, unsure, refused or failed. Personal data in `text` is masked.

    `turn`: the message's id; return False where that message is kept already. `public`: folded names that are no visitor's,
    such as brands (see `bot.language.masking.mask`).
    """
    try:
        with writing(url) as session:
            session.add(
                QuestionRow(
                    asked_at=datetime.datetime.utcnow(),
                    conversation=conversation_key(sender),
                    channel=channel[:40],
                    text=mask(text, public)[:LONGEST],
                    outcome=outcome,
                    entry_id=entry_id,
                    label=label,
                    confidence=confidence,
                    suggestions=suggestions or [],
                    turn=message_key(turn) if turn else None,
                )  # fmt: skip
            )
    except IntegrityError:
        return False
    return True


def forget(sender: str, turns: Collection[str], url: str | None = None) -> None:
    """Forget questions, named by their messages' ids: who asked them took them back."""
    with writing(url) as session:
        session.execute(
            delete(QuestionRow).where(
                QuestionRow.conversation == conversation_key(sender), QuestionRow.turn.in_([message_key(turn) for turn in turns])
            )
        )


def note_feedback(sender: str, turn: str, entry_id: str, useful: bool, url: str | None = None) -> bool:
    """Keep a verdict on the answer given at `turn`; return False where that answer has one already."""
    try:
        with writing(url) as session:
            session.add(
                FeedbackRow(
                    given_at=datetime.datetime.utcnow(),
                    conversation=conversation_key(sender),
                    turn=message_key(turn),
                    entry_id=entry_id,
                    useful=useful,
                )  # fmt: skip
            )
    except IntegrityError:
        return False
    return True


def replace_feedback(sender: str, turn: str, entry_id: str, useful: bool, at: datetime.datetime, url: str | None = None) -> None:
    """Keep the latest verdict on the answer given at `turn`; `at`: when it was given (UTC), so that an older one changes nothing."""
    with writing(url) as session:
        row = session.scalar(select(FeedbackRow).where(*_verdict(sender, turn)))
        if row is None:
            row = FeedbackRow(conversation=conversation_key(sender), turn=message_key(turn), entry_id=entry_id)
            session.add(row)
        elif row.given_at > at:
            return
        row.useful, row.given_at, row.reason = useful, at, row.reason if row.useful == useful else None


def withdraw_feedback(sender: str, turn: str, at: datetime.datetime, url: str | None = None) -> None:
    """Forget the verdict on the answer given at `turn`: who gave it took it back at `at` (UTC). A newer one stays."""
    with writing(url) as session:
        session.execute(delete(FeedbackRow).where(*_verdict(sender, turn), FeedbackRow.given_at <= at))


def note_reason(sender: str, turn: str, reason: str, url: str | None = None) -> None:
    """Add why an answer did not help: sujet, vague, date or autre."""
    with writing(url) as session:
        row = session.scalar(select(FeedbackRow).where(*_verdict(sender, turn)))
        if row is not None:
            row.reason = reason


def _verdict(sender: str, turn: str) -> tuple[Any, Any]:
    """Return what names the verdict on the answer given at `turn`."""
    return FeedbackRow.conversation == conversation_key(sender), FeedbackRow.turn == message_key(turn)


def unanswered(limit: int = 100, url: str | None = None) -> list[tuple[datetime.datetime, str, str]]:
    """Return (time, outcome, masked text) of the newest questions that got no answer."""
    query = (
        select(QuestionRow.asked_at, QuestionRow.outcome, QuestionRow.text)
        .where(QuestionRow.outcome != "answered")
        .order_by(QuestionRow.id.desc())
        .limit(limit)
    )
    with reading(url) as session:
        return [tuple(row) for row in session.execute(query)]  # type: ignore[misc]
