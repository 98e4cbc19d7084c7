"""What lies in files: how large the stores are, when they were backed up, when the model was trained, and whether it knows the content
as it is now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.settings import Settings

CONTENT_SECONDS = 60.0
"""How long the comparison of model and content holds: it reads every file that the model is trained from."""


@dataclass(frozen=True)
class Files:
    """`trained_at`, `backed_up_at`: seconds since 1970, 0 where there is no model or backup. `stores`: bytes by name.

    `current`: nothing to be trained.
    """

    trained_at: float
    current: bool
    backed_up_at: float = 0.0
    stores: dict[str, int] = field(default_factory=dict)


class State:
    """Looks at the files of an installation. `current`: tells whether the model was trained from the content as it is now."""

    def __init__(self, given: Settings, current: Callable[[], bool], now: Callable[[], float] = time.monotonic):
        self._given, self._compare, self._now = given, current, now
        self._compared, self._current = float("-inf"), False

    def look(self) -> Files:
        """Return what is there."""
        if self._now() - self._compared >= CONTENT_SECONDS:
            self._current, self._compared = self._compare(), self._now()
        try:
            trained_at = self._given.model.stat().st_mtime
        except OSError:
            trained_at = 0.0
        # By name, which tells when: a copy of an old archive is no new backup.
        archives = sorted(self._given.backups.glob("**/reso-*Z.tar.gz"), key=lambda file: file.name)
        try:
            backed_up_at = archives[-1].stat().st_mtime if archives else 0.0
        except OSError:  # thinned out between the two: a newer one is there
            backed_up_at = time.time()
        stores: dict[str, int] = {}
        for file in self._given.folder.glob("*.db*"):
            try:
                name = file.name.partition(".db")[0]
                stores[name] = stores.get(name, 0) + file.stat().st_size
            except OSError:  # SQLite's log went away between the two
                continue
        return Files(trained_at, self._current, backed_up_at, stores)
