"""A clock for the real servers that a test sets while they run (Debian's libfaketime); time that only passes goes on."""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass
from pathlib import Path

from tests.faults.watching import rows
from tests.journeys.serving import Servers

MISSING = "libfaketime manque sur cette machine : installez-le avec « apt-get install faketime » (.ci/run le fait)."
SEEN_SECONDS = 4.0
"""After this every process goes by the clock that it is to have: libfaketime looks again within two seconds."""


def library() -> Path:
    """Return libfaketime for programs with threads. Fails where it is missing."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    assert found, MISSING
    return found[0]


@dataclass
class Clock:
    """The servers' clock: a file that says by how many seconds it is off."""

    file: Path

    def environment(self) -> dict[str, str]:
        """Return the variables with which a program goes by it. Fails where libfaketime is missing."""
        return {
            "LD_PRELOAD": str(library()), "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
        }  # fmt: skip

    def set(self, offset: float) -> None:
        """Put it off by `offset` seconds, as soon as they look."""
        made = self.file.with_suffix(".new")
        made.write_text(f"{offset:+.0f}\n")
        made.replace(self.file)

    def set_to(self, moment: datetime.datetime) -> None:
        """Set it to a moment (UTC, aware)."""
        self.set(moment.timestamp() - time.time())


def kept_at(servers: Servers, sender: str) -> datetime.datetime:
    """Return when the newest message of a talk was received, as the servers see the time (UTC, aware)."""
    ((at,),) = rows(servers.folder / "reso.db", "select received_at from inbox where sender = ? order by id desc limit 1", (sender,))
    return datetime.datetime.fromisoformat(at).replace(tzinfo=datetime.timezone.utc)
