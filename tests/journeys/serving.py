"""The real servers, as `make run` starts them, and a visitor who talks to them over REST."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.settings import ROOT


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Servers:
    """`make run` under way: `lines` is what it printed."""

    process: subprocess.Popen[str]
    port: int
    actions_port: int
    folder: Path
    lines: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address of the assistant."""
        return f"http://127.0.0.1:{self.port}"

    def wait_for(self, words: str, seconds: float) -> None:
        """Wait until a line with `words` was printed; fail with what was printed instead."""
        until = time.monotonic() + seconds
        while not any(words in line for line in self.lines):
            assert self.process.poll() is None, "".join(self.lines)
            assert time.monotonic() < until, "".join(self.lines)
            time.sleep(0.1)

    def pids(self, words: str) -> list[int]:
        """Return the processes below `make run` whose command line has `words`."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    ours = f"RESO_FOLDER={self.folder}\0".encode() in (entry / "environ").read_bytes() + b"\0"
                except OSError:
                    continue
                if words in command and ours:
                    found.append(int(entry.name))
        return found


@contextmanager
def running(folder: Path, before: Sequence[str] = (), command: Sequence[str] = ("make", "run"), **environment: str) -> Iterator[Servers]:
    """Start the servers on free ports in a folder of its own, wait for the first answer, and stop them as Ctrl-C does.

    `before`: a command that runs `command`, such as setpriv with its options.
    """
    port, actions_port = free_port(), free_port()
    given = {"RESO_FOLDER": str(folder), "RESO_PORT": str(port), "RESO_ACTIONS_PORT": str(actions_port), **environment}
    process = subprocess.Popen(
        [*before, *command], cwd=ROOT, env={**os.environ, **given}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    servers = Servers(process, port, actions_port, folder)
    assert process.stdout is not None
    reader = threading.Thread(target=lambda: servers.lines.extend(iter(process.stdout.readline, "")), daemon=True)  # type: ignore[union-attr]
    reader.start()
    try:
        servers.wait_for("Réso répond", 240)
        yield servers
    finally:
        with suppress(ProcessLookupError):  # a test ended it
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(45)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        reader.join(5)


@dataclass
class Visitor:
    """Talks over REST in one conversation."""

    url: str
    sender: str = field(default_factory=lambda: f"visiteur-{uuid.uuid4().hex}")
    heard: list[dict[str, Any]] = field(default_factory=list)

    def says(self, text: str) -> Visitor:
        """Send a message and keep the reply."""
        status, body = post(self.url, {"sender": self.sender, "message": text})
        assert status == 200, body
        assert isinstance(body, list)
        assert body, f"rien en réponse à {text!r}"
        self.heard = body
        return self

    def presses(self, title: str) -> Visitor:
        """Press the button of that title."""
        return self.says(next(b["payload"] for b in self.buttons if b["title"] == title))

    @property
    def conversation(self) -> str:
        """The id of the conversation in the stores."""
        return f"rest.{self.sender}"

    @property
    def text(self) -> str:
        """What is read."""
        return "\n".join(m["text"] for m in self.heard if m.get("text"))

    @property
    def buttons(self) -> list[dict[str, str]]:
        """What can be pressed."""
        return [b for m in self.heard for b in m.get("buttons") or []]

    @property
    def answers(self) -> list[str]:
        """Ids of the answers."""
        return [a["id"] for m in self.heard for a in (m.get("custom") or {}).get("answers") or []]

    @property
    def suggestions(self) -> list[str]:
        """Ids of the suggestions."""
        return [s["id"] for m in self.heard for s in ((m.get("custom") or {}).get("fallback") or {}).get("suggestions") or []]


def post(url: str, body: Any, raw: bytes | None = None) -> tuple[int, Any]:
    """Post JSON (or raw bytes) to the REST channel; return status and decoded body."""
    data = raw if raw is not None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/webhooks/rest/webhook", data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        text = error.read().decode("utf-8", "replace")
        try:
            return error.code, json.loads(text)
        except ValueError:
            return error.code, text
