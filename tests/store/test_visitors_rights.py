"""A visitor gets everything that is kept about them, and can have it erased from every file."""

from __future__ import annotations

import datetime
import json
import logging
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.serving.logging_setup import configure
from bot.settings import settings
from bot.store import handoffs, inbox, outbox, privacy, questions
from bot.store.forgetting import finish_erasures
from bot.store.holding import hold
from bot.store.inbox import Received
from bot.store.outbox import Part
from bot.store.retention import Keep, purge
from tests.store.trackers import add_event, senders

MARKER = "zanzibar-4417"


def fill(sender: str, word: str) -> int:
    message = Received("rest", f"m-{sender}", sender, f"bonjour {word}", {"depuis": word})
    inbox.receive_all([message], "1")
    outbox.append_line(sender, "visitor", {"text": f"bonjour {word}"})
    outbox.answer(message, [Part({"text": f"réponse {word}"}, "faq/ventes")], True, "shown")
    questions.note_question(sender, "rest", f"et {word} ?", "answered", entry_id="faq/ventes")
    questions.note_feedback(sender, "t1", "faq/ventes", False)
    questions.note_reason(sender, "t1", "vague")
    add_event(settings().folder, sender, 1.0, event="user", text=f"bonjour {word}", parse_data={"intent": {"name": "faq"}})
    add_event(settings().folder, sender, 2.0, event="slot", name="context", value={"word": word})
    return handoffs.keep(sender, "rest", f"Nadia {word}", "email", f"{word}@exemple.fr", f"question {word}", ("webhook",))


def test_the_export_holds_everything_of_one_visitor(store: str) -> None:
    reference = fill("visiteur-1", MARKER)
    fill("visiteur-2", "bornéo")
    made = privacy.export("visiteur-1")
    written = json.dumps(made, ensure_ascii=False)
    assert "bornéo" not in written
    assert made["messages reçus de vous"][0]["texte"] == f"bonjour {MARKER}"
    assert [(line["auteur"], line["contenu"]["text"]) for line in made["messages affichés ou envoyés"]] == [
        ("vous", f"bonjour {MARKER}"), ("Réso", f"réponse {MARKER}"),
    ]  # fmt: skip
    assert made["questions notées"][0]["texte masqué"] == f"et {MARKER} ?"
    assert made["avis donnés"][0] | {"donné le": ""} == {"donné le": "", "fiche": "faq/ventes", "utile": False, "raison": "vague"}
    assert made["demandes à l’équipe"][0]["numéro"] == reference
    assert made["demandes à l’équipe"][0]["contact"] == f"{MARKER}@exemple.fr"
    assert made["mémoire de la conversation"] == [
        {"le": "1970-01-01T00:00:01Z", "quoi": "message de vous", "texte": f"bonjour {MARKER}", "compris comme": "faq"},
        {"le": "1970-01-01T00:00:02Z", "quoi": "retenu pour la suite", "nom": "context", "valeur": {"word": MARKER}},
    ]
    assert datetime.datetime.fromisoformat(made["établi le"].rstrip("Z"))


