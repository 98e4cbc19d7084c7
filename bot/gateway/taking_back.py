"""A message that its writer took back is forgotten wherever it was kept beside the inbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Coroutine
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.gateway.database import Database
from bot.store import questions
from bot.store.pseudonyms import conversation_key
from bot.store.quoting import Words, forget_events, forget_quotes, look_for

logger = logging.getLogger(__name__)

PAUSES = (1.0, 5.0, 30.0, 120.0, 600.0)
"""Seconds between tries where a store does not take it."""


class TakingBack:
    """Forgets messages in the statistics, where we repeat them, and in Rasa's tracker; doing it again is harmless."""

    def __init__(self, database: Database):
        self._database = database
        self._tasks: set[asyncio.Task[None]] = set()

    async def forget(self, sender: str, message_ids: Collection[str], turn: asyncio.Future[Any] | None = None) -> None:
        """Forget messages now or, where a store is held, in a while: which they were is known no more when they come again.

        `turn`: one of the talk that is under way; Rasa may still hold what was said before, and repeat it at its end.
        """
        try:
            words = await self._forget(sender, message_ids)
        except SQLAlchemyError:
            self._later(self._try_again(sender, message_ids))
            return
        if turn is not None and words:
            self._later(self._after(turn, sender, message_ids, words))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _after(self, turn: asyncio.Future[Any], sender: str, message_ids: Collection[str], words: Words) -> None:
        await asyncio.wait({turn})
        try:
            await self._forget(sender, message_ids, words)
        except SQLAlchemyError:
            await self._try_again(sender, message_ids, words)

    async def _try_again(self, sender: str, message_ids: Collection[str], words: Words | None = None) -> None:
        for pause in PAUSES:
            await asyncio.sleep(pause)
            try:
                await self._forget(sender, message_ids, words)
                return
            except SQLAlchemyError as error:
                told = type(error).__name__
        logger.error("a message taken back may still be held: %s", told, extra={"conversation": conversation_key(sender)})

    async def _forget(self, sender: str, message_ids: Collection[str], words: Words | None = None) -> Words:
        await self._database.write(questions.forget, sender, message_ids)
        gone = await self._database.read(look_for, sender, message_ids, words)
        if gone.words:
            await self._database.write(forget_quotes, sender, gone.words)
        # Last: the tracker tells what the others are to look for.
        await self._database.read(forget_events, sender, gone.changed)
        return gone.words
