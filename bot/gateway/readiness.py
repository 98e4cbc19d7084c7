"""Whether all that an answer needs is there: asked of everybody once a second at the most, however often it is asked here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.exc import SQLAlchemyError

from bot.gateway.database import Database
from bot.store.probing import write_and_undo

HOLDS_SECONDS = 1.0
"""How long an answer is given again: whoever asks without end costs no more than that."""
PART_SECONDS = 4.0
"""For one part; what takes longer is not there."""

Check = Callable[[], Awaitable[bool]]


class Readiness:
    """Asks the parts, side by side. `now`: seconds of a clock that nobody can set."""

    def __init__(self, checks: Mapping[str, Check], now: Callable[[], float] = time.monotonic):
        self._checks, self._now = checks, now
        self._asking: asyncio.Task[dict[str, bool]] | None = None
        self._until = float("-inf")

    async def look(self) -> dict[str, bool]:
        """Return of each part whether it is there. Who comes while the parts are being asked waits for the same answer."""
        if self._asking is None or (self._asking.done() and self._now() >= self._until):
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> dict[str, bool]:
        there = await asyncio.gather(*(_in_time(check) for check in self._checks.values()))
        self._until = self._now() + HOLDS_SECONDS
        return dict(zip(self._checks, there))


async def takes_writes(database: Database) -> bool:
    """Tell whether the store takes what is written."""
    try:
        await database.write(write_and_undo)
    except SQLAlchemyError:
        return False
    return True


async def _in_time(check: Check) -> bool:
    try:
        return await asyncio.wait_for(check(), PART_SECONDS)
    except asyncio.TimeoutError:
        return False
