"""What people do, as the vendors' webhooks tell it, and the bodies that carry it. Pure but for ids and time.

Sources: Meta, « Webhooks: Messenger Platform » (messages, messaging_postbacks, message_reactions), « Instagram:
Webhooks », « WhatsApp: messages webhook reference » (17 June 2026); Telegram, « Bot API », Update.
"""

from __future__ import annotations

import base64
import itertools
import json
import random
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.channels.vendors.accounts import Accounts
from tests.channels.vendors.ledger import Accepted

_counter = itertools.count(int(time.time() * 1000) % 10**9)


@dataclass(frozen=True)
class Happening:
    """One thing that a person did. `at`: seconds since 1970. `content`: in the vendor's shape, to be wrapped by `body`.

    `handles`: ids that the vendor knows from now on (the message, the pressed button's query).
    """

    channel: str
    person: str
    at: float
    content: dict[str, Any]
    handles: tuple[str, ...] = ()


def text(channel: str, person: str, words: str, at: float | None = None) -> Happening:
    """Return a typed message."""
    moment = at or time.time()
    if channel == "whatsapp":
        return _whatsapp(person, moment, "text", {"body": words})
    if channel == "telegram":
        return _telegram_message(person, moment, {"text": words})
    mid = _mid(channel)
    return Happening(channel, person, moment, {"message": {"mid": mid, "text": words}}, (mid,))


def taken_back(said: Happening) -> Happening:
    """Return the deletion of a message that somebody wrote on Instagram."""
    return Happening(said.channel, said.person, time.time(), {"message": {"mid": said.handles[0], "is_deleted": True}})


def pressed(channel: str, person: str, title: str, payload: str, at: float | None = None) -> Happening:
    """Return a pressed button: a quick reply of Messenger and Instagram, a reply button of WhatsApp, an inline button of Telegram."""
    moment = at or time.time()
    if channel == "whatsapp":
        return _whatsapp(person, moment, "interactive", {"type": "button_reply", "button_reply": {"id": payload, "title": title}})
    if channel == "telegram":
        query = str(next(_counter) * 10**9)
        shown = {"message_id": next(_counter), "chat": _chat(person), "date": int(moment), "text": title}
        content = {"id": query, "from": _user(person), "message": shown, "chat_instance": "42", "data": payload}
        return Happening(channel, person, moment, {"callback_query": content}, (query,))
    mid = _mid(channel)
    return Happening(channel, person, moment, {"message": {"mid": mid, "text": title, "quick_reply": {"payload": payload}}}, (mid,))


def postback(channel: str, person: str, title: str, payload: str, at: float | None = None) -> Happening:
    """Return a pressed button of a card: Messenger and Instagram; a chosen row of a list: WhatsApp."""
    moment = at or time.time()
    if channel == "whatsapp":
        return _whatsapp(person, moment, "interactive", {"type": "list_reply", "list_reply": {"id": payload, "title": title}})
    mid = _mid(channel)
    return Happening(channel, person, moment, {"postback": {"mid": mid, "title": title, "payload": payload}}, (mid,))


def reaction(channel: str, person: str, about: str, emoji: str = "👍", name: str = "like", at: float | None = None) -> Happening:
    """Return a reaction to our message `about`: the vendor's id of it. `name`: Meta's word for the emoji."""
    moment = at or time.time()
    if channel == "whatsapp":
        return _whatsapp(person, moment, "reaction", {"message_id": about, "emoji": emoji})
    if channel == "telegram":
        content = {
            "chat": _chat(person),
            "message_id": int(about),
            "user": _user(person),
            "date": int(moment),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}],
        }
        return Happening(channel, person, moment, {"message_reaction": content})
    return Happening(channel, person, moment, {"reaction": {"mid": about, "action": "react", "reaction": name, "emoji": emoji}})


def bodies(happenings: Sequence[Happening], accounts: Accounts, chance: random.Random | None = None) -> list[bytes]:
    """Return the raw bodies that deliver happenings of one channel, in order.

    Meta: one body of one or, with `chance`, several entries, each with one or several events. Telegram: a body each.
    Non-ASCII travels as \\u00e9 and « / » as \\/, as these servers write JSON.
    """
    if happenings[0].channel == "telegram":
        return [_raw({"update_id": next(_counter), **happening.content}) for happening in happenings]
    entries = [_entry(part, accounts) for part in _parts(happenings, chance)]
    names = {"messenger": "page", "instagram": "instagram", "whatsapp": "whatsapp_business_account"}
    return [_raw({"object": names[happenings[0].channel], "entry": entries})]


