#!/usr/bin/env python3
"""First step of everything: the virtual environment, from any Python 3.7 or newer, with nothing installed.

    python3 tools/bootstrap.py run|dev

Finds Python 3.10 (on the PATH, from pyenv), or lets uv bring it; installs exactly what requirements/<set>.txt locks,
checked against its hashes. Does nothing when the environment already fits. Standard library only.
"""

import glob
import hashlib
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ENVIRONMENT = os.path.join(ROOT, ".venv")
UV_FOLDER = os.path.join(ROOT, "var", "uv")
PYTHON = os.path.join(ENVIRONMENT, "bin", "python")
LEAST_FREE_BYTES = 4 * 1024**3


class Stop(Exception):
    """Nothing more can be done; the message says why, in French."""


def say(text):
    print(text, flush=True)


def run(command, what):
    """Run a command quietly; raise Stop with its last words where it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    if done.returncode:
        words = [line for line in done.stdout.splitlines() if line.strip()]
        if "No space left" in done.stdout:
            raise Stop("Le disque est plein : libérez de la place, puis relancez la commande.")
        raise Stop("%s a échoué : %s" % (what, " / ".join(words[-3:]) or "sans explication"))
    return done.stdout


def is_310(python):
    """Tell whether a program is a working Python 3.10."""
    try:
        told = subprocess.run([python, "-c", "import sys; print(sys.version_info[:2])"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return False
    return told.returncode == 0 and told.stdout.strip() == b"(3, 10)"


def find_310():
    """Return a Python 3.10 of this machine, or None."""
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    found = [shutil.which("python3.10"), sys.executable]
    found += sorted(glob.glob(os.path.join(pyenv, "versions", "3.10.*", "bin", "python")), reverse=True)
    return next((python for python in found if python and is_310(python)), None)


def find_uv():
    """Return uv: from the PATH, or installed below var/ from its own lock."""
    found = shutil.which("uv")
    if found:
        return found
    uv = os.path.join(UV_FOLDER, "bin", "uv")
    if not os.path.exists(uv):
        lock = os.path.join(ROOT, "requirements", "uv.txt")
        try:
            run([sys.executable, "-m", "venv", UV_FOLDER], "La création de l’environnement de uv")
            pip = [os.path.join(UV_FOLDER, "bin", "python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock]
            run(pip, "L’installation de uv")
        except Stop:
            shutil.rmtree(UV_FOLDER, ignore_errors=True)
            raise
    return uv


def main(chosen):
    """Make the environment fit requirements/<chosen>.txt."""
    lock = os.path.join(ROOT, "requirements", chosen + ".txt")
    with open(lock, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    stamp = os.path.join(ENVIRONMENT, "reso-%s.sha256" % chosen)
    # What the development lock installed serves to run too: only a bigger set is installed anew.
    stamps = [stamp] if chosen == "dev" else [stamp, os.path.join(ENVIRONMENT, "reso-dev.run.sha256")]
    for known in stamps:
        if os.path.exists(known) and os.path.exists(PYTHON):
            with open(known) as file:
                if file.read() == digest:
                    return
    started = time.time()
    if shutil.disk_usage(ROOT).free < LEAST_FREE_BYTES:
        raise Stop("Il faut %d Go libres sur le disque pour installer Réso : libérez de la place." % (LEAST_FREE_BYTES // 1024**3))
    uv = find_uv()
    if not is_310(PYTHON):
        python = find_310()
        # Below the project and not in the home of who installs: a service has no right to look into that.
        os.environ.setdefault("UV_PYTHON_INSTALL_DIR", os.path.join(UV_FOLDER, "python"))
        say("→ Python 3.10 … %s" % (python or "absent de cette machine, uv va le chercher"))
        try:
            run([uv, "venv", "--quiet", "--clear", "--python", python or "3.10", ENVIRONMENT], "La création de l’environnement Python 3.10")
        except Stop as error:
            raise Stop("%s. Installez Python 3.10 (par exemple « pyenv install 3.10 »), puis relancez." % error) from None
    say("→ Installation des bibliothèques (%s) …" % chosen)
    # Compiled now, once: a service that may not write where it is installed would compile four thousand modules at each start.
    run(
        [uv, "pip", "sync", "--quiet", "--compile-bytecode", "--require-hashes", "--python", PYTHON, lock],
        "L’installation des bibliothèques",
    )
    for old in glob.glob(os.path.join(ENVIRONMENT, "reso-*.sha256")):
        os.remove(old)
    with open(stamp, "w") as file:
        file.write(digest)
    if chosen == "dev":
        with open(os.path.join(ROOT, "requirements", "run.txt"), "rb") as file:
            run_digest = hashlib.sha256(file.read()).hexdigest()
        with open(os.path.join(ENVIRONMENT, "reso-dev.run.sha256"), "w") as file:
            file.write(run_digest)
    say("  fait (%.1f s)" % (time.time() - started))


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "run")
    except Stop as error:
        sys.stderr.write("✗ %s\n" % error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
