"""Replies to greetings, thanks, questions about Réso itself and about what it keeps."""

from actions.turning import TurnAction


class ActionConverse(TurnAction):
    """Replies to greetings, thanks, questions about Réso itself and about what it keeps."""

    def name(self) -> str:
        """Return the name that the rules use."""
        return "action_converse"
