"""Réso needs nothing but this machine, and nobody else reaches more of it than was opened (T35 and T36)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.networks import ALONE, SERVERS, neighbour, possible, python_inside
from tests.journeys.serving import Servers, running
from tests.journeys.standing import ROLES
from tests.journeys.storming import QUESTIONS

pytestmark = [pytest.mark.servers, pytest.mark.skipif(not possible(), reason="this machine does not let us make a network namespace")]

ASK = """
import json, sys, urllib.request
request = urllib.request.Request(sys.argv[1], sys.argv[2].encode(), {"Content-Type": "application/json"})
print(urllib.request.urlopen(request, timeout=30).read().decode())
"""
TRY = """
import socket, sys
for port in sys.argv[2:]:
    with socket.socket() as wire:
        wire.settimeout(2)
        print(wire.connect_ex((sys.argv[1], int(port))))
"""
STATUS = """
import sys, urllib.error, urllib.request
for path in sys.argv[2:]:
    try:
        print(urllib.request.urlopen(sys.argv[1] + path, timeout=10).status)
    except urllib.error.HTTPError as error:
        print(error.code)
"""
NOT_FOR_OTHERS = (
    "/version",
    "/model",
    "/status",
    "/domain",
    "/conversations/default/tracker",
    "/webhooks/reso/webhook",
    "/webhook",
    "/metrics",
)


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers in a network of their own."""
    with running(tmp_path_factory.mktemp("seul"), ALONE) as started:
        yield started


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The same, with the gateway on every address."""
    with running(tmp_path_factory.mktemp("ouvert"), ALONE, RESO_HOST="0.0.0.0") as started:
        yield started


def gateway(servers: Servers) -> int:
    """Return the gateway's process."""
    (pid,) = servers.pids(ROLES["gateway"])
    return pid


def ports(servers: Servers) -> list[str]:
    """Return the ports of the gateway, of Rasa and of the action server."""
    told = dict(item.partition("=")[::2] for item in Path(f"/proc/{gateway(servers)}/environ").read_text().split("\0"))
    return [str(servers.port), told["RESO_RASA_PORT"], str(servers.actions_port)]


def tried(servers: Servers) -> int:
    """Return how many packets had nowhere to go (Linux counts them for each network: « OutNoRoutes » of RFC 4293)."""
    lines = Path(f"/proc/{gateway(servers)}/net/snmp").read_text().splitlines()
    names, values = (line.split() for line in lines if line.startswith("Ip:"))
    return int(values[names.index("OutNoRoutes")])


def test_it_starts_and_answers_and_never_tries_another_machine(cut_off: Servers) -> None:
    for number, question in enumerate(QUESTIONS[:5]):
        body = json.dumps({"sender": f"seul-{number}", "message": question.ask})
        told = json.loads(python_inside(gateway(cut_off), ASK, f"{cut_off.url}/webhooks/rest/webhook", body))
        assert question.word in str(told)
    assert tried(cut_off) == 0
    assert python_inside(gateway(cut_off), TRY, SERVERS, "80") != "0\n"
    assert tried(cut_off) > 0  # it would have been counted


def test_another_machine_reaches_nothing_unless_it_is_opened(cut_off: Servers) -> None:
    with neighbour(gateway(cut_off)) as other:
        assert "0" not in python_inside(other, TRY, SERVERS, *ports(cut_off)).split()


def test_opened_another_machine_reaches_the_gateway_only_and_of_it_what_is_for_visitors(opened: Servers) -> None:
    with neighbour(gateway(opened)) as other:
        assert [code == "0" for code in python_inside(other, TRY, SERVERS, *ports(opened)).split()] == [True, False, False]
        url = f"http://{SERVERS}:{opened.port}"
        assert python_inside(other, STATUS, url, "/reso/", "/reso/socket.io/?EIO=4&transport=polling").split() == ["200", "200"]
        assert set(python_inside(other, STATUS, url, *NOT_FOR_OTHERS).split()) <= {"401", "403", "404"}
