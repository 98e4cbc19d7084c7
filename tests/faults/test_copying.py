"""The store goes from SQLite to PostgreSQL whole, or not at all (T31)."""

from __future__ import annotations

import datetime
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bot.settings import ROOT
from bot.store import handoffs, inbox, outbox, privacy, questions
from bot.store.holding import hold
from bot.store.inbox import Received
from bot.store.outbox import Part
from bot.store.sessions import together
from bot.store.tables import Base
from tests.conftest import storing_in
from tests.faults.postgresql import Cluster, cluster
from tests.faults.watching import until

pytestmark = pytest.mark.servers

CONVERSATIONS, TURNS = 1000, 3
TABLES = [table.name for table in Base.metadata.sorted_tables]


@pytest.fixture(scope="module")
def databases() -> Iterator[Cluster]:
    with cluster() as started:
        yield started


@pytest.fixture
def target(databases: Cluster) -> str:
    """A fresh database."""
    name = f"reso_{uuid.uuid4().hex}"
    with create_engine(databases.url, poolclass=NullPool, future=True, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"create database {name}"))
    return databases.url.rpartition("/")[0] + "/" + name


def fill(conversations: int) -> None:
    """Put conversations into the store of the settings, with all that may hang on one."""
    with together():
        for number in range(conversations):
            sender = f"widget.{number:032x}"
            for turn in range(TURNS):
                message = Received("widget", f"{sender}:{turn}", sender, f"Ça « marche » ? n° {turn} 🙂", {"à": [turn, None, 0.1]})
                outbox.receive_line(message, {"text": message.text}, "gateway")
                outbox.answer(message, [Part({"text": "Oui\u202f!\n’"}, "faq/ventes")], True, "shown")
                questions.note_question(sender, "widget", message.text, "answered", entry_id="faq/ventes", confidence=1 / (3 + turn))
            if number % 10 == 0:
                questions.note_feedback(sender, f"turn-{number}", "faq/ventes", number % 20 == 0)
                handoffs.keep(sender, "widget", "Zoé", "email", "zoe@exemple.fr", "Rappelez-moi", ["mail", "webhook"])


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a thousand conversations."""
    folder = tmp_path_factory.mktemp("mille")
    with storing_in(folder):
        fill(CONVERSATIONS)
    return folder / "reso.db"


@pytest.fixture
def thousand(filled: Path, store: str, tmp_path: Path) -> Path:
    """The folder of a store with those conversations, for one test."""
    with closing(sqlite3.connect(filled)) as kept, closing(sqlite3.connect(tmp_path / "reso.db")) as own:
        kept.backup(own)
    return tmp_path


def plain(value: Any) -> Any:
    """Return a value as both databases have it."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "microseconds")
    return json.loads(value) if isinstance(value, str) and value[:1] in ("{", "[") else value


def in_sqlite(folder: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(folder / "reso.db")) as connection:
        connection.row_factory = sqlite3.Row
        return {name: told(connection.execute(f"select * from {name}").fetchall()) for name in TABLES}


def in_postgresql(url: str) -> dict[str, list[str]]:
    with create_engine(url, poolclass=NullPool, future=True).connect() as connection:
        return {name: told(connection.execute(text(f"select * from {name}")).mappings().all()) for name in TABLES}


def told(rows: Iterable[Any]) -> list[str]:
    """Return rows as text, sorted. A Boolean is 0 or 1 in SQLite."""
    made = [{name: plain(value) for name, value in dict(row).items()} for row in rows]
    return sorted(str(sorted((n, int(v) if isinstance(v, bool) else v) for n, v in row.items())) for row in made)


def copying(folder: Path, url: str) -> subprocess.Popen[str]:
    """Start the command that copies."""
    environment = {**os.environ, "RESO_FOLDER": str(folder), "RESO_DATABASE_URL": url}
    command = [sys.executable, "-W", "ignore", "-m", "bot", "copy"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def copied(folder: Path, url: str) -> tuple[int, str]:
    """Copy to the end; return the exit code and what was said."""
    process = copying(folder, url)
    said = "".join(process.communicate(timeout=180))
    assert "Traceback" not in said
    return process.returncode, said


def test_every_row_arrives_and_the_numbers_go_on(thousand: Path, target: str) -> None:
    erased = handoffs.keep("rest.anna", "rest", "Anna", "email", "anna@exemple.fr", "?", ())
    privacy.erase("rest.anna")
    code, said = copied(thousand, target)
    assert code == 0, said
    there = in_postgresql(target)
    assert there == in_sqlite(thousand)
    assert len(there["inbox"]) == CONVERSATIONS * TURNS
    first = Received("widget", f"widget.{0:032x}:0", f"widget.{0:032x}", "encore")
    assert not outbox.receive_line(first, {}, "gateway", url=target)  # delivered before, in the other database
    assert outbox.append_line("widget.neuf", "notice", {}, url=target) > 2 * CONVERSATIONS * TURNS
    assert handoffs.keep("rest.bruno", "rest", "Bruno", "email", "b@exemple.fr", "?", (), url=target) > erased
    assert inbox.receive("widget", "neuf", "widget.neuf", "bonjour", url=target)


def test_killed_in_the_middle_it_leaves_nothing_and_is_done_again(thousand: Path, target: str) -> None:
    process = copying(thousand, target)
    assert process.stderr
    shown = ""
    while not re.search(r"\b[1-9]\d?%", shown):
        assert (more := process.stderr.read(1)), shown
        shown += more
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    until(lambda: not any(in_postgresql(target).values()), 30)
    assert copied(thousand, target)[0] == 0
    once = in_postgresql(target)
    assert once == in_sqlite(thousand)
    assert copied(thousand, target)[0] == 0
    assert in_postgresql(target) == once


def test_what_the_target_cannot_hold_stops_it_and_nothing_is_there(store: str, tmp_path: Path, target: str) -> None:
    fill(20)
    with closing(sqlite3.connect(tmp_path / "reso.db")) as connection:
        connection.execute("update inbox set message_id = ? where id = 50", ("x" * 200,))
        connection.commit()
    code, said = copied(tmp_path, target)
    assert code == 1
    assert "Rien n’a été copié" in said
    assert not any(in_postgresql(target).values())


def test_a_target_with_something_else_in_it_stays_as_it_is(store: str, tmp_path: Path, target: str) -> None:
    fill(2)
    assert copied(tmp_path, target)[0] == 0
    inbox.receive("rest", "autre", "autre", "bonjour", url=target)
    before = in_postgresql(target)
    code, said = copied(tmp_path, target)
    assert code == 1
    assert "contient déjà autre chose" in said
    assert in_postgresql(target) == before


def test_it_waits_for_the_servers_to_be_stopped(store: str, tmp_path: Path, target: str) -> None:
    with hold(tmp_path):
        code, said = copied(tmp_path, target)
    assert code == 1
    assert "arrêtez-le" in said
