"""A restoration forgets no erasure, no key, and no number that a visitor's tab has seen."""

from __future__ import annotations

import datetime
import hashlib
import json
import shutil
import sqlite3
import tarfile
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.settings import settings
from bot.store import handoffs, inbox, outbox, privacy, questions, restoring
from bot.store.archives import name_of
from bot.store.backups import backup
from bot.store.checking import check_all
from bot.store.inbox import Received
from bot.store.restoring import restore
from bot.store.retention import Keep, purge
from bot.store.sessions import writing
from bot.store.tables import ErasedRow
from tests.store.archived import close, fill, messages, rewritten
from tests.store.trackers import add_event, senders
from tests.traces import files_with

pytestmark = pytest.mark.usefixtures("free_ports")


def a_talk(sender: str) -> None:
    message = Received("whatsapp", f"m-{sender}", sender, "bonjour", {})
    inbox.receive_all([message], "1")
    outbox.answer(message, [outbox.Part({"text": "réponse"})], True, "shown")
    questions.note_question(sender, "whatsapp", "?", "refused")
    questions.note_feedback(sender, "t1", "faq/ventes", True)
    handoffs.keep(sender, "whatsapp", "", "phone", "+33612345678", "?", ("mail",))
    add_event(settings().folder, sender, time.time() - 1000, event="user", text="bonjour")


def test_restoring_does_not_bring_back_what_was_erased_since(store: str, target: Path, models: Path) -> None:
    folder = settings().folder
    fill(store)
    for sender in ("whatsapp.erased", "whatsapp.other", "whatsapp.back"):
        a_talk(sender)
    privacy.erase_everywhere("whatsapp.back")
    a_talk("whatsapp.back2")
    time.sleep(0.01)
    archive = backup(target, models=models).file
    privacy.erase_everywhere("whatsapp.erased")
    close(store)
    restore(archive, models=models)
    assert privacy.count_kept("whatsapp.erased") == (0, 0, 0, 0)
    assert not outbox.knows("whatsapp.erased")
    assert privacy.was_erased("whatsapp.erased")
    assert senders(folder) == ["v", "whatsapp.back2", "whatsapp.other"]
    assert privacy.count_kept("whatsapp.other") == (1, 1, 1, 1)
    assert files_with(folder, "whatsapp.erased") == set()


def test_nor_months_later_while_the_archive_is_there(store: str, models: Path) -> None:
    fill(store)
    a_talk("whatsapp.erased")
    made = backup(settings().backups, models=models).file
    days = datetime.timedelta(days=200)
    archive = made.with_name(name_of(datetime.datetime.utcnow() - days))
    made.rename(archive)
    privacy.erase_everywhere("whatsapp.erased")
    with writing() as session:
        session.execute(update(ErasedRow).values(erased_at=datetime.datetime.utcnow() - days + datetime.timedelta(days=1)))
    assert purge(datetime.datetime.utcnow(), Keep())["erased"] == 0
    close(store)
    restore(archive, models=models)
    assert privacy.count_kept("whatsapp.erased") == (0, 0, 0, 0)
    archive.unlink()
    for aside in settings().folder.glob("avant-restauration-*"):
        shutil.rmtree(aside)
    assert purge(datetime.datetime.utcnow(), Keep())["erased"] > 0


