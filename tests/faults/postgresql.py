"""A PostgreSQL of the test's own, from Debian's package: started, killed, started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.serving import free_port

ACCOUNT = "postgres"
"""PostgreSQL does not run as root."""
MISSING = "PostgreSQL manque sur cette machine : installez-le avec « apt-get install postgresql » (.ci/run le fait)."


def programs() -> Path:
    """Return the folder of PostgreSQL's programs, of the newest version that is installed. Fails where there is none."""
    found = [file.parent for file in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not found and (initdb := shutil.which("initdb")):
        found = [Path(initdb).resolve().parent]
    assert found, MISSING
    return max(found, key=lambda folder: folder.parent.name.zfill(3))


@dataclass
class Cluster:
    """A cluster in a folder of its own, on a port of this machine."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """The SQLAlchemy address of its database."""
        return f"postgresql://reso@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *arguments: str, check: bool = True) -> int:
        """Run one of PostgreSQL's programs with its account; return its exit code."""
        as_account = ("runuser", "-u", ACCOUNT, "--") if os.geteuid() == 0 else ()
        command = [*as_account, str(programs() / program), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=90)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.returncode

    def make(self) -> None:
        """Make the cluster; whoever reaches its port may enter."""
        arguments = ("--auth=trust", "--username=reso", "--encoding=UTF8", "--locale=C.UTF-8")
        self.run("initdb", *arguments, "-D", str(self.folder / "data"))

    def control(self, what: str, *options: str, check: bool = True) -> int:
        """Start, stop or restart; return once that is done, with pg_ctl's exit code."""
        given = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        data, log = str(self.folder / "data"), str(self.folder / "log")
        return self.run("pg_ctl", "-w", "-t", "60", "-D", data, "-l", log, "-o", given, *options, what, check=check)

    def kill(self) -> None:
        """Kill the postmaster without a word."""
        os.kill(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Stop every process of it while the block runs; connections stay open, and nothing answers."""
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        parents = {int(entry.parent.name): entry.read_text().rpartition(")")[2].split()[1] for entry in Path("/proc").glob("[0-9]*/stat")}
        stopped = [postmaster, *(pid for pid, parent in parents.items() if parent == str(postmaster))]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)

    def start_after_kill(self, seconds: float = 60.0) -> None:
        """Start again; what the dead postmaster began must have ended before."""
        until = time.monotonic() + seconds
        while self.control("start", check=False):
            assert time.monotonic() < until, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.5)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Give a running cluster; nothing of it is left after the block."""
    folder = Path(tempfile.mkdtemp(prefix="reso-pg-"))
    try:
        if os.geteuid() == 0:
            programs()
            shutil.chown(folder, ACCOUNT, ACCOUNT)
        made = Cluster(folder, free_port())
        made.make()
        made.control("start")
        try:
            yield made
        finally:
            made.control("stop", "-m", "immediate", check=False)
    finally:
        shutil.rmtree(folder)
