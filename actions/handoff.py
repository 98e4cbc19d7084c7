"""Leads to a person."""

from actions.turning import TurnAction


class ActionHandoff(TurnAction):
    """Leads to a person."""

    def name(self) -> str:
        """Return the name that the rules use."""
        return "action_handoff"
