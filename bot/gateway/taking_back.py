"""A message that its writer took back is forgotten wherever it was kept beside the inbox."""

from __future__ import annotations

from collections.abc import Collection

from bot.gateway.database import Database
from bot.store import questions
from bot.store.quoting import forget_words


async def forget_elsewhere(database: Database, sender: str, message_ids: Collection[str]) -> None:
    """Forget messages in the statistics and in Rasa's tracker; doing it again is harmless. Raises SQLAlchemyError."""
    await database.write(questions.forget, sender, message_ids)
    await database.read(forget_words, sender, message_ids)
