"""What Rasa does once in our process comes out as it did each time."""

from __future__ import annotations

import pytest
from jsonschema.exceptions import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event
from rasa.shared.utils.common import all_subclasses

from bot.serving.quicker_rasa import do_once_what_never_changes

STOCK = RemoteAction._validate_action_result
RESULTS = [
    {},
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "timestamp": None, "name": "asked", "value": "x"}], "responses": [{"text": "Bonjour", "buttons": []}]},
    {"events": [{"event": "slot", "name": 3}]},
    {"events": [{"event": "nothing of the kind"}]},
    {"events": {}},
    {"responses": ["Bonjour"]},
    [],
    "x",
]


@pytest.fixture(autouse=True)
def quicker(monkeypatch: pytest.MonkeyPatch) -> None:
    # Set to what they are, so that the end of the test gives them back.
    monkeypatch.setattr(RemoteAction, "_validate_action_result", STOCK)
    monkeypatch.setattr(Event, "resolve_by_type", staticmethod(Event.resolve_by_type))
    do_once_what_never_changes()


def fits(validate: object, result: object) -> bool:
    try:
        return bool(validate(RemoteAction("action_turn", None), result))  # type: ignore[operator]
    except ValidationError:
        return False


@pytest.mark.parametrize("result", RESULTS, ids=str)
def test_an_answer_of_the_action_server_is_taken_or_refused_as_by_stock(result: object) -> None:
    assert fits(RemoteAction._validate_action_result, result) == fits(STOCK, result)


def test_both_sorts_were_tried() -> None:
    assert {fits(STOCK, result) for result in RESULTS} == {True, False}


def test_every_event_that_is_read_back_has_its_class() -> None:
    names = {kind.type_name for kind in all_subclasses(Event)}
    assert {"user", "bot", "slot", "action"} <= names
    for name in names:
        assert Event.resolve_by_type(name).type_name == name


def test_an_event_that_nobody_knows_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="Unknown event"):
            Event.resolve_by_type("nonsense")
    assert Event.resolve_by_type("nonsense", Event) is Event
