"""Has Rasa do once what it does anew at each turn, and comes out the same each time: more than half of the time a turn took.

Measured with py-spy over 50 visitors of `make held`: of 1,957 samples of a busy Rasa, 1,001 in the check of a schema that never
changes, and 183 in the search for the class of each event that it reads back.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

EVENT_TYPES = 128
"""Names kept; Rasa 3.6.21 has some thirty."""


def do_once_what_never_changes() -> None:
    """Change Rasa's classes in this process; it is imported by this at the latest."""
    from jsonschema.validators import validator_for
    from rasa.core.actions.action import RemoteAction
    from rasa.shared.core.events import Event

    schema = RemoteAction.action_response_format_spec()
    validator, stock = validator_for(schema)(schema), RemoteAction._validate_action_result

    def validate_action_result(action: RemoteAction, result: dict[str, Any]) -> bool:
        """Tell that an action server's answer is what Rasa expects; what is not is told of by Rasa's own check, which raises."""
        return validator.is_valid(result) or stock(action, result)

    RemoteAction._validate_action_result = validate_action_result
    Event.resolve_by_type = staticmethod(lru_cache(maxsize=EVENT_TYPES)(Event.resolve_by_type))
