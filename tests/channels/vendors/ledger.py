"""What the vendors know and what they took: who wrote when, and every message accepted, in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WINDOW_SECONDS = 24 * 3600.0
"""Meta, « Messenger Platform: Standard Messaging Window »; WhatsApp, « Customer service windows »: 24 hours."""


@dataclass(frozen=True)
class Accepted:
    """A message that a vendor took and shows its reader.

    `number`: order over all channels, from 1. `at`: when it arrived, seconds since 1970. `told`: whether the sender was told
    so; where it was not (connection cut, no answer in time) a second copy cannot be helped. `identity`: the vendor's id.
    """

    number: int
    channel: str
    person: str
    body: Mapping[str, Any]
    text: str
    at: float
    told: bool
    identity: str


class Ledger:
    """Shared by the stand-in's thread and the test."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accepted: list[Accepted] = []
        self._wrote: dict[tuple[str, str], float] = {}
        self._handles: set[tuple[str, str]] = set()
        self._answered: set[str] = set()
        self.calls = 0
        """Every call of any kind, refused ones too."""
        self.actions: list[tuple[str, str, str]] = []
        """Seen marks and typing: (channel, person or message, what)."""

    def wrote(self, channel: str, person: str, at: float, *handles: str) -> None:
        """Note that a person wrote at `at`; `handles`: ids of the message or of the pressed button, which calls may name."""
        with self._lock:
            self._wrote[channel, person] = max(at, self._wrote.get((channel, person), 0.0))
            self._handles.update((channel, handle) for handle in handles)

    def knows(self, channel: str, person: str) -> bool:
        """Tell whether a person ever wrote."""
        return (channel, person) in self._wrote

    def knows_handle(self, channel: str, handle: str) -> bool:
        """Tell whether an id was given out with a webhook."""
        return (channel, handle) in self._handles

    def answers(self, press: str) -> bool:
        """Take the answer to a pressed button of Telegram; return False where it is unknown, or has its one answer."""
        with self._lock:
            known = ("telegram", press) in self._handles and press not in self._answered
            self._answered.add(press)
            return known

    def open(self, channel: str, person: str) -> bool:
        """Tell whether the 24 hours after a person's last message are not over."""
        return time.time() - self._wrote.get((channel, person), 0.0) <= WINDOW_SECONDS

    def accept(self, channel: str, person: str, body: Mapping[str, Any], text: str, told: bool) -> Accepted:
        """Keep a message and return it with its number and id."""
        with self._lock:
            number = len(self._accepted) + 1
            kept = Accepted(number, channel, person, body, text, time.time(), told, _identity(channel, number))
            self._accepted.append(kept)
            return kept

    def accepted(self, channel: str = "", person: str = "") -> list[Accepted]:
        """Return what was taken, in order: all of it, or of one channel, or for one person of it."""
        with self._lock:
            kept = list(self._accepted)
        return [a for a in kept if channel in ("", a.channel) and person in ("", a.person)]


def _identity(channel: str, number: int) -> str:
    if channel == "messenger":
        return f"m_AG5Hz2U{number:06d}xXp-9aVq0" + "uQ" * 20
    if channel == "instagram":
        return f"aWdfZAG1faXRlbToxOk{number:06d}" + "ZDZD" * 28
    if channel == "whatsapp":
        return f"wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI{number:06d}AA=="
    return str(number)
