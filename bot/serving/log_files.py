"""Files of logs: a new one each day, or earlier where one is large; old ones go by themselves."""

from __future__ import annotations

import datetime
import logging
import os
import shutil
import time
from collections.abc import Callable
from logging.handlers import BaseRotatingHandler
from pathlib import Path

KEEP_DAYS = 14
"""How long a line stays (notes/reliability.md, section 5)."""
LARGEST_BYTES = 20 * 2**20
MOST_FILES = 40
"""Together with LARGEST_BYTES the most room that one process's logs take: 800 MB."""

_DAY = 86400.0
_STAMP = "%Y%m%dT%H%M%S%f"


class DailyFile(BaseRotatingHandler):
    """Writes to `file`; what was written on another day (UTC), or is large, is put beside it as `file.<time>`.

    `now` gives seconds since 1970.
    """

    def __init__(self, file: Path, now: Callable[[], float] = time.time):
        file.parent.mkdir(parents=True, exist_ok=True)
        self._now = now
        self._day = (file.stat().st_mtime if file.exists() else now()) // _DAY
        super().__init__(str(file), "a", encoding="utf-8", errors="backslashreplace")

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 — the name that logging calls
        """Tell whether a new file is due before the record."""
        return self._now() // _DAY != self._day or self.stream.tell() >= LARGEST_BYTES

    def doRollover(self) -> None:  # noqa: N802
        """Put the file aside, begin another, remove old ones."""
        self.stream.close()
        file, now = Path(self.baseFilename), self._now()
        if file.exists() and file.stat().st_size:
            file.rename(f"{file}.{datetime.datetime.utcfromtimestamp(now).strftime(_STAMP)}")
        self._day = now // _DAY
        self.stream = self._open()
        remove_old(file, now)


def remove_old(file: Path, now: float) -> int:
    """Remove the files put aside for `file` that hold lines older than KEEP_DAYS, or are too many; return how many went.

    A `file` that nobody wrote to for so long is emptied.
    """
    aside = sorted(file.parent.glob(f"{file.name}.*"), reverse=True)
    # A file put aside on a day may hold a whole day's lines, of the day before.
    oldest = datetime.datetime.utcfromtimestamp(now - (KEEP_DAYS - 1) * _DAY).strftime(_STAMP)
    gone = [old for number, old in enumerate(aside) if number >= MOST_FILES or old.name.rpartition(".")[2] < oldest]
    for old in gone:
        old.unlink(missing_ok=True)
    if file.exists() and file.stat().st_size and file.stat().st_mtime < now - KEEP_DAYS * _DAY:
        file.write_bytes(b"")
        return len(gone) + 1
    return len(gone)


def remove_all_old(folder: Path, now: float) -> int:
    """Do the same for every log of a folder, also of a process that does not run, and for what processes wrote besides their log."""
    if not folder.exists():
        return 0
    for file in folder.glob("*.out"):
        put_aside(file, now)
    return sum(remove_old(file, now) for ending in ("*.log", "*.out") for file in folder.glob(ending))


def put_aside(file: Path, now: float) -> None:
    """Put aside what a process wrote to a file that it has open for appending: copied, then emptied."""
    if file.stat().st_size:
        shutil.copyfile(file, f"{file}.{datetime.datetime.utcfromtimestamp(now).strftime(_STAMP)}")
        os.truncate(file, 0)
