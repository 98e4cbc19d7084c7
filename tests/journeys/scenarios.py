"""Talks written as named turns with shared openings (`conversations/*.yml`), and what a visitor would notice of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.journeys.serving import Visitor

FOLDER = Path(__file__).parent / "conversations"


@dataclass(frozen=True)
class Scenario:
    """A talk; `turns` holds the turns of its opening first."""

    name: str
    about: str
    misspelt: bool
    turns: tuple[dict[str, Any], ...]


def read_scenarios() -> list[Scenario]:
    """Return every scenario, file by file."""
    found = []
    for file in sorted(FOLDER.glob("*.yml")):
        held = yaml.safe_load(file.read_text(encoding="utf-8"))
        for one in held["scenarios"]:
            opening = held.get("openings", {})[one["after"]] if one.get("after") else []
            found.append(Scenario(one["name"], one["about"], bool(one.get("misspelt")), (*opening, *one["turns"])))
    return found


def plain(text: str) -> str:
    """Return `text` with ordinary spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def as_list(value: Any) -> list[str]:
    """Return one or several ids as a list."""
    return [value] if isinstance(value, str) else list(value)


def play(scenario: Scenario, visitor: Visitor) -> list[str]:
    """Play a scenario; return what does not hold, turn by turn, in words."""
    wrong: list[str] = []
    before = ""
    offered: dict[str, str] = {}  # a button of an earlier turn can still be pressed
    for number, turn in enumerate(scenario.turns, 1):
        if "press" in turn:
            if plain(turn["press"]) not in offered:
                return [*wrong, f"{number}. pas de bouton « {turn['press']} », mais {[b['title'] for b in visitor.buttons]}"]
            visitor.says(offered[plain(turn["press"])])
        else:
            visitor.says(turn["say"])
        said = turn.get("say") or f"[{turn['press']}]"
        wrong += [f"{number}. {said} : {fault}" for fault in faults(turn, visitor, before)]
        before = visitor.text
        offered |= {plain(b["title"]): b["payload"] for b in visitor.buttons}
    return wrong


def faults(turn: dict[str, Any], visitor: Visitor, before: str) -> list[str]:
    """Return what does not hold of one turn."""
    found: list[str] = []
    if turn.get("answers") == "none":
        if visitor.answers:
            found.append(f"répond {visitor.answers}")
    elif "answers" in turn and (not visitor.answers or visitor.answers[0] not in as_list(turn["answers"])):
        found.append(f"répond {visitor.answers or visitor.text[:90]} au lieu de {turn['answers']}")
    missing = [id for id in as_list(turn.get("all", [])) if id not in visitor.answers]
    if missing:
        found.append(f"manque {missing} dans {visitor.answers}")
    if "text" in turn and not re.search(turn["text"], plain(visitor.text), re.I):
        found.append(f"« {turn['text']} » n’est pas dans « {visitor.text[:160]} »")
    if "not_text" in turn and re.search(turn["not_text"], plain(visitor.text), re.I):
        found.append(f"« {turn['not_text']} » est dans « {visitor.text[:160]} »")
    if "buttons" in turn and not any(re.search(turn["buttons"], plain(b["title"]), re.I) for b in visitor.buttons):
        found.append(f"pas de bouton « {turn['buttons']} » dans {[b['title'] for b in visitor.buttons]}")
    if turn.get("differs") and visitor.text == before:
        found.append("même texte qu’au tour d’avant")
    return found
