"""All tests: `python tools/test.py all|quick`. Stops at the first step that fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
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

Step = tuple[str, list[str]]

WATCHED = [PYTHON, "-m", "coverage", "run"]
QUICK = [*WATCHED, "-m", "pytest", "-q", "-m", "not servers"]
DOOR = ["tests/gateway"]
"""A third of the quick tests, which run beside the others once there is a model."""
FAST: list[Step] = [
    ("style", [PYTHON, "-m", "ruff", "check", "."]),
    ("mise en forme", [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."]),
    ("types", [PYTHON, "-m", "mypy"]),
    ("fiches", [PYTHON, "-W", "ignore", "-m", "bot", "check"]),
    ("tests rapides et contrats", [*QUICK, "tests", *(f"--ignore={folder}" for folder in DOOR)]),
]
AT_THE_DOOR: list[Step] = [("tests rapides : porte d’entrée", [*QUICK, *DOOR])]
PREPARING: list[Step] = [
    ("widget", [PYTHON, "-W", "ignore", "tools/widget.py"]),
    ("préparation et entraînement", [PYTHON, "-W", "ignore", "-m", "bot", "prepare"]),
]
TALKING: list[Step] = [
    ("validation par Rasa", [PYTHON, "-W", "ignore", "tools/validate.py"]),
    ("conversations (rasa test)", [PYTHON, "-W", "ignore", "tools/conversations.py"]),
]
YIELDING = ["nice", "-n", "19"]
UNDERSTANDING: list[Step] = [("compréhension, forme courte", [*YIELDING, PYTHON, "-W", "ignore", "-m", "bot.evaluation", "--short"])]
"""Pure computing: from the beginning to the end it takes what all others leave of the processors."""
REAL = ["-m", "pytest", "-q", "-m", "servers", "--durations=15"]
APART = ["tests/journeys", "tests/fuzz"]
UNWATCHED = [*WATCHED, "--rcfile", "tools/servers.coveragerc"]
"""Only the process of the tests is watched: in the servers, watching each line would cost a fifth of the time."""
JOURNEYS: list[Step] = [("vrais serveurs : parcours", [*UNWATCHED, *REAL, *APART])]
FAULTS: list[Step] = [
    ("vrais serveurs : pannes et tout le reste", [*UNWATCHED, *REAL, "tests", *(f"--ignore={folder}" for folder in APART)])
]
COVERING: list[Step] = [
    ("couverture, réunie", [PYTHON, "-m", "coverage", "combine", "--quiet"]),
    ("couverture", [PYTHON, "-m", "coverage", "report", "--fail-under", "85"]),
]
STAGES = [[FAST, [*PREPARING, *AT_THE_DOOR]], [[*TALKING, *JOURNEYS], FAULTS], [COVERING]]
"""What stands beside each other in a stage runs side by side: these tests spend much of their time waiting for servers."""


class Run:
    """All the steps, numbered, until one fails."""

    def __init__(self, stages: list[list[list[Step]]], beside: Sequence[Step] = ()) -> None:
        self._stages, self._beside = stages, beside
        self._names = [name for lanes in stages for lane in lanes for name, _ in lane] + [name for name, _ in beside]
        self._running: list[subprocess.Popen[bytes]] = []
        self._failed = False
        self._printing = threading.Lock()

    def all(self) -> bool:
        """Run the stages, and beside all of them what is to run so; return whether everything is green."""
        with ThreadPoolExecutor(1) as all_along:
            beside = all_along.submit(self._lane, self._beside, False)
            for lanes in self._stages:
                with ThreadPoolExecutor(len(lanes)) as pool:
                    list(pool.map(self._lane, lanes, (index == 0 for index in range(len(lanes)))))
                if self._failed:
                    break
            beside.result()
        return not self._failed

    def _lane(self, steps: Sequence[Step], shown: bool) -> None:
        """Run steps one after the other; what one prints is shown at once or, beside another lane, when it ends."""
        for name, command in steps:
            if self._failed:
                return
            title = f"\n[{self._names.index(name) + 1}/{len(self._names)}] {name}"
            began = time.monotonic()
            self._print(title if shown else f"{title}, à côté")
            running = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **QUIET},
                stdout=None if shown else subprocess.PIPE,
                stderr=None if shown else subprocess.STDOUT,
            )
            self._running.append(running)
            printed, _ = running.communicate()
            if not shown:
                self._print(f"{title}\n{printed.decode(errors='replace')}".rstrip())
            seconds = f"({time.monotonic() - began:.0f} s)"
            if running.returncode:
                already, self._failed = self._failed, True
                self._print(f"✗ {name} : {'arrêté' if already else 'échec'} {seconds}")
                for other in self._running:
                    # As by Ctrl-C, on which tests stop the servers that they started.
                    other.send_signal(signal.SIGINT)
                return
            self._print(f"✓ {name} {seconds}")

    def _print(self, text: str) -> None:
        with self._printing:
            print(text, flush=True)


def main(chosen: str) -> int:
    """Run the steps; return an exit code."""
    for old in ROOT.glob(".coverage*"):
        old.unlink()
    started = time.monotonic()
    if not (Run([[FAST, AT_THE_DOOR]]) if chosen == "quick" else Run(STAGES, UNDERSTANDING)).all():
        return 1
    print(f"\nTout est vert ({time.monotonic() - started:.0f} s).", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "all"))
