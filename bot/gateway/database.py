"""Calls the store from coroutines: one writer, so that writes never wait for each other's locks, and a few readers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


class Database:
    """Runs functions of `bot.store` off the event loop."""

    def __init__(self) -> None:
        self._writer = ThreadPoolExecutor(1, "writer")
        self._readers = ThreadPoolExecutor(3, "reader")

    async def write(self, function: Callable[..., T], *args: Any, **named: Any) -> T:
        """Run a function that changes the store; calls run in the order in which they were made."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, partial(function, *args, **named))

    async def read(self, function: Callable[..., T], *args: Any, **named: Any) -> T:
        """Run a function that only reads."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(function, *args, **named))

    def close(self) -> None:
        """Finish what is under way."""
        self._writer.shutdown()
        self._readers.shutdown(cancel_futures=True)
