"""The trained model missing or broken: at the start and when Rasa is restarted the last one that answered is loaded."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.serving.models import ARCHIVE, LAST_GOOD, digest, fingerprint, note, trained_from
from bot.settings import ROOT
from tests.faults.watching import pids, recovers, until
from tests.journeys.serving import Servers, Visitor, running
from tests.journeys.storming import QUESTIONS

pytestmark = pytest.mark.servers

BACK_SECONDS = 90.0
TOLD = "le dernier bon modèle est repris"


def truncate(archive: Path) -> None:
    """Leave the first half of a file."""
    os.truncate(archive, archive.stat().st_size // 2)


def flip(archive: Path) -> None:
    """Change one bit in the middle of a file."""
    with archive.open("r+b") as opened:
        opened.seek(archive.stat().st_size // 2)
        byte = opened.read(1)[0]
        opened.seek(-1, os.SEEK_CUR)
        opened.write(bytes([byte ^ 1]))


def remove(archive: Path) -> None:
    """Remove a file."""
    archive.unlink()


def logged(folder: Path) -> list[str]:
    """Return the messages in the log of who starts the servers."""
    return [json.loads(line)["message"] for line in (folder / "log" / "serve.log").read_text(encoding="utf-8").splitlines()]


def test_rasa_restarted_on_a_broken_model_answers_with_the_last_good_one(
    standing: Servers, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Visitor(standing.url).says(QUESTIONS[0].ask).answers == ["cas/ikea"]
    truncate(models / ARCHIVE)
    (rasa,) = pids(standing)["rasa"]
    began = time.monotonic()
    os.kill(rasa, signal.SIGKILL)
    until(lambda: pids(standing)["rasa"] not in ([], [rasa]), BACK_SECONDS)
    recovers(standing, BACK_SECONDS)
    with capsys.disabled():
        print(f"\nmodel truncated, Rasa killed: answered again after {time.monotonic() - began:.1f} s")
    assert any(TOLD in line for line in standing.lines)
    assert any(TOLD in line for line in logged(standing.folder))
    assert digest(models / ARCHIVE) == digest(models / LAST_GOOD / ARCHIVE)


@pytest.mark.parametrize("harm", [truncate, flip, remove])
def test_a_start_on_a_broken_model_takes_the_last_good_one_without_training(
    standing: Servers, models: Path, tmp_path: Path, harm: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, good = tmp_path / "modèles", digest(models / LAST_GOOD / ARCHIVE)
    shutil.copytree(models, folder)
    harm(folder / ARCHIVE)
    began = time.monotonic()
    given = {**os.environ, "RESO_FOLDER": str(tmp_path / "dossier"), "RESO_MODELS": str(folder)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot", "prepare"], cwd=ROOT, env=given, capture_output=True, text=True, timeout=180
    )
    with capsys.disabled():
        print(f"\nmodel, {harm.__name__}: ready after {time.monotonic() - began:.1f} s")
    assert done.returncode == 0, done.stderr
    assert TOLD in done.stdout
    assert "Entraînement" not in done.stdout
    assert any(TOLD in line for line in logged(tmp_path / "dossier"))
    assert digest(folder / ARCHIVE) == good
    assert trained_from(folder) == trained_from(models)


def test_a_start_on_a_model_that_cannot_be_loaded_answers_with_the_last_good_one(
    standing: Servers, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, good = tmp_path / "modèles", digest(models / LAST_GOOD / ARCHIVE)
    shutil.copytree(models, folder)
    with tarfile.open(folder / ARCHIVE, "w:gz") as archive:  # whole, noted as trained from the data as they are, and no model
        archive.add(ROOT / "README.md", "metadata.json")
    note(folder, fingerprint())
    began = time.monotonic()
    with running(tmp_path / "dossier", RESO_MODELS=str(folder)) as started:
        with capsys.disabled():
            print(f"\nmodel that cannot be loaded: answered after {time.monotonic() - began:.1f} s")
        assert QUESTIONS[0].word in Visitor(started.url).says(QUESTIONS[0].ask).text
        assert any(TOLD in line for line in started.lines)
    assert digest(folder / ARCHIVE) == good
