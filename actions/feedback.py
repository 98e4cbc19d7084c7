"""Takes a verdict on an answer."""

from actions.turning import TurnAction


class ActionFeedback(TurnAction):
    """Takes a verdict on an answer."""

    def name(self) -> str:
        """Return the name that the rules use."""
        return "action_feedback"
