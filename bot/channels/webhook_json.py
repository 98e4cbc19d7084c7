"""Reads the JSON of a webhook, so that what follows is text that every store and every vendor takes. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.channels.contract import Unreadable

_ESCAPED = re.compile(r"\\u(?:d[89a-f]|0000)", re.IGNORECASE)
_NO_TEXT = re.compile("[\ud800-\udfff\0]")
"""Half of a character, as a vendor leaves it that cuts a text in the middle of an emoji, fits into no encoding; PostgreSQL
takes no NUL."""


def read_json(body: bytes) -> Any:
    """Return the value that a body in UTF-8 holds, with U+FFFD for what no text can hold. Raises Unreadable."""
    try:
        text = body.decode("utf-8")
        found = json.loads(text)
        return _mended(found) if _ESCAPED.search(text) else found
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _NO_TEXT.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(held) for held in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(held) for key, held in value.items()}
    return value
