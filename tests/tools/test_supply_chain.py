"""What Réso is made of is written down whole; a known vulnerability is either dealt with or accepted for a time, with reasons."""

from __future__ import annotations

import base64
import datetime
import json
import re
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import audit
import pytest
import sbom
from advisories import Finding, affects
from audit import Accepted, judge, outdated, read_accepted
from locked import NPM, Locked, everything, read_lock, read_npm_lock
from packaging.version import Version

from bot.settings import ROOT

TODAY = datetime.date(2026, 11, 23)
KERAS = Locked("keras", "2.12.0", "", ("00",))
WS = Locked("ws", "8.21.3", "", ("00",), NPM)
PYTHON = Accepted("FIN-DE-VIE", "python", "3.10", "Rasa", "derrière nginx", TODAY)
ACCEPTED = [PYTHON, Accepted("CVE-2024-3660", "keras", "2.12.0", "Rasa", "jamais chargé", TODAY)]


def record(*events: dict[str, str], id: str = "GHSA-x", package: Locked = KERAS, **more: Any) -> dict[str, Any]:
    """Return a record as OSV publishes it."""
    kind = "SEMVER" if package.ecosystem == NPM else "ECOSYSTEM"
    about = {"package": {"ecosystem": package.ecosystem, "name": package.name}, "ranges": [{"type": kind, "events": list(events)}]}
    return {"id": id, "affected": [about], **more}


ALL, BEFORE_213 = {"introduced": "0"}, ({"introduced": "0"}, {"fixed": "2.13.1"})


@pytest.mark.parametrize(
    ("events", "package", "expected"),
    [
        ([ALL], KERAS, True),
        (BEFORE_213, KERAS, True),
        ([{"fixed": "2.13.1"}, ALL], KERAS, True),
        ([ALL, {"fixed": "2.12.0"}], KERAS, False),
        ([ALL, {"last_affected": "2.12.0"}], KERAS, True),
        ([ALL, {"last_affected": "2.11.1"}], KERAS, False),
        ([{"introduced": "3.0.0"}], KERAS, False),
        ([ALL, {"fixed": "1.0"}, {"introduced": "2.12.0rc1"}, {"fixed": "2.12.1"}], KERAS, True),
        ([{"introduced": "2.9"}, {"fixed": "2.12"}], KERAS, False),
        ([{"introduced": "2.9"}, {"fixed": "what?"}], KERAS, True),
        ([{"introduced": "8.0.0"}, {"fixed": "8.21.10"}], WS, True),
        ([{"introduced": "8.0.0"}, {"fixed": "8.21.3"}], WS, False),
        ([ALL, {"fixed": "8.21.3-beta.2"}], WS, False),
        ([{"introduced": "8.21.4-0"}], WS, False),
    ],
)
def test_a_version_is_inside_what_a_record_names_or_not(events: list[dict[str, str]], package: Locked, expected: bool) -> None:
    assert affects(record(*events, package=package), package) is expected


def test_a_record_of_another_index_is_about_another_package() -> None:
    assert not affects(record(ALL, package=Locked("ws", "8.21.3", "", ())), WS)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], []),
        ([Finding(KERAS, ("PYSEC-2024-1", "CVE-2024-3660"), ("2.13.1",))], []),
        ([Finding(KERAS, ("PYSEC-2024-1",), ("2.13.1",))], ["keras 2.12.0 (PyPI) : PYSEC-2024-1, corrigée par 2.13.1"]),
        (
            [Finding(KERAS, ("GHSA-1", "CVE-1"), ()), Finding(KERAS, ("PYSEC-1", "CVE-1"), ())],
            ["CVE-1, GHSA-1, PYSEC-1, corrigée par aucune"],
        ),
        ([Finding(KERAS, ("GHSA-1",), ()), Finding(KERAS, ("PYSEC-1", "GHSA-1", "CVE-2024-3660"), ())], []),
        ([Finding(Locked("keras", "2.12.1", "", ()), ("CVE-2024-3660",), ())], ["keras 2.12.1"]),
        ([Finding(WS, ("CVE-2024-3660",), ())], ["ws 8.21.3 (npm)"]),
    ],
)
def test_what_nobody_accepted_is_said_once(found: list[Finding], said: list[str]) -> None:
    faults = judge(found, ACCEPTED)
    assert len(faults) == len(said)
    for fault, expected in zip(faults, said):
        assert expected in fault


