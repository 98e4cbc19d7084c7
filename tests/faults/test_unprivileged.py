"""As the container runs it: an account of its own without rights, the code read-only, nothing to write but its folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.journeys.serving import Servers, Visitor, free_port, running
from tests.journeys.standing import ROLES
from tests.journeys.storming import QUESTIONS


def stated(pattern: str) -> str:
    """Return what the Containerfile says where `pattern` has its group."""
    found = re.search(pattern, (ROOT / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    return found[1]


ACCOUNT = stated(r"^USER (\d+):")
SERVE: list[str] = json.loads(stated(r"^CMD (\[.*\])$"))
HEALTHCHECK: list[str] = json.loads(stated(r"^ +CMD (\[.*\])$"))

JAIL = (
    *("unshare", "--mount", "sh", "-e", "-c"),
    # Python may live in root's home, which others cannot enter: an empty one, with nothing but Python, takes its place.
    f'case "$1" in {Path.home()}/*) held=$(mktemp -d); mount --bind "$1" "$held"; mount -t tmpfs -o mode=755 none {Path.home()}; '
    'mkdir -p "$1"; mount --move "$held" "$1"; rmdir "$held";; esac; '
    'mount --bind "$2" "$2"; mount -o remount,bind,ro "$2"; cd "$2"; shift 2; '
    f"exec setpriv --reuid={ACCOUNT} --regid={ACCOUNT} --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs "
    'env HOME=/tmp MPLCONFIGDIR=/tmp PYTHONDONTWRITEBYTECODE=1 "$@"',
    *("sh", sys.base_prefix, str(ROOT)),
)
"""Before a command: for it, and for nobody else, the tree of Réso is read-only, and it has no right of root's."""


def possible() -> bool:
    """Return whether this machine lets us make such a jail."""
    return os.geteuid() == 0 and not subprocess.run([*JAIL, SERVE[0], "-c", "import bot"], capture_output=True).returncode


pytestmark = [pytest.mark.servers, pytest.mark.skipif(not possible(), reason="this machine does not let us give up root's rights")]


@pytest.fixture(scope="module")
def unprivileged() -> Iterator[Servers]:
    """Servers in the jail. Their folder is outside pytest's, which only its owner can enter."""
    folder = Path(tempfile.mkdtemp(prefix="reso-"))
    os.chown(folder, int(ACCOUNT), int(ACCOUNT))
    try:
        with running(folder, JAIL, SERVE) as started:
            yield started
    finally:
        shutil.rmtree(folder)


def status(pid: int) -> dict[str, list[str]]:
    """Return what Linux tells of a process: names to values (proc_pid_status(5))."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: values.split() for name, _, values in (line.partition(":") for line in lines)}


def test_without_any_right_it_prepares_its_stores_answers_and_logs_no_error(unprivileged: Servers) -> None:
    for question in QUESTIONS[:5]:
        assert question.word in Visitor(unprivileged.url).says(question.ask).text
    for role in ROLES.values():
        pids = unprivileged.pids(role)
        assert pids
        for pid in pids:
            told = status(pid)
            assert set(told["Uid"] + told["Gid"]) == {ACCOUNT}
            assert told["NoNewPrivs"] == ["1"]
            assert all(int(told[name][0], 16) == 0 for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"))
    lines = [json.loads(line) for file in (unprivileged.folder / "log").glob("*.log") for line in file.read_text().splitlines()]
    assert lines
    assert [line for line in lines if line["level"] in ("error", "critical")] == []


def test_it_cannot_change_what_it_runs(unprivileged: Servers) -> None:
    (gateway,) = unprivileged.pids(ROLES["gateway"])
    for folder in (ROOT, ROOT / "models", ROOT / "data", ROOT / ".venv"):
        into = ["nsenter", f"--mount=/proc/{gateway}/ns/mnt", "touch", str(folder / "intrus")]
        assert subprocess.run(into, capture_output=True).returncode
        assert not (folder / "intrus").exists()


def test_the_health_check_of_the_image_tells_whether_it_lives(unprivileged: Servers) -> None:
    for port, healthy in ((unprivileged.port, True), (free_port(), False)):
        done = subprocess.run([*JAIL, "env", f"RESO_PORT={port}", *HEALTHCHECK], capture_output=True)
        assert (done.returncode == 0) == healthy
