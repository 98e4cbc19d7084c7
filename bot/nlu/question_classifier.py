"""Chooses the intent of a message and lists the entries that it may ask for."""

from __future__ import annotations

import logging
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.groups import group_of
from bot.nlu.noise import with_noise
from bot.nlu.question_classifier_settings import DEFAULTS
from bot.nlu.question_model import QuestionModel, TooFewExamples
from bot.nlu.reading import Reader

logger = logging.getLogger(__name__)

OUTPUT = "understanding"
"""Key of the parse data that the actions read (`bot.dialogue.understanding`); a test holds the two equal."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class QuestionClassifier(GraphComponent, IntentClassifier):
    """Linear model over words, sounds and letter groups; see `question_model`."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, model: QuestionModel | None = None):
        self._config, self._storage, self._resource = config, model_storage, resource
        self._reader = Reader(model) if model else None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Settings; `question_classifier_settings` says what each is worth."""
        return dict(DEFAULTS)

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> QuestionClassifier:
        """Make an untrained component."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every example and its badly typed copies; keep the model in Rasa's archive.

        Raises InvalidConfigException naming labels with too few examples.
        """
        examples = [(m.get(TEXT), m.get_full_intent()) for m in training_data.intent_examples if m.get(TEXT)]
        texts, labels = with_noise(
            [t for t, _ in examples], [l for _, l in examples], lambda label: self._config["noisy_copies"][group_of(label)]
        )
        try:
            model = QuestionModel.train(
                texts,
                labels,
                self._config["views"],
                self._config["regularisation"],
                self._config["sharpness"],
            )
        except TooFewExamples as error:
            raise InvalidConfigException(f"Impossible d’entraîner l’assistant : {error}.") from error
        with self._storage.write_to(self._resource) as folder:
            model.save(folder)
        return self._resource

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext, **kwargs: Any
    ) -> QuestionClassifier:
        """Load a trained component."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, QuestionModel.load(folder))

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking and understanding on each message."""
        assert self._reader is not None
        for message in messages:
            text = message.get(TEXT) or ""
            named = {e["start"] for e in message.get(ENTITIES, []) if e["entity"] not in ("platform", "sector")}
            found, told = self._reader.read(text, named=len(named) == 1)
            message.set(INTENT, {INTENT_NAME_KEY: found.intent, PREDICTED_CONFIDENCE_KEY: found.confidence}, add_to_output=True)
            ranking = [{INTENT_NAME_KEY: found.intent, PREDICTED_CONFIDENCE_KEY: found.confidence}]
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set(OUTPUT, told, add_to_output=True)
        return messages
