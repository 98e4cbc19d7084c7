"""Réso needs nothing but this machine: in a network that has only loopback it starts, answers, and tries nobody else (T35)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.serving import Servers, running
from tests.journeys.standing import ROLES
from tests.journeys.storming import QUESTIONS

pytestmark = pytest.mark.servers

ALONE = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
ASK = """
import json, sys, urllib.request
request = urllib.request.Request(sys.argv[1], sys.argv[2].encode(), {"Content-Type": "application/json"})
print(urllib.request.urlopen(request, timeout=30).read().decode())
"""
TRY = "import socket; print(socket.socket().connect_ex(('192.0.2.1', 80)))"


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers in a network of their own."""
    if subprocess.run([*ALONE, "true"], capture_output=True).returncode:
        pytest.skip("this machine does not let us make a network namespace")
    with running(tmp_path_factory.mktemp("seul"), ALONE) as started:
        yield started


def inside(servers: Servers, code: str, *given: str) -> str:
    """Run a program in the servers' network and return what it printed."""
    (pid,) = servers.pids(ROLES["gateway"])
    done = subprocess.run(
        ["nsenter", f"--net=/proc/{pid}/ns/net", sys.executable, "-c", code, *given], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def tried(servers: Servers) -> int:
    """Return how many packets had nowhere to go (Linux counts them for each network: « OutNoRoutes » of RFC 4293)."""
    (pid,) = servers.pids(ROLES["gateway"])
    names, values = (line.split() for line in Path(f"/proc/{pid}/net/snmp").read_text().splitlines() if line.startswith("Ip:"))
    return int(values[names.index("OutNoRoutes")])


def test_it_starts_and_answers_and_never_tries_another_machine(cut_off: Servers) -> None:
    for number, question in enumerate(QUESTIONS[:5]):
        body = json.dumps({"sender": f"seul-{number}", "message": question.ask})
        told = json.loads(inside(cut_off, ASK, f"{cut_off.url}/webhooks/rest/webhook", body))
        assert question.word in str(told)
    assert tried(cut_off) == 0
    assert int(inside(cut_off, TRY)) != 0
    assert tried(cut_off) > 0  # it would have been counted
