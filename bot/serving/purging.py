"""Forgets what is older than the settings keep it: by command, and once a day while the assistant runs."""

from __future__ import annotations

import datetime
import logging
import threading
import time

from sqlalchemy.exc import SQLAlchemyError

from bot.serving.log_files import remove_all_old
from bot.settings import Settings
from bot.store.retention import Keep, purge

logger = logging.getLogger(__name__)

A_DAY = 86_400.0
FIRST = 60.0
"""Seconds after the start."""


def purge_now(given: Settings) -> dict[str, int]:
    """Delete what is too old; return how many rows and log files went, by kind."""
    keep = Keep(given.keep_talks_days, given.keep_questions_days, given.keep_requests_days, given.keep_backups_days)
    counts = purge(datetime.datetime.utcnow(), keep, given)
    return {**counts, "journaux": remove_all_old(given.folder / "log", time.time())}


def purge_daily(given: Settings, over: threading.Event) -> threading.Thread:
    """Purge a minute from now and then once a day, in a thread that ends with `over`."""

    def work() -> None:
        wait = FIRST
        while not over.wait(wait):
            wait = A_DAY
            try:
                purge_now(given)
            except (SQLAlchemyError, OSError) as error:
                logger.error("old rows cannot be deleted now: %s", type(error).__name__)

    thread = threading.Thread(target=work, name="purge", daemon=True)
    thread.start()
    return thread
