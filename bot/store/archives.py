"""Archives of an installation: what is in one, how it is written and read, and when it goes.

An archive is a tar.gz whose first member is `manifest.json`: {"format": 1, "made": time, "revision": of the store's
migrations, "files": {name: {"sha256": …, "bytes": …, "rows": {table: count}}}}.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from sqlalchemy.engine import make_url

from bot.settings import Settings
from bot.store.pseudonyms import KEY_FILE

FORMAT = 1
MARKER = "restauration-en-cours"
"""File that is there while files are being exchanged; after a crash in between it tells."""
ASIDE = "avant-restauration-"
"""Begins the name of a folder with the files that a restoration replaced."""
BACKING, RESTORING = ".reso-", ".restauration-"
"""Begin the names of folders in which a backup or a restoration is at work."""

STORE, TRACKER, SECRET, MODEL, FINGERPRINT = "reso.db", "tracker.db", "widget.secret", "reso.tar.gz", "reso.fingerprint"
DATABASES = (STORE, TRACKER)
NAMES = (*DATABASES, SECRET, KEY_FILE, MODEL, FINGERPRINT)
PIECE = 2**20
_STAMP = "%Y%m%dT%H%M%S"
_A_DAY = 86_400.0


class BackupError(Exception):
    """What is in the way, and what to do, in French."""


@dataclass(frozen=True)
class Manifest:
    """What an archive says that it holds."""

    made: str
    revision: str
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def rows(self) -> dict[str, int]:
        """Rows by table, of all databases."""
        return {table: count for held in self.files.values() for table, count in held.get("rows", {}).items()}


def places_of(given: Settings, models: Path) -> dict[str, Path]:
    """Return where each file of an archive belongs, the store first. A store that is no SQLite file has no place."""
    store = make_url(given.store_url)
    in_file = store.drivername.startswith("sqlite") and store.database
    return {
        **({STORE: Path(str(store.database))} if in_file else {}),
        TRACKER: given.folder / TRACKER,
        SECRET: given.folder / SECRET,
        KEY_FILE: given.folder / KEY_FILE,
        MODEL: models / MODEL,
        FINGERPRINT: models / FINGERPRINT,
    }


def verify(archive: Path) -> Manifest:
    """Read a whole archive and return its manifest. Raises BackupError where anything is missing, altered or added."""
    with reading(archive) as members:
        manifest = Manifest("", "")
        read: set[str] = set()
        for name, content in members:
            if not read and name == "manifest.json":
                manifest = _read_manifest(content, archive)
            elif _digest(content) != (manifest.files.get(name) or {}).get("sha256"):
                raise BackupError(_damaged(archive))
            read.add(name)
    if read != {"manifest.json", *manifest.files}:
        raise BackupError(_damaged(archive))
    return manifest


def describe(work: Path, now: datetime.datetime) -> bytes:
    """Return the manifest of the files of a folder, made at `now` (UTC)."""
    files, revision = {}, ""
    for file in sorted(work.iterdir()):
        with file.open("rb") as content:
            held: dict[str, Any] = {"sha256": _digest(content), "bytes": file.stat().st_size}
        if file.name in DATABASES:
            held["rows"] = _count_rows(file)
        if file.name == STORE:
            revision = revision_of(file)
        files[file.name] = held
    return json.dumps({"format": FORMAT, "made": f"{now:%Y-%m-%dT%H:%M:%SZ}", "revision": revision, "files": files}, indent=1).encode()


def _count_rows(file: Path) -> dict[str, int]:
    with closing(sqlite3.connect(file)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        return {table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in sorted(tables)}  # noqa: S608


def revision_of(file: Path) -> str:
    """Return the migration that a store has reached, by its name; empty where it has none."""
    with closing(sqlite3.connect(file)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return ""
    return row[0] if row else ""


def write_archive(work: Path, manifest: bytes) -> Path:
    """Write an archive of the files that a manifest names, within their folder; return it. Only its owner may read it."""
    made = work / "archive"
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as tar:
            info = tarfile.TarInfo("manifest.json")
            info.size = len(manifest)
            tar.addfile(info, io.BytesIO(manifest))
            for name in json.loads(manifest)["files"]:
                info = tarfile.TarInfo(name)
                info.size, info.mode = (work / name).stat().st_size, 0o600
                with (work / name).open("rb") as content:
                    tar.addfile(info, content)
        out.flush()
        os.fsync(out.fileno())
    return made


@contextmanager
def reading(archive: Path) -> Iterator[Iterable[tuple[str, IO[bytes]]]]:
    """Give the files of an archive in order; whatever is no plain file of a known name makes it damaged."""

    def members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() and member.name in ("manifest.json", *NAMES) else None
            if content is None:
                raise BackupError(_damaged(archive))
            yield member.name, content
        # To the very end, where gzip has its own check.
        while tar.fileobj is not None and tar.fileobj.read(PIECE):
            pass

    try:
        with tarfile.open(archive, "r:gz") as tar:
            yield members(tar)
    except (tarfile.TarError, EOFError, zlib.error, ValueError) as error:
        raise BackupError(_damaged(archive)) from error
    except OSError as error:
        if error.errno is not None:
            raise
        # gzip's own complaints are OSErrors without a number.
        raise BackupError(_damaged(archive)) from error


def _read_manifest(content: IO[bytes], archive: Path) -> Manifest:
    held = json.loads(content.read(PIECE))
    files = held.get("files") if isinstance(held, dict) and held.get("format") == FORMAT else None
    if not isinstance(files, dict) or not all(isinstance(of, dict) and isinstance(of.get("rows", {}), dict) for of in files.values()):
        raise BackupError(f"{archive.name} n’est pas une sauvegarde que ce Réso sait lire.")
    return Manifest(str(held.get("made")), str(held.get("revision")), files)


def _damaged(archive: Path) -> str:
    return f"La sauvegarde {archive.name} est abîmée ou incomplète\u202f: choisissez-en une autre. Rien n’a été changé."


def unpack(archive: Path, manifest: Manifest, work: Path) -> None:
    """Write the files of an archive into a folder."""
    with reading(archive) as members:
        for name, content in members:
            if name in manifest.files:
                descriptor = os.open(work / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as out:
                    shutil.copyfileobj(content, out, PIECE)
                    out.flush()
                    os.fsync(out.fileno())


def check_whole(file: Path) -> None:
    """Raise BackupError where a database is damaged."""
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise BackupError(f"La base {file.name} est abîmée ({found.splitlines()[0]})\u202f: {ADVICE}")


ADVICE = (
    "arrêtez Réso et restaurez la dernière sauvegarde avec «\u00a0python -m bot restore\u00a0»\u202f; le fichier abîmé sera mis de côté. "
    "Les sauvegardes précédentes sont toujours là."
)


def archives(target: Path) -> list[Path]:
    """Return the archives of a folder, the newest first."""
    return sorted(target.glob("reso-[0-9]*T[0-9]*Z.tar.gz"), reverse=True)


def name_of(now: datetime.datetime) -> str:
    """Return the name of an archive made at `now` (UTC)."""
    return f"reso-{now:{_STAMP}%f}Z.tar.gz"


def thin(target: Path, keep: int, oldest: datetime.datetime) -> list[Path]:
    """Remove the archives of a folder but the `keep` newest, and those made before `oldest` (UTC); return them. The newest stays."""
    gone = [file for number, file in enumerate(archives(target)) if number and (number >= keep or file.name < name_of(oldest))]
    for archive in gone:
        archive.unlink()
    return gone


def remove_old(given: Settings, oldest: datetime.datetime) -> int:
    """Remove archives and replaced files from before `oldest` (UTC), and what a crash left; return how many.

    The newest archive of the usual folder, and of each folder in it, stays. Archives elsewhere go when another is made there.
    """
    places = _places(given)
    gone = sum(len(thin(place, len(archives(place)), oldest)) for place in places)
    working = (*((BACKING, place) for place in places), (RESTORING, given.folder))
    folders = [file for start, place in working for file in place.glob(f"{start}*") if _left(file)]
    if not (given.folder / MARKER).exists():
        folders += [aside for aside in given.folder.glob(f"{ASIDE}*") if aside.name < f"{ASIDE}{oldest:{_STAMP}}Z"]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return gone + len(folders)


def _places(given: Settings) -> list[Path]:
    """Return the usual folder of archives and those in it (the guide's timers fill two)."""
    target = given.backups
    return [target, *(place for place in target.glob("*") if place.is_dir() and not place.name.startswith(BACKING))]


def oldest_kept(given: Settings) -> datetime.datetime | None:
    """Return when the oldest archive of the usual folders was made, or the oldest files put aside were replaced (UTC, naive)."""
    files = [archive for place in _places(given) for archive in archives(place)]
    files += given.folder.glob(f"{ASIDE}[0-9]*")
    made = [found[0] for file in files if (found := re.search(r"\d{8}T\d{6}", file.name))]
    return min((datetime.datetime.strptime(stamp, _STAMP) for stamp in made), default=None)


def _left(folder: Path) -> bool:
    # No backup takes a day.
    return folder.is_dir() and folder.stat().st_mtime < time.time() - _A_DAY


def _digest(content: IO[bytes]) -> str:
    made = hashlib.sha256()
    while piece := content.read(PIECE):
        made.update(piece)
    return made.hexdigest()


def sync(folder: Path) -> None:
    """Make renames in a folder last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def reason(error: Exception) -> str:
    """Return what an error says, without the path in it."""
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
