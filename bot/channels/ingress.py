"""One message on its way through Rasa: noted, timed, and never without a reply."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from sqlalchemy.exc import SQLAlchemyError

from bot.store import inbox

logger = logging.getLogger(__name__)

APOLOGY = (
    "Toutes mes excuses, je ne parviens pas à répondre en ce moment. Votre question est gardée\u202f: "
    "redites-la-moi dans une minute, ou écrivez à l’équipe si c’est urgent."
)
EMPTY = "Je n’ai rien reçu à lire. Écrivez-moi votre question sur les réseaux sociaux, par exemple\u202f: est-ce que ça fait vendre\u202f?"

Handler = Callable[[UserMessage], Awaitable[Any]]


def note(channel: str, message_id: str, sender: str, text: str) -> bool:
    """Keep a message before Rasa sees it; return False where it was delivered before. A broken store is logged only."""
    try:
        return inbox.receive(channel, message_id, sender, text)
    except SQLAlchemyError:
        logger.exception("message not noted in the inbox")
        return True


def settle(channel: str, message_id: str, answered: bool) -> None:
    """Note what came of a message."""
    try:
        inbox.settle(channel, message_id, "answered" if answered else "failed")
    except SQLAlchemyError:
        logger.exception("message not settled in the inbox")


async def ask(on_new_message: Handler, message: UserMessage, seconds: float) -> bool:
    """Let Rasa handle `message` within `seconds`; return whether something was said.

    Errors are logged without the text. Where nothing was said the output gets an apology: an empty list would leave
    the visitor in front of silence (stock REST does: notes/reliability.md, rows 13, 16 and 17).
    """
    output = message.output_channel
    assert isinstance(output, CollectingOutputChannel)
    try:
        await asyncio.wait_for(on_new_message(message), seconds)
    except asyncio.TimeoutError:
        logger.error("turn timed out after %s s", seconds)
    except Exception as error:  # whatever Rasa raises, the visitor gets an answer
        logger.error("turn failed: %s", type(error).__name__)
    said = bool(output.messages)
    if not said:
        await output.send_text_message(message.sender_id, APOLOGY)
    return said and not any("ne parviens pas" in str(m.get("text", "")) for m in output.messages)
