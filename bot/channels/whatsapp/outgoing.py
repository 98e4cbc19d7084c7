"""From a reply to calls of the Cloud API. Pure.

Sources of limits: Meta, WhatsApp Business Platform, « Text messages » (body 4,096 characters), « Interactive reply
buttons messages » (21 May 2026: 3 buttons, label 20, body 1,024), « Interactive list messages » (10 rows, title 24,
description 72, button 20; body here as for buttons), « Business-scoped user IDs » (31 March 2026: `recipient`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.channels.card import heading
from bot.channels.contract import Call
from bot.channels.markup import BOLD, LINK
from bot.channels.message import Button, Event, Reply, answer_place
from bot.channels.meta.fitting import numbered, shorten, split, titles

TEXT_CHARACTERS = 4096
BODY_CHARACTERS = 1024
MOST_BUTTONS, BUTTON_CHARACTERS = 3, 20
MOST_ROWS, ROW_CHARACTERS, DESCRIPTION_CHARACTERS = 10, 24, 72
MOST_ID = 200
"""Characters of a row's id; a button's may have 256."""

CHOOSE = "Choisir"
CHOICE = "Votre choix\u00a0:"


def as_whatsapp(text: str) -> str:
    """Return a text of ours (**bold**, [text](https://…)) in WhatsApp's formatting."""
    return BOLD.sub(r"*\1*", LINK.sub(r"\1 (\2)", text)).replace("**", "")


def write(reply: Reply, event: Event, phone_id: str) -> list[Call]:
    """Return the messages that show a reply: bubbles in order, the choices with the last. `phone_id`: the number that answers."""
    texts = [text for text in reply.texts if text.strip()]
    if texts and (head := heading(reply)):
        place = answer_place(texts)
        texts[place] = f"{head}\n\n{texts[place]}"
    as_interactive = reply.buttons and _interactive(reply.buttons)
    if reply.buttons and not as_interactive:
        full = [button.title for button in reply.buttons]
        texts = [*texts[:-1], numbered(texts[-1] if texts else "", full)]
    shown = [made for text in texts for piece in split(text, TEXT_CHARACTERS) if (made := as_whatsapp(piece))]
    last = shown.pop() if as_interactive and shown and len(shown[-1]) <= BODY_CHARACTERS else CHOICE
    contents: list[dict[str, Any]] = [{"type": "text", "text": {"body": text, "preview_url": False}} for text in shown]
    if as_interactive:
        contents.append({"type": "interactive", "interactive": as_interactive | {"body": {"text": last}}})
    path, to = messages_of(phone_id), _to(event.sender)
    return [Call(path, to | content, keeps=reply.one_answer) for content in contents]


def messages_of(phone_id: str) -> str:
    """Return the path where a number's messages are sent."""
    return f"{phone_id}/messages"


def seen(event: Event) -> dict[str, Any]:
    """Return the body that marks a message as read and shows « écrit… » for at most 25 seconds.

    Source: Meta, « Typing indicators » (17 June 2026).
    """
    return {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": event.message_id,
        "typing_indicator": {"type": "text"},
    }


def _interactive(buttons: Sequence[Button]) -> dict[str, Any]:
    """Return buttons, or a list where there are more than three or their titles would be cut; nothing where neither holds them."""
    if any(not 1 <= len(button.payload) <= MOST_ID for button in buttons):
        return {}
    if len(buttons) <= MOST_BUTTONS and all(len(button.title) <= BUTTON_CHARACTERS for button in buttons):
        short = titles([button.title for button in buttons], BUTTON_CHARACTERS)
        replies = [{"type": "reply", "reply": {"id": b.payload, "title": title}} for b, title in zip(buttons, short)]
        return {"type": "button", "action": {"buttons": replies}}
    if len(buttons) <= MOST_ROWS:
        short = titles([button.title for button in buttons], ROW_CHARACTERS)
        rows = [_row(button, title) for button, title in zip(buttons, short)]
        return {"type": "list", "action": {"button": CHOOSE, "sections": [{"title": CHOOSE, "rows": rows}]}}
    return {}


def _row(button: Button, title: str) -> dict[str, str]:
    row = {"id": button.payload, "title": title}
    if title != button.title:
        row["description"] = shorten(button.title, DESCRIPTION_CHARACTERS)
    return row


def _to(sender: str) -> dict[str, Any]:
    """Return the head of a message: `to` is a phone number, `recipient` the id of a person who hides theirs."""
    address = "to" if sender.isdecimal() else "recipient"
    return {"messaging_product": "whatsapp", "recipient_type": "individual", address: sender}
