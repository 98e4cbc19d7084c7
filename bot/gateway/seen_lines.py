"""Which lines were pushed already, where their numbers do not become visible in order. Pure.

PostgreSQL gives out numbers when lines are written and shows them once they are committed: with two gateways a line may appear
below one that was pushed. What is not older than a while is therefore looked at again.
"""

from __future__ import annotations

from collections import deque

LATEST_SECONDS = 10.0
"""For which a number may be given out and not be seen yet: longer than a transaction lasts."""


class SeenLines:
    """Begins above line `number`. `seconds`: 0 where lines appear in order (SQLite has one writer)."""

    def __init__(self, number: int, seconds: float):
        self._floor, self._seconds = number, seconds
        self._recent: deque[tuple[float, int]] = deque()
        self._pushed: set[int] = set()

    def after(self, now: float) -> int:
        """Return the number above which lines are to be read. `now`: seconds of a clock that nobody sets."""
        while self._recent and self._recent[0][0] <= now - self._seconds:
            _, number = self._recent.popleft()
            self._pushed.discard(number)
            self._floor = max(self._floor, number)
        return self._floor

    def is_new(self, number: int, now: float) -> bool:
        """Tell whether a line was not pushed yet; it counts as pushed from now on."""
        if number in self._pushed:
            return False
        self._pushed.add(number)
        self._recent.append((now, number))
        return True
