"""Puts a backup back, while the servers do not run; what was erased since it was made is not brought back."""

from __future__ import annotations

import datetime
import os
import shutil
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from bot.settings import Settings, settings
from bot.store.archives import (
    ASIDE,
    DATABASES,
    MARKER,
    RESTORING,
    STORE,
    BackupError,
    Manifest,
    check_whole,
    places_of,
    reason,
    sync,
    unpack,
    verify,
)
from bot.store.backups import Report
from bot.store.forgetting import carry_over, look_at_present
from bot.store.holding import Held, hold
from bot.store.migrating import configuration
from bot.store.pseudonyms import forget_keys

_UNREAD = (
    "La base remplacée n’a pas pu être lue\u202f: ce que des visiteurs ont fait effacer depuis cette sauvegarde est peut-être revenu. "
    "Effacez-le de nouveau avec «\u00a0python -m bot erase\u00a0» si vous en avez la liste."
)


def restore(archive: Path, given: Settings | None = None, models: Path | None = None) -> Report:
    """Put back what an archive holds, without what was erased since; what it replaces is kept in a folder beside it.

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
        raise BackupError(f"La restauration a échoué ({reason(error)})\u202f: rien n’a été changé.") from error


_RUNNING = "Réso est en marche\u202f: arrêtez-le d’abord (Ctrl-C, ou «\u00a0systemctl stop reso\u00a0»), puis relancez la restauration."


def _restore(archive: Path, given: Settings, models: Path) -> Report:
    manifest = verify(archive)
    _refuse_newer(manifest)
    places = {name: place for name, place in places_of(given, models).items() if name in manifest.files}
    notes: tuple[str, ...] = ()
    if not _writable(models):
        # As deployed: the model comes with the program, which may not change itself.
        places = {name: place for name, place in places.items() if place.parent != models}
        notes = (f"Le modèle n’a pas été restauré, {models} étant en lecture seule\u202f: celui de l’installation reste.",)
    aside = given.folder / f"{ASIDE}{datetime.datetime.utcnow():%Y%m%dT%H%M%S%fZ}"
    with tempfile.TemporaryDirectory(prefix=RESTORING, dir=given.folder) as made:
        work = Path(made)
        unpack(archive, manifest, work)
        for name in DATABASES:
            if name in places:
                check_whole(work / name)
        forget_keys()
        # Before the exchange: at no moment what was erased is in place again, wherever a crash comes.
        present = look_at_present(_replaced(given, models))
        try:
            carry_over(present, given, work)
        except SQLAlchemyError as error:
            raise BackupError(
                f"La base de cette sauvegarde ne peut pas être mise à jour ({type(error).__name__})\u202f: rien n’a été changé."
            ) from error
        if present.counted is None:
            notes = (*notes, _UNREAD)
        _exchange(work, places, aside, given.folder / MARKER)
    forget_keys()
    return Report(archive, archive.stat().st_size, manifest.rows, notes=notes, aside=aside)


def _replaced(given: Settings, models: Path) -> list[str]:
    """Return the addresses of the store in place and, where a restoration was broken off, of the one that it had put aside."""
    store, marker = places_of(given, models).get(STORE), given.folder / MARKER
    if store is None:
        return [given.store_url]
    files = [store]
    if marker.exists():
        files.append(given.folder / marker.read_text(encoding="utf-8").strip() / store.name)
    return [f"sqlite:///{file}" for file in files if file.exists()]


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


def _exchange(work: Path, places: Mapping[str, Path], aside: Path, marker: Path) -> None:
    """Put each file of `work` in its place, what was there `aside`; all of them, or none where it fails."""
    aside.mkdir(mode=0o700)
    marker.write_text(f"{aside.name}\n", encoding="utf-8")
    moved: list[tuple[Path, Path]] = []
    placed: list[Path] = []
    try:
        for name, place in places.items():
            # A log belongs to the database that it lies beside: left there, it would be applied to the new one.
            for old in (place, *(place.with_name(place.name + end) for end in ("-wal", "-shm") if name in DATABASES)):
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
        sync(folder)
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
