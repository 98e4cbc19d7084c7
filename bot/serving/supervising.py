"""Starts the processes, restarts what falls or hangs, stops them together."""

from __future__ import annotations

import json
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bot.serving import models
from bot.serving.environment import ADDRESSES, OF_EVERYBODY, OF_THE_GATEWAY, OF_THE_TEAM, without_secrets
from bot.serving.logging_setup import last_message
from bot.serving.permissions import for_everybody
from bot.serving.preparing import QUIET, mend_model, use_another_model
from bot.serving.progress import Stop, step, tell
from bot.serving.pulse import DIRECTLY, SILENT_SECONDS, Pulse
from bot.serving.purging import purge_daily
from bot.settings import ROOT, Settings, settings
from bot.store.holding import Held, hold

logger = logging.getLogger(__name__)

KEY_HEADER = "X-Reso-Key"
START_SECONDS = 120
"""Longest wait for the first answer."""
STOP_SECONDS = 30
"""Longest wait for a process when stopping; the gateway itself takes 24 s at the most, Rasa's own grace is 15 s."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds before what fell is started anew; the pause doubles with each fall."""
MOST_DOUBLINGS = 10
"""Far beyond the longest pause; a process may fall thousands of times, and 2.0 to that power is no number any more."""
STEADY_SECONDS = 20.0
"""A process that ran for so long had started well: the next fall is the first again. Rasa needs about ten to load its model."""
BEHIND = ("nice", "-n", "5")
"""Thinking gives way to the gateway: a message is acknowledged at once, however many are being answered. The action server does
not: it writes to the gateway's store, and a writer that gives way holds up the other."""
GIVING_BACK = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "131072"}
"""For glibc (mallopt(3)): what large bodies took goes back to the system at once, instead of lying about in pieces for ever."""


@dataclass
class Child:
    """A supervised process and its log file.

    `before`: done before each start but the first; may raise Stop. `mend`: done where it ends at the first and says that its data
    are at fault (os.EX_DATAERR); tells whether another try is worth while. `pulse`: tells whether it hangs; None where it has no
    address to be asked at. `secrets`: settings that it needs; it gets no others. `needed`: nobody gets an answer without it.
    """

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    pulse: Pulse | None = None
    before: Callable[[], None] = lambda: None
    mend: Callable[[], bool] = lambda: False
    process: subprocess.Popen[bytes] | None = None
    secrets: frozenset[str] = frozenset()
    needed: bool = True
    falls: int = 0
    since: float = 0.0

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches it through us, once."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.with_suffix(".out").write_bytes(b"")
        # For appending: what is put aside once a day is emptied while the process writes.
        with self.log.with_suffix(".out").open("ab") as out:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=environment(self.environment, self.secrets), stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.since = time.monotonic()
        if self.pulse:
            self.pulse.begin()

    @property
    def running(self) -> bool:
        """Tell whether the process is there."""
        return self.process is not None and self.process.poll() is None

    @property
    def data_at_fault(self) -> bool:
        """Tell whether the process ended because of its data."""
        return self.process is not None and self.process.poll() == os.EX_DATAERR

    def stop(self, seconds: float) -> None:
        """Ask the process to end; end it after `seconds`."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the process at once, with all that it started."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def last_line(self) -> str:
        """Return the last line of the log that says something."""
        try:
            lines = [line for line in self.log.with_suffix(".out").read_text(errors="replace").splitlines() if line.strip()]
        except OSError:
            lines = []
        return last_message(self.log) or (lines[-1][-300:] if lines else "")


def environment(more: dict[str, str], secrets: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return the environment of a process of ours: without the secrets that are not its own, with `more` and who started it."""
    return {**without_secrets(os.environ, secrets | OF_EVERYBODY), **QUIET, "RESO_SUPERVISOR": str(os.getpid()), **more}


def url_of(given: Settings) -> str:
    """Return the gateway's address as this machine sees it."""
    return f"http://[{given.host}]:{given.port}" if ":" in given.host else f"http://{given.host}:{given.port}"


def action_server(given: Settings, inner: dict[str, str]) -> Child:
    """Return the action server, on loopback only; `inner`: as for `rasa_server`."""
    command = [sys.executable, "-W", "ignore", "-m", "bot.serving.actions"]
    pulse = Pulse(f"http://127.0.0.1:{given.actions_port}/health")
    return Child("le serveur d’actions", command, given.folder / "log" / "actions.log", inner, pulse, secrets=ADDRESSES)


def notifier(given: Settings) -> list[Child]:
    """Return the process that tells the team of requests, where a webhook or a mail address is set."""
    command = [sys.executable, "-W", "ignore", "-m", "bot", "notify"]
    return (
        [Child("l’envoi à l’équipe", command, given.folder / "log" / "notify.log", secrets=OF_THE_TEAM | ADDRESSES, needed=False)]
        if given.media
        else []
    )


