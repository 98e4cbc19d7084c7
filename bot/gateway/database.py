"""Calls the store from coroutines: one writer, so that writes never wait for each other's locks, and a few readers.

What waits for the writer is committed together: a disk takes some milliseconds for a commit, whatever is in it, so that a
message is acknowledged as fast in a crowd as alone (« group commit »). What a vendor waits for goes before what only we wait for.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from bot.gateway import metrics
from bot.store.sessions import together

T = TypeVar("T")

MOST_TOGETHER = 64
"""Calls in one transaction; more would make the first of them wait."""


@dataclass
class _Job:
    call: Callable[[], Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None

    def tell(self) -> None:
        """Hand the outcome to whoever waits; runs in the loop."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class _Line:
    """Jobs that wait for the writer: urgent ones go first, but every other time the others do, so that none waits for ever."""

    def __init__(self) -> None:
        self._urgent: deque[_Job] = deque()
        self._others: deque[_Job] = deque()
        self._news = threading.Condition()
        self._urgent_were_taken = self._over = False

    def put(self, job: _Job, urgent: bool) -> None:
        with self._news:
            (self._urgent if urgent else self._others).append(job)
            self._news.notify()

    def end(self) -> None:
        """Let `take` return nothing once all is taken."""
        with self._news:
            self._over = True
            self._news.notify()

    def take(self) -> list[_Job]:
        """Wait for jobs; return up to MOST_TOGETHER of them, each kind in the order in which it came."""
        with self._news:
            self._news.wait_for(lambda: self._urgent or self._others or self._over)
            alone = bool(self._urgent) and not self._urgent_were_taken
            self._urgent_were_taken = alone
            lines = (self._urgent,) if alone else (self._others, self._urgent)
            taken: list[_Job] = []
            for line in lines:
                while line and len(taken) < MOST_TOGETHER:
                    taken.append(line.popleft())
            return taken


class Database:
    """Runs functions of `bot.store` off the event loop."""

    def __init__(self) -> None:
        self._jobs = _Line()
        self._writer = threading.Thread(target=self._work, name="writer", daemon=True)
        self._readers = ThreadPoolExecutor(3, "reader")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writer.start()

    async def write(self, function: Callable[..., T], *args: Any, **named: Any) -> T:
        """Run a function that changes the store; these calls run in the order in which they were made. Returns once it is committed."""
        return await self._write(False, partial(function, *args, **named))

    async def write_first(self, function: Callable[..., T], *args: Any, **named: Any) -> T:
        """Do as `write` does, before what waits there already: somebody outside waits for it."""
        return await self._write(True, partial(function, *args, **named))

    async def _write(self, urgent: bool, call: Callable[[], T]) -> T:
        self._loop = asyncio.get_running_loop()
        job = _Job(call, self._loop.create_future())
        self._jobs.put(job, urgent)
        try:
            return await job.future  # type: ignore[no-any-return]
        except IntegrityError:  # what was written is at fault, not the store
            raise
        except SQLAlchemyError:
            metrics.STORE_ERRORS.inc()
            raise

    async def read(self, function: Callable[..., T], *args: Any, **named: Any) -> T:
        """Run a function that does not write to the store."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(function, *args, **named))

    def close(self) -> None:
        """Finish what is under way."""
        self._jobs.end()
        self._writer.join()
        self._readers.shutdown(cancel_futures=True)

    def _work(self) -> None:
        while batch := self._jobs.take():
            _commit(batch)
            assert self._loop is not None
            self._loop.call_soon_threadsafe(_tell, batch)


def _commit(batch: list[_Job]) -> None:
    """Run jobs in one transaction; what fails in itself fails alone, what the store refuses fails them all."""
    try:
        with together():
            for job in batch:
                try:
                    job.result = job.call()
                except (DataError, IntegrityError) as error:
                    job.error = error
                except SQLAlchemyError:
                    raise
                except Exception as error:
                    job.error = error
    except Exception as error:  # the thread must live on, whatever the store does
        for job in batch:
            job.error = job.error or error


def _tell(batch: list[_Job]) -> None:
    for job in batch:
        job.tell()
