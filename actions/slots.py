"""Slot names used from Python; a test compares them with domain.yml."""

from bot.dialogue.context import Context

REPLY_STATUS = "reply_status"
"""« pending » until the action that replies says « ok »; the rules say sorry when it stays pending."""

FORGET = "forget"
"""Set when the visitor's data are to be erased: the tracker store then forgets the conversation."""

CONTEXT_SLOTS = tuple(Context.__dataclass_fields__)
"""The slots that hold the context of the talk."""
