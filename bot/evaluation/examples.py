"""Reads the training questions with their voices, straight from the files: no Rasa, a second instead of ten."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from bot.knowledge.entry import KINDS


@dataclass(frozen=True)
class Example:
    """A question with its label and the voice that asks it."""

    text: str
    label: str
    voice: str

    @property
    def in_scope(self) -> bool:
        """Whether an entry answers it."""
        return self.label.partition("/")[0] in KINDS


def read_examples(folder: Path) -> list[Example]:
    """Return every example below `folder`, file by file."""
    examples = []
    for file in sorted(folder.rglob("*.yml")):
        for block in (YAML(typ="safe", pure=False).load(file.read_text(encoding="utf-8")) or {}).get("nlu", []):
            if "intent" not in block:
                continue
            voice = str((block.get("metadata") or {}).get("voice", ""))
            lines = (line.strip() for line in block["examples"].splitlines())
            examples += [Example(line[2:].strip(), block["intent"], voice) for line in lines if line.startswith("- ")]
    return examples


def voices(examples: list[Example]) -> list[str]:
    """Return the voices that ask about entries."""
    return sorted({e.voice for e in examples if e.in_scope})
