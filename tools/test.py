"""All tests in order, the fast ones first: `python tools/test.py all|quick`. Stops at the first step that fails."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "RASA_TELEMETRY_ENABLED": "false",
    "PYTHONUNBUFFERED": "1",
    "PYTHONWARNINGS": "ignore",
}

FAST = [
    ("style", [PYTHON, "-m", "ruff", "check", "."]),
    ("mise en forme", [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."]),
    ("types", [PYTHON, "-m", "mypy"]),
    ("fiches", [PYTHON, "-W", "ignore", "-m", "bot", "check"]),
    ("tests rapides et contrats", [PYTHON, "-m", "coverage", "run", "-m", "pytest", "-q", "-m", "not servers", "tests"]),
]
SLOW = [
    ("widget", [PYTHON, "-W", "ignore", "tools/widget.py"]),
    ("préparation et entraînement", [PYTHON, "-W", "ignore", "-m", "bot", "prepare"]),
    ("validation par Rasa", [PYTHON, "-W", "ignore", "tools/validate.py"]),
    ("compréhension, forme courte", [PYTHON, "-W", "ignore", "-m", "bot.evaluation", "--short"]),
    ("conversations (rasa test)", [PYTHON, "-W", "ignore", "tools/conversations.py"]),
    ("vrais serveurs", [PYTHON, "-m", "coverage", "run", "-m", "pytest", "-q", "-m", "servers", "tests"]),
    ("couverture, réunie", [PYTHON, "-m", "coverage", "combine", "--quiet"]),
    ("couverture", [PYTHON, "-m", "coverage", "report", "--fail-under", "85"]),
]


def main(chosen: str) -> int:
    """Run the steps; return an exit code."""
    for old in ROOT.glob(".coverage*"):
        old.unlink()
    started = time.monotonic()
    steps = FAST if chosen == "quick" else FAST + SLOW
    for number, (name, command) in enumerate(steps, 1):
        began = time.monotonic()
        print(f"\n[{number}/{len(steps)}] {name}", flush=True)
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **QUIET})
        if done.returncode:
            print(f"✗ {name} : échec ({time.monotonic() - began:.0f} s)", flush=True)
            return 1
        print(f"✓ {name} ({time.monotonic() - began:.0f} s)", flush=True)
    print(f"\nTout est vert ({time.monotonic() - started:.0f} s).", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "all"))
