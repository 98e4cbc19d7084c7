"""How long PostgreSQL is waited for: what is asked of a database that says nothing any more is given up, and the connection with it."""

from __future__ import annotations

import select
import time
from typing import Any

from psycopg2 import OperationalError
from psycopg2.extensions import POLL_OK, POLL_READ, set_wait_callback

PROMPT_SECONDS = 3.0
"""For processes that somebody waits for. Within 3 s a visitor is to hear that the question cannot be kept (notes/reliability.md,
T4); twice as long where the connection seemed well: its check comes first."""
PATIENT_SECONDS = 1800.0
"""For commands: a migration of a large table, a copy."""

_seconds = PATIENT_SECONDS


def be_prompt() -> None:
    """Let this process wait for PROMPT_SECONDS from now on."""
    global _seconds
    _seconds = PROMPT_SECONDS


def install() -> None:
    """Let psycopg2 wait as `wait` does, in the whole process.

    libpq itself waits without an end, and the kernel's own limits do not see a database that stands still on a machine that
    does not. psycopg2 closes a connection whose wait failed (its documentation, « Support for coroutine libraries »).
    """
    set_wait_callback(wait)


def wait(connection: Any) -> None:
    """Wait until a psycopg2 connection has what was asked of it. Raises OperationalError when that takes too long."""
    until = time.monotonic() + _seconds
    while (state := connection.poll()) != POLL_OK:
        watched = select.poll()  # select.select knows no file above 1,023, and a gateway has one for each visitor
        watched.register(connection.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT)
        if not watched.poll(max(0.0, until - time.monotonic()) * 1000):
            raise OperationalError(f"no answer within {_seconds:.0f} s")
