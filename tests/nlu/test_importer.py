"""Training examples that are cheap to copy behave like Rasa's own."""

import copy

from rasa.shared.nlu.training_data.message import Message

from bot.nlu.importer import _Example


def test_a_copy_changes_apart_and_fingerprints_alike() -> None:
    rasas = Message.build("ça fait vendre ?", "faq/ventes")
    ours = _Example.like(rasas)
    copied = copy.deepcopy(ours)
    assert copied.fingerprint() == rasas.fingerprint()
    copied.set("intent", copied.get("intent"))
    assert copied == ours
    copied.set("intent", "faq/avis")
    assert ours.get("intent") == rasas.get("intent")
    assert copied != ours
