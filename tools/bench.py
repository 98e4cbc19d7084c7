"""What a turn costs as a talk gets long, on the real servers: `python tools/bench.py`.

Prints medians and their ratio, and the slowest of twenty turns early and late (T10 of notes/reliability.md); ends with 1 where
a late one takes more than T10 allows.
"""

from __future__ import annotations

import math
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
EARLY, LATE = (1, 50), (500, 600)
"""First and last turn of the two stretches that T10 compares."""
MOST_LATE = 1.5
"""How many times as long a late turn may take."""


def p95(seconds: list[float]) -> float:
    """Return what 95 of 100 turns take at most."""
    return sorted(seconds)[math.ceil(0.95 * len(seconds)) - 1]


def main() -> int:
    """Talk for as long as it takes and print; return the exit code."""
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
    early, late = (p95(seconds[first - 1 : last]) for first, last in (EARLY, LATE))
    print(f"p95 des tours {EARLY[0]} à {EARLY[1]} : {1000 * early:.1f} ms ; {LATE[0]} à {LATE[1]} : {1000 * late:.1f} ms", end="")
    print(f"   × {late / early:.2f} (au plus {MOST_LATE})")
    return 0 if late <= MOST_LATE * early else 1


if __name__ == "__main__":
    sys.exit(main())
