"""Sessions of visitors: an id of 128 bits made here, in a token signed here. Nothing that a client says names a talk."""

from __future__ import annotations

import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import jwt

from bot.settings import Settings

PREFIX = "widget."
_SENDER = re.compile(r"widget\.[0-9a-f]{32}")
ALGORITHM = "HS256"
AUDIENCE = "reso-widget"
SECRET_FILE = "widget.secret"  # noqa: S105 — the name of a file


@dataclass(frozen=True)
class Session:
    """A visitor's conversation and until when (seconds since 1970) its token holds."""

    sender: str
    expires: int


class Sessions:
    """Issues and reads tokens."""

    def __init__(self, secret: str, seconds: float):
        self._secret, self._seconds = secret, seconds

    def begin(self) -> Session:
        """Return a new conversation."""
        return self.renewed(PREFIX + secrets.token_hex(16))

    def renewed(self, sender: str) -> Session:
        """Return a session of a conversation that lasts from now."""
        return Session(sender, int(time.time() + self._seconds))

    def token(self, session: Session) -> str:
        """Return the signed token of a session."""
        return jwt.encode({"sub": session.sender, "exp": session.expires, "aud": AUDIENCE}, self._secret, ALGORITHM)

    def read(self, token: object) -> Session | None:
        """Return the session of a token; None where it is expired, altered, or no token at all."""
        if not isinstance(token, str) or len(token) > 1000:
            return None
        try:
            claims = jwt.decode(token, self._secret, [ALGORITHM], audience=AUDIENCE, options={"require": ["sub", "exp", "aud"]})
        except jwt.InvalidTokenError:
            return None
        sender = claims["sub"]
        return Session(sender, int(claims["exp"])) if isinstance(sender, str) and _SENDER.fullmatch(sender) else None


def from_settings(given: Settings) -> Sessions:
    """Return the sessions of these settings, with the secret that the folder keeps where none is set."""
    return Sessions(given.secret.get_secret_value() or kept_secret(given.folder), given.session_days * 86400)


def kept_secret(folder: Path) -> str:
    """Return the secret kept in a folder, made at the first start; only its owner may read the file."""
    file = folder / SECRET_FILE
    folder.mkdir(parents=True, exist_ok=True)
    try:
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii").strip()
    with os.fdopen(made, "w", encoding="ascii") as out:
        out.write(secrets.token_hex(32))
    return file.read_text(encoding="ascii").strip()
