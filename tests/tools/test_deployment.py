"""What docs/deployment.md tells people to write holds: its nginx lets through what it should and nothing else, its services are closed in."""

from __future__ import annotations

import configparser
import datetime
import json
import re
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.settings import ROOT
from tests.journeys.serving import free_port

GUIDE = (ROOT / "docs" / "deployment.md").read_text("utf-8")
NAME = "reso.exemple.fr"
MISSING = "nginx manque sur cette machine : installez-le avec « apt-get install nginx » (.ci/run le fait)."
BURST, RATE = 40, 20
"""Requests that a visitor may make at once, and a second from then on."""
VENDORS_BURST, VENDORS_RATE = 200, 100
KEPT = ("NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp", "CapabilityBoundingSet", "RestrictAddressFamilies", "UMask")


class Stub(BaseHTTPRequestHandler):
    """Stands for Réso: tells what reached it."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one packet: fast enough to be flooded

    def do_GET(self) -> None:
        body = json.dumps({"path": self.path, "headers": {name.lower(): value for name, value in self.headers.items()}}).encode()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        pass


def configuration(folder: Path, upstream: int, plain: int, secure: int) -> str:
    """Return the guide's nginx, on ports and files of this test, taking whose request it is from a header of ours."""
    main, http = re.findall(r"```nginx\n(.*?)```", GUIDE, re.DOTALL)
    http = http.replace("127.0.0.1:5005", f"127.0.0.1:{upstream}").replace("listen 80;", f"listen {plain};")
    http = http.replace("listen 443 ssl http2;", f"listen {secure} ssl http2;").replace("/var/log/nginx", str(folder))
    http = re.sub(r"listen \[::\].*", "", http)  # a machine for tests may have no IPv6
    http = re.sub(r"/etc/letsencrypt/live/[a-z.]+/", f"{folder}/", http)
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    seen_as = "set_real_ip_from 127.0.0.1;\nreal_ip_header X-Test-Visitor;"
    return f"daemon off;\nuser root;\npid {folder}/nginx.pid;\n{main}\nhttp {{\n{temporary}\n{seen_as}\n{http}\n}}\n"


def certify(folder: Path) -> None:
    """Write a certificate that signs itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.utcnow()
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    signed = made.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "privkey.pem").write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))


class Front:
    """The guide's nginx, running before a stub."""

    def __init__(self, plain: int, secure: int):
        self.plain, self.secure = plain, secure
        self._context = ssl._create_unverified_context()

    def ask(self, path: str, visitor: str, body: bytes | None = None, plain: bool = False, **headers: str) -> tuple[int, dict[str, Any]]:
        """Return the status of an answer and what reached the stub."""
        port, scheme = (self.plain, "http") if plain else (self.secure, "https")
        sent = {"Host": NAME, "X-Test-Visitor": visitor, **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = urllib.request.Request(f"{scheme}://127.0.0.1:{port}{path}", body, sent)
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=self._context), _Stay)
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, {"location": error.headers.get("Location")}

    def flood(self, path: str, visitors: list[str]) -> list[int]:
        """Return the statuses of a request from each visitor, all written at once, on one connection (RFC 9112, 9.3.2)."""
        heads = [f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\nX-Test-Visitor: {visitor}\r\n\r\n" for visitor in visitors]
        answers = b""
        with socket.create_connection(("127.0.0.1", self.secure), 10) as plain, self._context.wrap_socket(plain) as connection:
            writing = Thread(target=connection.sendall, args=("".join(heads).encode(),))
            writing.start()
            while answers.count(b"HTTP/1.1 ") < len(visitors) and (piece := connection.recv(2**16)):
                answers += piece
            writing.join()
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", answers)]


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx as the guide sets it up. Fails where nginx is missing."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    assert nginx, MISSING
    folder = tmp_path_factory.mktemp("nginx")
    certify(folder)
    stub = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    Thread(target=stub.serve_forever, daemon=True).start()
    started = Front(free_port(), free_port())
    (folder / "nginx.conf").write_text(configuration(folder, stub.server_port, started.plain, started.secure))
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "start.log")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr.replace('[warn] the "user" directive', "")
    process = subprocess.Popen(command)
    try:
        until = time.monotonic() + 10
        while socket.socket().connect_ex(("127.0.0.1", started.secure)):
            assert time.monotonic() < until
            time.sleep(0.05)
        yield started
    finally:
        process.terminate()
        process.wait(10)
        stub.shutdown()
        stub.server_close()


@pytest.mark.parametrize(
    "path", ["/reso/", "/reso/widget.js", "/reso/socket.io/?EIO=4", *(f"/webhooks/{name}/webhook" for name in ("messenger", "telegram"))]
)
def test_what_visitors_and_vendors_need_goes_through(front: Front, path: str) -> None:
    status, told = front.ask(path, "203.0.113.1", X_Forwarded_For="198.51.100.7", X_Forwarded_Proto="http")
    assert (status, told["path"]) == (200, path)
    assert told["headers"]["host"] == NAME
    assert told["headers"]["x-forwarded-for"] == "203.0.113.1", "not what the visitor wrote"
    assert told["headers"]["x-forwarded-proto"] == "https"


