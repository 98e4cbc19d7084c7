"""What Telegram's Bot API takes. Pure.

Source: Telegram, « Bot API »: sendMessage (text 1 to 4096 characters after entities parsing), InlineKeyboardButton
(callback_data 1 to 64 bytes, exactly one optional field), answerCallbackQuery (text 0 to 200), setWebhook; wordings of
errors as its server gives them. Characters are counted as UTF-16 units, as MessageEntity does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.channels.vendors import markup
from tests.channels.vendors.refusals import telegram

ACTIONS = (
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
)  # fmt: skip
MOST_BUTTONS = 100
"""Buttons of a keyboard (observed, not documented)."""
_DOES = ("url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat", "copy_text", "pay")


def chat(body: Mapping[str, Any]) -> str:
    """Return the chat that a call is for. Raises Refused."""
    given = body.get("chat_id")
    if isinstance(given, bool) or not isinstance(given, int | str) or not str(given):
        raise telegram(400, "Bad Request: chat_id is empty")
    return str(given)


def send_message(body: Mapping[str, Any]) -> str:
    """Return the text as it is read, without its marks. Raises Refused."""
    text, mode = body.get("text"), body.get("parse_mode")
    if not isinstance(text, str) or not text.strip():
        raise telegram(400, "Bad Request: message text is empty")
    if mode is not None:
        reader = markup.READERS.get(str(mode).casefold())
        if reader is None:
            raise telegram(400, "Bad Request: unsupported parse_mode")
        try:
            text = reader(text)
        except markup.Malformed as error:
            raise telegram(400, f"Bad Request: can't parse entities: {error}") from None
        if not text.strip():
            raise telegram(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > 4096:
        raise telegram(400, "Bad Request: message is too long")
    if "reply_markup" in body:
        _reply_markup(body["reply_markup"])
    if not isinstance(body.get("link_preview_options", {}), dict) or not isinstance(body.get("reply_parameters", {}), dict):
        raise telegram(400, "Bad Request: can't parse link preview options or reply parameters JSON object")
    return text


def _reply_markup(given: Any) -> None:
    if not isinstance(given, dict):
        raise telegram(400, "Bad Request: object expected as reply markup")
    if "inline_keyboard" not in given:
        if not {"keyboard", "remove_keyboard", "force_reply"} & set(given):
            raise telegram(400, "Bad Request: object expected as reply markup")
        return
    rows = given["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise telegram(400, 'Bad Request: field "inline_keyboard" must be of type Array')
    buttons = [button for row in rows for button in row]
    if len(buttons) > MOST_BUTTONS or any(len(row) > 8 for row in rows):
        raise telegram(400, "Bad Request: reply markup is too long")
    for button in buttons:
        if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"].strip():
            raise telegram(400, "Bad Request: text buttons are not allowed in the inline keyboard")
        if len([name for name in _DOES if name in button]) != 1:
            raise telegram(400, "Bad Request: text buttons are not allowed in the inline keyboard")
        data = button.get("callback_data", "-")
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
            raise telegram(400, "Bad Request: BUTTON_DATA_INVALID")


def chat_action(body: Mapping[str, Any]) -> str:
    """Return the action that is shown. Raises Refused."""
    if body.get("action") not in ACTIONS:
        raise telegram(400, "Bad Request: wrong parameter action in request")
    return str(body["action"])


def answer_callback(body: Mapping[str, Any]) -> str:
    """Return the id of the pressed button's query. Raises Refused."""
    if len(str(body.get("text", ""))) > 200:
        raise telegram(400, "Bad Request: MESSAGE_TOO_LONG")
    return str(body.get("callback_query_id", ""))


def set_webhook(body: Mapping[str, Any]) -> None:
    """Check the address and the secret of a webhook. Raises Refused."""
    if not str(body.get("url", "")).startswith("https://"):
        raise telegram(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    if "secret_token" in body and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", str(body["secret_token"])):
        raise telegram(400, "Bad Request: secret token contains unallowed characters")
    if not 1 <= body.get("max_connections", 40) <= 100:
        raise telegram(400, "Bad Request: bad webhook: max_connections must be between 1 and 100")
