"""Reads one cleaned message with the trained model: its label, the entries it may ask for, its two questions. Pure."""

from __future__ import annotations

from typing import Any

from bot.language.recognising import recognise
from bot.language.splitting import two_questions
from bot.nlu.groups import group_of
from bot.nlu.openers import turns_back, without_opener, without_preamble
from bot.nlu.question_model import QuestionModel
from bot.nlu.routing import Route, route

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


class Reader:
    """Understands messages with one model."""

    def __init__(self, model: QuestionModel):
        self._model = model

    def read(self, text: str, named: bool = False) -> tuple[Route, dict[str, Any]]:
        """Return the route of a message and what the actions read of it (`bot.dialogue.understanding`).

        `named`: it names something of the article, other than a platform or a sector.
        """
        found = self.understand(text, named)
        told = {
            "label": found.label,
            "candidates": [[id, round(p, 4)] for id, p in found.candidates],
            "parts": self.understand_parts(text, found),
            "leaning": list(found.leaning),
        }
        return found, told

    def understand(self, text: str, named: bool = False) -> Route:
        """Return the route of one cleaned text; `named`: it names something of the article, other than a platform."""
        certain = recognise(text)
        if certain is not None:
            return Route(certain, 1.0, ())
        text = without_preamble(text)
        found = self._route(text)
        if turns_back(text):
            found = Route("follow_up/back", 1.0, found.candidates, found.leaning)
        if named and len(text.split()) <= LONGEST_NAMING and found.label.startswith(NAME_DECIDES):
            found = Route("follow_up/narrow", found.confidence, found.candidates, found.leaning)
        if group_of(found.label) == "talk" and found.confidence < SURE_TALK and not found.label.startswith(DECIDED):
            return Route("nlu_fallback", found.confidence, found.candidates, found.leaning)
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
        row = self._model.predict([text])[0]
        return route({label: float(p) for label, p in zip(self._model.labels, row)})
