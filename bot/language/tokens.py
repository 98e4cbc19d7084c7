"""What a button sends back: an opaque token, told apart from anything that a person types."""

from __future__ import annotations

import re

PREFIX = "choix:"
_TOKEN = re.compile(rf"{PREFIX}[0-9a-f]{{10}}")


def is_token(text: str) -> bool:
    """Tell whether a message is a button's payload rather than something typed."""
    return _TOKEN.fullmatch(text.strip()) is not None
