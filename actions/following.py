"""Answers what leans on the answer before."""

from actions.turning import TurnAction


class ActionFollowUp(TurnAction):
    """Answers what leans on the answer before."""

    def name(self) -> str:
        """Return the name that the rules use."""
        return "action_follow_up"
