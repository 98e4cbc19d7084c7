"""How much one address, one talk, one key may ask."""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

MESSAGES_OF_A_TALK = "5/5second;60/10minute"
"""A person types no faster; notes/reliability.md section 5 (1 a second, burst 5), with room for a long talk."""
MESSAGES_OF_AN_ADDRESS = "40/10second;600/10minute"
"""Several people may share an address."""
SOCKETS_OF_AN_ADDRESS = 20
SESSIONS_OF_AN_ADDRESS = "30/minute;200/hour"
REST_OF_A_KEY = "50/second;20000/hour"


class Limits:
    """Counts in memory; each gateway on its own."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._items: dict[str, list[RateLimitItem]] = {}

    async def wait(self, rule: str, *identity: str) -> int:
        """Count one more; return 0 where it is allowed, else the seconds after which to try again.

        `rule`: such as « 5/5second;60/10minute », every part holds.
        """
        items = self._items.setdefault(rule, parse_many(rule))
        for item in items:
            if not await self._limiter.test(item, *identity):
                reset, _ = await self._limiter.get_window_stats(item, *identity)
                return max(1, math.ceil(reset - time.time()))
        for item in items:
            await self._limiter.hit(item, *identity)
        return 0
