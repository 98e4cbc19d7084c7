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
DEEPEST = 64
"""Objects and lists within each other where text is mended; vendors' bodies have some ten. A thousand frames of a recursion that
failed, and were freed late, left holes in the memory of a process that lives for months."""


def read_json(body: bytes) -> Any:
    """Return the value that a body in UTF-8 holds, with U+FFFD for what no text can hold. Raises Unreadable."""
    try:
        text = body.decode("utf-8")
        found = json.loads(text)
        return _mended(found) if _ESCAPED.search(text) else found
    except (ValueError, RecursionError):
        pass
    # Out here, so that what was raised, with all the frames that it came through, is not held by this one.
    raise Unreadable("not JSON")


def _mended(value: Any, depth: int = 0) -> Any:
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return _NO_TEXT.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(held, depth + 1) for held in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(held, depth + 1) for key, held in value.items()}
    return value
