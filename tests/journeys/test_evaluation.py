"""The shared sample, asked of the real servers by the shared runner."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.journeys.serving import Servers

pytestmark = pytest.mark.servers

SHARED = ROOT.parent / "shared" / "eval"


OURS = Path(__file__).parent.parent / "evaluation"
"""Questions and talks of our own, written three times by somebody who saw the article but none of the training questions."""

LEAST = {
    "dev.jsonl": {"clean": 0.85, "noisy": 0.90, "oos": 0.93, "dialogue": 0.95},
    "strangers.jsonl": {"clean": 0.93, "noisy": 0.92, "oos": 0.97, "dialogue": 0.89},
    "strangers_later.jsonl": {"clean": 0.92, "noisy": 0.94, "near": 0.88, "far": 0.98, "gibberish": 0.98, "hostile": 0.90},
    "strangers_third.jsonl": {"owners": 0.91, "phone": 0.90, "oblique": 0.91, "near": 0.83},
}
"""Least share right (or refused, for oos), by file and tag."""


@pytest.mark.skipif(not SHARED.exists(), reason="shared/ is not beside this clone")
@pytest.mark.parametrize("file", [SHARED / "dev.jsonl", *sorted(OURS.glob("*.jsonl"))], ids=lambda file: file.stem)
def test_strangers_get_right_answers(servers: Servers, tmp_path: Path, file: Path) -> None:
    out = tmp_path / "rows.jsonl"
    command = [sys.executable, str(SHARED / "run_eval.py"), "--url", servers.url, "--out", str(out), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [r["user"] for r in rows if r["verdict"] == "error"] == []
    shares = {}
    for tag in LEAST[file.name]:
        verdicts = [r["verdict"] in ("right", "refused") for r in rows if tag in r["tags"] and r["verdict"]]
        shares[tag] = sum(verdicts) / len(verdicts)
    assert {tag: share for tag, share in shares.items() if share < LEAST[file.name][tag]} == {}
