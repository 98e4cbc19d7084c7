"""Sends notices that are due, and tries again later what was not taken."""

from __future__ import annotations

import asyncio
import datetime
import logging

from sqlalchemy.exc import SQLAlchemyError

from bot.notifying import mail, webhook
from bot.notifying.webhook import NotTaken
from bot.settings import Settings, settings
from bot.store import handoffs
from bot.store.handoffs import Notice

logger = logging.getLogger(__name__)

FIRST_PAUSE = datetime.timedelta(seconds=5)
LONGEST_PAUSE = datetime.timedelta(hours=1)
"""The pause after a failure doubles from the first to the longest; a notice is never given up."""

CLAIMED = datetime.timedelta(minutes=2)
"""For which a notice is left to the process that began to send it: longer than a slow mail server takes for all that it is told."""

LOOK_EVERY = 2.0
"""Seconds between two looks for what is due."""


def pause_after(tries: int) -> datetime.timedelta:
    """Return how long to wait after that many failures before this one."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(tries, 20))


async def deliver_due(given: Settings) -> int:
    """Send each notice that is due; return how many were taken. Raises SQLAlchemyError where the store fails."""
    taken = 0
    for known in handoffs.due(datetime.datetime.utcnow()):
        # Read again: sending those before it may have taken minutes, in which the visitor may have had the request erased.
        notice = handoffs.still_due(known.id)
        if notice is None:
            continue
        pause, now = pause_after(notice.tries), datetime.datetime.utcnow()
        if not handoffs.begin(notice.id, now, now + max(pause, CLAIMED)):
            continue
        try:
            await _send(notice, given)
        except Exception as error:  # whatever is wrong with one of them: the others have to go out
            reason = str(error) if isinstance(error, NotTaken) else type(error).__name__
            logger.warning("notice %s by %s not taken at try %s: %s", notice.id, notice.medium, notice.tries + 1, reason)
            handoffs.refuse(notice.id, reason, datetime.datetime.utcnow() + pause)
        else:
            handoffs.settle(notice.id, datetime.datetime.utcnow())
            taken += 1
    return taken


async def _send(notice: Notice, given: Settings) -> None:
    if notice.medium == "webhook" and given.webhook_url:
        await webhook.post(notice.handoff, given.webhook_url, given.webhook_secret.get_secret_value())
    elif notice.medium == "mail" and given.mail_to:
        await asyncio.to_thread(mail.send, notice.handoff, given)
    else:
        raise NotTaken(f"{notice.medium} n’est plus configuré")


async def run() -> None:
    """Deliver until the process is told to stop; a store that cannot be read is tried again."""
    while True:
        try:
            await deliver_due(settings())
        except SQLAlchemyError:
            logger.exception("notices cannot be read or noted")
        await asyncio.sleep(LOOK_EVERY)
