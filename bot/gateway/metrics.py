"""Figures for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from bot.gateway.installation import Files
from bot.store.backlog import Backlog

TURNS = Counter("reso_turns_total", "Messages answered", ["channel", "outcome"])
SECONDS = Histogram(
    "reso_turn_seconds", "From taken up to answer kept", ["channel"], buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 20, 60)
)
REFUSED = Counter("reso_refused_total", "Requests refused at the edge", ["reason"])
STORE_ERRORS = Counter("reso_store_errors_total", "Writes that the store did not take")
SENT = Counter("reso_sent_total", "Calls to vendors", ["channel", "outcome"])
WAITING = Gauge("reso_turns_waiting", "Messages without an answer yet")
UNSENT = Gauge("reso_outbox_waiting", "Calls that have not gone out")
SOCKETS = Gauge("reso_sockets", "Widgets connected")
OLDEST = Gauge("reso_oldest_waiting_seconds", "Age of the oldest message without an answer", ["queue"])
REQUESTS = Gauge("reso_requests_open", "Requests to the team that nobody has closed")
NOTICES = Gauge("reso_notices_waiting", "Notices of requests that have not reached the team")
STORE_BYTES = Gauge("reso_store_bytes", "Size of a store's file", ["store"])
TRAINED = Gauge("reso_model_trained_timestamp_seconds", "When the model was trained; 0 where there is none")
BACKED_UP = Gauge("reso_backup_timestamp_seconds", "When the newest backup was made; 0 where there is none")
CURRENT = Gauge("reso_model_current", "Whether the model was trained from the content as it is now")


def show_backlog(waiting: Backlog) -> None:
    """Show what waits in the store."""
    UNSENT.set(waiting.unsent)
    OLDEST.labels("turns").set(waiting.unanswered_seconds)
    OLDEST.labels("outbox").set(waiting.unsent_seconds)
    REQUESTS.set(waiting.requests)
    NOTICES.set(waiting.notices)


def show_state(files: Files) -> None:
    """Show what lies in files."""
    TRAINED.set(files.trained_at)
    CURRENT.set(files.current)
    BACKED_UP.set(files.backed_up_at)
    for store, size in files.stores.items():
        STORE_BYTES.labels(store).set(size)


@contextmanager
def turn(channel: str) -> Iterator[Callable[[str], None]]:
    """Time a turn; the function given takes its outcome."""
    started, outcome = time.monotonic(), ["failed"]
    try:
        yield lambda told: outcome.__setitem__(0, told)
    finally:
        TURNS.labels(channel, outcome[0]).inc()
        SECONDS.labels(channel).observe(time.monotonic() - started)


def outcome_of(reply: Sequence[dict[str, Any]]) -> str:
    """Return answered, unsure, refused or talked for Rasa's messages."""
    custom = {key: value for message in reply for key, value in (message.get("custom") or {}).items()}
    if custom.get("answers"):
        return "answered"
    return str((custom.get("fallback") or {}).get("outcome") or "talked")
