"""The webhook bodies of Messenger and Instagram, which share one shape, to events. Pure.

Sources: Meta, « Messenger Platform: Webhook Events Reference » (26 June 2024; messages 27 March 2026, messaging_postbacks
26 February 2026, messaging_referrals 1 July 2025, message_reactions 29 October 2019, message_edits, response_feedback
8 October 2024) and « Webhooks for Instagram Messaging » (v25.0, 2026).
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.channels.contract import Unreadable
from bot.channels.message import Event
from bot.channels.webhook_json import read_json
from bot.language.tokens import is_token

MILLISECONDS_FROM = 100_000_000_000
"""Numbers from here on are milliseconds (since 1973), smaller ones seconds: Meta's own examples have both."""
START_PAYLOADS = frozenset({"GET_STARTED", "GET_STARTED_PAYLOAD", "START", "DEMARRER"})
LIKES = frozenset({369239263222822, 369239343222814, 369239383222810})
"""Sticker numbers of Messenger's thumb in its three sizes."""

_USEFUL = frozenset({"like", "love", "👍", "❤", "🙏"})
_NOT_USEFUL = frozenset({"dislike", "angry", "👎", "😠", "😡"})
_FEEDBACK = {"good response": True, "bad response": False}
_THINGS = {
    "image": "image",
    "audio": "audio",
    "video": "video",
    "reel": "video",
    "ig_reel": "video",
    "file": "document",
    "location": "location",
}
_SAFE_ID = re.compile(r"[A-Za-z0-9_.:@=+/-]{1,128}")
_SENDER = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def events(body: bytes, kind: str) -> list[Event]:
    """Return every event of a body, in its order. `kind`: its « object », page or instagram. Raise Unreadable.

    What needs no reaction is left out: receipts, opt-ins, hand-overs to others, echoes of what others sent for the account, and
    « standby », where another app holds the conversation. So is what cannot be understood.
    """
    given = read_json(body)
    if not isinstance(given, dict) or given.get("object") != kind or not isinstance(given.get("entry"), list):
        raise Unreadable(f"not a body of {kind}")
    return list(_events(given["entry"]))


def identity(mid: str) -> str:
    """Return a message id as we keep it: itself, or a digest where it is too long (Instagram's are) or has other characters."""
    return mid if _SAFE_ID.fullmatch(mid) else f"digest:{hashlib.blake2b(mid.encode('utf-8', 'replace'), digest_size=20).hexdigest()}"


def _events(entries: list[Any]) -> Iterator[Event]:
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("messaging"), list):
            continue
        for item in entry["messaging"]:
            try:
                event = (_echo(item) or _event(item, entry)) if isinstance(item, dict) else None
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
                continue  # anything may stand where the vendor documents a text; the events beside it are still read
            if event is not None:
                yield event


def _event(item: Mapping[str, Any], entry: Mapping[str, Any]) -> Event | None:
    sender, recipient, owner = (
        str(given or "") for given in (_in(item, "sender").get("id"), _in(item, "recipient").get("id"), entry.get("id"))
    )
    # An Instagram account has two ids; the entry names the one that its owner reads in the console.
    account = owner or recipient
    at = _time(item.get("timestamp")) or _time(entry.get("time"))
    if not _SENDER.fullmatch(sender) or at is None or sender in (recipient, owner):
        return None
    who = {"sender": sender, "account": account, "at": at}
    for name, reader in (
        ("message", _message),
        ("postback", _postback),
        ("referral", _referral),
        ("message_edit", _edit),
        ("reaction", _reaction),
        ("response_feedback", _verdict),
        ("pass_thread_control", _passed),
    ):
        if isinstance(item.get(name), dict):
            return reader(item[name], who)
    return None


def _echo(item: Mapping[str, Any]) -> Event | None:
    """Return that a message of ours went out: its echo carries our mark."""
    message, person = _in(item, "message"), str(_in(item, "recipient").get("id", ""))
    mid, mark, at = message.get("mid"), message.get("metadata"), _time(item.get("timestamp"))
    if not message.get("is_echo") or not isinstance(mid, str) or not mid or not isinstance(mark, str) or at is None:
        return None
    if not _SENDER.fullmatch(person):
        return None
    native = {"mark": mark}
    return Event(
        "shown", person, identity(f"{mid}:shown"), at, account=str(_in(item, "sender").get("id", "")), about=identity(mid), native=native
    )


