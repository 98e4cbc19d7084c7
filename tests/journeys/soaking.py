"""What an hour of work does to the processes: samples of memory, open files and queues, their picture, and the verdict."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import numpy as np

from tests.journeys.figures import read_figures, total

MEGABYTE = 1024.0 * 1024.0
SLOPE = 5.0
"""MB an hour that a process may grow (notes/reliability.md, T9)."""
LONG_SECONDS = 1800.0
"""From this length on growth is judged as a slope; shorter runs are too noisy for that."""
SETTLING = 0.2
"""Share of a process's life that is not judged: caches fill."""
STARTING_SECONDS = 60.0
"""Never judged: a process that has just begun still loads its model."""
FILES = 10
"""Open files that may be added over a run."""
ENDS = 5
"""Samples at each end of a life between which open files are compared."""


@dataclass(frozen=True)
class Sample:
    """One process at one moment. `seconds` since the run began; `pid` tells its lives apart; memory in bytes."""

    seconds: float
    role: str
    pid: int
    memory: int
    files: int


@dataclass
class Samples:
    """Everything sampled. `queues`: (seconds, messages without an answer, calls not sent)."""

    processes: list[Sample] = field(default_factory=list)
    queues: list[tuple[float, float, float]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    async def take(self, pids: Mapping[str, Sequence[int]], url: str, session: aiohttp.ClientSession) -> None:
        """Sample every process that is there, and the queues where the gateway answers."""
        now = time.monotonic() - self.began
        for role, of_role in pids.items():
            for pid in of_role:
                try:
                    memory = int((Path("/proc") / str(pid) / "statm").read_text().split()[1]) * 4096
                    files = len(list((Path("/proc") / str(pid) / "fd").iterdir()))
                except OSError:
                    continue
                self.processes.append(Sample(now, role, pid, memory, files))
        try:
            async with session.get(f"{url}/metrics", timeout=aiohttp.ClientTimeout(total=3)) as answer:
                told = read_figures(await answer.text())
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return
        self.queues.append((now, total(told, "reso_turns_waiting"), total(told, "reso_outbox_waiting")))

    def lives(self, role: str) -> list[list[Sample]]:
        """Return the samples of a role, one list for each of its processes, in order."""
        made: dict[int, list[Sample]] = {}
        for sample in self.processes:
            if sample.role == role:
                made.setdefault(sample.pid, []).append(sample)
        return list(made.values())

    @property
    def roles(self) -> list[str]:
        """Return the roles sampled."""
        return sorted({sample.role for sample in self.processes})

    def write(self, folder: Path) -> None:
        """Write soak.csv and soak.png."""
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "soak.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["seconds", "process", "pid", "memory_mb", "open_files"])
            writer.writerows([f"{s.seconds:.0f}", s.role, s.pid, f"{s.memory / MEGABYTE:.1f}", s.files] for s in self.processes)
        draw(self, folder / "soak.png")


def settled(life: Sequence[Sample]) -> Sequence[Sample]:
    """Return the samples of a process after its start and its first fifth."""
    begins = life[0].seconds + max(STARTING_SECONDS, SETTLING * (life[-1].seconds - life[0].seconds))
    return [sample for sample in life if sample.seconds >= begins]


def growth(life: Sequence[Sample]) -> tuple[float, float]:
    """Return how a process's memory went once it had settled: MB an hour, and MB over that time (by a straight line)."""
    judged = settled(life)
    if len(judged) < 5:
        return 0.0, 0.0
    at = np.array([sample.seconds for sample in judged])
    slope = float(np.polyfit(at, [sample.memory / MEGABYTE for sample in judged], 1)[0])
    return slope * 3600.0, slope * float(at[-1] - at[0])


def faults(samples: Samples, tabs: int = 0) -> list[str]:
    """Return what grew that must not, by the longest life of each process.

    The last samples must be of a time in which nobody waits: whoever does holds a connection, which is no leak.

    `tabs`: widgets that may come back to a gateway during its life, an open file each; nobody comes to the other processes.
    """
    found = []
    for role in samples.roles:
        life = max(samples.lives(role), key=len)
        hourly, whole = growth(life)
        lasted = life[-1].seconds - life[0].seconds
        allowed = max(25.0, 0.1 * life[0].memory / MEGABYTE)
        if (lasted >= LONG_SECONDS and hourly > SLOPE) or (lasted < LONG_SECONDS and whole > allowed):
            found.append(f"{role}: memory grows by {hourly:.1f} MB an hour ({whole:.1f} MB in {lasted:.0f} s)")
        judged = settled(life)
        more = FILES + (tabs if role == "gateway" else 0)
        if not judged:
            continue
        before, after = (float(np.median([s.files for s in end])) for end in (judged[:ENDS], judged[-ENDS:]))
        if after > before + more:
            found.append(f"{role}: {before:.0f} open files became {after:.0f}")
    return found


def told(samples: Samples) -> str:
    """Return the figures of each process's longest life in a line each."""
    lines = []
    for role in samples.roles:
        life = max(samples.lives(role), key=len)
        hourly, _ = growth(life)
        lines.append(
            f"{role}: {life[0].memory / MEGABYTE:.0f} → {life[-1].memory / MEGABYTE:.0f} MB in {life[-1].seconds - life[0].seconds:.0f} s "
            f"({hourly:+.1f} MB an hour once settled), open files {life[0].files} → {life[-1].files}, {len(samples.lives(role))} lives"
        )
    return "\n".join(lines)


def draw(samples: Samples, file: Path) -> None:
    """Draw memory, open files and queues over time."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (memory, files, queues) = pyplot.subplots(3, 1, figsize=(10, 9), sharex=True)
    for role, colour in zip(samples.roles, ("tab:blue", "tab:orange", "tab:green", "tab:red")):
        for number, life in enumerate(samples.lives(role)):
            at, label = [s.seconds / 60 for s in life], role if number == 0 else None
            memory.plot(at, [s.memory / MEGABYTE for s in life], color=colour, label=label)
            files.plot(at, [s.files for s in life], color=colour, label=label)
    queues.plot([q[0] / 60 for q in samples.queues], [q[1] for q in samples.queues], label="questions without an answer")
    queues.plot([q[0] / 60 for q in samples.queues], [q[2] for q in samples.queues], label="calls not sent")
    for axis, name in ((memory, "memory, MB"), (files, "open files"), (queues, "waiting")):
        axis.set_ylabel(name)
        axis.set_ylim(bottom=0)
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        axis.grid(alpha=0.3)
    queues.set_xlabel("minutes")
    figure.tight_layout()
    figure.savefig(file, dpi=110)
    pyplot.close(figure)