def rasa_server(given: Settings, inner: dict[str, str]) -> Child:
    """Return Rasa, on loopback only, without its HTTP API; `inner`: its port and key, as variables."""
    endpoints = write_endpoints(given)
    command = [
        *BEHIND, sys.executable, "-m", "bot.serving.rasa", "run", "--model", str(given.model), "--endpoints", str(endpoints),
        "--credentials", str(ROOT / "credentials.yml"), "-i", "127.0.0.1", "-p", inner["RESO_RASA_PORT"],
    ]  # fmt: skip
    pulse = Pulse(f"http://127.0.0.1:{inner['RESO_RASA_PORT']}/webhooks/reso/", {KEY_HEADER: inner["RESO_INNER_KEY"]})
    return Child("l’assistant", command, given.folder / "log" / "rasa.log", inner, pulse, mend_model, use_another_model)


def gateway(given: Settings, inner: dict[str, str]) -> Child:
    """Return the gateway, the only one that others than this machine may reach."""
    command = [sys.executable, "-W", "ignore", "-m", "bot", "gateway"]
    pulse = Pulse(f"{url_of(given)}/health/live")
    return Child("la porte d’entrée", command, given.folder / "log" / "gateway.log", inner | GIVING_BACK, pulse, secrets=OF_THE_GATEWAY)


def inner_variables(given: Settings) -> dict[str, str]:
    """Return what the processes must agree on: a port for Rasa that is free now, and a key made for this run."""
    port = given.rasa_port
    if port == 0:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
    return {"RESO_RASA_PORT": str(port), "RESO_INNER_KEY": given.inner_key.get_secret_value() or secrets.token_hex(32)}


def write_endpoints(given: Settings) -> Path:
    """Write Rasa's endpoints for these settings, with the key of the action server, and return the file.

    The file names the variable that holds the key, which Rasa reads (rasa/shared/utils/io.py: replace_environment_variables).
    It does not stand in the project's own file: `rasa shell` would want it too, beside an action server of rasa_sdk.
    """
    text = (ROOT / "endpoints.yml").read_text(encoding="utf-8")
    file = given.folder / "endpoints.yml"
    action_endpoint = f"  url: {given.actions_url}\n  headers:\n    {KEY_HEADER}: ${{RESO_INNER_KEY}}"
    file.write_text(text.replace("  url: http://127.0.0.1:5055/webhook", action_endpoint), encoding="utf-8")
    return file


