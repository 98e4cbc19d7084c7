"""Notes that a visitor wants a person."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.slots import REPLY_STATUS
from bot.dialogue.understanding import Understanding
from bot.store import questions


class ActionHandoff(Action):
    """Notes the wish for the staff and says so; a wish that cannot be noted is not promised."""

    def name(self) -> str:
        """Return the name that the rules use."""
        return "action_handoff"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Keep the wish, then reply."""
        said = Understanding.from_message(tracker.latest_message)
        questions.note_question(tracker.sender_id, tracker.get_latest_input_channel() or "unknown", said.text, "human", label=said.label)
        dispatcher.utter_message(response="utter_handoff")
        return [SlotSet(REPLY_STATUS, "ok"), SlotSet("failures", 0)]
