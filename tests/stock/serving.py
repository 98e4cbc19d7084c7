"""A stock Rasa with the smallest assistant, served as its documentation says, and what is done to it and to Réso alike."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.serving.preparing import QUIET
from bot.settings import ROOT
from tests.channels.vendors.accounts import Accounts
from tests.faults.watching import rows, until
from tests.journeys.serving import Servers, free_port, post

BOT = Path(__file__).parent / "bot"
START_SECONDS = 120.0
RESPONSE_SECONDS = 2
"""Time that Rasa without its API gives a response (Sanic's RESPONSE_TIMEOUT, 60 s as shipped), less than its slow action takes."""
LOCK_SECONDS = 1
"""Life of a conversation's lock (TICKET_LOCK_LIFETIME, 60 s as shipped), less than its slow action takes."""
STORE_SECONDS = 1
"""How long a locked SQLite is waited for (5 s as shipped)."""
SLOW_SECONDS = 4.0
"""What its slow action takes."""
SLOW = "lentement, s’il vous plaît"
"""What asks for it."""

CREDENTIALS = """
rest:
socketio:
  session_persistence: true
facebook:
  verify: {0.verify_token}
  secret: {0.app_secret}
  page-access-token: {0.messenger_token}
"""
ENDPOINTS = """
action_endpoint:
  url: http://127.0.0.1:{port}/webhook
tracker_store:
  type: SQL
"""
SQLITE = f"""
  dialect: sqlite
  db: tracker.db
  query: {{timeout: "{STORE_SECONDS}"}}
"""
POSTGRESQL = """
  dialect: postgresql
  url: 127.0.0.1
  port: {port}
  username: reso
  db: postgres
"""


def environment(graph: str) -> dict[str, str]:
    """Return the variables of a stock server: no telemetry, no proxy, shorter times than shipped; `graph`: Meta's API.

    Its code is not ours: its coverage is not measured.
    """
    own = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY") and not name.startswith("COVERAGE_")}
    return {
        **own, **QUIET, "PYTHONPATH": str(ROOT), "STOCK_GRAPH": graph, "SANIC_HOST": "127.0.0.1",
        "TICKET_LOCK_LIFETIME": str(LOCK_SECONDS), "SANIC_RESPONSE_TIMEOUT": str(RESPONSE_SECONDS),
        "STOCK_SLOW_SECONDS": str(SLOW_SECONDS),
    }  # fmt: skip


class Stock:
    """Stock Rasa and its action server in a folder. Started where it is wanted; `graph`: address of Meta's API."""

    def __init__(self, folder: Path, graph: str):
        self.folder, self._environment = folder, environment(graph)
        self.port, self.actions_port = free_port(), free_port()
        self.tracker, self.log = folder / "tracker.db", folder / "rasa.log"
        self._rasa: subprocess.Popen[bytes] | None = None
        self._actions: subprocess.Popen[bytes] | None = None
        self._api = False
        shutil.copytree(BOT, folder, dirs_exist_ok=True)
        (folder / "credentials.yml").write_text(CREDENTIALS.format(Accounts()), encoding="utf-8")
        train = ["train", "--data", "nlu.yml", "rules.yml", "--fixed-model-name", "stock", "--out", "."]
        self._training: subprocess.Popen[bytes] | None = self._run("train.log", "tests.stock.launcher", *train)

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def webhook(self) -> str:
        """Where Messenger delivers."""
        return f"{self.url}/webhooks/facebook/webhook"

    @property
    def alive(self) -> bool:
        """Tell whether Rasa's process is there."""
        return self._rasa is not None and self._rasa.poll() is None

    def up(self, api: bool | None = None, model: str = "stock.tar.gz", store: str = SQLITE) -> Stock:
        """Have it running; `api`: with Rasa's HTTP API, without, or as it is. `model`, which need not be there, and `store`
        count where it has to be started."""
        self._trained()
        if self._actions is None or self._actions.poll() is not None:
            self._actions = self._run("actions.log", "rasa_sdk", "--actions", "shop", "-p", str(self.actions_port))
            until(lambda: status_of(f"http://127.0.0.1:{self.actions_port}/health") == 200, START_SECONDS)
        if self.alive and api in (None, self._api):
            return self
        self.kill()
        self._api = api is not False
        (self.folder / "endpoints.yml").write_text(ENDPOINTS.format(port=self.actions_port).rstrip() + store, encoding="utf-8")
        given = ["--model", model, "--endpoints", "endpoints.yml", "--credentials", "credentials.yml", "-i", "127.0.0.1", "--cors", "*"]
        self._rasa = self._run("rasa.log", "tests.stock.launcher", "run", *given, "-p", str(self.port), *(["--enable-api"] * self._api))
        until(lambda: status_of(f"{self.url}/webhooks/rest/") == 200 or not self.alive, START_SECONDS)
        assert self.alive, self.log.read_text(errors="replace")
        return self

    def ended(self, seconds: float = 30.0) -> int:
        """Wait until Rasa's process has ended by itself; return its exit code. Raises TimeoutExpired where it does not."""
        assert self._rasa is not None
        return self._rasa.wait(seconds)

    def kill(self) -> None:
        """End Rasa as `kill -9` does."""
        _kill(self._rasa)

    def kill_actions(self) -> None:
        """End the action server as `kill -9` does."""
        _kill(self._actions)

    def stop(self) -> None:
        """End whatever of it runs."""
        for process in (self._training, self._rasa, self._actions):
            _kill(process)

    def _trained(self) -> None:
        if self._training is not None:
            assert self._training.wait(START_SECONDS) == 0, (self.folder / "train.log").read_text(errors="replace")
            self._training = None

    def _run(self, log: str, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / log).open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", module, *arguments], cwd=self.folder, env=self._environment, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT,
            )  # fmt: skip


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None and process.poll() is None:
        process.kill()
        process.wait(10)