def _message(message: Mapping[str, Any], who: dict[str, Any]) -> Event | None:
    mid = message.get("mid")
    if message.get("is_echo") or message.get("is_self") or not isinstance(mid, str) or not mid:
        return None
    if message.get("is_deleted"):
        return Event(kind="deleted", message_id=identity(f"{mid}:deleted"), about=identity(mid), **who)
    text = _pressed(_in(message, "quick_reply").get("payload"), message.get("text"))
    attachments = [a for a in _list(message.get("attachments")) if isinstance(a, dict)]
    text = text or next((heart for heart in map(_heart, attachments) if heart), "")
    if text:
        return Event(kind="message", message_id=identity(mid), text=text, **who)
    if attachments or message.get("is_unsupported"):
        thing = _thing(attachments[0]) if attachments else "other"
        return Event(kind="unreadable", message_id=identity(mid), unreadable=thing, **who)
    return None


def _postback(postback: Mapping[str, Any], who: dict[str, Any]) -> Event | None:
    payload, title = str(postback.get("payload") or ""), str(postback.get("title") or "")
    ref = _in(postback, "referral")
    mid = postback.get("mid")
    known = identity(mid) if isinstance(mid, str) and mid else _digest("postback", who, payload, title)
    if not is_token(payload) and (ref or payload.upper() in START_PAYLOADS):
        return Event(kind="start", message_id=known, text=str(ref.get("ref") or ""), **who)
    text = _pressed(payload, title) or payload
    return Event(kind="message", message_id=known, text=text, **who) if text else None


def _referral(referral: Mapping[str, Any], who: dict[str, Any]) -> Event:
    ref = str(referral.get("ref") or "")
    return Event(kind="start", message_id=_digest("referral", who, ref, str(referral.get("ad_id") or "")), text=ref, **who)


def _passed(control: Mapping[str, Any], who: dict[str, Any]) -> Event:
    """Return that we have a talk again; only the app that gets it is told (Meta, « messaging_handovers »)."""
    return Event(kind="passed", message_id=_digest("passed", who, str(control.get("previous_owner_app_id") or "")), **who)


def _edit(edit: Mapping[str, Any], who: dict[str, Any]) -> Event | None:
    mid, text, count = edit.get("mid"), edit.get("text"), str(edit.get("num_edit", ""))
    if not isinstance(mid, str) or not mid or not isinstance(text, str) or not text or count == "0":
        return None
    return Event(kind="edited", message_id=identity(f"{mid}:edit:{count}"), about=identity(mid), text=text, **who)


def _reaction(reaction: Mapping[str, Any], who: dict[str, Any]) -> Event | None:
    name, emoji = str(reaction.get("reaction") or ""), str(reaction.get("emoji") or "").rstrip("\ufe0f")
    said = {name, emoji[:1]}
    if reaction.get("action") == "unreact":
        return _about(reaction, who, None)
    if said & _NOT_USEFUL:
        return _about(reaction, who, False)
    # Another emoji takes the place of the verdict before it, and Meta tells of no « unreact » then.
    return _about(reaction, who, True if said & _USEFUL else None)


def _verdict(feedback: Mapping[str, Any], who: dict[str, Any]) -> Event | None:
    useful = _FEEDBACK.get(str(feedback.get("feedback") or "").strip().lower())
    return _about(feedback, who, useful) if useful is not None else None


def _about(given: Mapping[str, Any], who: dict[str, Any], useful: bool | None) -> Event | None:
    mid = given.get("mid")
    if not isinstance(mid, str) or not mid:
        return None
    known = _digest("feedback", who, mid, str(useful))
    return Event(kind="feedback", message_id=known, about=identity(mid), useful=useful, **who)


def _pressed(payload: Any, shown: Any) -> str:
    """Return what a button says: our payload, or its words where somebody else made it (ice breaker, persistent menu)."""
    if isinstance(payload, str) and is_token(payload):
        return payload
    return shown.strip() if isinstance(shown, str) else ""


def _heart(attachment: Mapping[str, Any]) -> str:
    """Return the emoji that a « like » stands for, or nothing."""
    if attachment.get("type") == "like_heart":
        return "❤️"
    return "👍" if _in(attachment, "payload").get("sticker_id") in LIKES else ""


def _thing(attachment: Mapping[str, Any]) -> str:
    if "sticker_id" in _in(attachment, "payload"):
        return "sticker"
    return _THINGS.get(str(attachment.get("type")), "other")


def _digest(what: str, who: Mapping[str, Any], *parts: str) -> str:
    """Return an id for an event that has none of its own; the same each time it is delivered."""
    given = "\0".join((what, who["sender"], who["at"].isoformat(), *parts))
    return f"{what}:{hashlib.blake2b(given.encode('utf-8', 'replace'), digest_size=20).hexdigest()}"


def _time(value: Any) -> datetime.datetime | None:
    try:
        number = int(value)
        seconds = number / 1000 if number >= MILLISECONDS_FROM else number
        return datetime.datetime.utcfromtimestamp(seconds)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _in(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = given.get(name)
    return found if isinstance(found, dict) else {}


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []
