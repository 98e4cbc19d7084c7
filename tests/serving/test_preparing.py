"""Which model is served: trained anew, as it is, or the last good one. Training itself is the servers' tests' matter."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import __main__ as command_line
from bot.serving import models, preparing
from bot.serving.permissions import OURS
from bot.serving.progress import Stop
from bot.settings import settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for models, which the settings name; training writes « new » there."""
    monkeypatch.setenv("RESO_MODELS", str(tmp_path))
    settings.cache_clear()
    monkeypatch.setattr(preparing, "train_from", lambda now: put(tmp_path, b"new", now))
    yield tmp_path
    settings.cache_clear()


def put(folder: Path, content: bytes, fingerprint: str) -> None:
    """Put a model in a folder, with its note."""
    folder.mkdir(exist_ok=True)
    (folder / models.ARCHIVE).write_bytes(content)
    models.note(folder, fingerprint)


def fail_to_train(now: str) -> None:
    """Train on data that are wrong."""
    raise Stop("L’entraînement a échoué : données fausses")


def test_a_model_that_is_whole_and_of_these_data_is_served_as_it_is(folder: Path) -> None:
    put(folder, b"held", models.fingerprint())
    assert not preparing.train()
    assert (folder / models.ARCHIVE).read_bytes() == b"held"


def test_a_model_of_other_data_is_trained_anew(folder: Path) -> None:
    put(folder, b"held", "older")
    assert preparing.train()
    assert (folder / models.ARCHIVE).read_bytes() == b"new"


def test_without_a_good_one_a_broken_model_is_trained_anew(folder: Path) -> None:
    put(folder, b"held", models.fingerprint())
    (folder / models.ARCHIVE).write_bytes(b"hel")
    assert preparing.train()
    assert (folder / models.ARCHIVE).read_bytes() == b"new"


def test_a_broken_model_is_trained_anew_where_the_last_good_one_is_of_other_data(folder: Path) -> None:
    put(folder / models.LAST_GOOD, b"good", "older")
    assert preparing.train()
    assert (folder / models.ARCHIVE).read_bytes() == b"new"


def test_where_training_fails_too_the_last_good_model_is_served_whatever_it_was_trained_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder / models.LAST_GOOD, b"good", "older")
    monkeypatch.setattr(preparing, "train_from", fail_to_train)
    assert not preparing.train()
    assert (folder / models.ARCHIVE).read_bytes() == b"good"
    told = capsys.readouterr().out
    assert "le dernier bon modèle est repris" in told
    assert "données fausses" in told


def test_a_broken_last_good_model_is_never_served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder / models.LAST_GOOD, b"good", models.fingerprint())
    (folder / models.LAST_GOOD / models.ARCHIVE).write_bytes(b"goo")
    monkeypatch.setattr(preparing, "train_from", fail_to_train)
    with pytest.raises(Stop, match="données fausses"):
        preparing.train()
    assert not (folder / models.ARCHIVE).exists()


def test_what_has_answered_is_kept_and_a_broken_model_never_takes_its_place(folder: Path) -> None:
    put(folder, b"first", "older")
    models.keep_as_good(folder)
    put(folder, b"second", "newer")
    models.keep_as_good(folder)
    (folder / models.ARCHIVE).write_bytes(b"sec")
    models.keep_as_good(folder)
    assert models.trained_from(folder / models.LAST_GOOD) == "newer"
    assert (folder / models.LAST_GOOD / models.ARCHIVE).read_bytes() == b"second"


def rights(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that the settings name and that is not there yet; new files are kept to us, as in every command."""
    monkeypatch.setenv("RESO_FOLDER", str(tmp_path / "var"))
    settings.cache_clear()
    before = os.umask(OURS)
    yield tmp_path / "var"
    os.umask(before)
    settings.cache_clear()


def test_what_people_write_is_ours_and_what_the_program_is_made_of_everybodys(room: Path, folder: Path) -> None:
    preparing.check_room()
    (room / "reso.db").write_bytes(b"")
    assert rights(room / "reso.db") == 0o600
    put(folder / models.LAST_GOOD, b"good", models.fingerprint())
    assert not preparing.train()
    assert rights(folder / models.ARCHIVE) == 0o644


def test_what_was_open_before_is_closed(room: Path) -> None:
    (room / "log").mkdir(parents=True)
    for file in (room / "reso.db", room / "log" / "rasa.log"):
        file.write_bytes(b"")
        file.chmod(0o644)
    preparing.check_room()
    assert (rights(room / "reso.db"), rights(room / "log" / "rasa.log")) == (0o600, 0o600)


def test_a_planted_link_leads_nothing_astray(room: Path, tmp_path: Path) -> None:
    room.mkdir()
    theirs = tmp_path / "theirs"
    theirs.write_text("content")
    (room / ".probe").symlink_to(theirs)
    preparing.check_room()
    assert theirs.read_text() == "content"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_account_is_refused(room: Path) -> None:
    room.mkdir()
    os.chown(room, 12345, 12345)
    with pytest.raises(Stop, match="appartient à un autre compte"):
        preparing.check_room()


def test_a_command_on_a_folder_without_a_store_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RESO_FOLDER", str(tmp_path / "elsewhere"))
    settings.cache_clear()
    assert command_line.main(["requests"]) == 1
    told = capsys.readouterr().err
    assert "RESO_FOLDER" in told
    assert str(settings().folder) in told
    assert "Traceback" not in told
    settings.cache_clear()
