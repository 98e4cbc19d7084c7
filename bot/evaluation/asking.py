"""Asks a model the questions of a voice that it never saw, and takes what a visitor would get in a first turn."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from bot.dialogue.context import Context
from bot.dialogue.deciding import decide
from bot.dialogue.understanding import KEY, Understanding
from bot.evaluation.examples import Example
from bot.evaluation.measuring import Row, best_sharpness
from bot.knowledge.content import read_folder
from bot.knowledge.library import Library
from bot.nlu import french
from bot.nlu.groups import GROUPS, group_of
from bot.nlu.naming import Finder, learn_names, names_something
from bot.nlu.noise import noisy, with_noise
from bot.nlu.question_classifier_settings import DEFAULTS
from bot.nlu.question_model import QuestionModel
from bot.nlu.reading import Reader
from bot.settings import ROOT

TEST_SEED = 99
"""Noise of the badly typed half of the test; training uses other seeds."""

NOISES = ("clean", "noisy")
FOLDS = 10
"""One in so many of the messages that no entry answers is held out with a voice."""


def held_out(examples: Sequence[Example], voice: str) -> tuple[list[Example], list[Example]]:
    """Return (learnt, asked): `voice` and a tenth of the messages without an entry are asked.

    Which tenth follows from the texts themselves: where messages are added, the others are asked as before, and figures compare.
    """
    fold = sum(map(ord, voice)) % FOLDS
    asked = [e for e in examples if e.in_scope and e.voice == voice]
    asked += [e for e in examples if not e.in_scope and zlib.crc32(e.text.encode()) % FOLDS == fold]
    left_out = set(map(id, asked))
    return [e for e in examples if id(e) not in left_out], asked


def train(learnt: Sequence[Example]) -> QuestionModel:
    """Train Réso's model as the Rasa component does."""
    texts, labels = with_noise([e.text for e in learnt], [e.label for e in learnt], lambda label: DEFAULTS["noisy_copies"][group_of(label)])
    return QuestionModel.train(texts, labels, DEFAULTS["views"], DEFAULTS["regularisation"], DEFAULTS["sharpness"])


def typed(example: Example, noise: str) -> str:
    """Return the question as it is typed: clean, or badly with a noise that training does not use."""
    return example.text if noise == "clean" else noisy(example.text, TEST_SEED)


class Asked(NamedTuple):
    """What asking a voice gave: its rows, the likeliest sharpness, the evidence for groups (rows, 6) and the true ones (rows,)."""

    rows: list[Row]
    sharpness: float
    evidence: np.ndarray
    groups: np.ndarray


def ask_voice(examples: Sequence[Example], voice: str) -> Asked:
    """Train without `voice`, then ask it, clean and badly typed."""
    learnt, asked = held_out(examples, voice)
    model = train(learnt)
    reader, finder = Reader(model), make_finder(learnt)
    rows = [row_of(example, typed(example, noise), voice, noise, reader, finder) for noise in NOISES for example in asked]
    place = {label: n for n, label in enumerate(model.labels)}
    truths = np.array([place[e.label] for e in asked])
    clean, badly = (model.margins([typed(e, noise) for e in asked]) for noise in NOISES)
    groups = np.array([GROUPS.index(group_of(e.label)) for e in asked])
    found = model.evidence(np.vstack([clean, badly]))
    return Asked(rows, best_sharpness(clean[:, : -len(GROUPS)], truths), found, np.concatenate([groups, groups]))


def row_of(example: Example, text: str, voice: str, noise: str, reader: Reader, finder: Finder) -> Row:
    """Ask one question in a fresh talk."""
    places = finder.find(text)
    found, told = reader.read(text, names_something(places))
    message: dict[str, Any] = {
        "text": text,
        KEY: told,
        "intent": {"name": found.intent, "confidence": found.confidence},
        "entities": [{"entity": p.kind, "value": p.value, "start": p.start, "end": p.end} for p in places],
    }
    reply = decide(Understanding.from_message(message), Context(), known_library(), "evaluation")
    answered = reply.answers[0] if reply.outcome == "answered" and reply.answers else ""
    suggested = () if answered else reply.suggestions
    outcome = "answered" if answered else reply.outcome
    return Row(text, example.label, voice, noise, example.in_scope, outcome, answered, suggested, found.confidence)


@lru_cache(maxsize=1)
def known_library() -> Library:
    """The project's knowledge, from its files."""
    entries, _ = read_folder(ROOT / "data" / "knowledge")
    return Library(entries)


def make_finder(learnt: Sequence[Example]) -> Finder:
    """Return the finder of names, from the lookup tables and synonyms of data/nlu/entities."""
    tables: list[tuple[str, list[str]]] = []
    synonyms: dict[str, str] = {}
    for file in sorted(Path(ROOT / "data" / "nlu" / "entities").glob("*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            listed = [line.strip()[2:] for line in block["examples"].splitlines() if line.strip().startswith("- ")]
            if "lookup" in block:
                tables.append((block["lookup"], listed))
            else:
                synonyms |= {spelling: str(block["synonym"]) for spelling in listed}
    return Finder(french.blank(), learn_names(tables, synonyms, [e.text for e in learnt]))
