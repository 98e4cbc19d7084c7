"""Backups: one archive with both databases, the model and what the widget's sessions are signed with.

`backup` works while the servers run: each database is read at one moment (a read transaction in WAL mode, SQLite's
« Online Backup API »), in pieces, and nobody who writes waits. `restore` works only while they do not.

An archive is a tar.gz whose first member is `manifest.json`: {"format": 1, "made": time, "revision": of the store's
migrations, "files": {name: {"sha256": …, "bytes": …, "rows": {table: count}}}}.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import os
import shutil
import socket
import sqlite3
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import make_url

from bot.settings import Settings, settings
from bot.store.holding import Held, hold
from bot.store.migrating import configuration

FORMAT = 1
KEEP = 14
"""Archives that stay, the new one among them."""
MARKER = "restauration-en-cours"
"""File that is there while files are being exchanged; after a crash in between it tells."""

_STORE, _TRACKER, _SECRET, _MODEL, _FINGERPRINT = "reso.db", "tracker.db", "widget.secret", "reso.tar.gz", "reso.fingerprint"
_NAMES = (_STORE, _TRACKER, _SECRET, _MODEL, _FINGERPRINT)
_DATABASES = (_STORE, _TRACKER)
_PAGES, _REST = 512, 0.005
"""Pages read at once (2 MB), and seconds of rest after them, for the disk to serve others."""
_PIECE = 2**20


class BackupError(Exception):
    """What is in the way, and what to do, in French."""


@dataclass(frozen=True)
class Report:
    """What was backed up or restored. `rows`: by table; `notes`: what to know, in French; `aside`: where replaced files went."""

    file: Path
    bytes: int
    rows: Mapping[str, int]
    removed: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    aside: Path | None = None


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


def backup(target: Path, keep: int = KEEP, given: Settings | None = None, models: Path | None = None) -> Report:
    """Write an archive into the folder `target`, read it again whole, then remove all but the `keep` newest, at least that one.

    Raises BackupError; then no archive was removed and none was left half written.
    """
    given = given or settings()
    places = _places(given, models or given.models)
    present = {name: file for name, file in places.items() if file.exists()}
    if not any(name in present for name in _DATABASES):
        raise BackupError(f"Il n’y a rien à sauvegarder dans {given.folder}\u202f: lancez Réso une première fois.")
    try:
        target.mkdir(parents=True, exist_ok=True)
        _check_room(target, sum(file.stat().st_size for file in present.values()))
        with tempfile.TemporaryDirectory(prefix=".reso-", dir=target) as made:
            work = Path(made)
            now = datetime.datetime.utcnow()
            with _snapshots({name: file for name, file in present.items() if name in _DATABASES}) as open_databases:
                for name, source in open_databases.items():
                    _copy_database(source, work / name)
            for name, file in present.items():
                if name not in _DATABASES:
                    shutil.copyfile(file, work / name)
            written = _write_archive(work, _describe(work, now))
            manifest = verify(written)
            archive = target / f"reso-{now:%Y%m%dT%H%M%S%fZ}.tar.gz"
            written.replace(archive)
            _sync(target)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise BackupError(f"La sauvegarde a échoué ({error})\u202f: réessayez dans une minute.") from error
        raise BackupError(f"Une base de {given.folder} est abîmée ({error})\u202f: {_ADVICE}") from error
    except OSError as error:
        raise BackupError(f"La sauvegarde a échoué ({_reason(error)})\u202f: vérifiez la place et les droits dans {target}.") from error
    notes = () if given.store_url.startswith("sqlite") else (_POSTGRESQL,)
    return Report(archive, archive.stat().st_size, manifest.rows, tuple(_thin(target, keep)), notes)


_POSTGRESQL = (
    "La base PostgreSQL n’est pas dans cette archive\u202f: sauvegardez-la avec «\u00a0pg_dump --format=custom\u00a0», "
    "et restaurez-la avec «\u00a0pg_restore --clean\u00a0»."
)


def verify(archive: Path) -> Manifest:
    """Read a whole archive and return its manifest. Raises BackupError where anything is missing, altered or added."""
    with _reading(archive) as members:
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


def restore(archive: Path, given: Settings | None = None, models: Path | None = None) -> Report:
    """Put back what an archive holds; what it replaces is kept in a folder beside it.

    Raises BackupError where the servers run, or the archive is damaged or made by a newer Réso; then nothing was changed.
    """
    given = given or settings()
    if not archive.is_file():
        raise BackupError(f"Il n’y a pas de sauvegarde {archive}.")
    try:
        with hold(given.folder):
            _refuse_while_serving(given)
            return _restore(archive, given, models or given.models)
    except Held:
        raise BackupError(_RUNNING) from None
    except OSError as error:
        raise BackupError(f"La restauration a échoué ({_reason(error)})\u202f: rien n’a été changé.") from error


_RUNNING = "Réso est en marche\u202f: arrêtez-le d’abord (Ctrl-C, ou «\u00a0systemctl stop reso\u00a0»), puis relancez la restauration."


def newest(target: Path) -> Path | None:
    """Return the newest archive of a folder, or None."""
    return max(_archives(target), default=None)


def check(path: Path) -> list[str]:
    """Return what is wrong with a database file, in French with advice; nothing where it is sound or not there yet.

    Reads the whole file.
    """
    if not path.exists():
        return []
    if not os.access(path, os.R_OK | os.W_OK) or not os.access(path.parent, os.W_OK):
        return [f"La base {path} ne peut pas être écrite\u202f: donnez-en le droit au compte qui lance Réso."]
    try:
        with closing(sqlite3.connect(path, timeout=5)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
    except sqlite3.OperationalError as error:
        return [f"La base {path} ne s’ouvre pas ({error})\u202f: un autre programme la tient peut-être. Arrêtez-le, puis relancez."]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    if found == ["ok"]:
        return []
    return [f"La base {path} est abîmée ({found[0].splitlines()[0]})\u202f: {_ADVICE}"]


_ADVICE = (
    "arrêtez Réso et restaurez la dernière sauvegarde avec «\u00a0python -m bot restore\u00a0»\u202f; le fichier abîmé sera mis de côté. "
    "Les sauvegardes précédentes sont toujours là."
)


def check_all(given: Settings | None = None) -> list[str]:
    """Return what is wrong with the files that Réso is about to use, as `check` does."""
    given = given or settings()
    places = _places(given, given.models)
    faults = [fault for name in _DATABASES if name in places for fault in check(places[name])]
    if (given.folder / MARKER).exists():
        faults.insert(0, "Une restauration a été interrompue\u202f: relancez «\u00a0python -m bot restore\u00a0» avec la même sauvegarde.")
    return faults


def _places(given: Settings, models: Path) -> dict[str, Path]:
    """Return where each file of an archive belongs. A store that is no SQLite file has no place."""
    places = {
        _TRACKER: given.folder / _TRACKER,
        _SECRET: given.folder / _SECRET,
        _MODEL: models / _MODEL,
        _FINGERPRINT: models / _FINGERPRINT,
    }
    store = make_url(given.store_url)
    if store.drivername.startswith("sqlite") and store.database:
        places[_STORE] = Path(store.database)
    return places


def _check_room(target: Path, needed: int) -> None:
    # The copies, and the archive of them.
    if shutil.disk_usage(target).free < 2 * needed + _PIECE:
        raise BackupError(
            f"Il faut {2 * needed // 2**20 + 1}\u00a0Mo libres dans {target} pour sauvegarder\u202f: faites de la place, puis relancez."
        )


@contextmanager
def _snapshots(files: Mapping[str, Path]) -> Iterator[dict[str, sqlite3.Connection]]:
    """Open databases, each at the state of now until the block ends; all at nearly the same moment."""
    with ExitStack() as stack:
        opened = {}
        for name, file in files.items():
            opened[name] = stack.enter_context(closing(sqlite3.connect(file, timeout=5, isolation_level=None)))
        for connection in opened.values():
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield opened


def _copy_database(source: sqlite3.Connection, file: Path) -> None:
    with closing(sqlite3.connect(file)) as copy:
        source.backup(copy, pages=_PAGES, progress=lambda *_: time.sleep(_REST))
        # A copy that is one file, without a log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
    _check_whole(file)


def _check_whole(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise BackupError(f"La base {file.name} est abîmée ({found.splitlines()[0]})\u202f: {_ADVICE}")


def _describe(work: Path, now: datetime.datetime) -> bytes:
    files, revision = {}, ""
    for file in sorted(work.iterdir()):
        with file.open("rb") as content:
            held: dict[str, Any] = {"sha256": _digest(content), "bytes": file.stat().st_size}
        if file.name in _DATABASES:
            held["rows"] = _count_rows(file)
        if file.name == _STORE:
            revision = _revision(file)
        files[file.name] = held
    return json.dumps({"format": FORMAT, "made": f"{now:%Y-%m-%dT%H:%M:%SZ}", "revision": revision, "files": files}, indent=1).encode()


def _count_rows(file: Path) -> dict[str, int]:
    with closing(sqlite3.connect(file)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        return {table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in sorted(tables)}  # noqa: S608


def _revision(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return ""
    return row[0] if row else ""


def _write_archive(work: Path, manifest: bytes) -> Path:
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
def _reading(archive: Path) -> Iterator[Iterable[tuple[str, IO[bytes]]]]:
    """Give the files of an archive in order; whatever is no plain file of a known name makes it damaged."""

    def members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() and member.name in ("manifest.json", *_NAMES) else None
            if content is None:
                raise BackupError(_damaged(archive))
            yield member.name, content
        # To the very end, where gzip has its own check.
        while tar.fileobj is not None and tar.fileobj.read(_PIECE):
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
    held = json.loads(content.read(_PIECE))
    if not isinstance(held, dict) or held.get("format") != FORMAT or not isinstance(held.get("files"), dict):
        raise BackupError(f"{archive.name} n’est pas une sauvegarde que ce Réso sait lire.")
    return Manifest(str(held.get("made")), str(held.get("revision")), held["files"])


def _damaged(archive: Path) -> str:
    return f"La sauvegarde {archive.name} est abîmée ou incomplète\u202f: choisissez-en une autre. Rien n’a été changé."


def _restore(archive: Path, given: Settings, models: Path) -> Report:
    manifest = verify(archive)
    _refuse_newer(manifest)
    places = {name: place for name, place in _places(given, models).items() if name in manifest.files}
    notes: tuple[str, ...] = ()
    if not _writable(models):
        # As deployed: the model comes with the program, which may not change itself.
        places = {name: place for name, place in places.items() if place.parent != models}
        notes = (f"Le modèle n’a pas été restauré, {models} étant en lecture seule\u202f: celui de l’installation reste.",)
    aside = given.folder / f"avant-restauration-{datetime.datetime.utcnow():%Y%m%dT%H%M%SZ}"
    with tempfile.TemporaryDirectory(prefix=".restauration-", dir=given.folder) as made:
        work = Path(made)
        _unpack(archive, manifest, work)
        for name in _DATABASES:
            if name in places:
                _check_whole(work / name)
        _exchange(work, places, aside, given.folder / MARKER)
    return Report(archive, archive.stat().st_size, manifest.rows, notes=notes, aside=aside)


def _writable(folder: Path) -> bool:
    while not folder.exists():
        folder = folder.parent
    return os.access(folder, os.W_OK)


def _refuse_while_serving(given: Settings) -> None:
    for host, port in ((given.host, given.port), ("127.0.0.1", given.actions_port)):
        address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            probe.settimeout(1)
            if probe.connect_ex((address, port)) == 0:
                raise BackupError(_RUNNING)


def _refuse_newer(manifest: Manifest) -> None:
    if not manifest.revision:
        return
    try:
        ScriptDirectory.from_config(configuration()).get_revision(manifest.revision)
    except CommandError:
        raise BackupError(
            "Cette sauvegarde vient d’une version plus récente de Réso\u202f: mettez Réso à jour d’abord. Rien n’a été changé."
        ) from None


def _unpack(archive: Path, manifest: Manifest, work: Path) -> None:
    with _reading(archive) as members:
        for name, content in members:
            if name in manifest.files:
                descriptor = os.open(work / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as out:
                    shutil.copyfileobj(content, out, _PIECE)
                    out.flush()
                    os.fsync(out.fileno())


def _exchange(work: Path, places: Mapping[str, Path], aside: Path, marker: Path) -> None:
    """Put each file of `work` in its place, what was there `aside`; all of them, or none where it fails."""
    aside.mkdir()
    marker.write_text(f"{aside.name}\n", encoding="utf-8")
    moved: list[tuple[Path, Path]] = []
    placed: list[Path] = []
    try:
        for name, place in places.items():
            # A log belongs to the database that it lies beside: left there, it would be applied to the new one.
            for old in (place, *(place.with_name(place.name + end) for end in ("-wal", "-shm") if name in _DATABASES)):
                if old.exists():
                    _move(old, aside / old.name)
                    moved.append((aside / old.name, old))
            place.parent.mkdir(parents=True, exist_ok=True)
            _move(work / name, place)
            placed.append(place)
    except OSError:
        for new in placed:
            new.unlink()
        for now, before in reversed(moved):
            _move(now, before)
        marker.unlink()
        raise
    for folder in {place.parent for place in places.values()}:
        _sync(folder)
    marker.unlink()


def _move(source: Path, target: Path) -> None:
    """Rename, also to another file system; `target` is never seen half written."""
    try:
        source.replace(target)
    except OSError:
        beside = target.with_name(f".{target.name}.part")
        shutil.copy2(source, beside)
        beside.replace(target)
        source.unlink()


def _thin(target: Path, keep: int) -> list[Path]:
    gone = sorted(_archives(target), reverse=True)[max(1, keep) :]
    for archive in gone:
        archive.unlink()
    return gone


def _archives(target: Path) -> list[Path]:
    return list(target.glob("reso-[0-9]*T[0-9]*Z.tar.gz"))


def _digest(content: IO[bytes]) -> str:
    made = hashlib.sha256()
    while piece := content.read(_PIECE):
        made.update(piece)
    return made.hexdigest()


def _sync(folder: Path) -> None:
    """Make renames in a folder last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: Exception) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
