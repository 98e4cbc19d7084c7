"""Two questions in one message: where the second one begins. Pure."""

from __future__ import annotations

import re

_ASKING = r"(?:comment|pourquoi|combien|quel(?:le)?s?|qui|quand|où|c['’]?est quoi|cest quoi|c quoi|est[- ]ce|qu['’]est|que |à quoi|a quoi|peut[- ]on|faut[- ]il)"
_BETWEEN = re.compile(
    rf"(?<=[?!])\s+(?:et\s+)?(?=\S)"
    rf"|\s*[,;.]?\s+(?:et aussi|et sinon|et au fait|et puis|puis|par ailleurs|(?:autre|deuxième|deuxieme|seconde) question\s*:?|et accessoirement)\s*,?\s+"
    rf"|\s*,?\s+et\s+(?={_ASKING}\b)",
    re.I,
)
FEWEST_WORDS = 3
"""Words that a part needs to be a question of its own; « et pourquoi ? » goes with what stands before."""


def two_questions(text: str) -> tuple[str, str] | None:
    """Return the two parts of a message that may hold two questions, or None."""
    for match in _BETWEEN.finditer(text):
        first, second = text[: match.start()].strip(), text[match.end() :].strip()
        if min(len(first.split()), len(second.split())) >= FEWEST_WORDS:
            return first, second
    return None
