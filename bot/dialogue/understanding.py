"""An understood message, as the NLU hands it over in Rasa's parse data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEY = "understanding"
"""Name of the NLU's own output in the parse data; `bot.nlu.question_classifier` writes it."""


@dataclass(frozen=True)
class Candidate:
    """A possible entry: `probability` among everything that could be meant, 0 to 1."""

    id: str
    probability: float


@dataclass(frozen=True)
class Named:
    """A name found in the message: `kind` is platform, brand, person, expert, hashtag, name, sector or source."""

    kind: str
    value: str
    typed: str = ""
    """How the message writes it."""


@dataclass(frozen=True)
class Understanding:
    """`label`: the trained label chosen; `candidates`: entries by falling probability; `names`: in reading order."""

    text: str
    label: str = ""
    confidence: float = 0.0
    candidates: tuple[Candidate, ...] = ()
    names: tuple[Named, ...] = ()
    leaning: tuple[str, float] = ("", 0.0)
    """The likeliest follow-up with its probability, whatever the label."""
    parts: tuple[str, ...] = ()
    """Entries that the two halves of a message ask for, where it holds two questions."""

    def named(self, *kinds: str) -> str | None:
        """Return the first name of one of `kinds`, or None."""
        return next((n.value for n in self.names if n.kind in kinds), None)

    @property
    def move(self) -> str:
        """The last part of the label: « more » for follow_up/more."""
        return self.label.rpartition("/")[2]

    @property
    def best(self) -> Candidate | None:
        """The likeliest entry."""
        return self.candidates[0] if self.candidates else None

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Understanding:
        """Read the tracker's latest message; what is missing or odd is left out."""
        extra = message.get(KEY) or {}
        intent = message.get("intent") or {}
        leaning = extra.get("leaning") or ("", 0.0)
        return cls(
            text=str(message.get("text") or ""),
            label=str(extra.get("label") or intent.get("name") or ""),
            confidence=float(intent.get("confidence") or 0.0),
            candidates=tuple(Candidate(str(id), float(p)) for id, p in extra.get("candidates") or ()),
            leaning=(str(leaning[0]), float(leaning[1])),
            parts=tuple(str(id) for id in extra.get("parts") or ()),
            names=tuple(
                Named(str(e["entity"]), str(e["value"]), str(message.get("text") or "")[e.get("start") or 0 : e.get("end") or 0])
                for e in message.get("entities") or ()
                if e.get("entity") and e.get("value")
            ),
        )
