"""A message that its writer took back is forgotten wherever it was kept beside the inbox."""

from __future__ import annotations

from collections.abc import Collection

from bot.gateway.database import Database
from bot.store import questions
from bot.store.quoting import forget_quotes, forget_words, words_of


async def forget_elsewhere(database: Database, sender: str, message_ids: Collection[str]) -> None:
    """Forget messages in the statistics, where we repeat them, and in Rasa's tracker; doing it again is harmless.

    The tracker is last: it tells what the others are to look for. Raises SQLAlchemyError.
    """
    await database.write(questions.forget, sender, message_ids)
    if words := await database.read(words_of, sender, message_ids):
        await database.write(forget_quotes, sender, words)
    await database.read(forget_words, sender, message_ids)
