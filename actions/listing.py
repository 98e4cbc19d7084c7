"""Shows a list, or two entries side by side."""

from actions.turning import TurnAction


class ActionList(TurnAction):
    """Shows a list, or two entries side by side."""

    def name(self) -> str:
        """Return the name that the rules use."""
        return "action_list"