@pytest.mark.parametrize(
    ("accepted", "packages", "today", "said"),
    [
        (ACCEPTED, [KERAS], TODAY, []),
        (
            ACCEPTED,
            [KERAS],
            TODAY + datetime.timedelta(days=1),
            ["python : FIN-DE-VIE n’est plus", "keras : CVE-2024-3660 n’est plus acceptée"],
        ),
        (ACCEPTED, [Locked("keras", "2.13.1", "", ())], TODAY, ["keras 2.12.0 : CVE-2024-3660 est acceptée pour une version"]),
        ([PYTHON], [], TODAY, []),
        ([], [], TODAY, ["Python 3.10 ne reçoit plus"]),
        ([], [], datetime.date(2026, 10, 1), []),
    ],
)
def test_acceptances_run_out_with_time_and_with_the_version(
    accepted: list[Accepted], packages: list[Locked], today: datetime.date, said: list[str]
) -> None:
    faults = outdated(accepted, packages, today)
    assert len(faults) == len(said)
    for fault, expected in zip(faults, said):
        assert expected in fault


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("- {id: CVE-1, package: a, version: 1, reason: r, until: 2026-12-01}", "CVE-1 : il manque not_exposed"),
        ("- {id: CVE-1, package: a, version: 1, reason: r, not_exposed: '', until: 2026-12-01}", "CVE-1 : il manque not_exposed"),
        ("- {id: CVE-1, package: a, reason: r, not_exposed: n, until: 2026-12-01}", "CVE-1 : il manque version"),
        ("- {id: CVE-1, package: a, version: 1, reason: r, not_exposed: n, until: 2028-12-01}", "CVE-1 : « until »"),
        ("- {id: CVE-1, package: a, version: 1, reason: r, not_exposed: n, until: bientôt}", "CVE-1 : « until »"),
        ("- {id: CVE-1", "ne se lit pas, ligne "),
        ("CVE-1", "doit être une liste"),
    ],
)
def test_an_acceptance_without_reasons_or_end_is_none_and_is_told_of_in_french(
    entry: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "accepted.yml").write_text(entry)
    with pytest.raises(ValueError, match=re.escape(said)):
        read_accepted(tmp_path / "accepted.yml", TODAY)
    monkeypatch.setattr(audit, "ACCEPTED", tmp_path / "accepted.yml")
    assert audit.main() == 1
    assert said in capsys.readouterr().err


def test_ours_are_still_valid_today() -> None:
    today = datetime.date.today()
    faults = outdated(read_accepted(audit.ACCEPTED, today), everything(), today)
    assert not faults, "docs/security/accepted.yml needs another look (with « make audit »):\n" + "\n".join(faults)


CLOSED = {
    "aiohttp": "3.13.4",
    "sanic": "21.12.2",
    "skops": "0.13.0",
    "protobuf": "4.25.8",
    "pydantic": "1.10.13",
    "dnspython": "2.6.1",
    "pymongo": "4.6.3",
    "sentry-sdk": "1.45.1",
    "setuptools": "78.1.1",
    "python-socketio": "5.14.0",
    "python-engineio": "4.13.2",
    "redis": "4.5.5",
}
"""From which version on the holes of notes/reliability.md, section 3, are closed: known without asking anybody."""


@pytest.mark.parametrize("name", CLOSED)
def test_no_lock_falls_back_behind_a_hole_that_was_closed(name: str) -> None:
    locked = [package for package in everything() if package.name == name]
    assert locked
    assert [package.version for package in locked if Version(package.version) < Version(CLOSED[name])] == []


class _Osv(BaseHTTPRequestHandler):
    """Answers as OSV does, from the server's `known`: (package, version) to records; a page holds one."""

    def do_POST(self) -> None:
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        results: list[dict[str, Any]] = []
        for query in queries:
            records = self.server.known.get((query["package"]["name"], query["version"]), [])  # type: ignore[attr-defined]
            page = int(query.get("page_token", 0))
            result: dict[str, Any] = {"vulns": [{"id": one["id"]} for one in records[page : page + 1]]} if records else {}
            if page + 1 < len(records):
                result["next_page_token"] = str(page + 1)
            results.append(result)
        self._answer({"results": results})

    def do_GET(self) -> None:
        records = [one for some in self.server.known.values() for one in some]  # type: ignore[attr-defined]
        self._answer(next(one for one in records if self.path == f"/v1/vulns/{one['id']}"))

    def _answer(self, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def osv() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Osv)
    server.known = {}  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_every_locked_package_is_asked_and_what_comes_is_told(osv: ThreadingHTTPServer, capsys: pytest.CaptureFixture[str]) -> None:
    service = f"http://127.0.0.1:{osv.server_port}"
    assert audit.main(service=service, today=TODAY) == 0
    osv.known = {  # type: ignore[attr-defined]
        ("keras", "2.12.0"): [record(*BEFORE_213, id="GHSA-old", aliases=["CVE-2024-3660"]), record(*BEFORE_213, id="GHSA-new")],
        ("engine.io-client", next(p.version for p in everything() if p.name == "engine.io-client")): [record(id="GHSA-widget")],
        ("pytest", next(p.version for p in everything() if p.name == "pytest")): [record(id="GHSA-gone", withdrawn="2026-01-01")],
    }
    assert audit.main(service=service, today=TODAY) == 1
    said = capsys.readouterr().err
    assert "keras 2.12.0 (PyPI) : GHSA-new, corrigée par 2.13.1" in said
    assert "engine.io-client" in said
    assert "GHSA-old" not in said
    assert "GHSA-gone" not in said


