"""What is logged helps, and holds nothing personal; old logs go."""

from __future__ import annotations

import http.client
import json
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from bot.serving.log_files import KEEP_DAYS, LARGEST_BYTES, DailyFile, remove_all_old
from bot.serving.logging_setup import configure, configure_structlog, last_message
from bot.settings import ROOT, Settings
from bot.store.pseudonyms import conversation_key, pseudonym_key

MARKERS = ("nadia.diop@exemple.fr", "06 12 34 56 78", "FR76 3000 6000 0112 3456 7890 189", "Nadia")
KEY = "cle-de-la-mise-en-route"
TYPED = f"je m'appelle {MARKERS[3]}, {MARKERS[0]}, {MARKERS[1]}, {MARKERS[2]}"

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Lines]:
    """Logging as a process of ours has it; gives what the file holds."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.lastResort, sys.excepthook, logging.raiseExceptions)
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    file = configure("essai", tmp_path)
    assert file is not None
    yield lambda: [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        handler.close()
    root.handlers[:], level, logging.lastResort, sys.excepthook, logging.raiseExceptions = before
    root.setLevel(level)
    structlog.reset_defaults()


def fail(typed: str) -> None:
    secret = typed
    raise ValueError(f"unreadable: {secret}")


def raise_behind(typed: str) -> None:
    try:
        fail(typed)
    except ValueError as error:
        raise RuntimeError(typed) from error


def store_fails(typed: str) -> None:
    with create_engine("sqlite://").connect() as connection:
        connection.exec_driver_sql("insert into inbox (text) values (?)", (typed,))


def log_ours(text: str) -> None:
    logging.getLogger("bot.gateway").warning("asked: %s", text)


def log_with_extra(text: str) -> None:
    logging.getLogger("bot.gateway").warning("asked", extra={"text": text, "conversation": text})


def log_an_exception(text: str) -> None:
    try:
        raise_behind(text)
    except RuntimeError:
        logging.getLogger("bot.gateway").exception("it failed")


def log_an_error_as_argument(text: str) -> None:
    logging.getLogger("bot.gateway").error("it failed: %s", ValueError(text))


def log_an_error_as_message(text: str) -> None:
    logging.getLogger("bot.gateway").error(ValueError(text))


def log_a_statement(text: str) -> None:
    try:
        store_fails(text)
    except DBAPIError:
        logging.getLogger("bot.store").exception("the store failed")


def log_of_a_library(text: str) -> None:
    logging.getLogger("rasa.core").error(f"Failed to parse '{text}'\nmessage was {text}")


def log_cut_off_from_the_root(text: str) -> None:
    logger = logging.getLogger("sanic.error")
    logger.propagate = False
    logger.error("failed", exc_info=ValueError(text))


def log_with_structlog(text: str) -> None:
    configure_structlog()
    try:
        fail(text)
    except ValueError:
        structlog.get_logger("rasa.core.processor").exception("rest.message.received.failure", text=text, response={"text": text})


def log_with_wrong_arguments(text: str) -> None:
    logging.getLogger("bot.gateway").warning("%s and %d", text, "x")


WAYS = [
    log_ours, log_with_extra, log_an_exception, log_an_error_as_argument, log_an_error_as_message, log_a_statement, log_of_a_library,
    log_cut_off_from_the_root, log_with_structlog, log_with_wrong_arguments,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_nothing_personal_reaches_the_file(way: Callable[[str], None], lines: Lines, capfd: pytest.CaptureFixture[str]) -> None:
    way(TYPED)
    written = json.dumps(lines(), ensure_ascii=False) + "".join(capfd.readouterr())
    assert len(lines()) == 1
    assert [marker for marker in MARKERS if marker in written] == []


def log_typed_text_of_any_kind(way: Callable[[str], None]) -> bool:
    return way not in (log_ours, log_with_wrong_arguments)


@pytest.mark.parametrize("way", [w for w in WAYS if log_typed_text_of_any_kind(w)], ids=lambda way: way.__name__)
def test_nothing_that_was_typed_reaches_the_file_by_accident(way: Callable[[str], None], lines: Lines) -> None:
    way("je suis enceinte de trois mois")
    assert "enceinte" not in json.dumps(lines())


def test_a_line_says_when_what_and_of_which_conversation(lines: Lines) -> None:
    logging.getLogger("bot.gateway.turns").error("not answered after %s tries", 2, extra={"conversation": "ab" * 16})
    (line,) = lines()
    assert line.pop("time").endswith("Z")
    assert line == {"level": "error", "logger": "bot.gateway.turns", "message": "not answered after 2 tries", "conversation": "ab" * 16}


def test_an_error_says_where_it_happened_and_why_where_that_is_safe(lines: Lines) -> None:
    log_a_statement("bonjour")
    log_an_exception("bonjour")
    first, second = lines()
    assert first["error"][0]["said"] == "no such table: inbox"
    assert first["error"][1]["type"] == "sqlite3.OperationalError"
    assert [error["type"] for error in second["error"]] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert "said" not in second["error"][0]
    assert second["error"][1]["where"][-1].startswith("tests/serving/test_logging.py:")
    assert second["error"][1]["where"][-1].endswith(" fail")


def test_visitors_addresses_on_the_network_are_hidden_and_ours_are_not(lines: Lines) -> None:
    logging.getLogger("aiohttp.server").error("Error handling request from 203.0.113.7 and 2001:db8::ff00:42:8329 at 127.0.0.1:5005")
    assert lines()[0]["message"] == "Error handling request from [adresse IP] and [adresse IP] at 127.0.0.1:5005"


def test_what_nobody_caught_is_logged(lines: Lines) -> None:
    try:
        fail(TYPED)
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    assert lines()[0]["level"] == "critical"


def test_people_are_told_the_newest_error(lines: Lines, tmp_path: Path) -> None:
    assert last_message(tmp_path / "none.log") == ""
    log_a_statement("bonjour")
    logging.getLogger("bot").info("stopped")
    assert last_message(tmp_path / "essai.log") == "the store failed : sqlalchemy.exc.OperationalError : no such table: inbox"


def write_days(file: Path, days: int) -> None:
    """Log one line a day."""
    clock = [time.time()]
    handler = DailyFile(file, lambda: clock[0])
    for day in range(days):
        handler.handle(logging.makeLogRecord({"msg": f"day {day}"}))
        clock[0] += 86400
    handler.close()


def test_a_line_is_kept_for_its_days_and_no_longer(tmp_path: Path) -> None:
    write_days(tmp_path / "a.log", KEEP_DAYS + 20)
    held = "".join(file.read_text() for file in tmp_path.iterdir())
    assert f"day {KEEP_DAYS + 19}\n" in held
    assert "day 20\n" in held
    assert "day 18\n" not in held
    assert (tmp_path / "a.log").read_text() == f"day {KEEP_DAYS + 19}\n"


def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"x" * LARGEST_BYTES)
    handler = DailyFile(tmp_path / "a.log")
    handler.handle(logging.makeLogRecord({"msg": "new"}))
    handler.close()
    assert (tmp_path / "a.log").read_text() == "new\n"
    assert len(list(tmp_path.iterdir())) == 2


def test_the_log_of_a_process_that_is_gone_is_emptied_too(tmp_path: Path) -> None:
    old, new = tmp_path / "old.log", tmp_path / "new.log"
    for file in (old, new):
        file.write_text("x\n")
    long_ago = time.time() - (KEEP_DAYS + 1) * 86400
    os.utime(old, (long_ago, long_ago))
    assert remove_all_old(tmp_path, time.time()) == 1
    assert (old.read_text(), new.read_text()) == ("", "x\n")


def test_what_a_process_writes_beside_its_log_goes_after_as_many_days_while_it_writes_on(tmp_path: Path) -> None:
    now, day = time.time(), 86400
    with (tmp_path / "rasa.out").open("ab", buffering=0) as out:
        out.write(b"an old line\n")
        remove_all_old(tmp_path, now)
        out.write(b"a new line\n")
        assert (tmp_path / "rasa.out").read_text() == "a new line\n"
        assert "an old line\n" in {file.read_text() for file in tmp_path.iterdir()}
        remove_all_old(tmp_path, now + 1 * day)
        remove_all_old(tmp_path, now + (KEEP_DAYS - 2) * day)
        assert len(list(tmp_path.iterdir())) == 3
        remove_all_old(tmp_path, now + (KEEP_DAYS + 2) * day)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("rasa.out", "")]


@pytest.mark.servers
def test_the_action_server_tells_nobody_what_failed(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {**os.environ, "RESO_FOLDER": str(tmp_path), "RESO_ACTIONS_PORT": str(port), "RESO_INNER_KEY": KEY}
    server = subprocess.Popen([sys.executable, "-W", "ignore", "-m", "bot.serving.actions"], cwd=ROOT, env=given)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/health")
        broken = {"next_action": "action_answer", "sender_id": TYPED, "tracker": {"sender_id": TYPED, "events": TYPED}}
        status, body = post(f"{url}/webhook", json.dumps(broken).encode(), {"X-Reso-Key": KEY})
        assert (status, json.loads(body)) == (500, {"error": "failed"})
        assert announce(port, 5_000_000) == 413
        assert post(f"{url}/webhook", b"x", {"Content-Encoding": "deflate", "X-Reso-Key": KEY})[0] == 415
        assert post(f"{url}/webhook", b"{}", {"Origin": "https://evil.example", "X-Reso-Key": KEY}, "access-control-allow-origin")[1] == ""
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
    log = (tmp_path / "log" / "actions.log").read_text("utf-8")
    (failed,) = (json.loads(line) for line in log.splitlines() if "an action failed" in line)
    assert failed["conversation"] == conversation_key(TYPED, pseudonym_key(Settings(folder=tmp_path)))
    assert [marker for marker in MARKERS if marker in log] == []


def wait_for(url: str) -> None:
    """Wait until a server is there."""
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


def announce(port: int, length: int) -> int:
    """Return the status for a body that is announced only."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("POST", "/webhook")
    connection.putheader("Content-Length", str(length))
    connection.putheader("X-Reso-Key", KEY)
    connection.endheaders(b"{")
    status = connection.getresponse().status
    connection.close()
    return status


