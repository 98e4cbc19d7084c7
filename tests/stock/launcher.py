"""Rasa's own command line, unchanged but for two things outside of it: `python -m tests.stock.launcher run …`.

fbmessenger 6.0.0 has the address of Meta's API written into it: here it is that of STOCK_GRAPH, a stand-in. And TensorFlow
is not imported, as in Réso: nothing in the stock assistant computes with it, and each start is seconds shorter.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from bot.serving.without_tensorflow import stand_in


def main() -> None:
    """Run Rasa's command line with the arguments given."""
    sys.argv[0] = "rasa"
    assert stand_in(Path(__file__).parent / "bot" / "config.yml")
    import fbmessenger
    from rasa.__main__ import main as rasa_main

    begin = fbmessenger.MessengerClient.__init__

    def begin_with_stand_in(client: Any, *given: Any, **named: Any) -> None:
        begin(client, *given, **named)
        client.graph_url = os.environ["STOCK_GRAPH"]

    fbmessenger.MessengerClient.__init__ = begin_with_stand_in
    rasa_main()


if __name__ == "__main__":
    main()
