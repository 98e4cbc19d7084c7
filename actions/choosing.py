"""Does what a button, a number, « oui » or « non » stands for."""

from actions.turning import TurnAction


class ActionChoose(TurnAction):
    """Does what a button, a number, « oui » or « non » stands for."""

    def name(self) -> str:
        """Return the name that the rules use."""
        return "action_choose"
