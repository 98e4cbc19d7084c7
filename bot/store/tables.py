"""The tables. Migrations in `migrations/` make them; a test holds the two equal.

Ids of messages have up to 128 characters, of conversations 160: a channel's name, a dot, and WhatsApp's longest user id, two
letters, a dot and 128 more (developers.facebook.com, « Business-scoped user IDs »).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, Column, DateTime, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import declarative_base

Base: Any = declarative_base()


class EntryRow(Base):
    """An entry as the files have it. `position`: catalogue order. `digest`: of the file's content."""

    __tablename__ = "entries"
    id = Column(String(80), primary_key=True)
    kind = Column(String(20), nullable=False, index=True)
    position = Column(Integer, nullable=False)
    digest = Column(String(64), nullable=False)
    title = Column(String(120), nullable=False)
    label = Column(String(40), nullable=False)
    question = Column(String(160), nullable=False)
    answer = Column(Text, nullable=False)
    details = Column(Text, nullable=False)
    theme = Column(String(40), nullable=False, index=True)
    section = Column(String(160), nullable=False)
    checked = Column(String(10), nullable=False)
    sector = Column(String(40), index=True)
    form = Column(String(40), index=True)
    year = Column(Integer, index=True)
    expert = Column(String(80), index=True)
    role = Column(String(120))
    pronoun = Column(String(8))


class FacetRow(Base):
    """One name by which an entry is found: facet is platforms, brands, people, hashtags, names, examples or related."""

    __tablename__ = "facets"
    entry_id = Column(String(80), ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True)
    facet = Column(String(20), primary_key=True)
    position = Column(Integer, primary_key=True)
    value = Column(Text, nullable=False)
    folded = Column(Text, nullable=False)
    __table_args__ = (Index("ix_facets_facet_folded", "facet", "folded"),)


class FigureRow(Base):
    """A figure of an entry, with who published it."""

    __tablename__ = "figures"
    entry_id = Column(String(80), ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True)
    position = Column(Integer, primary_key=True)
    value = Column(String(80), nullable=False)
    text = Column(Text, nullable=False)
    source = Column(String(120), nullable=False, index=True)


class EditRow(Base):
    """A staff edit of one text of one entry. It stands over the file until withdrawn.

    `base` is the file's text when the edit was made: when the file has moved on, the load reports a conflict.
    """

    __tablename__ = "edits"
    id = Column(Integer, primary_key=True, autoincrement=True)
    entry_id = Column(String(80), ForeignKey("entries.id", ondelete="RESTRICT"), nullable=False)
    field = Column(String(20), nullable=False)
    base = Column(Text, nullable=False)
    value = Column(Text, nullable=False)
    author = Column(String(80), nullable=False)
    made_at = Column(DateTime, nullable=False)
    conflict = Column(Boolean, nullable=False, default=False)
    __table_args__ = (UniqueConstraint("entry_id", "field"),)


class VersionRow(Base):
    """One row: a number that grows with each change of content, so that readers know when to read again."""

    __tablename__ = "content_version"
    id = Column(Integer, primary_key=True)
    version = Column(Integer, nullable=False)


class QuestionRow(Base):
    """What was asked and what came of it, for the staff. `text` has personal data masked.

    `conversation` is a keyed hash (`bot.store.pseudonyms`), never the sender id. `turn`: a keyed hash of the message's id, so
    that one that is thought twice is noted once. `outcome`: answered, unsure, refused or failed.
    """

    __tablename__ = "questions"
    id = Column(Integer, primary_key=True, autoincrement=True)
    asked_at = Column(DateTime, nullable=False, index=True)
    conversation = Column(String(32), nullable=False, index=True)
    channel = Column(String(40), nullable=False)
    text = Column(Text, nullable=False)
    outcome = Column(String(20), nullable=False, index=True)
    entry_id = Column(String(80))
    label = Column(String(80))
    confidence = Column(Float)
    suggestions = Column(JSON, nullable=False, default=list)
    turn = Column(String(128))
    __table_args__ = (Index("ix_questions_conversation_turn", "conversation", "turn", unique=True),)


class FeedbackRow(Base):
    """A visitor's verdict on one answer; at most one for each answer of a conversation. `turn`: as in QuestionRow."""

    __tablename__ = "feedback"
    id = Column(Integer, primary_key=True, autoincrement=True)
    given_at = Column(DateTime, nullable=False)
    conversation = Column(String(32), nullable=False)
    turn = Column(String(128), nullable=False)
    entry_id = Column(String(80), nullable=False)
    useful = Column(Boolean, nullable=False)
    reason = Column(String(40))
    __table_args__ = (UniqueConstraint("conversation", "turn"),)


