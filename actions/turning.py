"""One turn, as every answering action takes it: read, decide, note, reply."""

from __future__ import annotations

import logging
from abc import abstractmethod
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions.replying import send
from actions.slots import REPLY_STATUS
from bot.dialogue.context import Context
from bot.dialogue.deciding import decide
from bot.dialogue.reply import Reply
from bot.dialogue.understanding import Understanding
from bot.store import questions
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
        reply = decide(said, before, known, tracker.sender_id)
        context = reply.context
        if reply.outcome == "answered":
            context = replace(context, answer_turn=str(tracker.latest_message.get("message_id") or ""))
        keep(reply, said, before, tracker)
        send(reply, dispatcher, known, tracker.sender_id)
        slots = before.to_slots()
        changed = {name: value for name, value in context.to_slots().items() if value != slots[name]}
        return [SlotSet(REPLY_STATUS, "ok"), *(SlotSet(name, value) for name, value in changed.items())]


def keep(reply: Reply, said: Understanding, before: Context, tracker: Tracker) -> None:
    """Note the question and what came of it. A store that cannot write must not cost the visitor the answer."""
    sender, channel = tracker.sender_id, tracker.get_latest_input_channel() or "unknown"
    what, _, about = reply.event.partition(":")
    try:
        if what in ("useful", "not_useful"):
            questions.note_feedback(sender, before.answer_turn, about, what == "useful")
        elif what == "reason":
            questions.note_reason(sender, before.answer_turn, about)
        outcome = "human" if what == "human" else reply.outcome
        if outcome != "talked":
            questions.note_question(
                sender, channel, said.text, outcome, entry_id=reply.answers[0] if reply.answers else None, label=said.label,
                confidence=said.confidence, suggestions=list(reply.suggestions),
            )  # fmt: skip
    except SQLAlchemyError:
        logger.exception("question not kept", extra={"conversation": questions.conversation_key(sender)})
