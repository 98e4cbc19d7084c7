"""The request to the team while it is being filled in: what is known, what is asked now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

STEPS = ("name", "contact", "question", "consent", "confirm")
"""What is asked, in this order."""


@dataclass(frozen=True)
class Form:
    """`contact_kind` is email or phone, `contact` its checked value. `changing`: one field is corrected, then the summary."""

    step: str = "name"
    name: str = ""
    contact_kind: str = ""
    contact: str = ""
    question: str = ""
    changing: bool = False
    tries: int = 0
    """Replies in a row that did not fit the step."""

    @classmethod
    def from_slot(cls, value: Mapping[str, Any] | None) -> Form | None:
        """Read a form from its slot; None where there is none or it cannot be read."""
        if not value or value.get("step") not in STEPS:
            return None
        return cls(**{name: value[name] for name in cls.__dataclass_fields__ if name in value})

    def to_slot(self) -> dict[str, Any]:
        """Return a value that JSON can carry."""
        return asdict(self)


@dataclass(frozen=True)
class Request:
    """A confirmed request, to be stored and sent to the team."""

    name: str
    contact_kind: str
    contact: str
    question: str
