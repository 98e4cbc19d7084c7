"""What WhatsApp's Cloud API takes from a bot that writes text, buttons and lists. Pure.

Sources: Meta, WhatsApp Business Platform, « Text messages » (body 4,096), « Interactive reply buttons messages »
(21 May 2026: body 1,024, 3 buttons, label 20, id 256), « Interactive list messages » (3 November 2025: body 4,096, button
20, 10 sections, 10 rows in all, section and row title 24, description 72, id 200), « Typing indicators » (17 June 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.channels.vendors.refusals import meta, parameter, whatsapp_value


def check(body: Any) -> tuple[str, str, str]:
    """Return (recipient, text that is read, message id that is marked as read) of a call. Raises Refused."""
    if not isinstance(body, dict) or body.get("messaging_product") != "whatsapp":
        raise parameter("messaging_product", "The parameter {} is required.")
    if "status" in body:
        return _read(body)
    person = body.get("to") or body.get("recipient")
    if not isinstance(person, str) or ("to" in body) == ("recipient" in body):
        raise parameter("to", "The parameter {} is required, or recipient.")
    if "to" in body and not person.lstrip("+").isdecimal():
        raise meta(131009, "(#131009) Parameter value is not valid", details="Param to must be a phone number.")
    if body.get("recipient_type", "individual") != "individual":
        raise parameter("recipient_type", "Param {} must be one of {INDIVIDUAL}")
    kind = body.get("type", "text")
    if kind not in ("text", "interactive"):
        raise parameter("type", "Param {} must be one of {TEXT, INTERACTIVE} here")
    content = body.get(kind)
    if not isinstance(content, dict):
        raise parameter(str(kind), "The parameter {} is required.")
    return person.lstrip("+"), _text_message(content) if kind == "text" else _interactive(content), ""


def _read(body: Mapping[str, Any]) -> tuple[str, str, str]:
    if body["status"] != "read" or not isinstance(body.get("message_id"), str):
        raise parameter("status", "Param {} must be read, with a message_id")
    if "typing_indicator" in body and body["typing_indicator"] != {"type": "text"}:
        raise parameter("typing_indicator", "Param {} must have the type text")
    return "", "", body["message_id"]


def _text_message(content: Mapping[str, Any]) -> str:
    if not isinstance(content.get("preview_url", False), bool):
        raise parameter("text[preview_url]", "Param {} must be a boolean.")
    return _string(content.get("body"), "text['body']", 4096)


def _interactive(content: Mapping[str, Any]) -> str:
    body, action = content.get("body"), content.get("action")
    if not isinstance(body, dict) or not isinstance(action, dict) or content.get("type") not in ("button", "list"):
        raise parameter("interactive", "The parameters {}['type'], ['body'] and ['action'] are required.")
    for name in ("header", "footer"):
        if name in content:
            _string(content[name].get("text"), f"interactive['{name}']['text']", 60)
    if content["type"] == "button":
        _buttons(action.get("buttons"))
        return _string(body.get("text"), "interactive['body']['text']", 1024)
    _string(action.get("button"), "interactive['action']['button']", 20)
    _sections(action.get("sections"))
    return _string(body.get("text"), "interactive['body']['text']", 4096)


def _buttons(given: Any) -> None:
    if not isinstance(given, list) or not 1 <= len(given) <= 3:
        raise whatsapp_value("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
    found = [button.get("reply") for button in given if isinstance(button, dict) and button.get("type") == "reply"]
    replies = [reply for reply in found if isinstance(reply, dict)]
    if len(replies) != len(given):
        raise whatsapp_value("Button must be of type reply, with a reply")
    for place, reply in enumerate(replies):
        name = f"interactive['action']['buttons'][{place}]['reply']"
        _string(reply.get("title"), f"{name}['title']", 20)
        _string(reply.get("id"), f"{name}['id']", 256)
        if reply["id"] != reply["id"].strip():
            raise whatsapp_value("Button reply id cannot have leading or trailing spaces")
    _distinct([r["title"] for r in replies], "Duplicate button titles are not allowed")
    _distinct([r["id"] for r in replies], "Duplicate button ids are not allowed")


def _sections(given: Any) -> None:
    if not isinstance(given, list) or not 1 <= len(given) <= 10:
        raise whatsapp_value("Invalid sections count. Min allowed sections: 1, Max allowed sections: 10")
    rows: list[Mapping[str, Any]] = []
    for place, section in enumerate(given):
        name = f"interactive['action']['sections'][{place}]"
        if len(given) > 1 or "title" in section:
            _string(section.get("title"), f"{name}['title']", 24)
        if not isinstance(section.get("rows"), list) or not section["rows"]:
            raise whatsapp_value(f"{name} must have rows")
        rows += section["rows"]
    if len(rows) > 10:
        raise whatsapp_value("Total row count exceed max allowed count: 10")
    for place, row in enumerate(rows):
        _string(row.get("id"), f"row {place} id", 200)
        _string(row.get("title"), f"row {place} title", 24)
        if "description" in row:
            _string(row["description"], f"row {place} description", 72)
    _distinct([row["id"] for row in rows], "Duplicated row id")


def _distinct(given: list[str], trouble: str) -> None:
    if len(set(given)) != len(given):
        raise whatsapp_value(trouble)


def _string(given: Any, name: str, most: int) -> str:
    if not isinstance(given, str) or not given.strip():
        raise parameter(name, "The parameter {} is required.")
    if len(given) > most:
        raise whatsapp_value(f"Param {name} must be at most {most} characters long.")
    return given
