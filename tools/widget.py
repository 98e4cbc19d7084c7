"""Checks of the widget's client: lint, types, unit tests, weight. `python tools/widget.py`."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.serving.progress import Stop, fail  # noqa: E402
from bot.serving.widget import SOURCES, build_widget, node, npm  # noqa: E402

LOADER_BYTES, ALL_BYTES = 10_000, 160_000
"""Most bytes, gzip: of the loader, and of everything."""
TOOLS = (
    ("typescript/bin/tsc", "--noEmit"),
    ("eslint/bin/eslint.js", "src", "test"),
    ("vitest/vitest.mjs", "run", "--environment", "happy-dom"),
)


def main() -> int:
    """Check; return an exit code."""
    target = ROOT / "var" / "widget"
    try:
        if not (SOURCES / "node_modules" / "vitest").exists():
            npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
        build_widget(target)
    except Stop as error:
        fail(str(error))
        return 1
    for tool, *words in TOOLS:
        if subprocess.run([str(node()), str(SOURCES / "node_modules" / tool), *words], cwd=SOURCES).returncode:
            return 1
    sizes = {file.name: len(gzip.compress(file.read_bytes())) for file in target.glob("*.js")}
    print(", ".join(f"{name} : {size} octets gzip" for name, size in sizes.items()))
    if sizes["widget.js"] > LOADER_BYTES or sum(sizes.values()) > ALL_BYTES:
        fail("Le widget est trop lourd.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
