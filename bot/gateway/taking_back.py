"""A message that its writer took back is forgotten wherever it was kept beside the inbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from sqlalchemy.exc import SQLAlchemyError

from bot.gateway.database import Database
from bot.store import questions
from bot.store.pseudonyms import conversation_key
from bot.store.quoting import forget_events, forget_quotes, look_for

logger = logging.getLogger(__name__)

PAUSES = (1.0, 5.0, 30.0, 120.0, 600.0)
"""Seconds between tries where a store does not take it."""


class TakingBack:
    """Forgets messages in the statistics, where we repeat them, and in Rasa's tracker; doing it again is harmless."""

    def __init__(self, database: Database):
        self._database = database
        self._tasks: set[asyncio.Task[None]] = set()

    async def forget(self, sender: str, message_ids: Collection[str]) -> None:
        """Forget messages now or, where a store is held, in a while: which they were is known no more when they come again."""
        try:
            await self._forget(sender, message_ids)
        except SQLAlchemyError:
            task = asyncio.create_task(self._try_again(sender, message_ids))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _try_again(self, sender: str, message_ids: Collection[str]) -> None:
        for pause in PAUSES:
            await asyncio.sleep(pause)
            try:
                await self._forget(sender, message_ids)
                return
            except SQLAlchemyError as error:
                told = type(error).__name__
        logger.error("a message taken back may still be held: %s", told, extra={"conversation": conversation_key(sender)})

    async def _forget(self, sender: str, message_ids: Collection[str]) -> None:
        await self._database.write(questions.forget, sender, message_ids)
        gone = await self._database.read(look_for, sender, message_ids)
        if gone.words:
            await self._database.write(forget_quotes, sender, gone.words)
        # Last: the tracker tells what the others are to look for.
        await self._database.read(forget_events, gone.changed)
