"""Where a word is still to be found on the disk."""

from __future__ import annotations

from pathlib import Path


def files_with(folder: Path, text: str) -> set[str]:
    """Return the names of the files below `folder` that hold `text` somewhere."""
    return {file.name for file in folder.rglob("*") if file.is_file() and text.encode() in file.read_bytes()}
