"""Random walks on the real servers: something is always said, there is always a way on, nobody is kept in the form."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.journeys.serving import Servers, Visitor
from tests.journeys.walking import PRESS, picks, walk

pytestmark = pytest.mark.servers

WALKS = int(os.environ.get("RESO_WALKS", "25"))
"""How many walks; 1,000 before a release (`RESO_WALKS=1000 make walks`)."""

BROKEN = re.compile(r"ne parviens pas|Traceback|Exception|\{\w+\}|utter_|None")
NOT_UNDERSTOOD = re.compile(r"ne sais pas répondre|sort de ce que je connais|pas réussi à lire|ne vois pas bien|toujours pas la réponse")
FORM = re.compile(r"facultatif|adresse e-mail ou à quel numéro|transmettre|Acceptez-vous|Je l’envoie")


def without(text: str, quoted: list[str]) -> str:
    """Return a text without what the visitor said: the form quotes it, braces and all."""
    for said in filter(None, quoted):
        text = text.replace(said, "")
    return text


def faults_of_walk(url: str, seed: int) -> list[str]:
    """Walk once; return what went wrong, in words."""
    visitor, chance = Visitor(url), picks(seed)
    wrong: list[str] = []
    quoted: list[str] = []
    lost = 0
    for number, turn in enumerate(walk(seed), 1):
        said = turn
        if turn == PRESS:
            said = chance.choice(visitor.buttons)["payload"] if visitor.buttons else "et sinon ?"
        try:
            visitor.says(said)
        except AssertionError as error:
            return [*wrong, f"{seed}.{number} {said!r} : {error}"]
        place = f"{seed}.{number} {said[:60]!r} :"
        if not visitor.text.strip():
            wrong.append(f"{place} rien à lire")
        quoted.append(said)
        if BROKEN.search(without(visitor.text, quoted)):
            wrong.append(f"{place} {visitor.text[:200]}")
        lost = lost + 1 if NOT_UNDERSTOOD.search(visitor.text) else 0
        if lost >= 2 and not any("personne" in b["title"] for b in visitor.buttons) and not FORM.search(visitor.text):
            wrong.append(f"{place} {lost} échecs de suite sans issue")
    visitor.says("annuler")
    if FORM.search(visitor.text):
        wrong.append(f"{seed} reste dans le formulaire : {visitor.text[:120]}")
    return wrong


def test_random_walks_never_end_in_a_wall(servers: Servers) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda seed: faults_of_walk(servers.url, seed), range(WALKS)))
    assert [fault for faults in found for fault in faults] == []
