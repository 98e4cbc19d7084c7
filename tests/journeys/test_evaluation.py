"""The shared sample, asked of the real servers by the shared runner."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.journeys.serving import Servers

pytestmark = pytest.mark.servers

SHARED = ROOT.parent / "shared" / "eval"


@pytest.mark.skipif(not SHARED.exists(), reason="shared/ is not beside this clone")
def test_the_shared_sample(servers: Servers, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    command = [sys.executable, str(SHARED / "run_eval.py"), "--url", servers.url, "--out", str(out), str(SHARED / "dev.jsonl")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    verdicts = {
        tag: Counter(r["verdict"] for r in rows if tag in r["tags"] and r["verdict"]) for tag in ("clean", "noisy", "oos", "dialogue")
    }
    share = {tag: (c["right"] + c["refused"]) / sum(c.values()) for tag, c in verdicts.items()}
    assert sum(c["error"] for c in verdicts.values()) == 0
    assert share["clean"] >= 0.75, verdicts
    assert share["oos"] >= 0.80, verdicts