def confirmation(kept: Accepted, accounts: Accounts) -> bytes:
    """Return the body that tells the sender of a message that it went out; empty where this vendor never says so.

    Sources: Meta, « message_echoes webhook event reference » (`metadata` as the call gave it); WhatsApp, « status messages
    webhook reference » (`biz_opaque_callback_data` as the call gave it).
    """
    if kept.channel == "whatsapp":
        status = {"id": kept.identity, "status": "sent", "timestamp": str(int(kept.at)), "recipient_id": kept.person}
        mark = kept.body.get("biz_opaque_callback_data")
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "33199000000", "phone_number_id": accounts.phone_id},
            "statuses": [status | ({"biz_opaque_callback_data": mark} if mark else {})],
        }
        entry: dict[str, Any] = {"id": accounts.business_id, "changes": [{"value": value, "field": "messages"}]}
        return _raw({"object": "whatsapp_business_account", "entry": [entry]})
    if kept.channel == "messenger":
        said = {"is_echo": True, "app_id": 1, "mid": kept.identity, "text": kept.text}
        mark = (kept.body.get("message") or {}).get("metadata")
        event = {"sender": {"id": accounts.page_id}, "recipient": {"id": kept.person}, "timestamp": int(kept.at * 1000)}
        event["message"] = said | ({"metadata": mark} if mark else {})
        return _raw({"object": "page", "entry": [{"id": accounts.page_id, "time": int(kept.at * 1000), "messaging": [event]}]})
    return b""


def _parts(happenings: Sequence[Happening], chance: random.Random | None) -> list[Sequence[Happening]]:
    if chance is None or len(happenings) < 2:
        return [happenings]
    cuts = sorted(chance.sample(range(1, len(happenings)), chance.randint(0, min(3, len(happenings) - 1))))
    return [happenings[a:b] for a, b in itertools.pairwise([0, *cuts, len(happenings)])]


def _entry(happenings: Sequence[Happening], accounts: Accounts) -> dict[str, Any]:
    channel = happenings[0].channel
    if channel == "whatsapp":
        return {"id": accounts.business_id, "changes": [_change(happening, accounts) for happening in happenings]}
    account = accounts.page_id if channel == "messenger" else accounts.instagram_id
    events = [{"sender": {"id": h.person}, "recipient": {"id": account}, "timestamp": int(h.at * 1000), **h.content} for h in happenings]
    return {"id": account, "time": int(time.time() * 1000), "messaging": events}


def _change(happening: Happening, accounts: Accounts) -> dict[str, Any]:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "33199000000", "phone_number_id": accounts.phone_id},
        "contacts": [{"profile": {"name": "Nadia"}, "wa_id": happening.person}],
        "messages": [happening.content],
    }
    return {"value": value, "field": "messages"}


def _whatsapp(person: str, at: float, kind: str, content: dict[str, Any]) -> Happening:
    wamid = "wamid." + base64.b64encode(f"\x1c\x18\x0b{person}\x15\x02{secrets.token_hex(10)}".encode()).decode()
    message = {"from": person, "id": wamid, "timestamp": str(int(at)), "type": kind, kind: content}
    return Happening("whatsapp", person, at, message, (wamid,))


def _telegram_message(person: str, at: float, content: dict[str, Any]) -> Happening:
    number = next(_counter)
    message = {"message_id": number, "from": _user(person), "chat": _chat(person), "date": int(at), **content}
    return Happening("telegram", person, at, {"message": message}, (f"{person}:{number}",))


def _mid(channel: str) -> str:
    token = base64.urlsafe_b64encode(secrets.token_bytes(120 if channel == "instagram" else 60)).decode()
    return f"aWdfZAG1faXRlbToxOk{token}" if channel == "instagram" else f"m_{token}"


def _user(person: str) -> dict[str, Any]:
    return {"id": int(person), "is_bot": False, "first_name": "Nadia", "language_code": "fr"}


def _chat(person: str) -> dict[str, Any]:
    return {"id": int(person), "first_name": "Nadia", "type": "private"}


def _raw(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()
