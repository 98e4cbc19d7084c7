"""Make what arrives safe and readable, without changing what was said."""

import re
import unicodedata

MAX_CHARACTERS = 1000
"""Longest message read whole; notes/reliability.md section 5 gives the figure."""

SAFE_SLASH = "\u2215"
"""DIVISION SLASH: looks like « / », but Rasa does not read it as the start of an intent."""

_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe00-\ufe0f]")
_SPACES = re.compile(r"\s+")
_COMBINING_RUN = re.compile("([\u0300-\u036f]{2})[\u0300-\u036f]+")


def clean(text: object) -> str:
    """Return `text` in NFC on one line, without control, invisible or lone surrogate characters.

    Anything that is not a string gives "". Runs of stacked accents ("zalgo") keep two. The result is not cut:
    `too_long` tells whether it should be.
    """
    if not isinstance(text, str):
        return ""
    text = _COMBINING_RUN.sub(r"\1", unicodedata.normalize("NFC", text))
    text = _INVISIBLE.sub("", text)
    kept = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    return _SPACES.sub(" ", "".join(c for c in kept if unicodedata.category(c) not in ("Cs", "Co", "Cn"))).strip()


def too_long(text: str) -> bool:
    """Tell whether a cleaned text is longer than Réso reads."""
    return len(text) > MAX_CHARACTERS


def disarm(text: str) -> str:
    """Return a cleaned text that Rasa cannot take for an intent: a leading « / » becomes a look-alike.

    Rasa reads `/intent{"entity": "value"}` in any text whose first character after stripping is « / »
    (rasa.shared.core.training_data.story_reader.yaml_story_reader, unpack_regex_message).
    """
    return SAFE_SLASH + text[1:] if text.startswith("/") else text
