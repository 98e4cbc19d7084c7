"""Backups: one archive with both databases, the model, and what sessions are signed and conversations are hashed with.

`backup` works while the servers run: each database is read at one moment (a read transaction in WAL mode, SQLite's
« Online Backup API »), in pieces, and nobody who writes waits.
"""

from __future__ import annotations

import datetime
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.settings import Settings, settings
from bot.store.archives import (
    ADVICE,
    BACKING,
    DATABASES,
    PIECE,
    BackupError,
    archives,
    check_whole,
    describe,
    name_of,
    places_of,
    reason,
    sync,
    thin,
    verify,
    write_archive,
)  # fmt: skip
from bot.store.checking import lost

KEEP = 14
"""Archives that stay, the new one among them."""

_PAGES, _REST = 512, 0.005
"""Pages read at once (2 MB), and seconds of rest after them, for the disk to serve others."""


@dataclass(frozen=True)
class Report:
    """What was backed up or restored. `rows`: by table; `notes`: what to know, in French; `aside`: where replaced files went."""

    file: Path
    bytes: int
    rows: Mapping[str, int]
    removed: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    aside: Path | None = None


def backup(target: Path, keep: int = KEEP, given: Settings | None = None, models: Path | None = None) -> Report:
    """Write an archive into the folder `target`, read it again whole, then remove all but the `keep` newest and those that
    are older than RESO_KEEP_BACKUPS_DAYS, never that one.

    Raises BackupError; then no archive was removed and none was left half written.
    """
    given = given or settings()
    places = places_of(given, models or given.models)
    present = {name: file for name, file in places.items() if file.exists()}
    if not any(name in present for name in DATABASES):
        raise BackupError(f"Il n’y a rien à sauvegarder dans {given.folder}\u202f: lancez Réso une première fois.")
    try:
        # A good archive must not go for one that holds nothing.
        if faults := lost(given):
            raise BackupError(faults[0])
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_room(target, sum(file.stat().st_size for file in present.values()))
        with tempfile.TemporaryDirectory(prefix=BACKING, dir=target) as made:
            work = Path(made)
            now = datetime.datetime.utcnow()
            with _snapshots({name: file for name, file in present.items() if name in DATABASES}) as open_databases:
                for name, source in open_databases.items():
                    _copy_database(source, work / name)
            for name, file in present.items():
                if name not in DATABASES:
                    shutil.copyfile(file, work / name)
            written = write_archive(work, describe(work, now))
            manifest = verify(written)
            archive = target / name_of(now)
            written.replace(archive)
            sync(target)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise BackupError(f"La sauvegarde a échoué ({error})\u202f: réessayez dans une minute.") from error
        raise BackupError(f"Une base de {given.folder} est abîmée ({error})\u202f: {ADVICE}") from error
    except OSError as error:
        raise BackupError(f"La sauvegarde a échoué ({reason(error)})\u202f: vérifiez la place et les droits dans {target}.") from error
    removed = thin(target, keep, now - datetime.timedelta(days=given.keep_backups_days))
    notes = () if given.store_url.startswith("sqlite") else (_POSTGRESQL,)
    return Report(archive, archive.stat().st_size, manifest.rows, tuple(removed), notes)


_POSTGRESQL = (
    "La base PostgreSQL n’est pas dans cette archive\u202f: sauvegardez-la avec «\u00a0pg_dump --format=custom\u00a0», "
    "et restaurez-la avec «\u00a0pg_restore --clean\u00a0»."
)


def newest(target: Path) -> Path | None:
    """Return the newest archive of a folder, or None."""
    return next(iter(archives(target)), None)


def _check_room(target: Path, needed: int) -> None:
    # The copies, and the archive of them.
    if shutil.disk_usage(target).free < 2 * needed + PIECE:
        raise BackupError(
            f"Il faut {2 * needed // 2**20 + 1}\u00a0Mo libres dans {target} pour sauvegarder\u202f: faites de la place, puis relancez."
        )


@contextmanager
def _snapshots(files: Mapping[str, Path]) -> Iterator[dict[str, sqlite3.Connection]]:
    """Open databases, each at the state of now until the block ends; all at nearly the same moment, in the order given.

    The store comes first: a turn that ends in between is then in the tracker and waits for its answer in the store, and
    where that is restored Rasa is asked again and finds its reply. The other way round it would be answered and not remembered.
    """
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
    check_whole(file)
