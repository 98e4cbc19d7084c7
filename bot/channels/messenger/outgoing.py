"""Replies as Messenger shows them. Pure.

Sources: Meta, « Messenger Platform: Send API Reference » (texts of 2,000 characters) and « Generic Template » (title and
subtitle of 80 characters).
"""

from __future__ import annotations

from typing import Any

from bot.channels.contract import Call
from bot.channels.message import Reply
from bot.channels.meta import rendering
from bot.channels.meta.fitting import shorten
from bot.channels.meta.rendering import Surface, facts, figure

LONGEST_TEXT = 2000
LONGEST_CARD_LINE = 80


def write(reply: Reply, recipient: str, page_id: str) -> list[Call]:
    """Return the calls that show a reply. A case study gets a card; its figure goes into the text where the card is too small."""
    surface = Surface(f"/{page_id}/messages", LONGEST_TEXT)
    case = rendering.case_of(reply)
    if case is None or not facts(case):
        return rendering.calls(reply, recipient, surface)
    subtitle = f"{facts(case)}\n{figure(case)}".strip()
    if len(subtitle) > LONGEST_CARD_LINE:
        subtitle = shorten(facts(case), LONGEST_CARD_LINE)
        reply = rendering.with_paragraph(reply, figure(case))
    return rendering.calls(reply, recipient, surface, _card(shorten(case.title, LONGEST_CARD_LINE), subtitle))


def _card(title: str, subtitle: str) -> dict[str, Any]:
    payload = {"template_type": "generic", "elements": [{"title": title, "subtitle": subtitle}]}
    return {"attachment": {"type": "template", "payload": payload}}
