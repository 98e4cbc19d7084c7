"""What goes into the image: the program, and nothing of a visitor."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.serving import widget
from bot.settings import ROOT

CONTAINERFILE = (ROOT / "Containerfile").read_text("utf-8")


def copied() -> set[str]:
    """Return what the Containerfile takes from the project's folder."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE)
    return {source for line in lines for source in line.split()}


def test_nothing_goes_in_but_by_its_name() -> None:
    assert copied()
    assert not [source for source in copied() if source.startswith((".", "*", "var", "models", "results"))]


def test_what_is_sent_to_the_builder_is_what_is_copied() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == {source.split("/")[0] for source in copied()}
    assert {"**/node_modules", "**/__pycache__", "**/.env*"} <= set(rules[-3:])
    assert not (ROOT / ".containerignore").exists(), "podman would read it instead"


def test_what_is_copied_is_enough_to_start_from(tmp_path: Path) -> None:
    for source in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(
                ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__", "node_modules"), dirs_exist_ok=True
            )
        else:
            (tmp_path / source).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / source, tmp_path / source)
    code = "import bot.serving.supervising, bot.serving.training, bot.gateway.app, actions; from bot.settings import ROOT; print(ROOT)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == str(tmp_path), done.stderr
    assert subprocess.run([sys.executable, "-W", "ignore", "-m", "bot", "check"], cwd=tmp_path, capture_output=True).returncode == 0


def test_no_package_of_the_widget_runs_anything_while_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = {"name": "a", "version": "1.0.0", "scripts": {"postinstall": "node -e \"require('fs').writeFileSync('ran', '')\""}}
    (tmp_path / "package.json").write_text(json.dumps(package))
    shutil.copy(ROOT / "widget" / ".npmrc", tmp_path)
    monkeypatch.setattr(widget, "SOURCES", tmp_path)
    widget.npm("install", "--offline", "--no-audit", "--no-fund")
    assert (tmp_path / "package-lock.json").exists()
    assert not (tmp_path / "ran").exists()
