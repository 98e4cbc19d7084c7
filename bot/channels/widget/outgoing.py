"""From a reply or a stored line to what the widget shows. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from bot.channels.message import Reply
from bot.channels.widget.incoming import Said
from bot.store.outbox import Line

EVENT_BYTES = 256 * 1024
"""One event of a talk that is shown again; its hundred lines usually have less (docs/widget-protocol.md)."""
_DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
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
    """Return a stored line as docs/widget-protocol.md has it, whatever another process has written there."""
    held = line.payload if isinstance(line.payload, Mapping) else {}
    feedback = _mapping(held.get("feedback"))
    shown: dict[str, Any] = {
        "n": line.number,
        "at": line.created_at.isoformat(timespec="seconds") + "Z",
        "author": line.author,
        "texts": [text for text in _list(held.get("texts")) if isinstance(text, str)],
        "buttons": [button for button in map(_button, _list(held.get("buttons"))) if button],
        "answers": [answer for answer in map(_answer, _list(held.get("answers"))) if answer],
        "feedback": {name: _text(feedback.get(name)) for name in ("useful", "not_useful")} if feedback.get("useful") else None,
        "form": _text(held.get("form")),
    }
    for name in ("id", "payload", "name"):
        if held.get(name):
            shown[name] = _text(held[name])
    if line.reply_to:
        shown["reply_to"] = line.reply_to.partition(":")[2]
    return shown


def in_events(lines: Iterable[Mapping[str, Any]], most: int = EVENT_BYTES) -> Iterator[list[Mapping[str, Any]]]:
    """Cut lines into events of `most` bytes, in their order; a line that is longer has one for itself."""
    event: list[Mapping[str, Any]] = []
    size = 0
    for line in lines:
        length = len(json.dumps(line))
        if event and size + length > most:
            yield event
            event, size = [], 0
        event.append(line)
        size += length
    if event:
        yield event


def _button(held: Any) -> dict[str, str] | None:
    button = {name: _text(_mapping(held).get(name)) for name in ("title", "payload")}
    return button if all(button.values()) else None


def _answer(held: Any) -> dict[str, Any] | None:
    given = _mapping(held)
    answer: dict[str, Any] = {name: _text(given.get(name)) for name in ("id", "kind", "title", "source", "section")}
    if not answer["id"]:
        return None
    checked, year = _text(given.get("checked")), given.get("year")
    figure = {name: _text(_mapping(given.get("figure")).get(name)) for name in ("value", "text", "source")}
    return answer | {
        "checked": checked if _DAY.fullmatch(checked) else "",
        "brands": [name for name in _list(given.get("brands")) if isinstance(name, str)],
        "platforms": [name for name in _list(given.get("platforms")) if isinstance(name, str)],
        "year": year if isinstance(year, int) else None,
        "figure": figure if figure["value"] else None,
    }


def _text(held: Any) -> str:
    return held if isinstance(held, str) else ""


def _list(held: Any) -> list[Any]:
    return list(held) if isinstance(held, (list, tuple)) else []


def _mapping(held: Any) -> Mapping[str, Any]:
    return held if isinstance(held, Mapping) else {}
