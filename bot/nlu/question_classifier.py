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

from bot.language.recognising import recognise
from bot.language.splitting import two_questions
from bot.nlu.noise import with_noise
from bot.nlu.openers import turns_back, without_opener, without_preamble
from bot.nlu.question_classifier_settings import DEFAULTS
from bot.nlu.question_model import QuestionModel, TooFewExamples, group_of
from bot.nlu.routing import Route, route

logger = logging.getLogger(__name__)

OUTPUT = "understanding"
"""Key of the parse data that the actions read (`bot.dialogue.understanding`); a test holds the two equal."""

RESTED = ("follow_up/correct", "follow_up/back", "follow_up/narrow")
"""Labels whose opening words (« non, je parlais de … ») hide the entry: it is looked for in the rest."""

NAME_DECIDES = ("list/", "chitchat", "choice/", "ask_", "greet", "cancel", "feedback/", "handoff", "thank", "other_language")
"""Labels that a short message with a name in it does not have: « tu connais Ikea ? » asks for IKEA."""

SURE_TALK = 0.45
"""Confidence below which a move of the talk is not taken at its word: the action decides from words and context."""

DECIDED = ("follow_up/", "list/", "choice/", "feedback/")
"""Labels whose actions doubt them by themselves."""

LEAST_PART = 0.4
"""Least probability of an entry in each half of a message for taking it as two questions."""

LONGEST_NAMING = 7
"""Most words of such a message."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class QuestionClassifier(GraphComponent, IntentClassifier):
    """Linear model over words, sounds and letter groups; see `question_model`."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, model: QuestionModel | None = None):
        self._config, self._storage, self._resource, self._model = config, model_storage, resource, model

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
            self._model = QuestionModel.train(
                texts,
                labels,
                self._config["views"],
                self._config["regularisation"],
                self._config["sharpness"],
                self._config["group_sharpness"],
            )
        except TooFewExamples as error:
            raise InvalidConfigException(f"Impossible d’entraîner l’assistant : {error}.") from error
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
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
        for message in messages:
            text = message.get(TEXT) or ""
            named = {e["start"] for e in message.get(ENTITIES, []) if e["entity"] not in ("platform", "sector")}
            found = self.understand(text, named=len(named) == 1)
            message.set(INTENT, {INTENT_NAME_KEY: found.intent, PREDICTED_CONFIDENCE_KEY: found.confidence}, add_to_output=True)
            ranking = [{INTENT_NAME_KEY: found.intent, PREDICTED_CONFIDENCE_KEY: found.confidence}]
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            candidates = [[id, round(p, 4)] for id, p in found.candidates]
            output = {"label": found.label, "candidates": candidates, "parts": self.understand_parts(text, found)}
            message.set(OUTPUT, output, add_to_output=True)
        return messages

    def understand(self, text: str, named: bool = False) -> Route:
        """Return the route of one cleaned text; `named`: it names something of the article, other than a platform."""
        certain = recognise(text)
        if certain is not None:
            return Route(certain, 1.0, ())
        text = without_preamble(text)
        found = self._route(text)
        if turns_back(text):
            found = Route("follow_up/back", 1.0, found.candidates)
        if named and len(text.split()) <= LONGEST_NAMING and found.label.startswith(NAME_DECIDES):
            found = Route("follow_up/narrow", found.confidence, found.candidates)
        if group_of(found.label) == "talk" and found.confidence < SURE_TALK and not found.label.startswith(DECIDED):
            return Route("nlu_fallback", found.confidence, found.candidates)
        if found.label in RESTED:
            rest = without_opener(text)
            if rest and rest != text:
                return Route(found.label, found.confidence, self._route(rest).candidates)
        return found

    def understand_parts(self, text: str, whole: Route) -> list[str]:
        """Return the entries that the two halves of a message ask for, in order, or [] where it is one question."""
        parts = two_questions(text)
        if parts is None or whole.label.startswith(("list/", "out_of_scope/hostile", "follow_up/correct")):
            return []
        found = [self._route(without_preamble(part)) for part in parts]
        ids = [r.candidates[0][0] for r in found if r.candidates and r.label == r.candidates[0][0] and r.candidates[0][1] >= LEAST_PART]
        return ids if len(set(ids)) == len(parts) else []

    def _route(self, text: str) -> Route:
        assert self._model is not None
        row = self._model.predict([text])[0]
        return route({label: float(p) for label, p in zip(self._model.labels, row)})
