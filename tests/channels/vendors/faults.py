"""What goes wrong at a vendor: by script, or by chance from a seed."""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Name = Literal["rate", "broken", "expired", "window", "away", "slow", "cut_before", "cut_after"]


@dataclass(frozen=True)
class Fault:
    """One fault of one call.

    rate        429, too many calls: `seconds` to wait (retry_after, Retry-After); Meta: `code` (4, 613, 80007, 130429), and
                with `minutes` an X-Business-Use-Case-Usage header that says when calls are allowed again
    broken      500: Meta's `code` 2 or 1
    expired     the token is no longer valid: 401, Meta's code 190
    window      24 hours are over: 10/2018278, Instagram 10/2534022, WhatsApp 131047; not for Telegram
    away        the person cannot be reached: 551, WhatsApp 131026; Telegram 403, blocked by the user
    slow        taken, but the answer comes after `seconds`
    cut_before  the connection ends before the call was read: not taken
    cut_after   taken, but the connection ends before the answer
    """

    name: Name
    seconds: float = 1.0
    code: int = 0
    minutes: int | None = None


PASSING = (Fault("rate"), Fault("broken"), Fault("broken", code=1), Fault("cut_before"), Fault("cut_after"), Fault("slow", 30.0))
"""Faults after which a message must still arrive."""


class Faults:
    """Decides for each call; a scripted fault goes before chance."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._script: deque[tuple[str, Fault]] = deque()
        self._probability, self._seed, self._mix = 0.0, 0, tuple[Fault, ...]()
        self._calls: Counter[tuple[str, str]] = Counter()
        self.happened: Counter[str] = Counter()
        """How often each fault came about."""

    def script(self, *faults: Fault, channel: str = "") -> None:
        """Let the next messages meet these faults, one each; `channel`: only messages of that one."""
        with self._lock:
            self._script.extend((channel, fault) for fault in faults)

    def chance(self, probability: float, seed: int, mix: Sequence[Fault] = PASSING) -> None:
        """Let any call fail by chance. The n-th call for a person fares alike in every run with the same seed."""
        with self._lock:
            self._probability, self._seed, self._mix = probability, seed, tuple(mix)

    def next(self, channel: str, person: str, message: bool) -> Fault | None:
        """Return the fault of a call, if any. `message`: it carries a message, not a seen mark or a question about the account."""
        with self._lock:
            fault = self._scripted(channel) if message else None
            if fault is None and self._probability:
                self._calls[channel, person] += 1
                chance = random.Random(f"{self._seed} {channel} {person} {self._calls[channel, person]}")
                fault = chance.choice(self._mix) if chance.random() < self._probability else None
            if fault is not None:
                self.happened[fault.name] += 1
            return fault

    def _scripted(self, channel: str) -> Fault | None:
        for place, (wanted, fault) in enumerate(self._script):
            if wanted in ("", channel):
                del self._script[place]
                return fault
        return None
