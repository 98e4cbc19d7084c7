"""Replies as Instagram shows them. Pure.

Sources: Meta, « Instagram Platform: Send Messages » (texts of 1,000 bytes of UTF-8) and « Send a Generic Template »
(30 June 2026): neither cards nor quick replies are shown on a computer, hence a case's facts are told in the text, and
choices are listed there with numbers that can be typed back.
"""

from __future__ import annotations

from bot.channels.contract import Call
from bot.channels.message import Reply
from bot.channels.meta import rendering
from bot.channels.meta.fitting import utf8
from bot.channels.meta.rendering import Surface, facts, figure

LONGEST_TEXT_BYTES = 1000
PATH = "/me/messages"
"""« me » is the account of the token, at graph.instagram.com as well as with a page's token at graph.facebook.com."""


def write(reply: Reply, recipient: str) -> list[Call]:
    """Return the calls that show a reply."""
    case = rendering.case_of(reply)
    if case is not None:
        reply = rendering.with_paragraph(reply, f"{facts(case)}\n{figure(case)}".strip())
    return rendering.calls(reply, recipient, Surface(PATH, LONGEST_TEXT_BYTES, utf8, numbers=True))