@pytest.mark.parametrize(
    "path",
    ["/", "/metrics", "/health/ready", "/health/live", "/webhooks/rest/webhook", "/webhooks/reso/webhook", "/webhooks/messenger/webhook/x",
     "/model", "/status", "/conversations/a/tracker", "/RESO/", "/reso/../metrics", "/reso/%2e%2e/metrics", "//metrics"],
)  # fmt: skip
def test_nothing_else_does(front: Front, path: str) -> None:
    assert front.ask(path, "203.0.113.2")[0] == 404


def test_plain_http_is_sent_to_the_closed_door(front: Front) -> None:
    assert front.ask("/reso/", "203.0.113.3", plain=True) == (301, {"location": f"https://{NAME}/reso/"})


def test_only_the_widget_s_socket_may_change_its_protocol(front: Front) -> None:
    asking = {"Upgrade": "websocket", "Connection": "Upgrade"}
    _, told = front.ask("/reso/socket.io/", "203.0.113.4", **asking)
    assert told["headers"]["upgrade"] == "websocket"
    for path in ("/reso/", "/webhooks/messenger/webhook"):
        _, told = front.ask(path, "203.0.113.4", **asking)
        assert not {"upgrade", "connection"} & set(told["headers"])


def test_a_large_body_goes_to_vendors_webhooks_only(front: Front) -> None:
    assert front.ask("/webhooks/messenger/webhook", "203.0.113.5", b"x" * 3_000_000)[0] == 200
    assert front.ask("/webhooks/messenger/webhook", "203.0.113.5", b"x" * 5_000_000)[0] == 413
    assert front.ask("/reso/socket.io/", "203.0.113.5", b"x" * 20_000)[0] == 413


@pytest.mark.parametrize(
    ("path", "burst", "rate"),
    [("/reso/widget.js", BURST, RATE), ("/reso/socket.io/", BURST, RATE), ("/webhooks/messenger/webhook", VENDORS_BURST, VENDORS_RATE)],
)
def test_who_asks_too_much_is_slowed_and_nobody_else(front: Front, path: str, burst: int, rate: int) -> None:
    began = time.monotonic()
    statuses = front.flood(path, [f"198.51.100.{len(path)}"] * (4 * burst))
    lasted = time.monotonic() - began
    assert len(statuses) == 4 * burst
    assert set(statuses) <= {200, 429}
    assert burst < statuses.count(200) <= burst + rate * lasted + 1, f"{lasted:.1f} s"  # nobody is slowed by a machine that is slower
    assert front.ask(path, "203.0.113.6")[0] == 200


def test_a_visitor_of_ipv6_is_a_whole_network(front: Front) -> None:
    rotating = [f"2001:db8:0:7:{number:x}::1" for number in range(1, 4 * BURST)]
    assert 429 in front.flood("/reso/widget.js", rotating)
    neighbours = [f"2001:db8:0:{number:x}::1" for number in range(0x100, 0x100 + 2 * BURST)]
    assert set(front.flood("/reso/widget.js", neighbours)) == {200}
    assert set(front.flood("/reso/widget.js", [f"192.0.2.{number}" for number in range(1, 2 * BURST)])) == {200}


def units() -> dict[str, configparser.ConfigParser]:
    """Return the guide's systemd units by the name that stands before each."""
    found = {}
    for name, text in re.findall(r"`/etc/systemd/system/([^`]+)`[^`]*(?:`[^`]+`[^`]*)*?```ini\n(.*?)```", GUIDE, re.DOTALL):
        unit = configparser.ConfigParser(strict=False, delimiters=("=",), interpolation=None, allow_no_value=False)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(text)
        found[name] = unit
    return found


def test_every_service_is_closed_in_and_runs_as_nobody_in_particular() -> None:
    services = {name: dict(unit["Service"]) for name, unit in units().items() if name.endswith(".service")}
    assert set(services) == {"reso.service", "reso-backup@.service"}
    for name, service in services.items():
        assert service["User"] == "reso", name
        assert [key for key in KEPT if key not in service] == [], name
        assert (service["UMask"], service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("0077", "strict", "")
        assert service["ReadWritePaths"] == "/var/lib/reso"


def test_no_more_than_five_minutes_are_lost_and_each_timer_has_its_service() -> None:
    """Four between two backups, and one to make the next (notes/reliability.md, T32)."""
    timers = {name: unit["Timer"]["OnCalendar"] for name, unit in units().items() if name.endswith(".timer")}
    assert timers == {"reso-backup@minutes.timer": "*:0/4", "reso-backup@nuits.timer": "*-*-* 03:15"}
    assert f"enable --now {' '.join(timers)}" in GUIDE


def test_nothing_of_root_s_goes_through_a_folder_that_others_can_foresee() -> None:
    shown = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    assert shown
    assert [text for text in shown if re.search(r"RESO_FOLDER=\"?/tmp", text)] == []
