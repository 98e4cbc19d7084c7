"""Whether the action server is there, asked before each turn: Rasa goes on without it, and has nothing to say then."""

from __future__ import annotations

import asyncio

import aiohttp

ASKED_SECONDS = 1.0
"""It answers in a millisecond; a process that is stopped takes the connection and answers nothing."""
PAUSE = 0.2


class ActionServer:
    """The action server on a port of this machine."""

    def __init__(self, port: int):
        self._url = f"http://127.0.0.1:{port}/health"
        self._session: aiohttp.ClientSession | None = None

    async def there(self, seconds: float) -> bool:
        """Wait until it answers, `seconds` at most; tell whether it does."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not await self._answers():
            if loop.time() + PAUSE > until:
                return False
            await asyncio.sleep(PAUSE)
        return True

    async def gone(self, seconds: float) -> None:
        """Return once it has not answered for `seconds` running."""
        loop = asyncio.get_running_loop()
        heard = loop.time()
        while loop.time() - heard < seconds:
            await asyncio.sleep(ASKED_SECONDS)
            if await self._answers():
                heard = loop.time()

    async def close(self) -> None:
        """Close the connection."""
        if self._session is not None:
            await self._session.close()

    async def _answers(self) -> bool:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASKED_SECONDS))
        try:
            async with self._session.get(self._url) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return False