class InboxRow(Base):
    """A message that a channel took in, written before Rasa sees it. `state`: received, answered or failed.

    `owner`: the gateway that is at it, until `lease_until`; after that another may take it up. `extra`: what the channel
    needs to answer it after a restart.
    """

    __tablename__ = "inbox"
    id = Column(Integer, primary_key=True, autoincrement=True)
    channel = Column(String(40), nullable=False)
    message_id = Column(String(128), nullable=False)
    sender = Column(String(160), nullable=False, index=True)
    text = Column(Text, nullable=False)
    state = Column(String(20), nullable=False, index=True)
    received_at = Column(DateTime, nullable=False)
    done_at = Column(DateTime)
    owner = Column(String(40))
    lease_until = Column(DateTime)
    extra = Column(JSON, nullable=False, default=dict)
    __table_args__ = (UniqueConstraint("channel", "message_id"),)


class OutboxRow(Base):
    """A line of a talk, or one call to a vendor's API, in the order in which the visitor is to see it.

    `author`: visitor, bot, agent or notice. `state`: shown (the widget reads it by its number), pending, sent, failed or
    expired. `reply_to` and `part`: which message it answers, and its place in that answer; unique, so that a message that
    is taken up again after a crash is never answered twice. `entry_id`: the answer that a verdict on `external_id` is on.
    """

    __tablename__ = "outbox"
    id = Column(Integer, primary_key=True, autoincrement=True)
    channel = Column(String(40), nullable=False)
    sender = Column(String(160), nullable=False)
    author = Column(String(10), nullable=False)
    reply_to = Column(String(128))
    part = Column(Integer, nullable=False, default=0)
    payload = Column(JSON, nullable=False)
    entry_id = Column(String(80))
    state = Column(String(10), nullable=False)
    created_at = Column(DateTime, nullable=False)
    tries = Column(Integer, nullable=False, default=0)
    due_at = Column(DateTime)
    expires_at = Column(DateTime)
    sent_at = Column(DateTime)
    external_id = Column(String(256))
    error = Column(String(200))
    __table_args__ = (
        UniqueConstraint("channel", "reply_to", "part"),
        Index("ix_outbox_sender_id", "sender", "id"),
        Index("ix_outbox_state_due_at", "state", "due_at"),
        Index("ix_outbox_channel_external_id", "channel", "external_id"),
        {"sqlite_autoincrement": True},
    )


class ErasedRow(Base):
    """A talk that was erased, by its hash: whoever still has a token of it begins another, and a backup that is restored brings
    none of it back. Kept as long as a token or a backup lasts, whatever the channel.
    """

    __tablename__ = "erased"
    conversation = Column(String(32), primary_key=True)
    erased_at = Column(DateTime, nullable=False, index=True)


class HandoffRow(Base):
    """A visitor's confirmed request to the team. `state`: new, taken or done. `consented_at`: when the visitor agreed.

    `turn`: the id of the message that confirmed it, so that one that is thought twice is one request.
    """

    __tablename__ = "handoffs"
    id = Column(Integer, primary_key=True, autoincrement=True)
    conversation = Column(String(32), nullable=False, index=True)
    sender = Column(String(160), nullable=False)
    channel = Column(String(40), nullable=False)
    name = Column(String(80), nullable=False, default="")
    contact_kind = Column(String(10), nullable=False)
    contact = Column(String(254), nullable=False)
    question = Column(Text, nullable=False)
    state = Column(String(20), nullable=False, default="new", index=True)
    consented_at = Column(DateTime, nullable=False)
    turn = Column(String(128))
    __table_args__ = (
        Index("ix_handoffs_conversation_turn", "conversation", "turn", unique=True),
        # A number that was told to somebody must never be somebody else's, also once the request is erased.
        {"sqlite_autoincrement": True},
    )


class NoticeRow(Base):
    """One notice of a request that has to reach the team: `medium` is webhook or mail; kept until it was taken.

    Written in the same transaction as the request, so that neither is without the other.
    """

    __tablename__ = "notices"
    id = Column(Integer, primary_key=True, autoincrement=True)
    handoff_id = Column(Integer, ForeignKey("handoffs.id", ondelete="CASCADE"), nullable=False)
    medium = Column(String(10), nullable=False)
    tries = Column(Integer, nullable=False, default=0)
    due_at = Column(DateTime, nullable=False, index=True)
    sent_at = Column(DateTime)
    error = Column(String(200))
    __table_args__ = (UniqueConstraint("handoff_id", "medium"), {"sqlite_autoincrement": True})
