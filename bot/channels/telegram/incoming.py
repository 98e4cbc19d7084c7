"""From a Telegram update to an event. Pure.

Source: Telegram Bot API, objects Update, Message, MessageEntity, CallbackQuery, MessageReactionUpdated.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.contract import Unreadable
from bot.channels.message import Event
from bot.channels.webhook_json import read_json

GROUPS = ("group", "supergroup")
USEFUL = frozenset("👍❤")
NOT_USEFUL = frozenset("👎")

_UNREADABLE = {
    "animation": "video",
    "photo": "image",
    "voice": "audio",
    "audio": "audio",
    "video": "video",
    "video_note": "video",
    "document": "document",
    "sticker": "sticker",
    "venue": "location",
    "location": "location",
    "contact": "contact",
    "poll": "other",
    "dice": "other",
    "story": "other",
    "game": "other",
    "paid_media": "other",
    "checklist": "other",
}
"""Content of a message that is no text. What is not named here is about the chat (somebody joined, a message was pinned)."""

_Object = Mapping[str, Any]


@dataclass(frozen=True)
class Me:
    """The bot itself. `username` is empty while it is not known: then mentions in groups are not recognised, answers to it are."""

    id: int
    username: str = ""


def read(body: bytes, me: Me, now: datetime.datetime, kept: datetime.timedelta) -> list[Event]:
    """Return the event of an update, or none where nothing is to be done.

    `now` (UTC, naive) dates pressed buttons, to which Telegram gives no time. `kept`: how long talks and the ids of what was
    pressed are kept. A button on an older message belongs to no talk that is known, and whether it is pressed for the first
    time cannot be told: its event is unreadable. In groups only what mentions the bot, answers it or presses its buttons
    counts. Raises Unreadable where the body is not an update.
    """
    update = read_json(body)
    if not isinstance(update, dict) or type(update.get("update_id")) is not int:
        raise Unreadable("not an update")
    try:
        event = _event(update, me, now, now - kept)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
        return []  # refused, it would come again and again, and hold up all others
    return [event] if event else []


def message_key(chat: int, message: int) -> str:
    """Return an id of a message that is unique over all chats; Telegram counts messages in each chat apart."""
    return f"{chat}:{message}"


def wording_key(message: _Object, text: str) -> str:
    """Return an id of a message with its words: an edit that changes no word is the same message delivered again.

    Telegram sends edits also where only what a bot does not see has changed (Bot API, Update, `edited_message`).
    """
    words = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return f"m{message_key(_number(message['chat']['id']), _number(message['message_id']))}:{words}"


def conversation(chat: _Object, who: int) -> str:
    """Return the id of a talk: of the chat with one person, of chat and person where several write."""
    return str(_number(chat["id"])) if chat["type"] == "private" else f"{_number(chat['id'])}:{who}"


def _event(update: _Object, me: Me, now: datetime.datetime, oldest: datetime.datetime) -> Event | None:
    key = f"u{update['update_id']}"
    if "message" in update:
        return _message(update["message"], key, me)
    if "edited_message" in update:
        return _edited(update["edited_message"], me)
    if "callback_query" in update:
        return _pressed(update["callback_query"], key, now, oldest)
    if "message_reaction" in update:
        return _reaction(update["message_reaction"], key)
    return None


def _message(message: _Object, key: str, me: Me) -> Event | None:
    heard = _heard(message, me)
    if heard is None:
        return None
    command, text = heard
    native, sender, at = _native(message), conversation(message["chat"], _author(message)), _time(message["date"])
    thing = next((name for field, name in _UNREADABLE.items() if field in message), "")
    if command == "start":
        return Event("start", sender, key, at, text, native=native)
    if command:
        text = f"{command.replace('_', ' ')} {text}".strip()
    # The pictures of an album come as messages of their own: one id lets those without a caption be answered once.
    album = {"album": str(message["media_group_id"])} if "media_group_id" in message else {}
    if text:
        return Event("message", sender, wording_key(message, text), at, text, unreadable=thing, native=native | album)
    if thing:
        return Event("unreadable", sender, f"g{album['album']}" if album else key, at, unreadable=thing, native=native | album)
    return Event("start", sender, key, at, native=native) if "text" in message else None


def _edited(message: _Object, me: Me) -> Event | None:
    heard = _heard(message, me)
    if heard is None or not heard[1]:
        return None
    chat = _number(message["chat"]["id"])
    about = message_key(chat, _number(message["message_id"]))
    text = " ".join(heard).strip()
    sender = conversation(message["chat"], _author(message))
    return Event("edited", sender, wording_key(message, text), _time(message["edit_date"]), text, about=about, native=_native(message))


def _pressed(query: _Object, key: str, now: datetime.datetime, oldest: datetime.datetime) -> Event | None:
    if not query.get("data") or "message" not in query:
        return None
    message = query["message"]
    native = {"callback": str(query["id"])} | _native(message)
    sender = conversation(message["chat"], _number(query["from"]["id"]))
    # The date of a message that Telegram shows no more is 0.
    if _time(message["date"]) < oldest:
        return Event("unreadable", sender, key, now, unreadable="choice", native=native)
    return Event("message", sender, key, now, str(query["data"]), native=native)


def _reaction(change: _Object, key: str) -> Event | None:
    before, after = _verdict(change["old_reaction"]), _verdict(change["new_reaction"])
    if before == after:
        return None
    about = message_key(_number(change["chat"]["id"]), _number(change["message_id"]))
    who = _number((change.get("user") or change.get("actor_chat") or change["chat"])["id"])
    return Event("feedback", conversation(change["chat"], who), key, _time(change["date"]), about=about, useful=after)


def _verdict(reactions: list[_Object]) -> bool | None:
    for reaction in reversed(reactions):
        emoji = str(reaction.get("emoji", "")).removesuffix("\ufe0f")
        if emoji in USEFUL or emoji in NOT_USEFUL:
            return emoji in USEFUL
    return None


def _author(message: _Object) -> int:
    """Return who wrote: a person, or the chat in whose name an anonymous administrator writes (`from` is a bot of Telegram's then)."""
    return _number((message.get("sender_chat") or message["from"])["id"])


def _heard(message: _Object, me: Me) -> tuple[str, str] | None:
    """Return the command and the text or caption of a message meant for the bot, without its name; None where it is not meant for it."""
    kind = message["chat"]["type"]
    programs = message["from"].get("is_bot") and "sender_chat" not in message
    if programs or message.get("is_automatic_forward") or kind not in ("private", *GROUPS):
        return None
    text = str(message.get("text") or message.get("caption") or "")
    mention = _mention(message, text, me)
    if kind in GROUPS and mention is None:
        answered = (message.get("reply_to_message") or {}).get("from") or {}
        if answered.get("id") != me.id:
            return None
    command = next((e for e in _entities(message) if e["type"] == "bot_command" and e["offset"] == 0), None)
    if command is not None:
        return _units(text, 1, command["length"]).partition("@")[0], _units(text, command["length"]).strip()
    if kind in GROUPS and mention is not None:
        text = " ".join((_units(text, 0, mention[0]) + " " + _units(text, mention[1])).split()).lstrip(",:; ")
    return "", text.strip()


def _mention(message: _Object, text: str, me: Me) -> tuple[int, int] | None:
    """Return start and end, in UTF-16 units, of what names the bot; for « /aide@bot » only the name itself."""
    name = f"@{me.username}".casefold()
    for entity in _entities(message):
        start, end = entity["offset"], entity["offset"] + entity["length"]
        said = _units(text, start, end).casefold()
        if entity["type"] == "text_mention" and entity["user"]["id"] == me.id:
            return start, end
        if me.username and entity["type"] == "mention" and said == name:
            return start, end
        if me.username and entity["type"] == "bot_command" and said.endswith(name):
            return end - len(name), end
    return None


def _entities(message: _Object) -> list[_Object]:
    return list(message.get("entities") or message.get("caption_entities") or ())


def _units(text: str, start: int, end: int | None = None) -> str:
    """Return a part of a text; offsets in UTF-16 units, as Telegram counts."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    return encoded[2 * start : None if end is None else 2 * end].decode("utf-16-le", "replace")


def _native(message: _Object) -> dict[str, str]:
    """Return what an answer in a group needs: the message it answers, and the topic it stands in."""
    if message["chat"]["type"] not in GROUPS:
        return {}
    native = {"answers": str(_number(message["message_id"]))}
    if message.get("is_topic_message") and "message_thread_id" in message:
        native["topic"] = str(_number(message["message_thread_id"]))
    return native


def _number(value: Any) -> int:
    """Return an id of Telegram's. Raises TypeError where it is none (« up to 52 significant bits »)."""
    if type(value) is not int or abs(value) >= 2**52:
        raise TypeError("not an id")
    return value


def _time(seconds: int) -> datetime.datetime:
    return datetime.datetime.utcfromtimestamp(seconds)
