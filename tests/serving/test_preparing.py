"""Which model is served: trained anew, as it is, or the last good one. Training itself is the servers' tests' matter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.serving import models, preparing
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
