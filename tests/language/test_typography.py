"""French typography of what Réso says."""

from hypothesis import given
from hypothesis import strategies as st

from bot.language.typography import faults, typeset


def test_spaces_and_apostrophes_are_set() -> None:
    assert typeset("L'idée : « oui » ; 54 % !") == "L’idée\u00a0: «\u00a0oui\u00a0»\u202f; 54\u00a0%\u202f!"


def test_faults_are_named_with_their_place() -> None:
    found = faults("L'étude dit 54% : vrai ?")
    assert any("apostrophe" in f for f in found)
    assert any("%" in f for f in found)
    assert len(found) >= 3


def test_typeset_text_has_no_fault() -> None:
    assert faults(typeset("Que dit l'étude « Hootsuite » ? 71 % des gens : oui !")) == []


@given(st.text(alphabet="abé' «»:;!?%.0123", max_size=60))
def test_typesetting_twice_changes_nothing(text: str) -> None:
    assert typeset(typeset(text)) == typeset(text)
