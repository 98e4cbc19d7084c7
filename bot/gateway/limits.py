"""How much one address, one network, one talk, one connection, one key may ask."""

from __future__ import annotations

import math
import time
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, ip_address, ip_network

from limits import parse_many

MESSAGES_OF_A_TALK = "5/5second;60/10minute"
"""A person types no faster; notes/reliability.md section 5 (1 a second, burst 5), with room for a long talk."""
MESSAGES_OF_AN_ADDRESS, MESSAGES_OF_A_NETWORK = "40/10second;600/10minute", "400/10second;6000/10minute"
"""Several people may share an address."""
TURNS_OF_AN_ADDRESS = 20
"""Messages that wait for their answer at one time: some four seconds of Rasa's work, where all of a company writes at once."""
SOCKETS_OF_AN_ADDRESS = 20
CONNECTIONS_OF_AN_ADDRESS, CONNECTIONS_IN_ALL = 60, 5000
"""With those that have not said yet who they are, or were left without a word: a page that was closed on the way counts for 45 s."""
CONNECTS_OF_AN_ADDRESS = "60/10second;1200/10minute"
CONNECTS_OF_A_TALK = "20/10second;300/10minute"
"""Each page that a visitor opens connects anew, and each connection may ask for all of the talk."""
REQUESTS_OF_A_CONNECTION = 4
"""HTTP requests under way for one connection: a poll, a change to WebSocket, and as many that a network lost without a word."""
PACKETS_A_SECOND, PACKETS_AT_ONCE = 25.0, 50
"""What one connection may send; a widget sends a few when it connects, then one for each message and one each 25 s."""
REQUESTS_OF_A_SOCKET = "10/10second"
"""What a widget asks besides messages: a fresh token, that its talk be forgotten, the page that it stands on."""
FORGETS_OF_AN_ADDRESS = "10/minute;100/hour"
"""Each asks Rasa, rewrites the store's pages and is remembered for as long as a token lasts."""
SESSIONS_OF_AN_ADDRESS = "30/minute;200/hour"
REST_OF_A_KEY = "50/second;20000/hour"
NETWORK_SHARE = 10
"""Times as much as an address its whole network may have: who was given many addresses is still one."""
MOST_KNOWN = 200_000
"""Counts kept, some 70 MB where each asked once or twice: who has so many addresses could fill the memory. The longest unused go first."""
SWEEP_SECONDS = 60.0
"""How often those are forgotten who asked nothing for as long as their rule looks back."""


@lru_cache(maxsize=64)
def read_rule(rule: str) -> tuple[tuple[int, int], ...]:
    """Return the parts of a rule as (how many, in how many seconds)."""
    return tuple((item.amount, item.get_expiry()) for item in parse_many(rule))


@lru_cache(maxsize=64)
def longest(rule: str) -> int:
    """Return how many seconds a rule looks back."""
    return max(seconds for _, seconds in read_rule(rule))


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Return the network that is counted with an address as `bot.gateway.addresses` gives it: /24 of IPv4, /48 of IPv6.

    /48 is what a site is given at most (RFC 6177). What is no address is its own network.
    """
    try:
        found = ip_address(address.partition("/")[0])
    except ValueError:
        return address
    return str(ip_network((found, 24 if isinstance(found, IPv4Address) else 48), strict=False))


class Places:
    """What is held at one time: `most` by an address, NETWORK_SHARE times as many by its network."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._addresses: Counter[str] = Counter()
        self._networks: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """Return how many are held in all."""
        return self._addresses.total()

    def free(self, address: str) -> bool:
        """Tell whether there is one left."""
        return self._addresses[address] < self._most and self._networks[network_of(address)] < NETWORK_SHARE * self._most

    def take(self, address: str) -> bool:
        """Hold one more; return False where there is none left."""
        if not self.free(address):
            return False
        self._addresses[address] += 1
        self._networks[network_of(address)] += 1
        return True

    def give_back(self, address: str) -> None:
        """Hold one less."""
        for held, name in ((self._addresses, address), (self._networks, network_of(address))):
            held[name] -= 1
            if held[name] <= 0:
                del held[name]


class Bucket:
    """A token bucket: `burst` at once, then `rate` a second. `now`: seconds of a clock that nobody can set."""

    def __init__(self, rate: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._now = rate, float(burst), now
        self._left, self._at = self._burst, now()

    def take(self, count: int = 1) -> bool:
        """Take so many; return False, and take none, where there are fewer."""
        now = self._now()
        self._left, self._at = min(self._burst, self._left + (now - self._at) * self._rate), now
        if self._left < count:
            return False
        self._left -= count
        return True


class Limits:
    """Counts in memory; each gateway on its own.

    By a clock that nobody can set: after the machine's is set back an hour, a window of the wall clock would stay full for
    that hour. `now`: seconds of such a clock; `most`: counts kept.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, most: int = MOST_KNOWN) -> None:
        self._now, self._most = now, most
        self._past: dict[tuple[str, ...], array[float]] = {}  # moments, oldest first; as many as a rule's longest part allows
        self._swept = now()

    async def wait(self, rule: str, *identity: str) -> int:
        """Count one more; return 0 where it is allowed, else the seconds after which to try again.

        `rule`: such as « 5/5second;60/10minute », every part holds.
        """
        now, parts, key = self._now(), read_rule(rule), (rule, *identity)
        if now - self._swept >= SWEEP_SECONDS:
            self._sweep(now)
        if (past := self._past.pop(key, None)) is None:
            past = array("d")  # of one moment 88 bytes, of which a deque takes 760: ever new talks have one each
            if len(self._past) >= self._most:
                del self._past[next(iter(self._past))]
        self._past[key] = past  # last again: the first is who has asked nothing for the longest time
        del past[: bisect_right(past, now - longest(rule))]  # who goes on asking is never swept: what no rule looks back on goes here
        for amount, seconds in parts:
            if len(past) >= amount and (left := past[-amount] + seconds - now) > 0:
                return max(1, math.ceil(left))
        past.append(now)
        return 0

    @property
    def known(self) -> int:
        """Return how many are counted."""
        return len(self._past)

    def _sweep(self, now: float) -> None:
        self._swept = now
        old = [key for key, past in self._past.items() if past[-1] + longest(key[0]) <= now]
        for key in old:
            del self._past[key]
