"""A backup under load holds what was committed before it began; what is damaged is refused, and nothing is lost by trying."""

from __future__ import annotations

import datetime
import gzip
import json
import os
import shutil
import socket
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.settings import settings
from bot.store import inbox, questions, restoring
from bot.store.archives import MARKER, BackupError, remove_old, verify
from bot.store.backups import backup, newest
from bot.store.checking import check, check_all
from bot.store.holding import Held, hold
from bot.store.inbox import Received
from bot.store.restoring import restore
from tests.store.archived import close, fill, messages, rewritten
from tests.store.trackers import add_event, senders

pytestmark = pytest.mark.usefixtures("free_ports")


@contextmanager
def writing_all_the_time() -> Iterator[list[tuple[float, float, str]]]:
    """Write messages as fast as can be; gives (begun, committed, id) of each."""
    done: list[tuple[float, float, str]] = []
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            begun = time.monotonic()
            inbox.receive("rest", f"w{len(done)}", "v", "bonjour " * 50)
            done.append((begun, time.monotonic(), f"w{len(done)}"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield done
    finally:
        over.set()
        writer.join()


def test_a_backup_under_load_holds_what_was_committed_before_it_and_holds_nobody_up(
    store: str, target: Path, models: Path, tmp_path: Path
) -> None:
    fill(store)
    inbox.receive_all([Received("rest", f"old{n}", "v", "x" * 5000, {}) for n in range(2000)], "1")
    with writing_all_the_time() as done:
        while len(done) < 20:
            time.sleep(0.01)
        begun = time.monotonic()
        report = backup(target, models=models)
        ended = time.monotonic()
    before = {id for _, committed, id in done if committed < begun}
    during = [(start, committed) for start, committed, _ in done if start > begun and committed < ended]
    with tarfile.open(report.file) as tar:
        tar.extract("reso.db", tmp_path / "out")
    held = messages(tmp_path / "out" / "reso.db")
    assert before <= held
    assert report.rows["inbox"] == len(held)
    assert len(during) > 5
    assert max(committed - start for start, committed in during) < 1.0


def test_restoring_brings_back_everything_and_keeps_what_was_there(store: str, target: Path, models: Path) -> None:
    folder = settings().folder
    fill(store)
    model = (models / "reso.tar.gz").read_bytes()
    report = backup(target, models=models)
    inbox.receive("rest", "later", "v", "encore")
    add_event(folder, "later", 2.0)
    (models / "reso.tar.gz").write_bytes(b"another")
    (folder / "widget.secret").unlink()
    close(store)
    restored = restore(report.file, models=models)
    assert messages(folder / "reso.db") == {"m0", "m1", "m2"}
    assert senders(folder) == ["v"]
    assert (models / "reso.tar.gz").read_bytes() == model
    assert (folder / "widget.secret").read_text() == "secret"
    assert (folder / "widget.secret").stat().st_mode & 0o077 == 0
    assert restored.aside is not None
    assert messages(restored.aside / "reso.db") == {"m0", "m1", "m2", "later"}
    assert (restored.aside / "reso.tar.gz").read_bytes() == b"another"
    assert check_all() == []
    assert {f.name for f in folder.iterdir() if f.name.startswith(".")} == set()
    assert inbox.receive("rest", "next", "v", "on continue")


def test_on_an_empty_machine(store: str, target: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    archive = backup(target, models=models).file
    close(store)
    monkeypatch.setenv("RESO_FOLDER", str(tmp_path / "neuf"))
    settings.cache_clear()
    restore(archive, models=tmp_path / "autres")
    assert messages(tmp_path / "neuf" / "reso.db") == {"m0", "m1", "m2"}
    assert (tmp_path / "autres" / "reso.fingerprint").read_text() == "abc"


def test_a_program_that_may_not_change_itself_keeps_its_model(
    store: str, target: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    archive = backup(target, models=models).file
    (models / "reso.tar.gz").write_bytes(b"of the installation")
    close(store)
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != models and allowed(path, mode))
    restored = restore(archive, models=models)
    assert "lecture seule" in restored.notes[0]
    assert (models / "reso.tar.gz").read_bytes() == b"of the installation"
    assert messages(settings().folder / "reso.db") == {"m0", "m1", "m2"}


def test_restoring_waits_until_the_servers_are_stopped(store: str, target: Path, models: Path) -> None:
    fill(store)
    archive = backup(target, models=models).file
    with hold(settings().folder), pytest.raises(BackupError, match="est en marche"):
        restore(archive, models=models)
    with socket.create_server(("127.0.0.1", settings().port)), pytest.raises(BackupError, match="est en marche"):
        restore(archive, models=models)
    close(store)
    restore(archive, models=models)


def test_a_folder_is_held_by_one_only(tmp_path: Path) -> None:
    with hold(tmp_path), pytest.raises(Held), hold(tmp_path):
        pass
    with hold(tmp_path):
        pass


def flip(content: bytes, at: float) -> bytes:
    """Return bytes with one of them altered."""
    place = int(len(content) * at)
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


def link() -> tarfile.TarInfo:
    """Return a member that points out of the folder."""
    made = tarfile.TarInfo("../../outside")
    made.type, made.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return made


DAMAGES = {
    "empty": lambda archive: b"",
    "half": lambda archive: archive.read_bytes()[: archive.stat().st_size // 2],
    "last bytes missing": lambda archive: archive.read_bytes()[:-20],
    "one byte altered": lambda archive: flip(archive.read_bytes(), 0.5),
    "no archive": lambda archive: b"bonjour" * 1000,
    "gzip of no archive": lambda archive: gzip.compress(b"bonjour" * 1000),
    "another database": lambda archive: rewritten(archive, {"reso.db": b"SQLite format 3\0" + b"x" * 5000}),
    "a file missing": lambda archive: rewritten(archive, {"tracker.db": None}),
    "no manifest": lambda archive: rewritten(archive, {"manifest.json": None}),
    "a manifest of something else": lambda archive: rewritten(archive, {"manifest.json": b'{"format": 99, "files": {}}'}),
    "a manifest of files without anything": lambda archive: rewritten(
        archive, {"manifest.json": b'{"format": 1, "files": {"reso.db": 7}}'}
    ),
    "a manifest of rows that are none": lambda archive: rewritten(
        archive, {"manifest.json": b'{"format": 1, "files": {"reso.db": {"rows": 7}}}'}
    ),
    "a manifest that is no JSON": lambda archive: rewritten(archive, {"manifest.json": b"{"}),
    "a link to elsewhere": lambda archive: rewritten(archive, {}, link()),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_archive_is_refused_and_changes_nothing(damage: str, store: str, target: Path, models: Path) -> None:
    folder = settings().folder
    fill(store)
    archive = backup(target, models=models).file
    inbox.receive("rest", "later", "v", "encore")
    broken = target / "broken.tar.gz"
    broken.write_bytes(DAMAGES[damage](archive))
    with pytest.raises(BackupError):
        verify(broken)
    with pytest.raises(BackupError):
        restore(broken, models=models)
    assert messages(folder / "reso.db") == {"m0", "m1", "m2", "later"}
    assert [f.name for f in folder.iterdir() if f.name.startswith((".rest", "avant"))] == []


def test_an_archive_of_a_newer_version_is_refused(store: str, target: Path, models: Path) -> None:
    fill(store)
    archive = backup(target, models=models).file
    with tarfile.open(archive) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
    manifest["revision"] = "9999"
    archive.write_bytes(rewritten(archive, {"manifest.json": json.dumps(manifest).encode()}))
    with pytest.raises(BackupError, match="plus récente"):
        restore(archive, models=models)


def test_files_come_back_where_the_exchange_fails_half_way(store: str, target: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    archive = backup(target, models=models).file
    inbox.receive("rest", "later", "v", "encore")
    close(store)
    move, moves = restoring._move, []

    def full_disk(source: Path, to: Path) -> None:
        moves.append(to)
        if len(moves) == 4:
            raise OSError(28, "No space left on device")
        move(source, to)

    monkeypatch.setattr(restoring, "_move", full_disk)
    with pytest.raises(BackupError, match="rien n’a été changé"):
        restore(archive, models=models)
    assert messages(settings().folder / "reso.db") == {"m0", "m1", "m2", "later"}
    assert (models / "reso.fingerprint").read_text() == "abc"
    assert check_all() == []


def test_a_restoration_that_was_cut_off_is_told_at_the_next_start(store: str) -> None:
    (settings().folder / MARKER).write_text("x")
    assert "interrompue" in check_all()[0]


def damage_database(file: Path) -> None:
    """Overwrite the middle of a database."""
    with file.open("r+b") as out:
        out.seek(4096)
        out.write(os.urandom(file.stat().st_size // 2))


def test_a_damaged_database_is_found_at_the_start_with_advice(store: str) -> None:
    fill(store)
    file = settings().folder / "reso.db"
    close(store)
    assert check(file) == []
    damage_database(file)
    (fault,) = check(file)
    assert "est abîmée" in fault
    assert "python -m bot restore" in fault
    file.write_bytes(b"bonjour" * 1000)
    assert "est abîmée" in check(file)[0]
    assert check(file.with_name("none.db")) == []
    assert check_all() == check(file)


def test_a_damaged_database_is_not_backed_up_and_no_good_backup_goes_for_it(store: str, target: Path, models: Path) -> None:
    fill(store)
    good = backup(target, models=models).file
    close(store)
    damage_database(settings().folder / "reso.db")
    with pytest.raises(BackupError, match="abîmée"):
        backup(target, keep=1, models=models)
    assert list(target.iterdir()) == [good]
    restore(good, models=models)
    assert check_all() == []


def test_only_so_many_archives_stay_and_others_files_do(store: str, target: Path, models: Path) -> None:
    fill(store)
    target.mkdir()
    (target / "reso-notes.txt").write_text("à garder")
    made = [backup(target, keep=2, models=models).file for _ in range(4)]
    assert sorted(target.iterdir()) == sorted([target / "reso-notes.txt", *made[2:]])
    assert newest(target) == made[3]


def test_nobody_but_the_owner_reads_an_archive(store: str, target: Path, models: Path) -> None:
    fill(store)
    assert backup(target, models=models).file.stat().st_mode & 0o077 == 0


def test_a_full_disk_is_told_before_anything_is_written(store: str, target: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    usage = shutil.disk_usage(settings().folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(BackupError, match="libres"):
        backup(target, models=models)
    assert list(target.iterdir()) == []


def test_with_postgresql_it_says_what_it_does_not_do(store: str, target: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    questions.note_question("v", "rest", "?", "answered")
    monkeypatch.setenv("RESO_DATABASE_URL", "postgresql://reso@localhost/reso")
    settings.cache_clear()
    report = backup(target, models=models)
    assert "pg_dump" in report.notes[0]
    assert set(verify(report.file).files) == {"tracker.db", "widget.secret", "pseudonym.key", "reso.tar.gz", "reso.fingerprint"}


def test_archives_go_by_their_age_too_and_the_newest_stays(store: str, target: Path, models: Path) -> None:
    fill(store)
    made = [backup(target, models=models).file for _ in range(3)]
    old = [made[0].rename(target / "reso-20260101T000000000000Z.tar.gz"), made[1].rename(target / "reso-20260201T000000000000Z.tar.gz")]
    newest_one = backup(target, models=models)
    assert set(newest_one.removed) == set(old)
    assert sorted(target.iterdir()) == sorted([made[2], newest_one.file])


def test_an_archive_and_its_folder_are_closed_to_others_whatever_the_account_is_used_to(store: str, target: Path, models: Path) -> None:
    fill(store)
    used = os.umask(0)
    try:
        archive = backup(target, models=models).file
        close(store)
        aside = restore(archive, models=models).aside
    finally:
        os.umask(used)
    assert aside is not None
    assert [place.stat().st_mode & 0o077 for place in (target, archive, aside)] == [0, 0, 0]
    assert [
        file.name for file in settings().folder.iterdir() if file.suffix in (".db", ".key", ".secret") and file.stat().st_mode & 0o077
    ] == []


@pytest.mark.parametrize("damage", ["empty", "gone"])
@pytest.mark.parametrize("name", ["reso.db", "tracker.db"])
def test_a_store_that_was_there_and_is_not_is_told_and_does_not_push_out_good_archives(
    store: str, target: Path, models: Path, name: str, damage: str
) -> None:
    fill(store)
    good = backup(target, models=models).file
    close(store)
    (settings().folder / name).unlink()
    if damage == "empty":
        (settings().folder / name).touch()
    elif name == "tracker.db":
        return  # Rasa makes another; of what was said only its memory is lost
    (fault,) = check_all()
    assert name in fault
    assert "python -m bot restore" in fault
    with pytest.raises(BackupError, match=name):
        backup(target, keep=1, models=models)
    assert good.exists()
    restore(good, models=models)
    assert check_all() == []


def test_a_first_start_that_was_cut_off_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESO_FOLDER", str(tmp_path))
    settings.cache_clear()
    assert check_all() == []
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "reso.db").touch()
    assert check_all() == []
    settings.cache_clear()


def test_what_is_too_old_goes_with_what_crashes_left(store: str, models: Path) -> None:
    fill(store)
    folder = settings().folder
    target = settings().backups
    kept = backup(target, models=models).file
    old = [target / "reso-20260101T000000000000Z.tar.gz", folder / "avant-restauration-20260101T000000Z"]
    old[0].write_bytes(b"")
    left = [target / ".reso-x1", target / "minutes" / ".reso-x3", folder / ".restauration-x2"]
    (target / "minutes").mkdir()
    for made in (old[1], *left, target / ".reso-young", folder / "avant-restauration-29990101T000000Z"):
        made.mkdir()
    for crashed in left:
        os.utime(crashed, (0, 0))
    assert remove_old(settings(), datetime.datetime.utcnow() - datetime.timedelta(days=30)) == 5
    assert not any(file.exists() for file in (*old, *left))
    assert kept.exists()
    assert (target / ".reso-young").exists()
    assert (folder / "avant-restauration-29990101T000000Z").exists()


def test_nothing_to_back_up(store: str, target: Path, models: Path) -> None:
    close(store)
    (settings().folder / "reso.db").unlink()
    with pytest.raises(BackupError, match="rien à sauvegarder"):
        backup(target, models=models)
    with pytest.raises(BackupError, match="pas de sauvegarde"):
        restore(target / "none.tar.gz", models=models)
