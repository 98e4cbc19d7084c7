"""What stands for a conversation in statistics, logs and the list of erased talks: a hash under this installation's key.

Without a key a phone number is found behind its hash by trying all of them: some 10^8 in France, minutes of work.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from functools import lru_cache
from pathlib import Path

from bot.settings import Settings, SettingsError, settings

KEY_FILE = "pseudonym.key"
FEWEST_CHARACTERS = 32


def conversation_key(sender: str, key: bytes | None = None) -> str:
    """Return the hash that stands for a conversation, 32 hexadecimal digits. `key`: of another installation than the settings'."""
    plain = hashlib.blake2b(sender.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return keyed(plain, key or pseudonym_key(settings()))


def message_key(message_id: str) -> str:
    """Return the hash that stands for a message in statistics: vendors' ids hold phone numbers (WhatsApp) and people's ids."""
    return conversation_key(message_id)


def keyed(plain: str, key: bytes) -> str:
    """Return a hash without a key under a key. Two steps, so that migration 0004 could bring along what was stored without one."""
    return hashlib.blake2b(plain.encode("ascii"), digest_size=16, key=key).hexdigest()


def pseudonym_key(given: Settings) -> bytes:
    """Return the key of these settings: RESO_PSEUDONYM_KEY, or what the folder keeps, made at the first call.

    The content of the file, given as the variable, is the same key: so a second machine joins. Raises SettingsError where
    the file is damaged.
    """
    return _key(given.folder, given.pseudonym_key.get_secret_value())


@lru_cache(maxsize=8)
def _key(folder: Path, given: str) -> bytes:
    return hashlib.sha256((given or kept_key(folder)).encode("utf-8")).digest()


def forget_keys() -> None:
    """Read key files again at the next call: they were exchanged."""
    _key.cache_clear()


def kept_key(folder: Path) -> str:
    """Return the key that a folder keeps, made where there is none; only its owner may read it."""
    file = folder / KEY_FILE
    folder.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        _make(file)
    key = file.read_text(encoding="ascii", errors="replace").strip()
    if len(key) < FEWEST_CHARACTERS:
        raise SettingsError(f"Le fichier {file} est abîmé\u202f: remettez celui d’une sauvegarde avec «\u00a0python -m bot restore\u00a0».")
    return key


def _make(file: Path) -> None:
    # Written aside and linked: another process sees no file or a whole one, and the first of two makes the key of both.
    part = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(secrets.token_hex(32))
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(part, file)
    finally:
        part.unlink(missing_ok=True)
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