def test_without_data_nothing_passes_for_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main(service="http://127.0.0.1:9", today=TODAY) == 2
    assert "Aucun paquet n’a été vérifié" in capsys.readouterr().err


def test_what_ran_out_is_said_before_any_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main(service="http://127.0.0.1:9", today=datetime.date(2029, 1, 1)) == 1
    said = capsys.readouterr().err
    assert said.index("keras : CVE-2024-3660 n’est plus acceptée") < said.index("n’ont pas pu être demandées")


def test_records_fetched_on_another_machine_serve_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python, npm = tmp_path / "all.zip", tmp_path / "npm.json"
    with zipfile.ZipFile(python, "w") as archive:
        archive.writestr("1.json", json.dumps(record(*BEFORE_213, id="GHSA-new")))
        archive.writestr("2.json", json.dumps(record(ALL, id="GHSA-other", package=Locked("left-alone", "1", "", ()))))
    npm.write_text(json.dumps([record(ALL, {"fixed": "99.0.0"}, id="GHSA-widget", package=WS)]))
    assert audit.main([python], today=TODAY) == 2
    assert "rien de npm" in capsys.readouterr().err
    assert audit.main([python, npm], today=TODAY) == 1
    said = capsys.readouterr().err
    assert "GHSA-new" in said
    assert "ws " in said
    assert "GHSA-other" not in said


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"id": "a", "affected": 3}]'])
def test_a_file_that_is_no_advisory_is_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "osv.json").write_text(text)
    assert audit.main([tmp_path / "osv.json"], today=TODAY) == 2
    assert audit.main([tmp_path / "absent.json"], today=TODAY) == 2
    assert "n’est pas au format d’OSV" in capsys.readouterr().err


def test_the_bill_of_materials_names_everything_that_is_locked_with_its_digests(tmp_path: Path) -> None:
    sbom.main(tmp_path / "sbom.json")
    made = json.loads((tmp_path / "sbom.json").read_text("utf-8"))
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.5")
    by_purl = {component["purl"]: component for component in made["components"]}
    assert len(by_purl) == len(made["components"]) == len({component["bom-ref"] for component in made["components"]})
    for name in ("run", "dev", "uv"):
        lock = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
        pinned = re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[.*?\])?==([^ ;\\]+)", lock, re.MULTILINE)
        assert [one for one in pinned if f"pkg:pypi/{one[0].replace('.', '-')}@{one[1].replace('+', '%2B')}" not in by_purl] == []
    run = (ROOT / "requirements" / "run.txt").read_text("utf-8")
    rasa = by_purl["pkg:pypi/rasa@3.6.21"]
    assert all(f"--hash=sha256:{held['content']}" in run for held in rasa["hashes"])
    assert rasa["scope"] == "required"
    assert any(purl.startswith("pkg:generic/python@3.10.") for purl in by_purl)


def test_it_tells_what_visitors_run_from_what_only_builds(tmp_path: Path) -> None:
    sbom.main(tmp_path / "sbom.json")
    made = json.loads((tmp_path / "sbom.json").read_text("utf-8"))
    packages = json.loads((ROOT / "widget" / "package-lock.json").read_text("utf-8"))["packages"]
    by_purl = {component["purl"]: component for component in made["components"]}
    for name in ("socket.io-client", "engine.io-client", "ws", "debug", "lit-html", "@socket.io/component-emitter"):
        held = packages[f"node_modules/{name}"]
        component = by_purl[f"pkg:npm/{name.replace('@', '%40')}@{held['version']}"]
        assert component["scope"] == "required"
        assert component["purl"] in made["dependencies"][0]["dependsOn"]
        (digest,) = component["hashes"]
        assert digest["alg"] == "SHA-512"
        assert "sha512-" + base64.b64encode(bytes.fromhex(digest["content"])).decode() == held["integrity"]
    scopes = {purl.rpartition("@")[0]: component["scope"] for purl, component in by_purl.items()}
    assert {scopes[f"pkg:{name}"] for name in ("npm/vitest", "npm/eslint", "pypi/pytest", "pypi/uv")} == {"excluded"}
    assert scopes["pkg:npm/%40esbuild/linux-x64"] == "optional"
    assert "group" not in by_purl[f"pkg:npm/ws@{packages['node_modules/ws']['version']}"]


def test_a_package_without_hash_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock.txt").write_text("aiohttp==3.14.5\n")
    with pytest.raises(ValueError, match="aiohttp"):
        read_lock(tmp_path / "lock.txt")
    (tmp_path / "package-lock.json").write_text('{"packages": {"": {}, "node_modules/ws": {"version": "8.21.3"}}}')
    with pytest.raises(ValueError, match="ws"):
        read_npm_lock(tmp_path / "package-lock.json")


def test_no_lock_names_a_registry() -> None:
    assert [file.name for file in (ROOT / "requirements").iterdir() if "://" in file.read_text("utf-8")] == []
    assert '"resolved"' not in (ROOT / "widget" / "package-lock.json").read_text("utf-8")
