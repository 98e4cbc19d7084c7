"""How much one address, one talk, one key may ask."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache

from limits import parse_many

MESSAGES_OF_A_TALK = "5/5second;60/10minute"
"""A person types no faster; notes/reliability.md section 5 (1 a second, burst 5), with room for a long talk."""
MESSAGES_OF_AN_ADDRESS = "40/10second;600/10minute"
"""Several people may share an address."""
SOCKETS_OF_AN_ADDRESS = 20
CONNECTIONS_OF_AN_ADDRESS, CONNECTIONS_IN_ALL = 60, 5000
"""With those that have not said yet who they are, or were left without a word: a page that was closed on the way counts for 45 s."""
REQUESTS_OF_A_SOCKET = "10/10second"
"""What a widget asks besides messages: a fresh token, that its talk be forgotten, the page that it stands on."""
SESSIONS_OF_AN_ADDRESS = "30/minute;200/hour"
REST_OF_A_KEY = "50/second;20000/hour"
MOST_KNOWN = 200_000
"""Counts kept, some 200 MB at the very most: who has so many addresses could fill the memory. The oldest go first."""
SWEEP_SECONDS = 60.0
"""How often those are forgotten who asked nothing for as long as their rule looks back."""


@lru_cache(maxsize=64)
def read_rule(rule: str) -> tuple[tuple[int, int], ...]:
    """Return the parts of a rule as (how many, in how many seconds)."""
    return tuple((item.amount, item.get_expiry()) for item in parse_many(rule))


class Limits:
    """Counts in memory; each gateway on its own.

    By a clock that nobody can set: after the machine's is set back an hour, a window of the wall clock would stay full for
    that hour. `now`: seconds of such a clock; `most`: counts kept.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, most: int = MOST_KNOWN) -> None:
        self._now, self._most = now, most
        self._past: dict[tuple[str, ...], deque[float]] = {}
        self._swept = now()

    async def wait(self, rule: str, *identity: str) -> int:
        """Count one more; return 0 where it is allowed, else the seconds after which to try again.

        `rule`: such as « 5/5second;60/10minute », every part holds.
        """
        now, parts = self._now(), read_rule(rule)
        if now - self._swept >= SWEEP_SECONDS:
            self._sweep(now)
        past = self._past.get((rule, *identity), deque())
        for amount, seconds in parts:
            if len(past) >= amount and (left := past[-amount] + seconds - now) > 0:
                return max(1, math.ceil(left))
        if (rule, *identity) not in self._past and len(self._past) >= self._most:
            del self._past[next(iter(self._past))]
        past = self._past.setdefault((rule, *identity), deque(maxlen=max(amount for amount, _ in parts)))
        past.append(now)
        return 0

    @property
    def known(self) -> int:
        """Return how many are counted."""
        return len(self._past)

    def _sweep(self, now: float) -> None:
        self._swept = now
        old = [key for key, past in self._past.items() if past[-1] + max(seconds for _, seconds in read_rule(key[0])) <= now]
        for key in old:
            del self._past[key]
