"""What a `make` command must not do."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from bot.settings import ROOT, Settings

REMADE = (".venv/bin/python", "models/reso.tar.gz", "var/spacy_fr/meta.json", "var/widget/widget.js", "var/uv/bin/uv", ".coverage")
KEPT = (
    "reso.db",
    "reso.db-wal",
    "tracker.db",
    "widget.secret",
    "log/serve.log",
    "sauvegardes/reso-20261101T031500000000Z.tar.gz",
    "avant-restauration-20261101T040000Z/reso.db",
)


def test_cleaning_leaves_what_visitors_said_and_every_backup(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    data = tmp_path / Settings.__fields__["folder"].get_default().relative_to(ROOT)
    mine = [*(tmp_path / name for name in ("data/knowledge/cas.yml", ".env")), *(data / name for name in KEPT)]
    for file in [*mine, *(tmp_path / name for name in REMADE)]:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("là")
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert [file for file in mine if not file.exists()] == []
    assert [name for name in REMADE if (tmp_path / name).exists()] == []