def fetch(url: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """Return status, headers and body of an answer; status 0 where nobody answers."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, str(answer.headers), answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, str(error.headers), error.read().decode("utf-8", "replace")
    except OSError:
        return 0, "", ""


def status_of(url: str) -> int:
    """Return the status of an answer; 0 where nobody answers."""
    return fetch(url)[0]


def ask(url: str, body: Any) -> tuple[int, Any]:
    """Post to the REST channel; return status and decoded body, (0, None) where the connection breaks."""
    try:
        return post(url, body)
    except OSError:
        return 0, None


def texts(reply: Any) -> str:
    """Return what a REST reply says."""
    return "\n".join(message.get("text") or "" for message in reply)


def said(tracker: Path, sender: str) -> list[str]:
    """Return what somebody said, as the assistant's own store has it; `sender`: the end of the conversation's id."""
    query = "select json_extract(data, '$.text') from events where type_name = 'user' and sender_id like ? order by id"
    return [text for (text,) in rows(tracker, query, (f"%{sender}",))]


def post_large(port: int, size: int) -> int:
    """Send a message of `size` bytes to the REST channel; return the status, which may come before all of it was sent."""
    body = b'{"sender": "grand", "message": "bonjour ' + b"x" * size + b'"}'
    head = (
        f"POST /webhooks/rest/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        wire.sendall(head.encode() + body[:1024])
        if not select.select([wire], [], [], 1.0)[0]:
            wire.sendall(body[1024:])
        return int(wire.recv(64).split()[1])


@contextmanager
def slowest(url: str) -> Iterator[Callable[[], float]]:
    """Ask an address all the time while the block runs; gives a function that returns the seconds of the slowest answer."""
    over, seconds = threading.Event(), [0.0]

    def beat() -> None:
        while not over.wait(0.05):
            began = time.monotonic()
            status_of(url)
            seconds.append(time.monotonic() - began)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield lambda: max(seconds)
    finally:
        over.set()
        thread.join(30)


@contextmanager
def halted(servers: Servers, words: str) -> Iterator[int]:
    """Keep one process of Réso's from doing anything while the block runs; gives its id."""
    (pid,) = servers.pids(words)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGCONT)
