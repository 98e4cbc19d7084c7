"""First component of the pipeline: the message made safe and readable.

It stands in the pipeline rather than in a channel so that no channel, `rasa shell` included, lets typed text start an
intent: Rasa's RegexMessageHandler runs after the pipeline and reads the cleaned text.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.cleaning import MAX_CHARACTERS, clean, disarm


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class MessageCleaner(GraphComponent):
    """Cleans, shortens and disarms the text of each message; training examples stay as written."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> MessageCleaner:
        """Make the component; it has no settings."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Return `training_data` unchanged."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Put the cleaned text in place of the text of each message."""
        for message in messages:
            message.set(TEXT, disarm(clean(message.get(TEXT))[:MAX_CHARACTERS]), add_to_output=True)
        return messages
