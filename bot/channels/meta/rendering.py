"""Replies as messages of Messenger and Instagram, which share one Send API. Pure.

Sources: Meta, « Messenger Platform: Quick Replies » and « Instagram Platform: Quick Replies » (30 June 2026): 13 of 20
characters each; the payload holds 1,000.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.channels.contract import Call
from bot.channels.markup import BOLD, LINK
from bot.channels.message import SOURCE, Answer, Button, Reply, answer_place
from bot.channels.meta import fitting
from bot.language.typography import NBSP

MOST_QUICK_REPLIES = 13
LONGEST_TITLE = 20
READABLE = 30
"""Characters; of a longer title, twenty leave too little to choose by."""


@dataclass(frozen=True)
class Surface:
    """Where the messages go: `path` of the API; most of a text, and what it is counted in.

    `numbers`: the choices are also listed with their numbers, for not every device shows quick replies.
    """

    path: str
    longest_text: int
    measure: fitting.Measure = len
    numbers: bool = False


def calls(reply: Reply, recipient: str, surface: Surface, card: Mapping[str, Any] | None = None) -> list[Call]:
    """Return the calls that show a reply, in order. `card`: a message that goes before the bubble of the answer.

    Buttons become quick replies of the last message, for they vanish when another one follows.
    """
    texts = [plain(text) for text in reply.texts if text.strip()]
    answer = answer_place(texts)
    buttons = reply.buttons
    replies: list[dict[str, str]] = []
    if buttons:
        numbers, replies = quick_replies(buttons)
        if numbers or surface.numbers or not texts:
            texts[-1:] = [fitting.numbered(texts[-1] if texts else "", [button.title for button in buttons])]
    made: list[Call] = []
    for number, text in enumerate(texts):
        kept = reply.one_answer and number >= answer
        if card is not None and number == answer:
            made.append(_call(surface, recipient, card, kept))
        made += [_call(surface, recipient, {"text": piece}, kept) for piece in fitting.split(text, surface.longest_text, surface.measure)]
    if replies:
        last = made[-1]
        made[-1] = _call(surface, recipient, {**last.body["message"], "quick_replies": replies}, last.keeps)
    return made


def quick_replies(buttons: Sequence[Button]) -> tuple[bool, list[dict[str, str]]]:
    """Return whether the titles have to be read in a numbered list, and the quick replies, none where they do not fit."""
    numbers = len(buttons) > MOST_QUICK_REPLIES or any(_unreadable(button.title) for button in buttons)
    if len(buttons) > MOST_QUICK_REPLIES:
        return True, []
    given = [button.title for button in buttons]
    titles = [str(n) for n in range(1, len(given) + 1)] if numbers else fitting.titles(given, LONGEST_TITLE)
    return numbers, [{"content_type": "text", "title": t, "payload": b.payload} for t, b in zip(titles, buttons)]


def _unreadable(title: str) -> bool:
    return len(title) > READABLE or (len(title) > LONGEST_TITLE and title.rstrip().endswith("?"))


def case_of(reply: Reply) -> Answer | None:
    """Return the case study that a reply tells, if it does."""
    first = reply.answers[0] if reply.answers else None
    return first if first is not None and first.kind == "cas" and reply.shown == "answer" else None


def facts(answer: Answer) -> str:
    """Return what is known of a case in one line: « Nike · 2018 · Instagram, YouTube ». Brands that its title names are left out."""
    brands = [brand for brand in answer.brands if brand.casefold() not in answer.title.casefold()]
    parts = (", ".join(brands), str(answer.year or ""), ", ".join(answer.platforms))
    return " · ".join(part for part in parts if part)


def figure(answer: Answer) -> str:
    """Return the key figure of a case with who published it, or nothing."""
    if answer.figure is None:
        return ""
    source = f" (source{NBSP}: {answer.figure.source})" if answer.figure.source else ""
    return f"{answer.figure.value} {answer.figure.text.rstrip('.')}{source}."


def with_paragraph(reply: Reply, paragraph: str) -> Reply:
    """Return a reply whose answer has one more paragraph, before its source."""
    texts = list(reply.texts)
    place = answer_place(texts)
    if not paragraph or not texts:
        return reply
    told, source, rest = texts[place].rpartition(SOURCE)
    texts[place] = f"{told}\n\n{paragraph}{source}{rest}" if source else f"{texts[place]}\n\n{paragraph}"
    return replace(reply, texts=tuple(texts))


def plain(text: str) -> str:
    """Return a text of ours (**bold**, [text](https://…)) as these surfaces show it, without marks: a link is its words and its address."""
    return BOLD.sub(r"\1", LINK.sub(_link, text)).strip()


def _link(found: re.Match[str]) -> str:
    return found[2] if found[1].strip() in found[2] else f"{found[1]}{NBSP}: {found[2]}"


def _call(surface: Surface, recipient: str, message: Mapping[str, Any], keeps: bool) -> Call:
    return Call(surface.path, {"recipient": {"id": recipient}, "messaging_type": "RESPONSE", "message": dict(message)}, keeps)
