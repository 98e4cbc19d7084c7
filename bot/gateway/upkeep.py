"""Empties the stores' write-ahead logs now and then: what was erased, whoever did it, is in no file a moment later.

The stores' connections stay open (`bot.store.pooling`), so that none is the last to close, which would do it.
"""

from __future__ import annotations

import asyncio

from sqlalchemy.exc import SQLAlchemyError

from bot.gateway.database import Database
from bot.settings import Settings
from bot.store.traces import empty_log, has_tracker, tracker_url

SECONDS = 20.0
PATIENCE = 50
"""Milliseconds for which it waits for readers, and writers for it: a backup reads for seconds, and comes to an end."""


async def keep_logs_short(given: Settings, database: Database) -> None:
    """Empty the logs now and then, until cancelled."""
    while True:
        await asyncio.sleep(SECONDS)
        await database.read(empty_logs, given)


def empty_logs(given: Settings) -> None:
    """Empty what can be emptied now."""
    for url in (given.store_url, *([tracker_url(given)] if has_tracker(given) else [])):
        try:
            empty_log(url, PATIENCE)
        except SQLAlchemyError:  # a store that is not there is told of where it is needed
            continue
