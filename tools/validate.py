"""`rasa data validate` on our files, without TensorFlow; a warning about our data fails."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.serving.without_tensorflow import stand_in  # noqa: E402


def main() -> int:
    """Validate; return an exit code."""
    stand_in(ROOT / "config.yml")
    from rasa.shared.importers.rasa import RasaFileImporter
    from rasa.validator import Validator

    importer = RasaFileImporter(
        config_file=str(ROOT / "config.yml"), domain_path=str(ROOT / "domain.yml"),
        training_data_paths=[str(ROOT / "data" / "nlu"), str(ROOT / "data" / "stories")],
    )  # fmt: skip
    validator = Validator.from_importer(importer)
    # Not asked: one example under one intent (a contract test holds that over folded texts), and retrieval responses
    # (our labels are answered from the store, not from the domain).
    checks = {
        "intents": validator.verify_intents(ignore_warnings=True),
        "actions": validator.verify_actions_in_stories_rules(),
        "forms": validator.verify_forms_in_stories_rules(),
        "slots": validator.verify_slot_mappings(),
        "domain": validator.verify_domain_validity(),
        "stories": validator.verify_story_structure(ignore_warnings=False),
    }
    for name, good in checks.items():
        print(f"  {name} : {'bon' if good else 'MAUVAIS'}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
