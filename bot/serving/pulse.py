"""Whether a process still answers: one that hangs does not end by itself, and nothing else would start it anew."""

from __future__ import annotations

import http.client
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping

PAUSE = 3.0
"""Seconds between two questions."""
ANSWER_SECONDS = 5.0
SILENT_SECONDS = 30.0
"""Silence after which a process that did answer is taken for stuck; a turn takes 15 s at the most, a locked store some seconds."""
STARTING_SECONDS = 180.0
"""The same for one that has not answered yet: Rasa loads its model before it listens."""
LEAST_MISSED = 4
"""Questions without an answer that it takes besides: after a stop of the whole machine the clock alone would condemn everybody."""

DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Asks this machine, whatever proxy the environment names for others."""


class Pulse:
    """Asks a process for a sign of life, and keeps what came. `now`: seconds of a clock that nobody can set."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, now: Callable[[], float] = time.monotonic):
        self._request = urllib.request.Request(url, headers=dict(headers or {}))
        self._now = now
        self.begin()

    def begin(self) -> None:
        """Start anew, with a process that was just started."""
        self._heard, self._missed, self._answered = self._now(), 0, False

    def note(self, answered: bool) -> None:
        """Note what came of a question."""
        if answered:
            self._heard, self._missed, self._answered = self._now(), 0, True
        else:
            self._missed += 1

    @property
    def stuck(self) -> bool:
        """Tell whether the process has been silent for too long."""
        longest = SILENT_SECONDS if self._answered else STARTING_SECONDS
        return self._missed >= LEAST_MISSED and self._now() - self._heard > longest

    def ask(self) -> bool:
        """Ask once; whatever is answered is a sign of life."""
        try:
            DIRECTLY.open(self._request, timeout=ANSWER_SECONDS).close()
        except urllib.error.HTTPError as error:
            error.close()
        except (OSError, http.client.HTTPException):
            return False
        return True

    def listen(self, over: threading.Event) -> threading.Thread:
        """Ask now and then, in a thread that ends with `over`."""

        def work() -> None:
            while not over.wait(PAUSE):
                self.note(self.ask())

        thread = threading.Thread(target=work, name="pulse", daemon=True)
        thread.start()
        return thread
