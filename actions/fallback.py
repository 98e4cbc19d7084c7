"""Refuses kindly, with the nearest thing that Réso does know."""

from actions.turning import TurnAction


class ActionFallback(TurnAction):
    """Refuses kindly, with the nearest thing that Réso does know."""

    def name(self) -> str:
        """Return the name that the rules use."""
        return "action_fallback"
