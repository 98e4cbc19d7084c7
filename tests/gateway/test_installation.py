"""What the files of an installation tell of it."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from bot.gateway.installation import State
from bot.settings import Settings
from bot.store.backups import backup


def state(folder: Path) -> State:
    return State(Settings(folder=folder, models=folder / "models"), lambda: True)


def test_it_tells_when_the_newest_backup_was_made_wherever_it_lies(tmp_path: Path) -> None:
    given = Settings(folder=tmp_path, models=tmp_path / "models")
    with closing(sqlite3.connect(tmp_path / "reso.db")) as store:
        store.execute("CREATE TABLE said (text)")
    assert state(tmp_path).look().backed_up_at == 0
    night = backup(given.backups / "nuits", given=given).file
    os.utime(night, (1_000_000, 1_000_000))
    assert state(tmp_path).look().backed_up_at == 1_000_000
    began = time.time() - 1
    backup(given.backups / "minutes", given=given)
    night.touch()  # as a copy of an old one would be
    os.utime(night, (time.time() + 1000,) * 2)
    assert began <= state(tmp_path).look().backed_up_at <= time.time()


def test_what_is_no_backup_does_not_count(tmp_path: Path) -> None:
    folder = Settings(folder=tmp_path).backups / "minutes"
    (folder / ".reso-abc").mkdir(parents=True)
    (folder / ".reso-abc" / "archive").touch()
    (folder / "notes.txt").touch()
    assert state(tmp_path).look().backed_up_at == 0
