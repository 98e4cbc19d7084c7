"""What of the running servers can be reached, and by whom."""

from __future__ import annotations

import json
import os
import socket
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import aiohttp
import pytest

from bot.gateway.limits import CONNECTIONS_OF_AN_ADDRESS
from tests.journeys.serving import Servers, Visitor, post
from tests.journeys.widget_client import an_address

pytestmark = pytest.mark.servers

LISTENING = "0A"
"""State of a socket in /proc/net/tcp (Linux, include/net/tcp_states.h)."""
RASAS_OWN = ("/version", "/status", "/model", "/domain", "/conversations/default/tracker", "/model/parse", "/webhooks/reso/webhook")


def listening(servers: Servers) -> dict[int, str]:
    """Return the ports that the processes of a run listen on, with their address as /proc/net/tcp has it."""
    held = set()
    for pid in servers.pids(""):
        for file in Path(f"/proc/{pid}/fd").iterdir():
            try:
                held.add(os.readlink(file))
            except OSError:
                continue
    ports = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and f"socket:[{fields[9]}]" in held:
                address, _, port = fields[1].partition(":")
                ports[int(port, 16)] = address
    return ports


def status_of(url: str, method: str = "GET", body: bytes | None = None) -> tuple[int, str]:
    """Return status and headers of an answer."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, str(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, str(error.headers)


def test_everything_listens_on_this_machine_only(servers: Servers) -> None:
    ports = listening(servers)
    assert {servers.port, servers.actions_port} < set(ports)
    assert len(ports) == 3, "the gateway, Rasa and the action server"
    assert set(ports.values()) == {"0100007F"}, "127.0.0.1"


@pytest.mark.parametrize("path", RASAS_OWN)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_nothing_of_rasas_own_interface_is_there(servers: Servers, path: str, method: str) -> None:
    status, headers = status_of(servers.url + path, method, b"{}" if method != "GET" else None)
    assert status in (404, 405)
    assert "rasa" not in headers.lower()
    assert "aiohttp" not in headers.lower()
    assert "python" not in headers.lower()


def test_without_the_key_of_the_run_rasa_answers_nobody(servers: Servers) -> None:
    (inner,) = set(listening(servers)) - {servers.port, servers.actions_port}
    said = json.dumps({"sender": "x", "message": "bonjour", "message_id": "1", "channel": "rest", "metadata": {}}).encode()
    for path in ("/webhooks/reso/webhook", "/webhooks/reso/forget"):
        assert status_of(f"http://127.0.0.1:{inner}{path}", "POST", said)[0] == 403
    for path in ("/webhook", "/actions", "/metrics"):
        assert status_of(f"http://127.0.0.1:{servers.actions_port}{path}", "POST" if path == "/webhook" else "GET", said)[0] == 403
    for path in ("/model", "/conversations/x/tracker", "/conversations/x/tracker/events", "/webhooks/rest/webhook"):
        assert status_of(f"http://127.0.0.1:{inner}{path}", "PUT" if path == "/model" else "POST", said)[0] in (404, 405)


def test_no_process_tells_anybody_of_its_use(servers: Servers) -> None:
    for words in ("bot.serving.rasa", "bot.serving.actions"):
        (pid,) = servers.pids(words)
        environment = (Path("/proc") / str(pid) / "environ").read_bytes().split(b"\0")
        assert b"RASA_TELEMETRY_ENABLED=false" in environment


STRANGE = ["\x00", "visiteur\x00", "\ud800", "a" * 300, "a" * 10_000, ["a"], {"a": 1}, 7, True]


@pytest.mark.parametrize("sender", STRANGE, ids=lambda value: repr(value)[:20])
def test_senders_that_end_a_stock_server_are_refused_and_nothing_falls(servers: Servers, sender: object) -> None:
    before = {words: servers.pids(words) for words in ("bot gateway", "bot.serving.rasa", "bot.serving.actions")}
    status, _ = post(servers.url, {"sender": sender, "message": "bonjour"})
    assert 400 <= status < 500
    assert {words: servers.pids(words) for words in before} == before
    assert Visitor(servers.url).says("bonjour").text


@pytest.mark.parametrize("size", [200_000, 2_000_000, 20_000_000])
def test_what_is_too_large_is_refused_at_once(servers: Servers, size: int) -> None:
    with socket.create_connection(("127.0.0.1", servers.port), timeout=10) as wire:
        head = (
            f"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
        )
        wire.sendall(head.encode() + b'{"sender": "' + uuid.uuid4().hex.encode())
        assert wire.recv(64).split()[1] == b"413", "before the rest of it has come"


async def test_connections_that_never_say_who_they_are_are_counted_too(servers: Servers) -> None:
    url, key = f"{servers.url}/reso/socket.io/?EIO=4&transport=", "Sec-WebSocket-Key"
    mine, others = {"X-Forwarded-For": an_address()}, {"X-Forwarded-For": an_address()}
    async with aiohttp.ClientSession() as http:
        for _ in range(2 * CONNECTIONS_OF_AN_ADDRESS):  # these fail while they are opened, and do not count
            broken = {**mine, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", key: "x"}
            async with http.get(url + "websocket", headers=broken) as answer:
                assert answer.status == 400
        opened = [await http.ws_connect(url + "websocket", headers=mine) for _ in range(CONNECTIONS_OF_AN_ADDRESS)]
        for transport in ("polling", "polling&sid="):
            async with http.get(url + transport, headers=mine) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (429, "5")
                assert "Réessayez" in (await answer.json())["error"]
            async with http.get(url + transport, headers=others) as answer:
                assert answer.status == 200
        for socket_ in opened:
            await socket_.close()
        async with http.get(url + "polling", headers=mine) as answer:
            assert answer.status == 200
