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


class Upkeep:
    """Runs until stopped."""

    def __init__(self, given: Settings, database: Database):
        self._given, self._database = given, database
        self._runner: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._runner = asyncio.create_task(self._run())

    def stop(self) -> None:
        """End."""
        if self._runner:
            self._runner.cancel()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(SECONDS)
            await self._database.read(empty_logs, self._given)


def empty_logs(given: Settings) -> None:
    """Empty what can be emptied now."""
    for url in (given.store_url, *([tracker_url(given)] if has_tracker(given) else [])):
        try:
            empty_log(url, PATIENCE)
        except SQLAlchemyError:  # a store that is not there is told of where it is needed
            continue
