"""Reads the knowledge files and says, in French, what is wrong with them: file, line, what to do."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from bot.knowledge.entry import FORMS, KINDS, THEMES, Entry
from bot.language.typography import faults, typeset

REQUIRED = ("title", "label", "question", "answer", "details", "theme", "related", "section", "checked")
LONGEST = {"title": 60, "label": 20, "question": 80, "answer": 600, "details": 1200}
"""Most characters of a text: `answer` fits one chat bubble, `label` a Messenger button (20)."""
LONGEST_EXAMPLE = 320
TEXTS = ("title", "label", "question", "answer", "details", "role")

_SENTENCE_END = re.compile(r"[.!?…](?:[\s\u00a0\u202f]*»)?(?=\s|$)")


@dataclass(frozen=True)
class Fault:
    """What is wrong in a file, in French; `line` counts from 1."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} : {self.message}"


def entry_files(folder: Path) -> list[Path]:
    """Return the knowledge files below `folder`, by kind, then by name."""
    return [file for kind in KINDS for file in sorted((folder / kind).glob("*.yml"))]


def entry_id(file: Path) -> str:
    """Return the id of a knowledge file: its folder and its name."""
    return f"{file.parent.name}/{file.stem}"


def read_file(file: Path) -> tuple[Any, list[Fault]]:
    """Return the mapping of a file (with line marks) and the faults that stop it from being read."""
    try:
        values = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        return None, [Fault(file, 1, f"le fichier n’est pas en UTF-8 (octet {error.start}) ; enregistrez-le en UTF-8")]
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return None, [Fault(file, line, f"YAML illisible ({error.problem}) ; vérifiez les deux-points, guillemets et retraits")]
    if not isinstance(values, dict):
        return None, [Fault(file, 1, "le fichier doit contenir des lignes « clé: valeur »")]
    return values, []


def check_values(file: Path, values: Any, ids: set[str]) -> list[Fault]:
    """Return the faults of one readable file. `ids`: every id that a link may name."""

    def line(name: str) -> int:
        try:
            return int(values.lc.key(name)[0]) + 1
        except (AttributeError, KeyError):
            return 1

    found = []
    for name in REQUIRED:
        if not values.get(name):
            found.append(Fault(file, 1, f"« {name} » manque ; ajoutez une ligne « {name}: … »"))
    try:
        Entry.from_mapping(entry_id(file), plain(values))
    except TypeError as error:
        reason = str(error)
        if "required" not in reason:
            found.append(Fault(file, 1, f"{reason} ; les clés permises sont dans le README, « Ajouter une fiche »"))
    for name, most in LONGEST.items():
        size = len(str(values.get(name) or ""))
        if size > most:
            found.append(Fault(file, line(name), f"« {name} » a {size} caractères ; {most} au plus"))
    sentences = len(_SENTENCE_END.findall(str(values.get("answer") or "")))
    if values.get("answer") and not 2 <= sentences <= 5:
        found.append(Fault(file, line("answer"), f"« answer » a {sentences} phrase(s) ; il en faut de 2 à 5"))
    for text in values.get("examples") or ():
        if len(str(text)) > LONGEST_EXAMPLE:
            found.append(Fault(file, line("examples"), f"un exemple dépasse {LONGEST_EXAMPLE} caractères"))
    if values.get("theme") and values["theme"] not in THEMES:
        found.append(Fault(file, line("theme"), f"thème inconnu « {values['theme']} » ; choisissez parmi {', '.join(THEMES)}"))
    if values.get("form") and values["form"] not in FORMS:
        found.append(Fault(file, line("form"), f"forme inconnue « {values['form']} » ; choisissez parmi {', '.join(FORMS)}"))
    for id in values.get("related") or ():
        if id not in ids:
            found.append(Fault(file, line("related"), f"lien mort « {id} » ; aucune fiche ne porte cet identifiant"))
        if id == entry_id(file):
            found.append(Fault(file, line("related"), "la fiche renvoie à elle-même ; ôtez ce lien"))
    try:
        datetime.date.fromisoformat(str(values.get("checked")))
    except ValueError:
        found.append(Fault(file, line("checked"), "« checked » doit être une date comme 2026-11-23"))
    for number, figure in enumerate(values.get("figures") or (), 1):
        if not isinstance(figure, dict) or set(figure) != {"value", "text", "source"}:
            found.append(Fault(file, line("figures"), f"le chiffre n° {number} doit avoir « value », « text » et « source »"))
    for name, text in texts(values):
        found += [
            Fault(file, line(name), f"typographie dans « {name} » : {fault} ; « make typography » le corrige") for fault in faults(text)
        ]
    return found


def texts(values: Any) -> list[tuple[str, str]]:
    """Return (key, text) for every text of a file that a visitor may read."""
    shown = [(name, str(values[name])) for name in TEXTS if values.get(name)]
    shown += [("examples", str(text)) for text in values.get("examples") or ()]
    shown += [("figures", str(f.get(part, ""))) for f in values.get("figures") or () if isinstance(f, dict) for part in ("value", "text")]
    return shown


def plain(value: Any) -> Any:
    """Return YAML round-trip values as plain Python ones; folded texts lose their line ends."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value.strip() if isinstance(value, str) else value


def read_folder(folder: Path, catalogue: set[str] = frozenset()) -> tuple[list[Entry], list[Fault]]:  # type: ignore[assignment]
    """Return the entries below `folder` and the faults found. `catalogue`: ids that must exist."""
    files = entry_files(folder)
    ids = {entry_id(file) for file in files}
    entries, found = [], []
    for file in files:
        values, unreadable = read_file(file)
        wrong = unreadable or check_values(file, values, ids)
        found += wrong
        if values is not None and not any("manque" in f.message or "inconnue" in f.message for f in wrong):
            entries.append(Entry.from_mapping(entry_id(file), plain(values)))
    for id in sorted(catalogue - ids):
        found.append(Fault(folder / f"{id}.yml", 1, "fiche du catalogue sans fichier ; créez ce fichier"))
    return entries, found


def fix_typography(file: Path) -> bool:
    """Rewrite one file with its typography put right; tell whether it changed. Comments and layout stay."""
    text = file.read_text(encoding="utf-8")
    fixed = "\n".join(line if line.lstrip().startswith("# ") else typeset(line) for line in text.split("\n"))
    if fixed != text:
        file.write_text(fixed, encoding="utf-8")
    return fixed != text
