"""Where a word is still to be found on the disk."""

from __future__ import annotations

import time
from pathlib import Path

from bot.gateway import upkeep


def files_with(folder: Path, text: str) -> set[str]:
    """Return the names of the files below `folder` that hold `text` somewhere."""
    return {file.name for file in folder.rglob("*") if file.is_file() and text.encode() in file.read_bytes()}


def left_in_files(folder: Path, text: str) -> set[str]:
    """Return the names of the files that still hold `text` when running servers have had time to empty their logs."""
    until = time.monotonic() + 5 * upkeep.SECONDS
    while (left := files_with(folder, text)) and time.monotonic() < until:
        time.sleep(0.5)
    return left
