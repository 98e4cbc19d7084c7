"""Texts and titles fitted to a channel's limits, losing nothing of a text. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence

import regex

from bot.language.typography import NBSP

Measure = Callable[[str], int]
"""Size of a text; grows with the text."""

ELLIPSIS = "…"
LEAD = f"Répondez par un numéro{NBSP}:"
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_LINE = re.compile(r"\n")
_SENTENCE = regex.compile(
    r"(?<=[.!?…]|[.!?…][»”)]|[.!?…][\u00a0\u202f]»)"
    r"(?<!(?:^|\n)\d{1,3}\.)(?<!\b(?:\p{Lu}|MM|Mme|Mlle|Dr|cf)\.)"
    r"[ \n]+(?=[^\W_]|[«“(\[\-–—•*]|\p{So})"
)
_WORD = re.compile(r"[ \t\n]+")
_CLUSTER = regex.compile(r"\X")
_LOOSE_END = " \t\n\u00a0\u202f,;:.!?…«(–—-"


def utf8(text: str) -> int:
    """Return the size of a text in UTF-8 bytes."""
    return len(text.encode("utf-8", "surrogatepass"))


def split(text: str, limit: int, measure: Measure = len) -> list[str]:
    """Return `text` in pieces of at most `limit`, cut at the end of a paragraph, else a line, a sentence, a word.

    `measure`: the unit of the limit, characters by default, `utf8` for bytes. A cut that would leave less than a third of
    the room used gives way to one of the next sort. Only a word longer than the limit is cut inside, between characters as
    a reader sees them. Nothing but white space at the cuts is lost; an empty text has no piece.
    """
    pieces = []
    rest = text.strip()
    while rest:
        if measure(rest) <= limit:
            pieces.append(rest)
            break
        end, start = _cut(rest, limit, measure)
        pieces.append(rest[:end].rstrip())
        rest = rest[start:].lstrip()
    return pieces


def _cut(text: str, limit: int, measure: Measure) -> tuple[int, int]:
    """Return where the first piece ends and where what follows it starts, for a text that is too long."""
    room = bisect_right(range(len(text)), limit, key=lambda n: measure(text[:n])) - 1
    for least in (limit // 3, 1):
        for pattern in (_PARAGRAPH, _LINE, _SENTENCE, _WORD):
            last = None
            for match in pattern.finditer(text, 0, min(len(text), room + 200)):
                if match.start() > room:
                    break
                if measure(text[: match.start()]) >= least:
                    last = match
            if last is not None:
                return last.start(), last.end()
    inside = 0
    for cluster in _CLUSTER.finditer(text):
        if cluster.end() > room:
            break
        inside = cluster.end()
    inside = inside or max(1, room)
    return inside, inside


def shorten(title: str, limit: int) -> str:
    """Return `title` in at most `limit` characters, cut at the end of a word and followed by « … » where it is longer."""
    title = " ".join(title.split(" ")).strip()
    if len(title) <= limit:
        return title
    head = title[:limit]
    words = re.match(r"(.+)[ \u00a0\u202f]", head, re.DOTALL)
    kept = words.group(1).rstrip(_LOOSE_END) if words else ""
    if len(kept) < limit // 3:
        kept = title[: limit - 1].rstrip(_LOOSE_END)
    return kept + ELLIPSIS


def titles(given: Sequence[str], limit: int) -> list[str]:
    """Return the titles in at most `limit` characters each, made distinct by a number where shortening made two equal."""
    made: list[str] = []
    taken: set[str] = set()
    for title in given:
        short, number = shorten(title, limit), 1
        while short.casefold() in taken:
            number += 1
            mark = f" ({number})"
            short = shorten(title, limit - len(mark)) + mark
        taken.add(short.casefold())
        made.append(short)
    return made


def numbered(text: str, titles: Sequence[str]) -> str:
    """Return `text` followed by the titles, each with the number that can be typed back."""
    lines = "\n".join(f"{n}. {title}" for n, title in enumerate(titles, 1))
    return f"{text}\n\n{LEAD}\n{lines}" if text else f"{LEAD}\n{lines}"
