"""What a turn costs as a talk gets long, on the real servers: `python tools/bench.py`. Prints medians and their ratio."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.journeys.serving import Visitor, running  # noqa: E402

TALK = ("Est-ce que ça fait vendre ?", "dis-m'en plus", "un autre exemple ?", "c quoi booktok", "merci")
AT = (1, 100, 1000)
AROUND = 20
"""Turns of which the median is taken, from each place on."""


def main() -> None:
    """Talk for as long as it takes and print."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as servers:
        Visitor(servers.url).says("bonjour")
        visitor, seconds = Visitor(servers.url), []
        for turn in range(AT[-1] + AROUND):
            began = time.perf_counter()
            visitor.says(TALK[turn % len(TALK)])
            seconds.append(time.perf_counter() - began)
            if turn % 100 == 99:
                print(f"… {turn + 1} tours", flush=True)
    costs = [statistics.median(seconds[at - 1 : at - 1 + AROUND]) for at in AT]
    for at, cost in zip(AT, costs):
        print(f"tour {at:5} : {1000 * cost:6.1f} ms   × {cost / costs[0]:.2f}")


if __name__ == "__main__":
    main()