def check_port(host: str, port: int, setting: str) -> None:
    """Raise Stop where the port is taken."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Stop(f"Le port {port} est déjà pris : arrêtez ce qui l’occupe ou choisissez-en un autre avec {setting}.") from error


Sign = Literal["answer", "busy", "nothing"]


def ask(given: Settings, inner: dict[str, str]) -> Sign:
    """Ask a question from end to end; return « busy » where others are in the line. `inner`: as for `rasa_server`, its key opens REST."""
    body = json.dumps({"sender": "reso-probe", "message": "Les réseaux sociaux font-ils vendre ?"}).encode()
    headers = {"Content-Type": "application/json", KEY_HEADER: inner["RESO_INNER_KEY"]}
    request = urllib.request.Request(f"{url_of(given)}/webhooks/rest/webhook", body, headers)
    try:
        with DIRECTLY.open(request, timeout=given.turn_seconds + 1) as reply:
            return "answer" if any((m.get("custom") or {}).get("answers") for m in json.load(reply)) else "nothing"
    except urllib.error.HTTPError as error:
        return "busy" if error.code == 503 else "nothing"
    except (OSError, ValueError):
        return "nothing"


def works(given: Settings) -> bool:
    """Tell whether all that an answer takes is there, as the gateway sees it, however much there is to answer."""
    try:
        try:
            reply = DIRECTLY.open(f"{url_of(given)}/health/ready", timeout=5)
        except urllib.error.HTTPError as error:
            reply = error  # a 503 says what is missing, too
        with reply:
            told = json.load(reply)
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and all(told.get(part) is True for part in ("rasa", "actions", "store"))


def serve() -> None:
    """Run until SIGINT or SIGTERM. Raises Stop where the servers cannot start, or run already in this folder."""
    given = settings()
    for host, port, name in (
        (given.host, given.port, "RESO_PORT"), ("127.0.0.1", given.actions_port, "RESO_ACTIONS_PORT"),
        ("127.0.0.1", given.rasa_port, "RESO_RASA_PORT"),
    ):  # fmt: skip
        if port:
            check_port(host, port, name)
    try:
        with hold(given.folder):
            run(given)
    except Held:
        raise Stop(f"Réso tourne déjà dans le dossier {given.folder} : arrêtez-le, ou choisissez-en un autre avec RESO_FOLDER.") from None


def run(given: Settings) -> None:
    """Start every process, watch them, stop them together."""
    inner = inner_variables(given)
    children = [action_server(given, inner), rasa_server(given, inner), gateway(given, inner), *notifier(given)]
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: over.set())
    try:
        with step("Démarrage des serveurs"):
            for child in children:
                child.start()
            answered = wait_for_answer(children, given, inner, over)
        if answered:
            keep_model(given)
        if not over.is_set():
            rest = "" if given.rest_without_key else " (avec la clé RESO_REST_KEY)"
            tell(f"\nRéso répond.\n  Page de démonstration : {url_of(given)}/reso/\n  REST : {url_of(given)}/webhooks/rest/webhook{rest}")
            tell(f"  Journaux : {given.folder / 'log'}\nCtrl-C pour tout arrêter.")
        purge_daily(given, over)
        for child in children:
            if child.pulse:
                child.pulse.listen(over)
        watch(children, over)
    finally:
        tell("→ Arrêt …")
        for child in reversed(children):
            child.stop(STOP_SECONDS)
        tell("  tout est arrêté.")


def keep_model(given: Settings) -> None:
    """Keep the model as the last good one."""
    try:
        with for_everybody():
            models.keep_as_good(given.models)
    except OSError as error:  # as deployed: the program may not write where it was installed
        logger.info("the model is not kept as the last good one: %s", type(error).__name__)


def wait_for_answer(children: list[Child], given: Settings, inner: dict[str, str], over: threading.Event) -> bool:
    """Wait until a question is answered, and tell whether it was; raise Stop where a server that is needed ends or time is up.

    It was not where we were told to stop meanwhile, or where everything works but has thousands of messages to answer first, which
    vendors delivered before this start: they get their answers, and ours would only stand in their line.
    """
    until = time.monotonic() + START_SECONDS
    while not over.wait(0.3):
        for child in children:
            if child.running or not child.needed:  # what nobody waits for is started anew by `watch`
                continue
            if child.data_at_fault and child.mend():
                child.start()
            else:
                raise Stop(
                    f"{child.name[0].upper()}{child.name[1:]} s’est arrêté au démarrage : {child.last_line()} (journal : {child.log})"
                )
        sign = ask(given, inner)
        if sign == "answer":
            return True
        if time.monotonic() > until:
            if sign == "busy" and works(given):
                tell("\n  beaucoup de messages attendent\u202f: Réso y répond d’abord")
                return False
            raise Stop(f"Pas de réponse après {START_SECONDS} s ; voyez les journaux dans {given.folder / 'log'}.")
    return False


def pause_after(falls: int) -> float:
    """Return how many seconds to wait before starting what has fallen so often before."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(falls, MOST_DOUBLINGS))


def watch(children: list[Child], over: threading.Event) -> None:
    """Restart what falls or hangs, with a pause that doubles, until told to stop."""
    while not over.wait(0.5):
        for child in children:
            if child.running and child.pulse and child.pulse.stuck:
                tell(f"! {child.name} ne répond plus depuis {SILENT_SECONDS:.0f} s et va être arrêté")
                logger.error("stuck, to be killed: %s", child.log.stem)
                child.kill()
            if child.running:
                if time.monotonic() - child.since > STEADY_SECONDS:
                    child.falls = 0
                continue
            pause = pause_after(child.falls)
            child.falls += 1
            tell(f"! {child.name} est tombé ; redémarrage dans {pause:.1f} s")
            if not over.wait(pause):
                try:
                    child.before()
                except Stop as stop:
                    tell(f"! {stop}")
                child.start()


def shell_command(given: Settings) -> list[str]:
    """Return Rasa's shell, which listens like a server while somebody talks in it, without a key: on loopback only."""
    return [
        sys.executable, "-m", "bot.serving.rasa", "shell", "--model", str(given.model), "--endpoints", str(write_endpoints(given)),
        "--credentials", str(ROOT / "credentials.yml"), "-i", "127.0.0.1", "-p", str(given.port),
    ]  # fmt: skip


def shell() -> int:
    """Run `rasa shell` with the action server beside it; return its exit code."""
    given = settings()
    check_port("127.0.0.1", given.actions_port, "RESO_ACTIONS_PORT")
    inner = inner_variables(given)
    actions = action_server(given, inner)
    # A closed terminal sends SIGHUP: the servers must not outlive it.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    actions.start()
    shell = subprocess.Popen(shell_command(given), cwd=ROOT, env=environment(inner))
    try:
        return shell.wait()
    finally:
        shell.terminate()
        actions.stop(5)
