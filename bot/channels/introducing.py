"""Who answers, told before an answer: vendors ask that an automated one says so. Pure.

Source: Meta, « Messenger Platform: Policy, Disclosure » (2026): at the beginning of any conversation, after a significant lapse of
time, and when a person hands over to the automated experience. WhatsApp and Telegram get the same, for one rule is enough.
"""

from __future__ import annotations

import datetime
from dataclasses import replace

from bot.channels.message import Reply
from bot.channels.sentences import ASSISTANT, ERASURE, INTRODUCTION

LAPSE = datetime.timedelta(hours=24)
"""Without an answer after which a person is told again who answers; as long as Meta's window."""


def introduced(reply: Reply, last: datetime.datetime | None, now: datetime.datetime, anew: bool = False) -> Reply:
    """Return a reply that says who answers where that has to be told, and at the first contact how to be forgotten.

    `last`: when the person was last answered, None where they never were; `now`: both UTC, naive; `anew`: a talk begins
    whatever was before, as where a person hands it back.
    """
    if not reply.texts or reply.erased or not (anew or last is None or now - last >= LAPSE):
        return reply
    said = any(ASSISTANT in text for text in reply.texts)
    erasure = [ERASURE] if last is None else []
    if said:
        return replace(reply, texts=("\n\n".join([reply.texts[0], *erasure]), *reply.texts[1:]))
    # A bubble of its own: some channels put a card or a heading before an answer.
    return replace(reply, texts=(" ".join([INTRODUCTION, *erasure]), *reply.texts))
