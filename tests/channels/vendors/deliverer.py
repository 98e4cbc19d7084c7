"""The vendors' side of webhooks: signs, delivers, delivers again.

Sources: Meta, « Webhooks: Getting Started » (X-Hub-Signature-256 over the body with escaped Unicode; what is not answered
with 200 comes again, so may what was; order is not kept, here it is, so that a wrong order is ours); Telegram, « Bot API »,
setWebhook (X-Telegram-Bot-Api-Secret-Token; unsuccessful requests are repeated).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import math
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp

from tests.channels.vendors.accounts import Accounts
from tests.channels.vendors.bodies import Happening, bodies, confirmation
from tests.channels.vendors.ledger import Accepted
from tests.channels.vendors.server import Vendors

LIMIT_SECONDS = 20.0
"""Time that a webhook has to answer (Meta's own FAQ says 20)."""
PAUSES = (0.2, 0.5, 1.0, 2.0, *([5.0] * 24))
"""Seconds between deliveries of what was not acknowledged; the vendors' hours, shortened."""


@dataclass(frozen=True)
class Acknowledgement:
    """One delivery. `status` is 0 where there was no answer in time; `seconds` until the answer; `again`: not the first."""

    channel: str
    status: int
    seconds: float
    again: bool


class Undelivered(Exception):
    """A webhook never answered 2xx: the vendor unsubscribes the app."""


def signed(channel: str, raw: bytes, accounts: Accounts) -> dict[str, str]:
    """Return the headers of a delivery."""
    headers = {"Content-Type": "application/json"}
    if channel == "telegram":
        return headers | {"X-Telegram-Bot-Api-Secret-Token": accounts.telegram_secret}
    key = accounts.app_secret.encode()
    return headers | {
        "User-Agent": "facebookexternalua",
        "X-Hub-Signature": f"sha1={hmac.new(key, raw, hashlib.sha1).hexdigest()}",
        "X-Hub-Signature-256": f"sha256={hmac.new(key, raw, hashlib.sha256).hexdigest()}",
    }


class Deliverer:
    """Delivers to a gateway. `again`: probability that what was acknowledged comes once more, up to `lag` seconds later.

    From its making on, what the vendors take is confirmed in webhooks, a moment later, where they do so.
    """

    def __init__(self, gateway: str, vendors: Vendors, session: aiohttp.ClientSession, seed: int = 0, again: float = 0.0, lag: float = 5.0):
        self._gateway, self._vendors, self._session = gateway.rstrip("/"), vendors, session
        self._chance, self._again, self._lag = random.Random(seed), again, lag
        self._tasks: set[asyncio.Task[None]] = set()
        self.acknowledgements: list[Acknowledgement] = []
        self._loop = asyncio.get_running_loop()
        vendors.took = self._took

    def _took(self, kept: Accepted) -> None:
        """Called in the vendors' thread, also after the test that delivered: the next one may have the same vendors."""
        if not self._loop.is_closed() and (raw := confirmation(kept, self._vendors.accounts)):
            asyncio.run_coroutine_threadsafe(self._confirm(kept.channel, raw), self._loop)

    async def _confirm(self, channel: str, raw: bytes) -> None:
        for pause in (0.1, *PAUSES):
            await asyncio.sleep(pause)
            if 200 <= await self._status(channel, raw) < 300:
                return

    async def post(self, channel: str, raw: bytes, headers: Mapping[str, str] | None = None, again: bool = False) -> int:
        """Deliver a body once and return the status; 0 where none came in time. `headers` in place of the right ones."""
        started = time.perf_counter()
        status = await self._status(channel, raw, headers)
        self.acknowledgements.append(Acknowledgement(channel, status, time.perf_counter() - started, again))
        return status

    async def _status(self, channel: str, raw: bytes, headers: Mapping[str, str] | None = None) -> int:
        url = f"{self._gateway}/webhooks/{channel}/webhook"
        given = dict(headers) if headers is not None else signed(channel, raw, self._vendors.accounts)
        try:
            timeout = aiohttp.ClientTimeout(total=LIMIT_SECONDS)
            async with self._session.post(url, data=raw, headers=given, timeout=timeout) as response:
                await response.read()
                return response.status
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return 0

    async def deliver(self, happenings: Sequence[Happening]) -> None:
        """Deliver happenings of one channel until they are acknowledged, in order. Raises Undelivered."""
        for happening in happenings:
            self._vendors.ledger.wrote(happening.channel, happening.person, happening.at, *happening.handles)
        channel = happenings[0].channel
        for raw in bodies(happenings, self._vendors.accounts, self._chance):
            await self._insist(channel, raw)
            if self._chance.random() < self._again:
                task = asyncio.create_task(self._once_more(channel, raw, self._chance.uniform(0, self._lag)))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until nothing is left to be delivered again."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _insist(self, channel: str, raw: bytes) -> None:
        status = await self.post(channel, raw)
        for pause in PAUSES:
            if 200 <= status < 300:
                return
            await asyncio.sleep(pause)
            status = await self.post(channel, raw, again=True)
        if not 200 <= status < 300:
            raise Undelivered(f"{channel}: {status}")

    async def _once_more(self, channel: str, raw: bytes, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.post(channel, raw, again=True)

    def percentile(self, share: float) -> float:
        """Return the seconds within which that share of the acknowledged deliveries was acknowledged."""
        good = sorted(a.seconds for a in self.acknowledgements if 200 <= a.status < 300)
        return good[max(0, math.ceil(share * len(good)) - 1)] if good else math.inf
