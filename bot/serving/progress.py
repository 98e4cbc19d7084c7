"""Progress lines: what is being done, how long it took, what went wrong in one sentence."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stop(Exception):
    """Nothing more can be done; the message says why and what to do, in one French sentence."""


@contextmanager
def step(name: str) -> Iterator[list[str]]:
    """Print « → name … » and, at the end, what was put in the list given, with the seconds taken."""
    started = time.monotonic()
    print(f"→ {name} …", end="", flush=True)
    notes: list[str] = []
    try:
        yield notes
    except BaseException:
        print(" échec", flush=True)
        raise
    told = f" {', '.join(notes)}" if notes else " fait"
    print(f"{told} ({time.monotonic() - started:.1f} s)", flush=True)


def tell(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def fail(text: str) -> None:
    """Print what stops the work, on the error stream."""
    print(f"✗ {text}", file=sys.stderr, flush=True)
