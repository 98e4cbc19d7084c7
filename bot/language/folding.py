"""Fold French text so that spellings that people take for the same become the same."""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "＇": "'"})
_WORD = re.compile(r"#?[a-z0-9]+")
_LONG_RUN = re.compile(r"([a-z])\1{2,}")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.I)
_MAIL = re.compile(r"\S+@\S+\.\S+")


def strip_accents(text: str) -> str:
    """Return `text` without accents or cedillas: « être » gives « etre »."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def fold(text: str) -> str:
    """Return `text` lower-cased, without accents, links or addresses, one kind of apostrophe, letters at most doubled."""
    text = _MAIL.sub(" ", _LINK.sub(" ", text))
    text = strip_accents(text.lower().translate(_LIGATURES)).translate(_LIGATURES)
    return _LONG_RUN.sub(r"\1", text)


def words(text: str) -> list[str]:
    """Return the folded words of `text`: letters and digits; elisions split; a leading # is kept on hashtags."""
    return _WORD.findall(fold(text))


def key(text: str) -> str:
    """Return the folded words joined by single spaces: equal for texts that differ in case, accents or punctuation."""
    return " ".join(word.lstrip("#") for word in words(text))