@pytest.fixture
def logs(store: str) -> Iterator[Path]:
    """The folder of the logs, where this process writes as the servers do."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.lastResort, sys.excepthook, threading.excepthook, logging.raiseExceptions)
    root.handlers[:] = []
    configure("gateway")
    yield settings().folder / "log"
    root.handlers[0].close()
    root.handlers[:], level, logging.lastResort, sys.excepthook, threading.excepthook, logging.raiseExceptions = before
    root.setLevel(level)


def test_erasure_leaves_no_trace_in_any_file_and_touches_nobody_else(store: str, logs: Path) -> None:
    fill("visiteur-1", MARKER)
    logging.getLogger("bot.gateway").warning("une ligne du journal")
    fill("visiteur-2", "bornéo")
    assert privacy.erase_everywhere("visiteur-1") == privacy.Erasure(
        {"messages": 1, "questions": 1, "avis": 1, "demandes": 1, "événements": 2}, emptied=True
    )
    empty = privacy.export("visiteur-1")
    assert [name for name, value in empty.items() if isinstance(value, list) and value] == []
    assert [file.name for file in settings().folder.rglob("*") if file.is_file() and MARKER.encode() in file.read_bytes()] == []
    assert "une ligne du journal" in (logs / "gateway.log").read_text()
    assert senders(settings().folder) == ["visiteur-2"]
    assert privacy.count_kept("visiteur-2") == (1, 1, 1, 1)


def test_an_erasure_that_was_cut_off_between_the_two_files_is_finished(store: str) -> None:
    folder = settings().folder
    for sender in ("whatsapp.33612345678", "whatsapp.33600000000"):
        fill(sender, MARKER)
    privacy.erase("whatsapp.33612345678")  # and the process is killed
    add_event(folder, "whatsapp.33612345678", time.time() + 60, event="user", text="me revoilà")
    assert finish_erasures(settings()) == 2
    assert finish_erasures(settings()) == 0
    told = privacy.export("whatsapp.33612345678")["mémoire de la conversation"]
    assert [event["texte"] for event in told] == ["me revoilà"]
    assert len(privacy.export("whatsapp.33600000000")["mémoire de la conversation"]) == 2


def test_the_purge_finishes_it_too(store: str) -> None:
    fill("visiteur-1", MARKER)
    privacy.erase("visiteur-1")
    add_event(settings().folder, "visiteur-2", time.time(), event="user", text="bonjour")
    purge(datetime.datetime.utcnow(), Keep())
    assert senders(settings().folder) == ["visiteur-2"]


def test_a_visitor_is_found_by_the_number_of_a_request(store: str) -> None:
    reference = fill("visiteur-1", MARKER)
    assert privacy.sender_of_request(reference) == "visiteur-1"
    assert privacy.sender_of_request(reference + 1) is None


def test_a_visitor_of_whom_nothing_is_kept(store: str) -> None:
    assert privacy.export("personne")["messages reçus de vous"] == []
    assert privacy.erase_everywhere("personne").counts == {"messages": 0, "questions": 0, "avis": 0, "demandes": 0}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run a command as the staff do; return its exit code and all it said."""
    code = main(list(arguments))
    said = capsys.readouterr()
    return code, said.out + said.err


def test_the_staff_find_a_visitor_by_phone_or_mail_as_these_are_typed(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill("whatsapp.33612345678", MARKER)
    handoffs.keep("widget.1", "widget", "", "email", "Nadia.Diop@exemple.fr", "?", ())
    for typed in ("06 12 34 56 78", "+33 6 12 34 56 78", f"{MARKER}@exemple.fr"):
        code, told = run(capsys, "export", "--contact", typed)
        assert (code, json.loads(told)["conversation"]) == (0, "whatsapp.33612345678")
    assert json.loads(run(capsys, "export", "--contact", "nadia.diop@exemple.fr")[1])["conversation"] == "widget.1"
    assert run(capsys, "erase", "--contact", "0612345678")[0] == 0
    assert privacy.count_kept("whatsapp.33612345678") == (0, 0, 0, 0)
    code, told = run(capsys, "erase", "--contact", "0612345678")
    assert (code, "Aucune conversation" in told) == (1, True)
    assert run(capsys, "erase", "--contact", "Nadia")[0] == 1


def test_where_several_conversations_lead_to_a_contact_a_person_chooses(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill("whatsapp.33612345678", MARKER)
    reference = handoffs.keep("widget.1", "widget", "", "phone", "+33612345678", "?", ())
    code, told = run(capsys, "erase", "--contact", "0612345678")
    assert code == 1
    assert "whatsapp.33612345678" in told
    assert f"widget.1, demande {reference}" in told
    assert privacy.count_kept("widget.1")[3] == 1


def test_erasing_beside_the_servers_says_what_it_cannot_promise(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill("visiteur-1", MARKER)
    assert "Réso tourne" not in run(capsys, "erase", "--conversation", "visiteur-1")[1]
    fill("visiteur-3", MARKER)
    with hold(settings().folder):
        assert "Réso tourne" in run(capsys, "erase", "--conversation", "visiteur-3")[1]


def test_a_trace_that_a_reader_keeps_in_the_log_of_a_database_is_told(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill("visiteur-1", MARKER)
    reader = sqlite3.connect(settings().folder / "reso.db", isolation_level=None)
    reader.execute("begin")
    reader.execute("select count(*) from inbox").fetchone()
    assert "-wal" in run(capsys, "erase", "--conversation", "visiteur-1")[1]
    reader.close()
    assert "-wal" not in run(capsys, "erase", "--conversation", "visiteur-1")[1]
