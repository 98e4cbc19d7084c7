"""What a turn promises is kept once, also where the gateway has the message thought again after a crash."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions.turning import store_request
from bot.dialogue.form import Request
from bot.store import handoffs

REQUEST = Request("Nadia", "phone", "+33612345678", "Combien coûte une publicité ?")


def at_message(id: str) -> Tracker:
    """Return what Rasa sends with a message."""
    return Tracker("whatsapp.33612345678", {}, {"text": "oui", "message_id": id}, [], False, None, {}, "action_reply")


def test_a_request_confirmed_by_one_message_is_one_request_however_often_it_is_thought(store: str) -> None:
    first, again, other = (store_request(REQUEST, at_message(id)) for id in ("wamid.1", "wamid.1", "wamid.2"))
    assert first == again != other
    assert [request.reference for request in handoffs.open_requests()] == [first, other]
