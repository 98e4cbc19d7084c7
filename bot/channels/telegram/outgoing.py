"""From a reply to calls of the Bot API. Pure.

HTML rather than MarkdownV2: three characters have to be escaped instead of eighteen, and one that were forgotten would
cost a formatting, not the whole message (« can't parse entities »).
Source of limits: Telegram Bot API, sendMessage (text of 1-4096 characters after entities parsing), InlineKeyboardButton
(callback_data of 1-64 bytes). Telegram counts characters as UTF-16 units.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.card import heading
from bot.channels.contract import Call
from bot.channels.markup import BOLD, LINK
from bot.channels.message import Button, Event, Reply, answer_place
from bot.channels.meta.fitting import numbered, split, titles

TEXT_UNITS = 4096
TITLE_CHARACTERS = 64
"""The API names no limit; what is longer is cut by the apps."""
PAYLOAD_BYTES = 64
MOST_BUTTONS = 100
"""Buttons of one keyboard that Telegram takes (observed, not documented)."""

NOTICE_CHARACTERS = 200
"""Telegram Bot API, answerCallbackQuery, `text`: 0-200 characters."""

CHOICE = "Votre choix\u00a0:"


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def as_html(text: str) -> str:
    """Return a text of ours (**bold**, [text](https://…)) as Telegram's HTML; all else is escaped."""
    made, end = [], 0
    for link in LINK.finditer(text):
        made += [_bold(text[end : link.start()]), f'<a href="{html.escape(link[2])}">{_bold(link[1])}</a>']
        end = link.end()
    return "".join([*made, _bold(text[end:])])


def _bold(text: str) -> str:
    # Each part by itself, so that tags are never crossed; a mark without its other half is left out.
    return BOLD.sub(r"<b>\1</b>", html.escape(text, quote=False)).replace("**", "")


def write(reply: Reply, event: Event) -> list[Call]:
    """Return the messages that show a reply: bubbles in order, the choices below the last, one a row.

    What is said of a button that is too old is shown to who pressed it, above the chat, and stays in nobody's.
    """
    texts = [text for text in reply.texts if text.strip()]
    if event.unreadable == "choice" and "callback" in event.native and texts:
        notice = texts[-1][:NOTICE_CHARACTERS]
        return [Call("answerCallbackQuery", {"callback_query_id": event.native["callback"], "text": notice, "show_alert": True})]
    if reply.buttons and not texts:
        texts = [CHOICE]
    if texts and (head := heading(reply)):
        place = answer_place(texts)
        texts[place] = f"{head}\n\n{texts[place]}"
    keyboard = _keyboard(reply.buttons)
    if reply.buttons and not keyboard:
        texts[-1] = numbered(texts[-1], [button.title for button in reply.buttons])
    shown = [made for text in texts for piece in split(text, TEXT_UNITS, units) if (made := as_html(piece))]
    calls = []
    for number, text in enumerate(shown, 1):
        body = _to(event, first=number == 1) | {"text": text, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
        if keyboard and number == len(shown):
            body["reply_markup"] = {"inline_keyboard": keyboard}
        calls.append(Call("sendMessage", body, keeps=reply.one_answer))
    return calls


def typing(event: Event) -> Mapping[str, Any]:
    """Return the body of sendChatAction that shows « écrit… » for five seconds or until the answer comes."""
    return _to(event, first=False) | {"action": "typing"}


def _keyboard(buttons: Sequence[Button]) -> list[list[dict[str, str]]]:
    """Return the rows of an inline keyboard; none where a payload or the number of buttons is more than Telegram takes."""
    if len(buttons) > MOST_BUTTONS or any(not 1 <= len(b.payload.encode("utf-8", "surrogatepass")) <= PAYLOAD_BYTES for b in buttons):
        return []
    shown = titles([button.title for button in buttons], TITLE_CHARACTERS)
    return [[{"text": title, "callback_data": button.payload}] for title, button in zip(shown, buttons)]


def _to(event: Event, first: bool) -> dict[str, Any]:
    """Return where a call goes; in a group the first message points at the one that it answers."""
    to: dict[str, Any] = {"chat_id": int(event.sender.partition(":")[0])}
    if "topic" in event.native:
        to["message_thread_id"] = int(event.native["topic"])
    if first and "answers" in event.native:
        to["reply_parameters"] = {"message_id": int(event.native["answers"]), "allow_sending_without_reply": True}
    return to
