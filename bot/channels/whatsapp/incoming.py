"""From a webhook of a WhatsApp Business Account to events. Pure.

Sources: Meta, WhatsApp Business Platform, « messages webhook reference » (17 June 2026) and its pages by type: reaction,
revoke (21 May 2026), edit (20 July 2026), unsupported (20 March 2026); « Business-scoped user IDs » (31 March 2026).
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.channels.contract import Never, Unreadable
from bot.channels.message import Event
from bot.channels.meta.graph import meaning
from bot.channels.webhook_json import read_json
from bot.language.tokens import is_token

OBJECT = "whatsapp_business_account"
USEFUL = frozenset("👍❤🙏")
NOT_USEFUL = frozenset("👎😡")

_UNREADABLE = {
    "image": "image",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
    "location": "location",
    "contacts": "contact",
    "order": "other",
    "interactive": "other",
    "button": "other",
    "unsupported": "other",
    "unknown": "other",
}
"""Types that a person sends on purpose. What is not named here is about the account (system, ephemeral …)."""

_SILENT = ("edit", "revoke", "pin", "poll_update", "keep_in_chat", "reaction")
"""What an unsupported message may stand for that needs no answer: something done to a message that was there before."""
UNAVAILABLE = 131060
"""Code of a message that WhatsApp could not give us, as may happen to the first one written to a number."""

_ID = re.compile(r"[A-Za-z0-9_.:@=+/-]{1,128}")
_SKIN_AND_STYLE = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f]")

_Object = Mapping[str, Any]


def read(body: bytes) -> list[Event]:
    """Return the events of every message of every change of every entry, in the order given. Raises Unreadable.

    Receipts are events where they carry our mark or tell of a failure. Changes of the account and messages in groups are none.
    """
    given = read_json(body)
    if not isinstance(given, dict) or given.get("object") != OBJECT or not isinstance(given.get("entry"), list):
        raise Unreadable("not a webhook of a WhatsApp Business Account")
    events = []
    for value, message in _messages(given["entry"]):
        try:
            event = _event(message, value)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
            continue
        if event:
            events.append(event)
    for status in (status for value in _values(given["entry"]) for status in _list(value, "statuses")):
        try:
            event = _receipt(status)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
            continue
        if event:
            events.append(event)
    return events


def identity(wamid: str) -> str:
    """Return a message's id as an event may carry it: itself, or its digest where it is too long or of other characters."""
    return wamid if _ID.fullmatch(wamid) else hashlib.sha256(wamid.encode("utf-8", "surrogatepass")).hexdigest()


def _messages(entries: list[Any]) -> Iterator[tuple[_Object, _Object]]:
    for value in _values(entries):
        yield from ((value, message) for message in _list(value, "messages") if isinstance(message, dict))


def _values(entries: list[Any]) -> Iterator[_Object]:
    for entry in entries:
        for change in _list(entry, "changes"):
            value = change.get("value") if isinstance(change, dict) and change.get("field") == "messages" else None
            if isinstance(value, dict):
                yield value


def _receipt(status: _Object) -> Event | None:
    """Return that our message went out, or could not be delivered after WhatsApp had taken it."""
    about, state, mark = str(status["id"]), status["status"], status.get("biz_opaque_callback_data")
    # A person who hides their number has only the other id; it may stand beside the number, too.
    hidden = str(status.get("recipient_user_id") or "")
    common: dict[str, Any] = {
        "sender": str(status.get("recipient_id") or hidden),
        "message_id": identity(f"{about}:{state}"),
        "at": datetime.datetime.utcfromtimestamp(int(status["timestamp"])),
        "about": identity(about),
    }
    marked = {"mark": mark} | ({"also": hidden} if hidden else {}) if isinstance(mark, str) else {}
    if state == "failed":
        errors = _list(status, "errors")
        refused = meaning(400, {"error": errors[0] if errors else {}}, {})
        advice = refused.advice if isinstance(refused, Never) else ""
        return Event("undelivered", **common, native={"reason": str(refused), "advice": advice, **marked})
    return Event("shown", **common, native=marked) if marked else None


def _list(holder: Any, name: str) -> list[Any]:
    found = holder.get(name) if isinstance(holder, dict) else None
    return found if isinstance(found, list) else []


def _event(message: _Object, value: _Object) -> Event | None:
    sender = _sender(message, value)
    if not sender or "group_id" in message:
        return None
    account = str((value.get("metadata") or {}).get("phone_number_id", ""))
    common: dict[str, Any] = {
        "sender": sender,
        "message_id": identity(str(message["id"])),
        "at": datetime.datetime.utcfromtimestamp(int(message["timestamp"])),
        "account": account,
    }
    kind = message["type"]
    if kind == "reaction":
        reaction = message["reaction"]
        return Event("feedback", **common, about=str(reaction["message_id"]), useful=_verdict(reaction.get("emoji")))
    if kind == "revoke":
        return Event("deleted", **common, about=identity(message["revoke"]["original_message_id"]))
    if kind == "edit":
        text = _text(message["edit"]["message"])
        return Event("edited", **common, text=text, about=identity(message["edit"]["original_message_id"])) if text else None
    if kind == "request_welcome":
        return Event("start", **common)
    thing = _UNREADABLE.get(kind, "")
    if text := _text(message):
        return Event("message", **common, text=text, unreadable="" if kind in ("button", "interactive") else thing)
    if kind == "unsupported" and (message.get("unsupported") or {}).get("type") in _SILENT:
        return None
    if UNAVAILABLE in [error.get("code") for error in _list(message, "errors")]:
        return Event("unreadable", **common, unreadable="lost")
    return Event("unreadable", **common, unreadable=thing) if thing else None


def _sender(message: _Object, value: _Object) -> str:
    """Return the phone number's id, else the id that hides it from us (a person with a username, 2026)."""
    people = [person for person in _list(value, "contacts") if isinstance(person, dict)]
    alone = people[0] if len(people) == 1 else {}
    given = message.get("from") or alone.get("wa_id") or message.get("from_user_id") or alone.get("user_id")
    return str(given or "")


def _text(message: _Object) -> str:
    """Return what was typed, the payload of a pressed button of ours, or a caption.

    A button that is not ours (a template's, another program's) gives its label: its payload is no word of ours.
    """
    kind = message["type"]
    content = message.get(kind) or {}
    if kind == "text":
        return str(content.get("body", "")).strip()
    if kind == "interactive":
        pressed = content.get("button_reply") or content.get("list_reply") or {}
        id, title = str(pressed.get("id", "")).strip(), str(pressed.get("title", "")).strip()
        return id if is_token(id) else title or id
    if kind == "button":
        return str(content.get("text") or content.get("payload") or "").strip()
    if not isinstance(content, dict):
        return ""
    caption = str(content.get("caption", "")).strip()
    # WhatsApp's own programs put the file's name there where nothing was typed.
    return "" if caption == str(content.get("filename", "")).strip() else caption


def _verdict(emoji: Any) -> bool | None:
    """Return the verdict of a reaction; None where it was taken back, or changed into one that is none."""
    plain = _SKIN_AND_STYLE.sub("", str(emoji or ""))
    return plain in USEFUL if plain in USEFUL | NOT_USEFUL else None
