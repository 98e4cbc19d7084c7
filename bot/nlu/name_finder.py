"""Finds platforms, brands, experts, hashtags, sectors and other names in a message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import spacy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    EXTRACTOR,
    TEXT,
)  # fmt: skip
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import french
from bot.nlu.naming import Finder, learn_names

FILE = "names.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class NameFinder(GraphComponent):
    """French tokens from spaCy, names from the training data's lookup tables and synonyms, fuzzy where misspelt."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource, known: dict[str, Any] | None = None):
        self._storage, self._resource = storage, resource
        folder = Path(config["spacy_pipeline"])
        nlp = spacy.load(folder) if folder.exists() else french.blank()
        self._finder = Finder(nlp, known) if known else None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`spacy_pipeline`: folder that `make run` builds (see `bot.nlu.french`), or a folder of another pipeline."""
        return {"spacy_pipeline": "var/spacy_fr"}

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> NameFinder:
        """Make an untrained component."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the names of the lookup tables and synonyms; words common in questions are never taken for misspelt names."""
        tables = [(table["name"], table["elements"]) for table in training_data.lookup_tables]
        questions = [example.get(TEXT) or "" for example in training_data.intent_examples]
        known = learn_names(tables, training_data.entity_synonyms, questions)
        with self._storage.write_to(self._resource) as folder:
            (folder / FILE).write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext, **kwargs: Any
    ) -> NameFinder:
        """Load the names kept at training."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, json.loads((folder / FILE).read_text(encoding="utf-8")))

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the names found as entities, with their place in the text."""
        for message in messages:
            text = message.get(TEXT) or ""
            message.set(ENTITIES, [*message.get(ENTITIES, []), *self.entities(text)], add_to_output=True)
        return messages

    def entities(self, text: str) -> list[dict[str, Any]]:
        """Return Rasa entities for the names in one text."""
        if self._finder is None:
            return []
        return [
            {
                ENTITY_ATTRIBUTE_TYPE: found.kind,
                ENTITY_ATTRIBUTE_VALUE: found.value,
                ENTITY_ATTRIBUTE_START: found.start,
                ENTITY_ATTRIBUTE_END: found.end,
                EXTRACTOR: "NameFinder",
            }
            for found in self._finder.find(text)
        ]
