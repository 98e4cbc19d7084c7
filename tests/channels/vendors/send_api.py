"""What the Send API of Messenger and Instagram takes. Pure.

Sources: Meta, « Send API Reference » (text 2,000 characters), « Instagram: Send Messages » (text 1,000 bytes of UTF-8),
« Quick Replies » (13; titles of 20, cut beyond, which counts as a fault here; payloads of 1,000), « Button Template »
(text 640, 1 to 3 buttons), « Generic Template » (10 elements, title and subtitle 80, something besides the title).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.channels.vendors.refusals import parameter

LONGEST_TEXT = {"messenger": 2000, "instagram": 1000}
ACTIONS = ("typing_on", "typing_off", "mark_seen", "react", "unreact")
_TOO_LONG = "Length of param {} must be less than or equal to "


def check(body: Any, channel: str) -> tuple[str, str, str]:
    """Return (recipient, text that is read, sender action) of a call; one of the last two is empty. Raises Refused.

    `channel`: messenger or instagram.
    """
    if not isinstance(body, dict):
        raise parameter("recipient", "The parameter {} is required.")
    recipient = body.get("recipient")
    if not isinstance(recipient, dict) or not isinstance(recipient.get("id"), str) or not recipient["id"]:
        raise parameter("recipient", "The parameter {} is required.")
    action, message = body.get("sender_action"), body.get("message")
    if action is not None:
        if message is not None:
            raise parameter("message", "Cannot specify both {} and sender_action")
        if action not in ACTIONS:
            raise parameter("sender_action", "Param {} must be one of {" + ", ".join(ACTIONS).upper() + "}")
        return recipient["id"], "", action
    if body.get("messaging_type", "RESPONSE" if channel == "instagram" else None) != "RESPONSE":
        raise parameter("messaging_type", "Param {} must be RESPONSE: a bot has neither tags nor updates")
    if not isinstance(message, dict) or not message:
        raise parameter("message", "The parameter {} is required.")
    return recipient["id"], _message(message, channel), ""


def _message(message: Mapping[str, Any], channel: str) -> str:
    _keys(message, "message", ("text", "attachment", "quick_replies", "metadata"))
    if ("text" in message) == ("attachment" in message):
        raise parameter("message", "Must specify exactly one of text and attachment in {}")
    if "text" in message:
        text = _text(message["text"], "message[text]", 10**6)
        size = len(text) if channel == "messenger" else len(text.encode())
        if size > LONGEST_TEXT[channel]:
            raise parameter("message[text]", f"{_TOO_LONG}{LONGEST_TEXT[channel]}")
    else:
        text = _template(message["attachment"])
    if "quick_replies" in message:
        _quick_replies(message["quick_replies"])
    return text


def _quick_replies(given: Any) -> None:
    name = "message[quick_replies]"
    if not isinstance(given, list) or not 1 <= len(given) <= 13:
        raise parameter(name, "Param {} must be an array of 1 to 13 elements")
    for place, reply in enumerate(given):
        inner = f"{name}[{place}]"
        if not isinstance(reply, dict) or reply.get("content_type") not in ("text", "user_phone_number", "user_email"):
            raise parameter(f"{inner}[content_type]", "The parameter {} is required.")
        _keys(reply, inner, ("content_type", "title", "payload", "image_url"))
        if reply["content_type"] == "text":
            _text(reply.get("title"), f"{inner}[title]", 20)
            _text(reply.get("payload"), f"{inner}[payload]", 1000)


def _template(attachment: Any) -> str:
    name = "message[attachment][payload]"
    payload = attachment.get("payload") if isinstance(attachment, dict) else None
    if not isinstance(payload, dict) or attachment.get("type") != "template":
        raise parameter("message[attachment]", "Invalid data in {}: a template with its payload is needed")
    if payload.get("template_type") == "button":
        _keys(payload, name, ("template_type", "text", "buttons"))
        _buttons(payload.get("buttons"), f"{name}[buttons]")
        return _text(payload.get("text"), f"{name}[text]", 640)
    if payload.get("template_type") != "generic":
        raise parameter(f"{name}[template_type]", "Param {} must be one of {BUTTON, GENERIC}")
    elements = payload.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
        raise parameter(f"{name}[elements]", "Param {} must be an array of 1 to 10 elements")
    return "\n".join(_element(element, f"{name}[elements][{place}]") for place, element in enumerate(elements))


def _element(element: Any, name: str) -> str:
    if not isinstance(element, dict):
        raise parameter(name, "Param {} must be an object")
    _keys(element, name, ("title", "subtitle", "image_url", "default_action", "buttons"))
    title = _text(element.get("title"), f"{name}[title]", 80)
    if len(element) < 2:
        raise parameter(name, "Element {} must have something besides its title")
    if "buttons" in element:
        _buttons(element["buttons"], f"{name}[buttons]")
    subtitle = _text(element["subtitle"], f"{name}[subtitle]", 80) if "subtitle" in element else ""
    return f"{title}\n{subtitle}".strip()


def _buttons(given: Any, name: str) -> None:
    if not isinstance(given, list) or not 1 <= len(given) <= 3:
        raise parameter(name, "Param {} must be an array of 1 to 3 elements")
    for place, button in enumerate(given):
        inner = f"{name}[{place}]"
        kind = button.get("type") if isinstance(button, dict) else None
        if kind not in ("postback", "web_url"):
            raise parameter(f"{inner}[type]", "Param {} must be one of {POSTBACK, WEB_URL}")
        _text(button.get("title"), f"{inner}[title]", 20)
        _text(button.get("payload" if kind == "postback" else "url"), f"{inner}[{kind}]", 1000)


def _text(given: Any, name: str, most: int) -> str:
    if not isinstance(given, str) or not given.strip():
        raise parameter(name, "Param {} must be a non-empty UTF-8 encoded string")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise parameter(name, "Param {} must be a non-empty UTF-8 encoded string") from None
    if len(given) > most:
        raise parameter(name, f"{_TOO_LONG}{most}")
    return given


def _keys(given: Mapping[str, Any], name: str, known: tuple[str, ...]) -> None:
    if unknown := [key for key in given if key not in known]:
        raise parameter(name, f'Invalid keys "{unknown[0]}" were found in param "{{}}".')
