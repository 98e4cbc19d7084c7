"""Rasa's own command line, in our process: `python -m bot.serving.rasa run …`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run Rasa's command line with the arguments given."""
    sys.argv[0] = "rasa"
    from rasa.__main__ import main as rasa_main

    rasa_main()


if __name__ == "__main__":
    main()
