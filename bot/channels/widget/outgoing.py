"""From a reply or a stored line to what the widget shows. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.channels.message import Reply
from bot.channels.widget.incoming import Said
from bot.store.outbox import Line

_SOURCE = re.compile(r"\n\nSource\s?: [^\n]*\Z")


def payload_of_reply(reply: Reply) -> dict[str, Any]:
    """Return a reply as the outbox keeps it. The source is not repeated in the text: the widget has a line for it."""
    texts = [_SOURCE.sub("", text) for text in reply.texts] if reply.answers else list(reply.texts)
    return {
        "texts": texts,
        "buttons": [asdict(button) for button in reply.buttons],
        "answers": [asdict(answer) for answer in reply.answers],
        "feedback": {"useful": reply.useful, "not_useful": reply.not_useful} if reply.useful and reply.not_useful else None,
        "form": reply.field,
    }


def payload_of_said(said: Said) -> dict[str, Any]:
    """Return a visitor's message as the outbox keeps it."""
    return {"id": said.id, "texts": [said.shown]} | ({"payload": said.text} if said.pressed else {})


def as_line(line: Line) -> dict[str, Any]:
    """Return a stored line as docs/widget-protocol.md has it."""
    shown: dict[str, Any] = {"texts": [], "buttons": [], "answers": [], "feedback": None, "form": ""}
    shown.update(line.payload if isinstance(line.payload, Mapping) else {})
    shown |= {"n": line.number, "at": line.created_at.isoformat(timespec="seconds") + "Z", "author": line.author}
    if line.reply_to:
        shown["reply_to"] = line.reply_to.partition(":")[2]
    return shown
