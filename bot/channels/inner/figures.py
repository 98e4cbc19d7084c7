"""Figures of Rasa's process for Prometheus; the gateway asks for them over the inner channel and shows them with its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram

TURNS = Counter("reso_rasa_turns_total", "Turns that Rasa was asked for", ["outcome"])
SECONDS = Histogram("reso_rasa_turn_seconds", "From the tracker read to the reply", buckets=(0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15))


class Outcome:
    """What came of a turn: answered, repeated (it was answered before), sorry (an action failed) or failed."""

    name = "failed"


@contextmanager
def turn() -> Iterator[Outcome]:
    """Time and count a turn; whoever runs it names its outcome."""
    began, outcome = time.monotonic(), Outcome()
    try:
        yield outcome
    finally:
        TURNS.labels(outcome.name).inc()
        SECONDS.observe(time.monotonic() - began)
