"""What the guides tell people to type works, and .env.example holds every variable in a form that every reader takes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from bot.settings import ROOT, Settings

EXAMPLE = ROOT / ".env.example"
GUIDES = sorted((ROOT / "docs/channels").glob("*.md"))
MADE_BY_RESO = {"RESO_INNER_KEY", "RESO_SUPERVISOR"}
"""Given from one process of ours to another, by nobody else."""


def variables() -> dict[str, str]:
    """Return what a reader without a shell (systemd, podman) takes from .env.example."""
    lines = [line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_every_variable_is_in_the_example() -> None:
    read = {f"RESO_{name.upper()}" for name in Settings.__fields__} - MADE_BY_RESO
    assert set(variables()) == read


def test_the_example_says_what_holds_without_it() -> None:
    """No comment has become part of a value, and no default has moved on."""
    given = {name.removeprefix("RESO_").lower(): value for name, value in variables().items()}
    paths = {"folder": ROOT / given.pop("folder"), "models": ROOT / given.pop("models")}
    assert Settings(_env_file=None, **given, **paths) == Settings(_env_file=None)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_variables_that_a_guide_names_exist(guide: object) -> None:
    named = set(re.findall(r"\bRESO_[A-Z_]+[A-Z]\b", guide.read_text(encoding="utf-8")))  # type: ignore[attr-defined]
    assert named <= set(variables())


def commands() -> list[str]:
    """Return every command of make in the guides and in the advice of the checks."""
    told = [*GUIDES, *(ROOT / "bot/channels").rglob("*.py")]
    found = {c.strip() for file in told for c in re.findall(r"make channels-check(?: [A-Z-][\w=-]*)*", file.read_text(encoding="utf-8"))}
    return sorted(found)


@pytest.mark.skipif(not shutil.which("make"), reason="no make")
@pytest.mark.parametrize("command", commands())
def test_commands_of_the_guides_are_understood_by_make(command: str) -> None:
    # Under « make test », the outer make would have the inner one tell where it works.
    given = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    shown = subprocess.run(["make", "-n", *command.split()[1:]], cwd=ROOT, env=given, capture_output=True, text=True, timeout=30)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.rstrip().endswith("channels-check --set" if "--set" in command else "channels-check")


def test_the_way_to_register_telegrams_webhook_is_told() -> None:
    guide = (ROOT / "docs/channels/telegram.md").read_text(encoding="utf-8")
    assert "make channels-check SET=--set" in guide
    assert "reso channels-check --set" in guide


@pytest.mark.parametrize("name", ["messenger", "instagram", "whatsapp", "telegram"])
def test_each_guide_tells_how_to_check_an_installed_server(name: str) -> None:
    assert "`reso channels-check" in (ROOT / f"docs/channels/{name}.md").read_text(encoding="utf-8")
