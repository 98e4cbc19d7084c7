"""What is for the configured account: an app's webhook tells of every page, account and number that is subscribed to it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

from bot.channels.message import Event

logger = logging.getLogger(__name__)

MOST_TOLD = 100
"""Other accounts named in the log."""
_ID = re.compile(r"[0-9]{1,40}")
"""What may stand in the log."""


class Mine:
    """Passes over what is for other accounts, and says so once for each. `kind`: as it stands in the log; `account`: ours."""

    def __init__(self, kind: str, account: str):
        self._kind, self._account = kind, account
        self._told: set[str] = set()

    def of(self, events: Iterable[Event]) -> list[Event]:
        """Return the events for our account, and those that name none (WhatsApp's receipts)."""
        kept = []
        for event in events:
            if event.account in ("", self._account):
                kept.append(event)
            elif _ID.fullmatch(event.account) and event.account not in self._told and len(self._told) < MOST_TOLD:
                self._told.add(event.account)
                logger.warning("what is sent to %s %s is not answered: it is not the one of the settings", self._kind, event.account)
        return kept
