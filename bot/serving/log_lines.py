"""What a line of a log holds: JSON, no personal data, no text of visitors, no local variables.

An exception is told by its type and by where it came through. What it says is told only where no text of a visitor can
be in it: « invalid literal for int(): 'je suis enceinte' » is a ValueError's own way of talking.
"""

from __future__ import annotations

import datetime
import json
import logging
import re
import traceback
from collections.abc import Iterator
from typing import Any

from sqlalchemy.exc import DBAPIError

from bot.language.masking import mask
from bot.settings import ROOT

LONGEST = 500
"""Characters of a message."""
MOST_FRAMES = 15

_SAYS_NOTHING_TYPED = (AttributeError, TypeError, NameError, ImportError, MemoryError, RecursionError)
_OURS = ("bot", "actions")
_CONVERSATION = re.compile(r"[0-9a-f]{32}")
_QUOTED = re.compile(r"\".*\"|(?<!\w)'.*\s.*'|\{.*\}")
"""From the first quotation mark to the last: what is quoted may hold some itself."""
_IP = re.compile(r"\b(?!127\.|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}\b", re.I)
_PACKAGES = re.compile(r".*/(?:site-packages|lib/python3\.\d+)/")


class JsonLines(logging.Formatter):
    """One JSON object a record: time (UTC), level, logger, message; conversation and error where there are any.

    Of `extra` only `conversation` is taken, where it is a hash as `bot.store.questions.conversation_key` makes them.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        at = datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc)
        line: dict[str, Any] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record),
        }
        conversation = getattr(record, "conversation", None)
        if isinstance(conversation, str) and _CONVERSATION.fullmatch(conversation):
            line["conversation"] = conversation
        if record.exc_info and record.exc_info[1]:
            line["error"] = [told(error) for error in _chain(record.exc_info[1])]
        return json.dumps(line, ensure_ascii=False)


def message_of(record: logging.LogRecord) -> str:
    """Return a record's message with personal data hidden; of libraries' the first line, without what it quotes."""
    args = record.args
    if isinstance(args, tuple):
        args = tuple(brief(arg) if isinstance(arg, BaseException) else arg for arg in args)
    try:
        message = str(record.msg) % args if args else brief(record.msg) if isinstance(record.msg, BaseException) else str(record.msg)
    except (TypeError, ValueError, KeyError):
        message = str(record.msg)
    if record.name.partition(".")[0] not in _OURS:
        return _unquoted(message)
    return hidden(message)


def hidden(text: str) -> str:
    """Return a text with personal data and addresses of the network hidden, cut to LONGEST."""
    return _IP.sub("[adresse IP]", mask(text[: 2 * LONGEST]))[:LONGEST]


def brief(error: BaseException) -> str:
    """Return the type of an error and, where no text of a visitor can be in it, what it says."""
    said = _said(error)
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def told(error: BaseException) -> dict[str, Any]:
    """Return an error for a line: type, what it says where that is safe, and the places it came through, innermost last."""
    frames = [f"{_short(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}" for frame, line in traceback.walk_tb(error.__traceback__)]
    line: dict[str, Any] = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
    if said := _said(error):
        line["said"] = said
    return {**line, "where": frames[-MOST_FRAMES:]}


def _said(error: BaseException) -> str:
    if isinstance(error, DBAPIError):
        return _unquoted(str(error.orig))
    if isinstance(error, OSError):
        return hidden(error.strerror or "")
    if isinstance(error, _SAYS_NOTHING_TYPED) or type(error).__module__.partition(".")[0] in _OURS:
        return hidden(str(error).partition("\n")[0])
    return ""


def _unquoted(text: str) -> str:
    return _QUOTED.sub("…", hidden(text.partition("\n")[0]))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give an error and those behind it, each once."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(seen) < 10:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _short(file: str) -> str:
    return _PACKAGES.sub("", file.removeprefix(f"{ROOT}/"))
