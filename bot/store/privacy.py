"""What is kept about one visitor: counted, handed over, and erased when it is asked for.

In the middle of a talk Rasa's part is forgotten by Rasa: `bot.store.tracker` at the end of the turn. The command line
(`erase_everywhere`, `export`) reads and writes the tracker's file itself.
"""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select

from bot.language.contact import Contact
from bot.settings import Settings, settings
from bot.store import handoffs, inbox, outbox
from bot.store.pseudonyms import conversation_key, message_key
from bot.store.sessions import await_erasure, reading, writing
from bot.store.tables import ErasedRow, FeedbackRow, HandoffRow, InboxRow, OutboxRow, QuestionRow
from bot.store.traces import EVENTS, empty_log, tracked, tracker_url

logger = logging.getLogger(__name__)


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
                (HandoffRow, of_requests(sender)),
            )
        ]
    return (counts[0] or 0, counts[1] or 0, counts[2] or 0, counts[3] or 0)


def of_requests(sender: str) -> Any:
    """Return what the requests of a conversation have in common; also of one that was noted under another key than today's."""
    return (HandoffRow.conversation == conversation_key(sender)) | (HandoffRow.sender == sender)


def erase(sender: str, url: str | None = None) -> None:
    """Erase everything kept about a conversation but its tracker, all or nothing."""
    hashed = conversation_key(sender)
    with writing(url) as session:
        await_erasure(session, hashed, erases=True)
        handoffs.erase(session, of_requests(sender))
        for rows in (QuestionRow, FeedbackRow):
            session.execute(delete(rows).where(rows.conversation == hashed))
        inbox.erase(session, sender)
        outbox.erase(session, sender)
        session.merge(ErasedRow(conversation=hashed, erased_at=datetime.datetime.utcnow()))


def erase_turn(sender: str, message_id: str, url: str | None = None) -> None:
    """Erase what one turn noted after its talk was erased: the question, a verdict, a request to the team."""
    hashed = conversation_key(sender)
    since = select(ErasedRow.erased_at).where(ErasedRow.conversation == hashed).scalar_subquery()
    with writing(url) as session:
        handoffs.erase(session, HandoffRow.conversation == hashed, HandoffRow.turn == message_id)
        session.execute(delete(QuestionRow).where(QuestionRow.conversation == hashed, QuestionRow.turn == message_key(message_id)))
        late = (FeedbackRow.conversation == hashed, FeedbackRow.given_at >= since)
        session.execute(delete(FeedbackRow).where(*late).execution_options(synchronize_session=False))


def was_erased(sender: str, url: str | None = None) -> bool:
    """Tell whether a talk was erased."""
    with reading(url) as session:
        return session.get(ErasedRow, conversation_key(sender)) is not None


def sender_of_request(reference: int, url: str | None = None) -> str | None:
    """Return the conversation that a request to the team came from; None where there is none of that reference."""
    with reading(url) as session:
        return session.scalar(select(HandoffRow.sender).where(HandoffRow.id == reference))


def conversations_of(contact: Contact, given: Settings | None = None) -> dict[str, list[int]]:
    """Return the conversations that a way to reach somebody leads to, each with the numbers of its requests that name it.

    Those are requests to the team, whoever typed the contact, and for a number the person's own talk on WhatsApp.
    """
    given = given or settings()
    found: dict[str, list[int]] = {}
    named = select(HandoffRow.sender, HandoffRow.id).where(func.lower(HandoffRow.contact) == contact.value.lower())
    own = f"whatsapp.{contact.value.lstrip('+')}"
    with reading(given.store_url) as session:
        for sender, reference in session.execute(named.order_by(HandoffRow.id)):
            found.setdefault(sender, []).append(reference)
        talks = any(session.scalar(select(rows.id).where(rows.sender == own).limit(1)) for rows in (InboxRow, OutboxRow, HandoffRow))
    if contact.kind == "phone" and (talks or _tracker_events(own, given)):
        found.setdefault(own, [])
    return found


@dataclass(frozen=True)
class Erasure:
    """What there was of a conversation, by kind. `emptied`: no file keeps a trace of it in its write-ahead log."""

    counts: Mapping[str, int]
    emptied: bool


