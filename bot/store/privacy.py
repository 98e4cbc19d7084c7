"""What is kept about one conversation: counted, and erased when its visitor asks for it.

The tracker is Rasa's: `bot.store.tracker` forgets it at the end of the turn that asks for it.
"""

from __future__ import annotations

from sqlalchemy import delete, func, select

from bot.store.questions import conversation_key
from bot.store.sessions import reading, writing
from bot.store.tables import FeedbackRow, HandoffRow, InboxRow, NoticeRow, QuestionRow


def count_kept(sender: str, url: str | None = None) -> tuple[int, int, int, int]:
    """Return how many messages, questions, verdicts and requests of a conversation are kept."""
    hashed = conversation_key(sender)
    with reading(url) as session:
        counts = [
            session.scalar(select(func.count()).select_from(table).where(of))
            for table, of in (
                (InboxRow, InboxRow.sender == sender),
                (QuestionRow, QuestionRow.conversation == hashed),
                (FeedbackRow, FeedbackRow.conversation == hashed),
                (HandoffRow, HandoffRow.conversation == hashed),
            )
        ]
    return (counts[0] or 0, counts[1] or 0, counts[2] or 0, counts[3] or 0)


def erase(sender: str, url: str | None = None) -> None:
    """Erase everything kept about a conversation, all or nothing."""
    hashed = conversation_key(sender)
    with writing(url) as session:
        requests = select(HandoffRow.id).where(HandoffRow.conversation == hashed)
        session.execute(delete(NoticeRow).where(NoticeRow.handoff_id.in_(requests)).execution_options(synchronize_session=False))
        for table in (HandoffRow, QuestionRow, FeedbackRow):
            session.execute(delete(table).where(table.conversation == hashed))
        session.execute(delete(InboxRow).where(InboxRow.sender == sender))
