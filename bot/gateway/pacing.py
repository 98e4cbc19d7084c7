"""When a vendor may be called: so many calls at once, and none while the vendor refuses them all."""

from __future__ import annotations

import asyncio
import time

CALLS, SIGNS = 10, 4
"""Messages and signs (seen, « écrit… ») under way on one channel: a vendor that hangs uses up neither another's nor Rasa's
share of the connections (64 over four channels, `bot.gateway.app`)."""


class Pace:
    """One channel's. Times by a clock that nobody can set."""

    def __init__(self) -> None:
        self.calls, self.signs = asyncio.Semaphore(CALLS), asyncio.Semaphore(SIGNS)
        self._closed_until = 0.0
        self._doubtful = False

    @property
    def open(self) -> bool:
        """Tell whether the vendor may be called now."""
        return time.monotonic() >= self._closed_until

    def close(self, seconds: float, doubtful: bool = False) -> None:
        """Make no call for some seconds. `doubtful`: one that succeeds meanwhile shows that not all are refused."""
        self._closed_until = max(self._closed_until, time.monotonic() + seconds)
        self._doubtful = doubtful

    def succeeded(self) -> None:
        """Take note that the vendor took a call."""
        if self._doubtful:
            self._closed_until = 0.0
