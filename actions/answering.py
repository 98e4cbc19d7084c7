"""Answers a question about an entry, or suggests, or refuses."""

from actions.turning import TurnAction


class ActionAnswer(TurnAction):
    """Answers a question about an entry, or suggests, or refuses."""

    def name(self) -> str:
        """Return the name that the rules use."""
        return "action_answer"
