"""From « je veux quelqu'un » to the team's webhook; and everything of a visitor gone when asked for."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import time

import pytest

from tests.journeys.conftest import SECRET
from tests.journeys.serving import Servers, Visitor
from tests.notifying.team import Team

pytestmark = pytest.mark.servers


def fill(visitor: Visitor) -> None:
    """Ask something that Réso does not know, then fill in the form, with a slip and a question in the middle."""
    for text in (
        "combien coute une pub sur facebook",
        "je veux parler a qqn",
        "Nadia",
        "06 12",
        "au fait c koi inktober",
        "nadia@exemple.fr",
    ):
        visitor.says(text)
    visitor.presses("Oui, envoyez celle-ci").presses("J’accepte")


def taken_about(team: Team, contact: str, seconds: float) -> list[tuple[bytes, str]]:
    """Wait for the notices that carry `contact`; other tests of the run make requests too."""
    until = time.monotonic() + seconds
    while True:
        taken = [(body, signature) for body, signature in team.taken if json.loads(body)["contact"]["value"] == contact]
        if taken or time.monotonic() > until:
            return taken
        time.sleep(0.2)


def test_a_request_reaches_the_team_once_and_signed(servers: Servers, team: Team) -> None:
    visitor = Visitor(servers.url)
    fill(visitor)
    assert "combien coute une pub sur facebook" in visitor.text
    visitor.presses("Envoyer")
    assert "transmis" in visitor.text
    taken = taken_about(team, "nadia@exemple.fr", 30)
    assert len(taken) == 1
    body, signature = taken[0]
    assert signature == "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert json.loads(body)["contact"] == {"kind": "email", "value": "nadia@exemple.fr"}


def test_after_erasing_no_file_knows_the_visitor(servers: Servers) -> None:
    visitor = Visitor(servers.url)
    fill(visitor)
    visitor.presses("Envoyer").says("c'est utile").says("supprime mes données").presses("Oui, supprimer")
    assert "supprimé" in visitor.text
    for file in ("reso.db", "tracker.db"):
        database = sqlite3.connect(servers.folder / file)
        tables = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
        held = "\n".join(str(row) for table in tables for row in database.execute(f"select * from {table}") if visitor.sender in str(row))
        assert held == "", file


def test_after_erasing_the_talk_begins_anew(servers: Servers) -> None:
    visitor = Visitor(servers.url)
    visitor.says("c quoi booktok").says("supprime mes données").says("oui")
    visitor.says("dis-m'en plus")
    assert visitor.answers == []
