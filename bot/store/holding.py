"""One set of servers on a folder, and no restoring under it: a lock that ends with the process that holds it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "serving.lock"


class Held(Exception):
    """Another process holds the folder."""


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold a folder as long as the block runs. Raises Held where another process does, or another block of this one."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Held(str(folder)) from None
        yield
