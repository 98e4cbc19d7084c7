"""Rasa's own command line, in our process: `python -m bot.serving.rasa run …`."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.serving.bound import end_with_supervisor
from bot.serving.quicker_rasa import do_once_what_never_changes
from bot.serving.without_tensorflow import stand_in
from bot.settings import ROOT


def check_model(archive: str) -> None:
    """End the process where the archive that is asked for, if any, is not there.

    Rasa would take without a word whatever model lies in models/ below its working directory, whose sum nobody has checked.
    """
    if archive and not Path(archive).is_file():
        sys.exit(f"Le modèle {archive} n’existe pas : refaites-le avec « make train ».")


def main() -> None:
    """Run Rasa's command line with the arguments given."""
    sys.argv[0] = "rasa"
    check_model(dict(zip(sys.argv, sys.argv[1:])).get("--model", ""))
    end_with_supervisor()
    stand_in(ROOT / "config.yml")
    from rasa.__main__ import main as rasa_main

    do_once_what_never_changes()
    if sys.argv[1:2] == ["run"]:
        from bot.serving.logging_setup import configure, configure_rasa

        configure("rasa")
        configure_rasa()

    rasa_main()


if __name__ == "__main__":
    main()