def test_nor_where_the_first_try_was_killed_in_the_middle(store: str, target: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    a_talk("whatsapp.erased")
    archive = backup(target, models=models).file
    privacy.erase_everywhere("whatsapp.erased")
    close(store)
    move = restoring._move

    def killed(source: Path, to: Path) -> None:
        move(source, to)
        raise KeyboardInterrupt

    monkeypatch.setattr(restoring, "_move", killed)
    with pytest.raises(KeyboardInterrupt):
        restore(archive, models=models)
    monkeypatch.setattr(restoring, "_move", move)
    assert not (settings().folder / "reso.db").exists()
    restore(archive, models=models)
    assert check_all() == []
    assert messages(settings().folder / "reso.db") >= {"m0", "m1", "m2"}
    assert privacy.count_kept("whatsapp.erased") == (0, 0, 0, 0)
    assert senders(settings().folder) == ["v"]


def test_who_was_erased_and_wrote_again_before_the_backup_is_kept(store: str, target: Path, models: Path) -> None:
    fill(store)
    a_talk("whatsapp.1")
    privacy.erase_everywhere("whatsapp.1")
    inbox.receive("whatsapp", "again", "whatsapp.1", "me revoilà")
    add_event(settings().folder, "whatsapp.1", time.time() + 1, event="user", text="me revoilà")
    archive = backup(target, models=models).file
    close(store)
    restore(archive, models=models)
    assert privacy.count_kept("whatsapp.1") == (1, 0, 0, 0)
    assert "whatsapp.1" in senders(settings().folder)


def test_after_a_restoration_from_a_store_that_cannot_be_read_it_is_said_what_may_be_back(store: str, target: Path, models: Path) -> None:
    fill(store)
    archive = backup(target, models=models).file
    number = outbox.append_line("widget.1", "notice", {"text": "vu"})
    close(store)
    (settings().folder / "reso.db").write_bytes(b"bonjour" * 1000)
    assert "effacer" in restore(archive, models=models).notes[-1]
    assert outbox.append_line("widget.1", "notice", {"text": "nouveau"}) > number


def test_tabs_that_stayed_open_see_what_is_said_after_a_restoration(store: str, target: Path, models: Path) -> None:
    fill(store)
    archive = backup(target, models=models).file
    seen = [outbox.append_line("widget.1", "notice", {"text": "vu"}) for _ in range(5)][-1]
    close(store)
    restore(archive, models=models)
    outbox.append_line("widget.1", "notice", {"text": "nouveau"})
    assert [line.payload["text"] for line in outbox.lines_after(seen, "widget.1")] == ["nouveau"]


def test_an_archive_of_an_older_version_comes_back_in_todays_shape(store: str, target: Path, models: Path) -> None:
    fill(store)
    a_talk("whatsapp.1")
    archive = backup(target, models=models).file
    close(store)
    (settings().folder / "pseudonym.key").unlink()
    old = settings().folder / "old.tar.gz"
    with tarfile.open(archive) as held:
        held.extract("reso.db", target / "work")
        manifest = json.loads(held.extractfile("manifest.json").read())  # type: ignore[union-attr]
    with closing(sqlite3.connect(target / "work" / "reso.db", isolation_level=None)) as database:
        for table in ("questions", "handoffs"):
            database.execute(f"drop index ix_{table}_conversation_turn")
            database.execute(f"alter table {table} drop column turn")
        database.execute("update alembic_version set version_num = '0003'")
        plain = hashlib.blake2b(b"whatsapp.1", digest_size=16).hexdigest()
        for table in ("questions", "handoffs", "feedback"):
            database.execute(f"update {table} set conversation = ?", (plain,))
    content = (target / "work" / "reso.db").read_bytes()
    del manifest["files"]["pseudonym.key"]
    manifest["files"]["reso.db"] |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    changes = {"manifest.json": json.dumps(manifest).encode(), "reso.db": content, "pseudonym.key": None}
    old.write_bytes(rewritten(archive, changes))
    restore(old, models=models)
    assert check_all() == []
    assert privacy.count_kept("whatsapp.1") == (1, 1, 1, 1)


def test_a_key_comes_back_with_the_hashes_that_it_made(store: str, target: Path, models: Path) -> None:
    fill(store)
    questions.note_question("v", "rest", "?", "refused")
    archive = backup(target, models=models).file
    close(store)
    (settings().folder / "pseudonym.key").unlink()
    (fault,) = check_all()
    assert "La clé" in fault
    assert "RESO_PSEUDONYM_KEY" in fault
    restore(archive, models=models)
    assert check_all() == []
    assert privacy.count_kept("v")[1] == 1


def test_nor_does_it_give_out_the_number_of_a_request_again(store: str, target: Path, models: Path) -> None:
    archive = backup(target, models=models).file
    lost = handoffs.keep("rest.anna", "rest", "Anna", "email", "anna@exemple.fr", "?", ("mail",))
    close(store)
    restore(archive, models=models)
    assert handoffs.keep("rest.bruno", "rest", "Bruno", "email", "bruno@exemple.fr", "?", ()) > lost
