"""An installation that can be backed up and restored."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "sauvegardes"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A model as trained."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "reso.tar.gz").write_bytes(os.urandom(5000))
    (folder / "reso.fingerprint").write_text("abc")
    return folder


@pytest.fixture
def free_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports that no server of this machine has."""
    for name in ("RESO_PORT", "RESO_ACTIONS_PORT"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            monkeypatch.setenv(name, str(probe.getsockname()[1]))
