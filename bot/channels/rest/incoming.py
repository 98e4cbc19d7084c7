"""From a REST body to a message: checked, bounded. Pure."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

from bot.language.cleaning import MAX_CHARACTERS, clean, too_long

MOST_BYTES = 16_384
"""Largest body; notes/reliability.md section 5."""

PREFIX = "rest."
"""What the conversations of programs begin with, so that none can name a visitor's of another channel."""
MOST_ID = 128
"""Longest id that the store keeps, of a conversation or a message."""
MOST_SENDER = MOST_ID - len(PREFIX)

_ID = re.compile(r"[A-Za-z0-9_.:@-]+")
_LETTERS = "lettres sans accent, chiffres, « - _ . : @ »."


@dataclass(frozen=True)
class Incoming:
    """A message as the channel hands it on. `sender`: as the program named it; `conversation`: as everything behind names it."""

    sender: str
    text: str
    message_id: str
    metadata: dict[str, Any]

    @property
    def conversation(self) -> str:
        """Return the id of the conversation, which no other channel's has."""
        return PREFIX + self.sender

    @property
    def key(self) -> str:
        """Return the id under which the message is kept: in two talks, messages may be numbered alike."""
        return hashlib.blake2b(f"{self.conversation} {self.message_id}".encode("ascii"), digest_size=20).hexdigest()


class BadRequest(ValueError):
    """A body that cannot be read; the message says why, in French; `status` is the HTTP status."""

    def __init__(self, message: str, status: int = 400):
        super().__init__(message)
        self.status = status


def read(body: bytes) -> Incoming:
    """Return the message in a JSON body `{"sender", "message", "message_id", "metadata"}`.

    A missing sender gets a fresh one, so that strangers never share a conversation (stock Rasa uses "default").
    Raises BadRequest.
    """
    if len(body) > MOST_BYTES:
        raise BadRequest(f"Message trop volumineux : {MOST_BYTES // 1024} Ko au plus.", 413)
    try:
        fields = json.loads(body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise BadRequest("Le corps de la requête doit être du JSON en UTF-8.") from None
    if not isinstance(fields, dict):
        raise BadRequest('Le corps de la requête doit être un objet JSON : {"sender": …, "message": …}.')
    text = fields.get("message")
    if not isinstance(text, str):
        raise BadRequest("« message » doit être un texte.")
    sender = fields.get("sender")
    if sender is None:
        sender = uuid.uuid4().hex
    if not _is_id(sender, MOST_SENDER):
        raise BadRequest(f"« sender » doit faire de 1 à {MOST_SENDER} caractères : {_LETTERS}")
    message_id = fields.get("message_id")
    if message_id is None:
        message_id = uuid.uuid4().hex
    if not _is_id(message_id, MOST_ID):
        raise BadRequest(f"« message_id » doit faire de 1 à {MOST_ID} caractères : {_LETTERS}")
    metadata = fields.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise BadRequest("« metadata » doit être un objet JSON.")
    cleaned = clean(text)
    if too_long(cleaned):
        raise BadRequest(f"Message trop long : {MAX_CHARACTERS} caractères au plus. Résumez votre question en une ou deux phrases.", 413)
    return Incoming(sender, cleaned, message_id, metadata or {})


def _is_id(value: object, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most and _ID.fullmatch(value) is not None
