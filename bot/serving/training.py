"""Trains Rasa in a process of its own: `python -m bot.serving.training FOLDER NAME`."""

from __future__ import annotations

import logging
import sys

from bot.serving.without_tensorflow import stand_in
from bot.settings import ROOT


def main(folder: str, name: str) -> int:
    """Train from the project's files into FOLDER/NAME.tar.gz; return an exit code."""
    logging.basicConfig(level=logging.WARNING)
    stand_in(ROOT / "config.yml")
    import rasa.model_training as training

    result = training.train(
        domain=str(ROOT / "domain.yml"),
        config=str(ROOT / "config.yml"),
        training_files=[str(ROOT / "data" / "nlu"), str(ROOT / "data" / "stories")],
        output=folder,
        force_training=True,
        fixed_model_name=name,
    )
    return result.code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
