"""French tokens for spaCy, without the three seconds that spaCy's own French takes to compile its list of exceptions.

Words, elisions (« l’algorithme » is two tokens) and punctuation are cut as in spacy.lang.fr; what is left out are the
thousands of hyphenated place names and compounds, which no name of ours is.
"""

from __future__ import annotations

import spacy
from spacy.lang.char_classes import ALPHA, HYPHENS
from spacy.lang.punctuation import TOKENIZER_INFIXES, TOKENIZER_PREFIXES, TOKENIZER_SUFFIXES
from spacy.language import BaseDefaults, Language

CODE = "fr_reso"

ELISION = "'’"


class FrenchDefaults(BaseDefaults):
    """How text is cut."""

    prefixes = TOKENIZER_PREFIXES
    suffixes = TOKENIZER_SUFFIXES
    infixes = [*TOKENIZER_INFIXES, rf"(?<=[{ALPHA}][{ELISION}])(?=[{ALPHA}])", rf"(?<=[{ALPHA}])(?:{HYPHENS})(?=[{ALPHA}])"]


@spacy.registry.languages(CODE)
class French(Language):
    """The language that the built pipeline names."""

    lang = CODE
    Defaults = FrenchDefaults


def blank() -> Language:
    """Return an empty French pipeline."""
    return French()
