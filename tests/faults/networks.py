"""Networks made for a test: one that holds only the servers, and another beside it (Linux, network namespaces)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

ALONE = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
"""Before a command: it runs in a network of its own, where there is nothing but loopback."""
SERVERS, NEIGHBOUR = "192.0.2.1", "192.0.2.2"
"""Of the block for documentation (RFC 5737): nobody has them."""


def possible() -> bool:
    """Return whether this machine lets us make networks and wire them."""
    return not subprocess.run([*ALONE, "ip", "link", "add", "type", "veth"], capture_output=True).returncode


def run_inside(pid: int, *command: str) -> str:
    """Run a command in the network of a process and return what it printed."""
    done = subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", *command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def python_inside(pid: int, code: str, *given: str) -> str:
    """Run Python code in the network of a process and return what it printed."""
    return run_inside(pid, sys.executable, "-c", code, *given)


@contextmanager
def neighbour(pid: int) -> Iterator[int]:
    """Wire another network to that of a process; yields the id of a process in it. They reach each other as SERVERS and NEIGHBOUR."""
    asleep = subprocess.Popen([*ALONE, "sh", "-c", "echo ready; exec sleep 600"], stdout=subprocess.PIPE, text=True)
    try:
        assert asleep.stdout
        assert asleep.stdout.readline() == "ready\n"
        run_inside(pid, "ip", "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", str(asleep.pid))
        for at, address in ((pid, SERVERS), (asleep.pid, NEIGHBOUR)):
            run_inside(at, "ip", "address", "add", f"{address}/24", "dev", "wire")
            run_inside(at, "ip", "link", "set", "wire", "up")
        yield asleep.pid
    finally:
        asleep.kill()
        asleep.wait()
