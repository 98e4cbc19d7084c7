"""Names that travel between the parts agree; nobody imports what it must not."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

from actions.slots import CONTEXT_SLOTS, FORGET, REPLY_STATUS
from bot.dialogue import understanding
from bot.dialogue.choices import COMMANDS, Choice
from bot.evaluation.examples import Example, read_examples
from bot.evaluation.twins import near_twins
from bot.knowledge.catalogue import read_catalogue
from bot.knowledge.content import read_folder
from bot.knowledge.entry import FACETS, KINDS
from bot.knowledge.library import Library
from bot.knowledge.search import content_words
from bot.language.folding import key
from bot.language.recognising import recognise
from bot.language.tokens import is_token
from bot.settings import ROOT

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
SHARED = ROOT.parent / "shared"
LEAST_QUESTIONS, LEAST_VOICES, LEAST_OUTSIDE = 150, 10, 1500


def catalogue_ids() -> set[str]:
    return set(read_catalogue(ROOT / "data" / "catalogue.txt"))


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return read_examples(ROOT / "data" / "nlu")


def python_files(*folders: str) -> list[Path]:
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in file.parts]


def imports_of(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return found | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}


def test_every_catalogue_id_is_an_entry_without_fault() -> None:
    entries, faults = read_folder(ROOT / "data" / "knowledge", catalogue_ids())
    assert [str(f) for f in faults] == []
    assert catalogue_ids() <= {e.id for e in entries}


@pytest.mark.skipif(not SHARED.exists(), reason="shared/ is not beside this clone")
def test_our_list_of_ids_is_the_public_catalogue() -> None:
    text = (SHARED / "catalogue.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"^  ([a-z]+/[a-z0-9-]+):", text, re.M)) <= catalogue_ids()


def test_every_entry_is_asked_for_in_several_voices(examples: list[Example]) -> None:
    counts = Counter(e.label for e in examples if e.in_scope)
    voices = {id: {e.voice for e in examples if e.label == id} for id in catalogue_ids()}
    assert {id: counts[id] for id in catalogue_ids() if counts[id] < LEAST_QUESTIONS} == {}
    assert {id: v for id, v in voices.items() if len(v) < LEAST_VOICES} == {}
    assert sum(e.label.startswith("out_of_scope/") for e in examples) >= LEAST_OUTSIDE


def test_no_question_stands_twice(examples: list[Example]) -> None:
    held: dict[str, set[str]] = {}
    for example in examples:
        held.setdefault(key(example.text) or example.text, set()).add(example.label)
    assert {text: labels for text, labels in held.items() if len(labels) > 1} == {}
    assert len(held) == len(examples)


def test_no_two_entries_are_asked_for_with_the_same_words(examples: list[Example]) -> None:
    held: dict[frozenset[str], set[str]] = {}
    for example in examples:
        meaning = frozenset(content_words(example.text))
        if example.in_scope and len(meaning) >= 3:
            held.setdefault(meaning, set()).add(example.label)
    assert [(set(words), labels) for words, labels in held.items() if len(labels) > 1] == []


def test_hardly_any_question_is_nearly_another(examples: list[Example]) -> None:
    """Across ids none; in one voice none (that would be a template); between voices of one id a few cannot be helped."""
    asked = [e for e in examples if e.in_scope]
    assert [(a.text, b.text) for a, b in near_twins(asked, 0.7) if a.label != b.label] == []
    twins = list(near_twins(asked, 0.8))
    assert [(a.text, b.text) for a, b in twins if (a.label, a.voice) == (b.label, b.voice)] == []
    assert len(twins) <= 0.03 * len(asked)


def test_no_question_reads_as_an_intent_or_an_entity(examples: list[Example]) -> None:
    assert [e.text for e in examples if e.text.startswith("/") or re.search(r"\[.*\]\(.*\)", e.text)] == []


def test_labels_lead_to_intents_of_the_domain(examples: list[Example]) -> None:
    families = {e.label.partition("/")[0] for e in examples}
    assert families - set(DOMAIN["intents"]) == set()
    assert set(KINDS) <= families


def test_what_is_certain_is_never_a_training_question(examples: list[Example]) -> None:
    wrong = [(e.label, e.text) for e in examples if e.in_scope and recognise(e.text) is not None]
    assert wrong == []


def test_slots_of_the_code_are_slots_of_the_domain() -> None:
    assert set(DOMAIN["slots"]) == {REPLY_STATUS, FORGET, *CONTEXT_SLOTS}


def test_actions_of_the_rules_exist() -> None:
    rules = "\n".join(f.read_text(encoding="utf-8") for f in (ROOT / "data" / "stories").glob("*.yml"))
    named = set(re.findall(r"- action: (action_\w+)", rules))
    coded = {m for f in python_files("actions") for m in re.findall(r'return "(action_\w+)"', f.read_text(encoding="utf-8"))}
    assert named == set(DOMAIN["actions"]) == coded


def test_every_action_that_can_fail_has_a_rule_for_its_failure() -> None:
    for action in DOMAIN["actions"]:
        rules = "\n".join(f.read_text(encoding="utf-8") for f in (ROOT / "data" / "stories").glob("*.yml"))
        assert re.search(rf"- action: {action}\n\s+- slot_was_set:\n\s+- reply_status: pending\n\s+- action: utter_unavailable", rules), (
            action
        )


def test_sentences_used_are_in_the_domain() -> None:
    used = {m for f in python_files("bot/dialogue", "actions") for m in re.findall(r'"(utter_\w+)"', f.read_text(encoding="utf-8"))}
    rules = "\n".join(f.read_text(encoding="utf-8") for f in (ROOT / "data" / "stories").glob("*.yml"))
    used |= set(re.findall(r"- action: (utter_\w+)", rules))
    assert used == set(DOMAIN["responses"])


def test_no_button_of_the_domain_carries_an_intent() -> None:
    payloads = [b["payload"] for texts in DOMAIN["responses"].values() for t in texts for b in t.get("buttons", [])]
    assert payloads
    assert [p for p in payloads if p.startswith("/")] == []


def test_button_tokens_are_read_alike_on_both_sides() -> None:
    for command in COMMANDS:
        token = Choice("Titre", command, "faq/ventes").token("v")
        assert is_token(token)
        assert recognise(token) == "choice/pressed"


def test_the_key_of_understanding_is_the_same_on_both_sides() -> None:
    source = (ROOT / "bot" / "nlu" / "question_classifier.py").read_text(encoding="utf-8")
    assert f'OUTPUT = "{understanding.KEY}"' in source


def test_names_of_entries_can_be_recognised(known: Library) -> None:
    texts = "\n".join(f.read_text(encoding="utf-8") for f in (ROOT / "data" / "nlu" / "entities").glob("*.yml"))
    listed = {key(line.strip()[2:]) for line in texts.splitlines() if line.strip().startswith("- ")}
    missing = {n for e in known for facet in FACETS if facet != "names" for n in getattr(e, facet) if key(n) not in listed}
    assert missing == set()


def test_every_other_spelling_leads_to_a_listed_name() -> None:
    blocks = [b for f in (ROOT / "data" / "nlu" / "entities").glob("*.yml") for b in yaml.safe_load(f.read_text(encoding="utf-8"))["nlu"]]
    listed = {key(line.strip()[2:]) for b in blocks if "lookup" in b for line in b["examples"].splitlines()}
    lost = [b["synonym"] for b in blocks if "synonym" in b and key(str(b["synonym"])) not in listed]
    assert lost == []


ALLOWED = {
    "bot/language": {"bot.language"},
    "bot/knowledge": {"bot.language", "bot.knowledge"},
    "bot/dialogue": {"bot.language", "bot.knowledge", "bot.dialogue"},
    "bot/store": {"bot.language", "bot.knowledge", "bot.store", "bot.settings"},
    "bot/nlu": {"bot.language", "bot.knowledge", "bot.nlu"},
    "bot/channels": {"bot.language", "bot.store", "bot.channels", "bot.settings"},
    "bot/gateway": {"bot.language", "bot.store", "bot.channels", "bot.gateway", "bot.settings"},
    "bot/notifying": {"bot.store", "bot.notifying", "bot.settings"},
    "actions": {"bot.language", "bot.knowledge", "bot.dialogue", "bot.store", "bot.settings", "actions"},
}
FORBIDDEN = {
    "bot/language": ("rasa", "rasa_sdk", "sqlalchemy", "aiohttp"),
    "bot/knowledge": ("rasa", "rasa_sdk", "sqlalchemy", "aiohttp"),
    "bot/dialogue": ("rasa", "rasa_sdk", "sqlalchemy", "aiohttp"),
    "actions": ("rasa", "aiohttp"),
}


@pytest.mark.parametrize("folder", ALLOWED)
def test_who_imports_whom(folder: str) -> None:
    for file in python_files(folder):
        for name in imports_of(file):
            top = ".".join(name.split(".")[:2]) if name.startswith("bot.") else name.split(".")[0]
            if top.startswith("bot") or top == "actions":
                assert top in ALLOWED[folder], f"{file} imports {name}"
            assert name.split(".")[0] not in FORBIDDEN.get(folder, ()), f"{file} imports {name}"


def test_nobody_imports_actions() -> None:
    assert [f for f in python_files("bot") if any(n.split(".")[0] == "actions" for n in imports_of(f))] == []


def test_only_settings_reads_the_environment() -> None:
    readers = [
        f
        for f in python_files("bot", "actions")
        if "os.environ[" in f.read_text() or "getenv" in f.read_text() or "environ.get" in f.read_text()
    ]
    assert readers == []


def test_importing_actions_loads_neither_rasa_nor_a_database() -> None:
    code = (
        "import sys, pkgutil, importlib, actions\n"
        "for m in pkgutil.iter_modules(actions.__path__): importlib.import_module('actions.' + m.name)\n"
        "heavy = [n for n in ('rasa', 'tensorflow', 'spacy', 'sklearn') if n in sys.modules]\n"
        "assert not heavy, heavy\n"
        "from bot.store.sessions import engine\n"
        "assert engine.cache_info().currsize == 0\n"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_locks_carry_hashes_and_no_address() -> None:
    for file in (ROOT / "requirements").glob("*.txt"):
        text = file.read_text(encoding="utf-8")
        assert "://" not in text.replace("../shared", ""), file
        if file.name != "lifted.txt":
            assert len(re.findall(r"^[A-Za-z0-9._-]+(?:\[.*\])?==", text, re.M)) <= text.count("--hash=sha256:")
