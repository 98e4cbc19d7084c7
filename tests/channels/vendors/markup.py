"""Reads Telegram's formatting as its server does: HTML and MarkdownV2. Pure.

Source: Telegram, « Bot API », Formatting options. Offsets in errors are bytes of UTF-8.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping

TAGS = frozenset("b strong i em u ins s strike del span tg-spoiler a tg-emoji tg-time code pre blockquote".split())
RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
MARKS = {"*": "Bold", "_": "Italic", "__": "Underline", "~": "Strikethrough", "||": "Spoiler"}

_TAG = re.compile(r"""<(/?)([a-zA-Z][\w-]*)((?:\s+[\w-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))?)*)\s*>""")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#[xX][\da-fA-F]+);")


class Malformed(ValueError):
    """A text that Telegram cannot parse; says why in its words."""


def read_html(text: str) -> str:
    """Return the text without tags and with its entities resolved. Raises Malformed."""
    made: list[str] = []
    opened: list[tuple[str, int]] = []
    place = 0
    while place < len(text):
        here = text[place]
        if here == "<":
            tag = _TAG.match(text, place)
            if tag is None:
                raise Malformed(_unreadable(text, place))
            _html_tag(tag, text, opened)
            place = tag.end()
        elif here == "&" and (entity := _ENTITY.match(text, place)):
            made.append(html.unescape(entity[0]))
            place = entity.end()
        else:
            made.append(here)
            place += 1
    if opened:
        raise Malformed(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return "".join(made)


def _html_tag(tag: re.Match[str], text: str, opened: list[tuple[str, int]]) -> None:
    name, at = tag[2].lower(), _bytes(text, tag.start())
    if tag[1]:
        if not opened:
            raise Malformed(f"Unexpected end tag at byte offset {at}")
        expected, _ = opened.pop()
        if name != expected:
            raise Malformed(f'Unmatched end tag at byte offset {at}, expected "</{expected}>", found "</{name}>"')
        return
    if name not in TAGS or (name == "span" and "tg-spoiler" not in tag[3]):
        raise Malformed(f'Unsupported start tag "{name}" at byte offset {at}')
    opened.append((name, at))


def _unreadable(text: str, place: int) -> str:
    name = re.match(r"</?([^\s>/]*)", text[place:])
    at = _bytes(text, place)
    if ">" not in text[place:]:
        return f"Unclosed start tag at byte offset {at}"
    return f'Unsupported start tag "{name[1] if name else ""}" at byte offset {at}'


def read_markdown(text: str) -> str:
    """Return a MarkdownV2 text without its marks. Raises Malformed."""
    made: list[str] = []
    opened: list[tuple[str, int]] = []
    place = 0
    while place < len(text):
        here = text[place]
        if here == "\\" and place + 1 < len(text) and 0 < ord(text[place + 1]) <= 126:
            made.append(text[place + 1])
            place += 2
        elif here == "`":
            place = _code(text, place, made)
        elif here == ">" and (place == 0 or text[place - 1] == "\n"):
            place += 1
        elif here == "[":
            opened.append(("[", place))
            place += 1
        elif here == "]" and opened and opened[-1][0] == "[":
            opened.pop()
            place = _link(text, place + 1)
        elif mark := next((m for m in ("__", "||", "*", "_", "~") if text.startswith(m, place)), ""):
            if opened and opened[-1][0] == mark:
                opened.pop()
            else:
                opened.append((mark, place))
            place += len(mark)
        elif here in RESERVED:
            raise Malformed(f"Character '{here}' is reserved and must be escaped with the preceding '\\'")
        else:
            made.append(here)
            place += 1
    if opened:
        mark, start = opened[-1]
        raise Malformed(f"Can't find end of {MARKS.get(mark, 'TextUrl')} entity at byte offset {_bytes(text, start)}")
    return "".join(made)


def _code(text: str, start: int, made: list[str]) -> int:
    fence = "```" if text.startswith("```", start) else "`"
    place = start + len(fence)
    while place < len(text):
        if text[place] == "\\" and place + 1 < len(text):
            made.append(text[place + 1])
            place += 2
        elif text.startswith(fence, place):
            return place + len(fence)
        else:
            made.append(text[place])
            place += 1
    raise Malformed(f"Can't find end of {'Pre' if len(fence) == 3 else 'Code'} entity at byte offset {_bytes(text, start)}")


def _link(text: str, place: int) -> int:
    if not text.startswith("(", place):
        return place
    address = re.compile(r"\((?:[^)\\]|\\.)*\)").match(text, place)
    if address is None:
        raise Malformed(f"Can't find end of a URL at byte offset {_bytes(text, place)}")
    return address.end()


def _bytes(text: str, place: int) -> int:
    return len(text[:place].encode("utf-8", "surrogatepass"))


READERS: Mapping[str, Callable[[str], str]] = {"html": read_html, "markdownv2": read_markdown}
"""By parse_mode in lower case. The legacy « Markdown » mode is not for new bots and counts as unsupported."""
