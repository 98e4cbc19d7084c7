"""Everything that must be there before the servers start: folder, spaCy pipeline, store, model."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bot.knowledge.catalogue import in_order, read_catalogue
from bot.knowledge.content import read_folder
from bot.serving import models
from bot.serving.environment import without_secrets
from bot.serving.logging_setup import configure
from bot.serving.permissions import check_owner, for_everybody, take_back
from bot.serving.progress import Stop, step, tell
from bot.serving.widget import build_widget
from bot.serving.without_tensorflow import stand_in
from bot.settings import ROOT, settings
from bot.store import checking
from bot.store.forgetting import finish_erasures
from bot.store.loading import load
from bot.store.migrating import upgrade

logger = logging.getLogger(__name__)

CATALOGUE = ROOT / "data" / "catalogue.txt"
KNOWLEDGE = ROOT / "data" / "knowledge"
SPACY = ROOT / "var" / "spacy_fr"
LEAST_FREE_BYTES = 300 * 1024 * 1024

QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "RASA_TELEMETRY_ENABLED": "false",
    "PYTHONWARNINGS": "ignore",
    "PYTHONUNBUFFERED": "1",
}
"""Environment of every child: no telemetry, no chatter of libraries."""


def prepare() -> None:
    """Do all steps; each is skipped where its result is already there. Raises Stop."""
    try:
        with step("Dossier de travail"):
            check_room()
        log_to_file("serve")
        # Before anything opens a database: a damaged one would end the migrations with a traceback.
        if faults := checking.check_all():
            raise Stop("\n".join(faults))
        with step("Français (spaCy)") as notes:
            notes.append("prêt" if build_spacy() else "déjà là")
        with step("Base de connaissances") as notes:
            notes.append(load_knowledge())
            finish_erasures(settings())
        with step("Widget") as notes, for_everybody():
            notes.append("construit" if build_widget(settings().widget_folder) else "déjà là")
        train()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise Stop("Le disque est plein : libérez de la place, puis relancez la commande.") from error
        raise


def log_to_file(name: str) -> None:
    """Send what this process logs to a file; what ends it is still read where it was started."""
    configure(name)
    sys.excepthook = sys.__excepthook__


def check_room() -> None:
    """Make the folder of the settings; raise Stop where it is another's, cannot be written or the disk is nearly full."""
    folder = settings().folder
    try:
        with for_everybody():  # what must stay ours is closed itself; below the default folder lies what others may read
            folder.mkdir(parents=True, exist_ok=True)
        check_owner(folder)
        tempfile.TemporaryFile(dir=folder).close()  # by no name that somebody could have taken
        take_back([*folder.glob("*.db*"), *folder.glob("log/*")])
    except PermissionError as error:
        raise Stop(f"Le dossier {folder} n’est pas accessible en écriture : donnez-en le droit ou changez RESO_FOLDER.") from error
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise Stop(f"Il ne reste que {free // 2**20} Mo sur le disque : libérez-en au moins {LEAST_FREE_BYTES // 2**20}.")


def build_spacy(folder: Path = SPACY) -> bool:
    """Write the French spaCy pipeline that config.yml names; return False where it is there already."""
    if (folder / "config.cfg").exists():
        return False
    stand_in(ROOT / "config.yml")
    from bot.nlu import french

    with for_everybody():
        folder.parent.mkdir(parents=True, exist_ok=True)
        french.blank().to_disk(folder)
    return True


def load_knowledge(url: str | None = None) -> str:
    """Migrate the store and load the files; return what changed. Raises Stop where a file is wrong."""
    upgrade(url)
    entries, faults = read_folder(KNOWLEDGE)
    unusable = [f for f in faults if "typographie" not in f.message]
    if unusable:
        raise Stop("Des fiches sont à corriger avant de servir :\n  " + "\n  ".join(map(str, unusable[:10])))
    by_id = {entry.id: entry for entry in entries}
    entries = [by_id[id] for id in in_order(list(by_id), read_catalogue(CATALOGUE))]
    report = load(entries, url)
    for conflict in report.conflicts:
        tell(f"\n  ! correction en conflit, gardée telle quelle — {conflict}")
    changes = [
        f"{len(ids)} {name}"
        for name, ids in (("ajoutées", report.added), ("changées", report.changed), ("retirées", report.removed))
        if ids
    ]
    return f"{len(entries)} fiches" + (f" ({', '.join(changes)})" if changes else ", rien de neuf")


def train(force: bool = False) -> bool:
    """Train where data or configuration changed, or the model is missing or broken; return whether it did.

    A missing or broken model is replaced by the last good one where that was trained from the same, or training fails.
    A model that is whole stays on failure. Raises Stop.
    """
    now, folder = models.fingerprint(), settings().models
    held = models.trained_from(folder)
    if not force and held == now:
        tell("→ Modèle … à jour")
        return False
    good = "" if held else models.trained_from(folder / models.LAST_GOOD)
    if not force and good == now:
        fall_back("il manque ou il est abîmé")
        return False
    try:
        train_from(now)
    except Stop as error:
        if force or not good:
            raise
        fall_back(f"il manque ou il est abîmé, et il ne se refait pas. {error}")
        return False
    return True


def mend_model() -> None:
    """Put the last good model in place where the model is missing or broken, and there is one. Raises Stop."""
    folder = settings().models
    if not models.trained_from(folder) and models.trained_from(folder / models.LAST_GOOD):
        fall_back("il manque ou il est abîmé")


def use_another_model() -> bool:
    """Put the last good model in the place of one that cannot be loaded, where it is another; tell whether. Raises Stop."""
    another = models.has_another_good(settings().models)
    if another:
        fall_back("il ne peut pas être chargé")
    return another


def fall_back(reason: str) -> None:
    """Put the last good model in place and say why, on the console and in the log."""
    folder = settings().models
    try:
        with for_everybody():
            models.put_back(folder)
    except OSError as error:
        raise Stop(
            f"Le modèle dans {folder} manque ou est abîmé, et ce dossier ne peut pas être écrit\u202f: refaites-le avec «\u00a0make train\u00a0»."
        ) from error
    told = f"Modèle\u202f: {reason}\u202f; le dernier bon modèle est repris."
    tell(f"! {told}")
    logger.warning(told)


def train_from(now: str) -> None:
    """Train, and note the fingerprint `now` with the model. Raises Stop; then the model in place is as it was."""
    folder = settings().models
    with step("Entraînement du modèle"), for_everybody():
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "bot.serving.training", str(folder), "reso-new"]
        done = subprocess.run(command, cwd=ROOT, env={**without_secrets(os.environ), **QUIET}, capture_output=True, text=True)
        made = folder / "reso-new.tar.gz"
        if done.returncode != 0 or not made.exists():
            lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            raise Stop("L’entraînement a échoué : " + (lines[-1] if lines else "raison inconnue"))
        made.replace(settings().model)
        models.note(folder, now)