def erase_everywhere(sender: str, given: Settings | None = None) -> Erasure:
    """Erase a conversation in the store and the tracker, with the traces in their files.

    A turn that is under way in Rasa meanwhile may write the tracker's part again: `bot.store.forgetting` finishes such erasures.
    """
    given = given or settings()
    kept = dict(zip(("messages", "questions", "avis", "demandes"), count_kept(sender, given.store_url)))
    erase(sender, given.store_url)
    emptied = empty_log(given.store_url)
    if tracked(given):
        with writing(tracker_url(given)) as session:
            kept["événements"] = session.execute(delete(EVENTS).where(EVENTS.c.sender_id == sender)).rowcount
        emptied = empty_log(tracker_url(given)) and emptied
    logger.info(
        "erased: %s", ", ".join(f"{name} {count}" for name, count in kept.items()), extra={"conversation": conversation_key(sender)}
    )
    return Erasure(kept, emptied)


def export(sender: str, given: Settings | None = None) -> dict[str, Any]:
    """Return everything kept about a conversation for its visitor to read, ready for JSON; times are UTC (ISO 8601)."""
    given = given or settings()
    hashed = conversation_key(sender)
    with reading(given.store_url) as session:

        def rows(of: Any, where: Any) -> Iterable[Any]:
            return session.scalars(select(of).where(where).order_by(of.id))

        return {
            "conversation": sender,
            "établi le": _when(datetime.datetime.utcnow()),
            "messages reçus de vous": [
                {"reçu le": _when(r.received_at), "canal": r.channel, "texte": r.text, "état": r.state, "traité le": _when(r.done_at), "détails": r.extra}
                for r in rows(InboxRow, InboxRow.sender == sender)
            ],
            "messages affichés ou envoyés": [
                {"le": _when(r.created_at), "canal": r.channel, "auteur": _AUTHORS.get(r.author, r.author), "contenu": r.payload, "fiche": r.entry_id, "état": r.state}
                for r in rows(OutboxRow, OutboxRow.sender == sender)
            ],
            "questions notées": [
                {"posée le": _when(r.asked_at), "canal": r.channel, "texte masqué": r.text, "issue": r.outcome, "fiche": r.entry_id}
                for r in rows(QuestionRow, QuestionRow.conversation == hashed)
            ],
            "avis donnés": [
                {"donné le": _when(r.given_at), "fiche": r.entry_id, "utile": r.useful, "raison": r.reason}
                for r in rows(FeedbackRow, FeedbackRow.conversation == hashed)
            ],
            "demandes à l’équipe": [
                {
                    "numéro": r.id, "accord donné le": _when(r.consented_at), "canal": r.channel, "nom": r.name, "moyen de contact": r.contact_kind,
                    "contact": r.contact, "question": r.question, "état": r.state,
                }
                for r in rows(HandoffRow, of_requests(sender))
            ],
            "mémoire de la conversation": _tracker_events(sender, given),
        }  # fmt: skip


_AUTHORS = {"visitor": "vous", "bot": "Réso", "agent": "équipe", "notice": "information"}
_EVENTS = {
    "user": "message de vous",
    "bot": "message de Réso",
    "slot": "retenu pour la suite",
    "action": "étape",
    "session_started": "début",
}


def _tracker_events(sender: str, given: Settings) -> list[dict[str, Any]]:
    if not tracked(given):
        return []
    query = select(EVENTS.c.timestamp, EVENTS.c.type_name, EVENTS.c.data).where(EVENTS.c.sender_id == sender).order_by(EVENTS.c.id)
    with reading(tracker_url(given)) as session:
        return [_event(*row) for row in session.execute(query)]


def _event(timestamp: float, kind: str, data: str) -> dict[str, Any]:
    try:
        held = json.loads(data)
    except ValueError:
        held = {}
    found = held.get("parse_data") or {}
    told = {
        "texte": held.get("text"),
        "compris comme": (found.get("intent") or {}).get("name"),
        "nom": held.get("name"),
        "valeur": held.get("value"),
        "données": held.get("data"),
        "informations du canal": held.get("metadata"),
    }
    at = datetime.datetime.utcfromtimestamp(timestamp or 0)
    return {
        "le": _when(at),
        "quoi": _EVENTS.get(kind, kind),
        **{name: value for name, value in told.items() if value not in (None, "", {}, [])},
    }


def _when(at: datetime.datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") + "Z" if at else None
