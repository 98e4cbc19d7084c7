"""Connections stay open, without what that might cost: a file that was exchanged, or an erased talk in the log."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.gateway.upkeep import empty_logs
from bot.settings import settings
from bot.store import inbox, privacy
from bot.store.migrating import upgrade
from bot.store.sessions import BUSY_MILLISECONDS, engine, writing
from tests.traces import files_with


def test_what_was_erased_is_in_no_file_once_the_logs_were_emptied(store: str) -> None:
    folder = settings().folder
    inbox.receive("widget", "m1", "widget.abc", "je m’appelle Zanzibarine")
    assert files_with(folder, "Zanzibarine")
    privacy.erase("widget.abc")
    empty_logs(settings())
    assert not files_with(folder, "Zanzibarine")


def test_a_log_that_somebody_reads_is_emptied_later_and_holds_nobody_up(store: str) -> None:
    inbox.receive("widget", "m1", "widget.abc", "je m’appelle Zanzibarine")
    with engine(store).connect() as backup:
        backup.exec_driver_sql("SELECT count(*) FROM inbox").scalar()
        privacy.erase("widget.abc")
        began = time.monotonic()
        empty_logs(settings())
        assert time.monotonic() - began < BUSY_MILLISECONDS / 2000
        assert inbox.receive("widget", "m2", "widget.other", "bonjour")
    empty_logs(settings())
    assert not files_with(settings().folder, "Zanzibarine")


def test_a_store_in_whose_place_another_was_put_is_opened_anew(store: str, tmp_path: Path) -> None:
    """Written into the old file, a message would be acknowledged and lost."""
    file = settings().folder / "reso.db"
    inbox.receive("widget", "m1", "widget.abc", "avant")
    empty_logs(settings())
    for part in list(tmp_path.glob("reso.db*")):
        part.rename(tmp_path / f"old-{part.name}")
    upgrade(store)
    inbox.receive("widget", "m2", "widget.abc", "après")
    empty_logs(settings())
    assert "après".encode() in file.read_bytes()
    assert [message for _, message, _, _ in inbox.pending()] == ["m2"]


def test_a_store_that_was_taken_away_takes_nothing(store: str, tmp_path: Path) -> None:
    inbox.receive("widget", "m1", "widget.abc", "avant")
    (tmp_path / "aside").mkdir()
    for part in list(tmp_path.glob("reso.db*")):
        part.rename(tmp_path / "aside" / part.name)
    with pytest.raises(OperationalError):
        inbox.receive("widget", "m2", "widget.abc", "après")


def test_a_writer_comes_next_when_the_one_before_is_done(store: str) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with writing() as session:
            session.connection()
            held.set()
            done.wait(5)

    other = threading.Thread(target=hold)
    other.start()
    held.wait(5)
    threading.Timer(0.3, done.set).start()
    assert inbox.receive("widget", "m1", "widget.abc", "bonjour")
    other.join()


def test_a_writer_does_not_wait_for_ever(store: str) -> None:
    with writing() as session:
        session.connection()
        other: list[BaseException] = []

        def write() -> None:
            try:
                inbox.receive("widget", "m1", "widget.abc", "bonjour")
            except OperationalError as error:
                other.append(error)

        thread = threading.Thread(target=write)
        thread.start()
        thread.join(BUSY_MILLISECONDS / 1000 + 3)
        assert not thread.is_alive()
        assert "locked" in str(other[0])
