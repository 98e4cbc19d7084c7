"""Reads the training data once and without schema checks: Rasa reads and checks every file three times a training.

`make test` runs Rasa's own validation on the same files (tools/validate.py), so nothing goes unchecked.
"""

from __future__ import annotations

from typing import Any

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


class _Reader(RasaYAMLReader):
    """Rasa's reader of NLU files, without its schema check (0.02 s a file)."""

    def validate(self, string: str) -> None:
        """Trust the file."""


class _Example(Message):
    """A training example that Rasa copies and fingerprints several times a training, made cheap to do so.

    Rasa forgets the fingerprint whenever a property is set, even to what it was, and copies every value: a third of the
    training time of 27,000 examples.
    """

    @classmethod
    def like(cls, example: Message) -> _Example:
        """Return an example with the values of another; values are shared, since none is changed in place."""
        made = cls.__new__(cls)
        made.__dict__.update(example.__dict__)
        made.data = dict(example.data)
        return made

    def set(self, prop: str, info: Any, add_to_output: bool = False) -> None:
        """Set a property; one that has that value already keeps the fingerprint."""
        if add_to_output or self.data.get(prop) != info:
            super().set(prop, info, add_to_output)

    def __deepcopy__(self, memo: dict[int, Any]) -> _Example:
        return self.like(self)


class FastImporter(RasaFileImporter):
    """Rasa's importer of files; NLU data are read once and kept."""

    _read: TrainingData | None = None

    def get_nlu_data(self, language: str | None = "fr") -> TrainingData:
        """Return all NLU examples, synonyms, lookup tables and responses of the project's files."""
        if self._read is None:
            parts = [_Reader().read(file) for file in self._nlu_files]
            self._read = TrainingData(
                [_Example.like(example) for part in parts for example in part.training_examples],
                {spelling: value for part in parts for spelling, value in part.entity_synonyms.items()},
                [feature for part in parts for feature in part.regex_features],
                [table for part in parts for table in part.lookup_tables],
                {name: texts for part in parts for name, texts in part.responses.items()},
            )
        return self._read
