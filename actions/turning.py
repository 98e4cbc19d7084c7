"""One turn, as every action takes it: read, decide, note, reply."""

from __future__ import annotations

import datetime
import logging
from abc import abstractmethod
from dataclasses import replace
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions.replying import send
from actions.slots import FORGET, REPLY_STATUS
from bot.dialogue.context import Context
from bot.dialogue.deciding import decide
from bot.dialogue.form import Request
from bot.dialogue.reply import Reply
from bot.dialogue.situation import Keeping, Kept, Situation
from bot.dialogue.understanding import Understanding
from bot.knowledge.library import Library
from bot.language.opening_hours import read_hours
from bot.settings import settings
from bot.store import handoffs, privacy, questions
from bot.store.entries import library

logger = logging.getLogger(__name__)


class TurnAction(Action):
    """Decides a turn and sends the reply; subclasses only have a name, which the rules refer to."""

    @abstractmethod
    def name(self) -> str:
        """Return the action's name."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the slots after the turn; a turn that fails raises, and the rules say sorry."""
        known = library()
        said = Understanding.from_message(tracker.latest_message)
        before = Context.from_slots(tracker.current_slot_values())
        reply = decide(said, before, known, tracker.sender_id, situation(tracker))
        # A request and an erasure are promises: unlike statistics they must be kept before they are spoken of.
        if reply.request is not None:
            reply = with_reference(reply, store_request(reply.request, tracker))
        if reply.event == "erase":
            privacy.erase(tracker.sender_id)
        keep(reply, said, before, tracker, known)
        send(reply, dispatcher, known, tracker.sender_id)
        slots = before.to_slots()
        changed = {name: value for name, value in reply.context.to_slots().items() if value != slots[name]}
        forget = [SlotSet(FORGET, True)] if reply.event == "erase" else []
        return [SlotSet(REPLY_STATUS, "ok"), *(SlotSet(name, value) for name, value in changed.items()), *forget]


def turn_of(tracker: Tracker) -> str:
    """Return the id of the message under way; the same where the gateway asks again after a crash."""
    return str(tracker.latest_message.get("message_id") or "")


def situation(tracker: Tracker) -> Situation:
    """Return the turn, the time, the team's hours, a way to count what is kept about the visitor, and for how long it is."""
    given = settings()
    now = datetime.datetime.now(ZoneInfo(given.timezone))
    keeping = Keeping(given.keep_talks_days, given.keep_questions_days, given.keep_requests_days)
    sender = tracker.sender_id
    return Situation(
        turn_of(tracker), now, read_hours(given.opening_hours), partial(count_kept, sender), keeping, partial(requests_lately, sender)
    )


def count_kept(sender: str) -> Kept:
    """Return how much is kept about a conversation."""
    return Kept(*privacy.count_kept(sender))


def requests_lately(sender: str) -> int:
    """Return how many requests to the team were made in a conversation within the last hour."""
    return handoffs.made_since(sender, datetime.datetime.utcnow() - datetime.timedelta(hours=1))


def store_request(request: Request, tracker: Tracker) -> int:
    """Store a confirmed request with the notices for the team; return its reference."""
    return handoffs.keep(
        tracker.sender_id, tracker.get_latest_input_channel() or "unknown", request.name, request.contact_kind, request.contact,
        request.question, settings().media, turn_of(tracker),
    )  # fmt: skip


def with_reference(reply: Reply, reference: int) -> Reply:
    """Return a reply that tells the reference of the request just stored."""
    says = tuple(replace(say, values={**say.values, "reference": reference}) if "reference" in say.values else say for say in reply.says)
    return replace(reply, says=says)


def keep(reply: Reply, said: Understanding, before: Context, tracker: Tracker, known: Library) -> None:
    """Note the question and what came of it. A store that cannot write must not cost the visitor the answer."""
    sender, channel = tracker.sender_id, tracker.get_latest_input_channel() or "unknown"
    what, _, about = reply.event.partition(":")
    try:
        if what in ("useful", "not_useful"):
            turn, _, entry = about.partition(" ")
            questions.note_feedback(sender, turn, entry, what == "useful")
        elif what == "reason" and before.judged:
            questions.note_reason(sender, before.judged[-1], about)
        outcome = "human" if what == "human" else reply.outcome
        if outcome != "talked":
            questions.note_question(
                sender, channel, said.text, outcome, entry_id=reply.answers[0] if reply.answers else None, label=said.label,
                confidence=said.confidence, suggestions=list(reply.suggestions), turn=turn_of(tracker), public=known.public_names,
            )  # fmt: skip
    except SQLAlchemyError:
        logger.exception("question not kept", extra={"conversation": questions.conversation_key(sender)})
