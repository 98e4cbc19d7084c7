"""`rasa test core` on tests/stories with the trained model: every wrong prediction fails."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.serving.without_tensorflow import stand_in  # noqa: E402


def main() -> int:
    """Test; return an exit code."""
    stand_in(ROOT / "config.yml")
    from rasa.core.agent import load_agent
    from rasa.core.test import test as test_core

    from bot.settings import settings

    (ROOT / "results").mkdir(exist_ok=True)

    async def run() -> int:
        agent = await load_agent(model_path=str(settings().model))
        results = await test_core(
            stories=str(ROOT / "tests" / "stories"),
            agent=agent,
            out_directory=str(ROOT / "results"),
            fail_on_prediction_errors=False,
            e2e=True,
        )
        report = results["report"]
        failed = report["conversation_accuracy"]["total"] - report["conversation_accuracy"]["correct"]
        print(f"{report['conversation_accuracy']['correct']} passed, {failed} failed")
        return 1 if failed else 0

    return asyncio.run(run())


if __name__ == "__main__":
    sys.exit(main())
