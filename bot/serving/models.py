"""The trained model and, in a folder beside it, the last one that answered: each with a note of what it was trained from.

A note is two lines: the fingerprint of the training data, and the archive's sha256, which is read again before each start.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from bot.settings import ROOT

ARCHIVE, NOTE = "reso.tar.gz", "reso.fingerprint"
LAST_GOOD = "last-good"
_PIECE = 2**20

TRAINED_FROM = ("config.yml", "domain.yml", "data/nlu", "data/stories", "bot/nlu", "bot/language", "requirements/run.txt")
"""What the model depends on: when none of it has changed, training is skipped."""


def fingerprint() -> str:
    """Return a digest of everything that the model is trained from."""
    digest = hashlib.sha256()
    for name in TRAINED_FROM:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix in (".yml", ".py", ".txt"):
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def digest(file: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    read = hashlib.sha256()
    with file.open("rb") as content:
        while piece := content.read(_PIECE):
            read.update(piece)
    return read.hexdigest()


def trained_from(folder: Path) -> str:
    """Return the fingerprint that a folder's model was trained from; empty where there is no model, or it is not as it was trained."""
    try:
        fingerprint, sha256 = (folder / NOTE).read_text(encoding="ascii").split()
        return fingerprint if digest(folder / ARCHIVE) == sha256 else ""
    except (OSError, ValueError):
        return ""


def current(folder: Path) -> bool:
    """Tell whether a folder's note says that its model was trained from the data as they are; the archive is not read."""
    try:
        return (folder / NOTE).read_text(encoding="ascii").split()[0] == fingerprint()
    except (OSError, ValueError, IndexError):
        return False


def note(folder: Path, fingerprint: str) -> None:
    """Note what a folder's model was trained from, and what it is."""
    made = folder / f".{NOTE}.{os.getpid()}"
    made.write_text(f"{fingerprint}\n{digest(folder / ARCHIVE)}\n", encoding="ascii")
    made.replace(folder / NOTE)


def keep_as_good(folder: Path) -> None:
    """Keep a folder's model as the last good one: it has answered. Raises OSError."""
    good = folder / LAST_GOOD
    fingerprint = trained_from(folder)
    if fingerprint and (trained_from(good) != fingerprint or digest(folder / ARCHIVE) != digest(good / ARCHIVE)):
        good.mkdir(exist_ok=True)
        _copy(folder, good)


def has_another_good(folder: Path) -> bool:
    """Tell whether the last good model is sound, and another one than a folder's."""
    good = folder / LAST_GOOD
    return bool(trained_from(good)) and not (trained_from(folder) and digest(folder / ARCHIVE) == digest(good / ARCHIVE))


def put_back(folder: Path) -> None:
    """Put the last good model in the place of a folder's. Raises OSError."""
    _copy(folder / LAST_GOOD, folder)


def _copy(source: Path, target: Path) -> None:
    # The archive first: until the note follows, the two do not fit, and what does not fit is not used.
    for name in (ARCHIVE, NOTE):
        made = target / f".{name}.{os.getpid()}"
        shutil.copyfile(source / name, made)
        made.replace(target / name)