def post(url: str, body: bytes, headers: dict[str, str] | None = None, read: str = "") -> tuple[int, str]:
    """Return the status, and the body or the header to be read."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **(headers or {})})
    try:
        response = urllib.request.urlopen(request, timeout=10)
    except urllib.error.HTTPError as error:
        response = error  # type: ignore[assignment]
    with response:
        return response.status, (response.headers.get(read) or "") if read else response.read().decode()


def test_sqlite_says_no_value_in_its_errors() -> None:
    """The reason why what sqlite3 says may be logged."""
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t (a text unique check (length(a) > 2), b integer) strict")
    for statement, values in (("insert into t values (?, 1)", ("Na",)), ("insert into t values ('Nad', ?)", ("Nadia",))):
        with pytest.raises(sqlite3.Error) as caught:
            connection.execute(statement, values)
        assert "Na" not in str(caught.value)


RASA = """
import logging, sys
from pathlib import Path
from bot.serving.without_tensorflow import stand_in
from bot.settings import ROOT
stand_in(ROOT / "config.yml")
import rasa.__main__
from bot.serving.logging_setup import configure, configure_rasa
configure("rasa", Path(sys.argv[1]))
configure_rasa()
import rasa.core.processor
# What rasa.__main__.main does about logging before it runs a command.
rasa.__main__.configure_logging_and_warnings(None, None, warn_only_once=True, filter_repeated_logs=True)
rasa.utils.io.configure_colored_logging(None)
rasa.__main__.configure_structlog(logging.INFO)
try:
    text = sys.argv[2]
    raise ValueError(text)
except ValueError:
    rasa.core.processor.structlogger.exception("turn.failed", text=text, action_name="action_answer")
"""


@pytest.mark.servers
def test_rasa_logs_no_local_variables(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", RASA, str(tmp_path), TYPED], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    held = (tmp_path / "rasa.log").read_text("utf-8")
    assert json.loads(held)["message"] == "turn.failed action_name=action_answer"
    assert [marker for marker in MARKERS if marker in held + done.stdout + done.stderr] == []
