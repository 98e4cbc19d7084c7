"""A backup that is told to stop leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from bot.settings import ROOT

STOPPED = """
import sys, tempfile, time
from pathlib import Path
from bot import __main__ as command
from bot.store import backups

def slow(target):
    with tempfile.TemporaryDirectory(prefix=".reso-", dir=target):
        print("under way", flush=True)
        time.sleep(60)

backups.backup = slow
sys.exit(command.main(["backup", sys.argv[1]]))
"""


def test_a_backup_that_is_told_to_stop_leaves_nothing(tmp_path: Path) -> None:
    running = subprocess.Popen([sys.executable, "-c", STOPPED, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    assert running.stdout.readline() == "under way\n"
    running.terminate()
    assert running.wait(20) == 128 + signal.SIGTERM
    running.stdout.close()
    assert list(tmp_path.iterdir()) == []
