"""Looks at the files that Réso is about to use: damaged, lost, or of another installation."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.settings import Settings, settings
from bot.store.archives import ADVICE, DATABASES, MARKER, SECRET, STORE, TRACKER, places_of, revision_of
from bot.store.pseudonyms import KEY_FILE

WITH_KEY = "0004"
"""The migration from which on hashes of conversations have a key."""


def check(path: Path) -> list[str]:
    """Return what is wrong with a database file, in French with advice; nothing where it is sound or not there yet.

    Reads the whole file.
    """
    if not path.exists():
        return []
    if not os.access(path, os.R_OK | os.W_OK) or not os.access(path.parent, os.W_OK):
        return [f"La base {path} ne peut pas être écrite\u202f: donnez-en le droit au compte qui lance Réso."]
    try:
        with closing(sqlite3.connect(path, timeout=5)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
    except sqlite3.OperationalError as error:
        return [f"La base {path} ne s’ouvre pas ({error})\u202f: un autre programme la tient peut-être. Arrêtez-le, puis relancez."]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    if found == ["ok"]:
        return []
    return [f"La base {path} est abîmée ({found[0].splitlines()[0]})\u202f: {ADVICE}"]


def check_all(given: Settings | None = None) -> list[str]:
    """Return what is wrong with the files that Réso is about to use, as `check` does."""
    given = given or settings()
    places = places_of(given, given.models)
    faults = [fault for name in DATABASES if name in places for fault in check(places[name])] or lost(given)
    if (given.folder / MARKER).exists():
        faults.insert(0, "Une restauration a été interrompue\u202f: relancez «\u00a0python -m bot restore\u00a0» avec la même sauvegarde.")
    return faults


def lost(given: Settings) -> list[str]:
    """Return which files of an installation that has served are gone or empty, in French with advice.

    SQLite takes an empty file for a new database: Réso would begin again without a word.
    """
    places = places_of(given, given.models)
    store, tracker, secret = places.get(STORE), places[TRACKER], places[SECRET]
    faults = []
    if store is not None and not _holds(store) and (_holds(tracker) or secret.exists()):
        faults.append(
            f"La base {store} {'est vide' if store.exists() else 'manque'}, alors que Réso a déjà servi ici\u202f: {ADVICE} "
            f"Pour repartir de rien, déplacez aussi {tracker.name}, {secret.name} et {KEY_FILE} de {given.folder}."
        )
    if tracker.exists() and not _holds(tracker) and (secret.exists() or (store is not None and _has_messages(store))):
        faults.append(
            f"La base {tracker} est vide, alors que Réso a déjà servi ici\u202f: {ADVICE} "
            "Pour que les conversations en cours repartent de rien, supprimez ce fichier."
        )
    has_key = given.pseudonym_key.get_secret_value() or places[KEY_FILE].exists()
    if store is not None and _holds(store) and not has_key and revision_of(store) >= WITH_KEY:
        faults.append(
            f"La clé {places[KEY_FILE]} manque\u202f: sans elle, ce qui a été gardé d’un visiteur n’est plus retrouvé ni effacé. "
            "Remettez ce fichier, d’une sauvegarde ou de l’autre machine, ou donnez son contenu dans RESO_PSEUDONYM_KEY."
        )
    return faults


def _holds(file: Path) -> bool:
    """Tell whether a database is there and not empty, its log included."""
    log = file.with_name(f"{file.name}-wal")
    return any(part.exists() and part.stat().st_size > 0 for part in (file, log))


def _has_messages(store: Path) -> bool:
    if not _holds(store):
        return False
    with closing(sqlite3.connect(store)) as connection:
        try:
            return connection.execute("SELECT 1 FROM inbox LIMIT 1").fetchone() is not None
        except sqlite3.OperationalError:
            return False
