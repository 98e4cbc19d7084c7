"""Rasa's own command line, in our process: `python -m bot.serving.rasa run …`."""

from __future__ import annotations

import sys

from bot.serving.without_tensorflow import stand_in
from bot.settings import ROOT


def main() -> None:
    """Run Rasa's command line with the arguments given."""
    sys.argv[0] = "rasa"
    stand_in(ROOT / "config.yml")
    from rasa.__main__ import main as rasa_main

    if sys.argv[1:2] == ["run"]:
        from bot.serving.logging_setup import configure, configure_rasa

        configure("rasa")
        configure_rasa()

    rasa_main()


if __name__ == "__main__":
    main()
