"""Who may read what we write: what people say nobody but us; what the program is made of everybody who may run it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.serving.progress import Stop

OURS, EVERYBODYS = 0o077, 0o022
"""Rights that new files do not have (umask(2))."""


def keep_to_us() -> None:
    """Let new files be ours alone: databases, logs, backups. Holds for the processes that this one starts too."""
    os.umask(OURS)


@contextmanager
def for_everybody() -> Iterator[None]:
    """Let other accounts read what is made within the block: model, widget, French. Who installs is not who serves."""
    before = os.umask(EVERYBODYS)
    try:
        yield
    finally:
        os.umask(before)


def take_back(files: Iterable[Path]) -> None:
    """Take from others the right to read files that were made before they were kept to us."""
    for file in files:
        with suppress(OSError):  # somebody else's, or gone in the meantime
            if file.is_file() and not file.is_symlink():
                file.chmod(0o600)


def check_owner(folder: Path) -> None:
    """Raise Stop where a folder is neither ours nor root's: its owner could put links there that lead what we write elsewhere."""
    if folder.stat().st_uid not in (0, os.geteuid()):
        raise Stop(
            f"Le dossier {folder} appartient à un autre compte\u202f: donnez-le à celui qui lance Réso (chown), ou changez RESO_FOLDER."
        )
