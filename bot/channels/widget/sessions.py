"""Sessions of visitors: an id of 128 bits made here, in a token signed here. Nothing that a client says names a talk."""

from __future__ import annotations

import fcntl
import logging
import os
import re
import secrets
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import jwt

from bot.settings import Settings

logger = logging.getLogger(__name__)

PREFIX = "widget."
_SENDER = re.compile(r"widget\.[0-9a-f]{32}")
ALGORITHM = "HS256"
AUDIENCE = "reso-widget"
_CLAIMS = ["sub", "exp", "iat", "aud"]
SECRET_FILE = "widget.secret"  # noqa: S105 — the name of a file
_SECRET = re.compile(r"[!-~]{32,}")
"""HS256 wants a key of at least 256 bits (RFC 7518, section 3.2)."""


@dataclass(frozen=True)
class Session:
    """A visitor's conversation, until when its token holds, and when it was first issued (seconds since 1970)."""

    sender: str
    expires: int
    begun: int


class Sessions:
    """Issues and reads tokens.

    `seconds`: how long one lasts; `longest`: how long a conversation can be renewed from its first token on, so that one
    that was stolen ends whatever is done with it.
    """

    def __init__(self, secret: str, seconds: float, longest: float):
        self._secret, self._seconds, self._longest = secret, seconds, longest

    def begin(self) -> Session:
        """Return a new conversation."""
        return self._lasting(PREFIX + secrets.token_hex(16), int(time.time()))

    def renewed(self, session: Session) -> Session:
        """Return a session of the same conversation that lasts from now, as far as it may."""
        return self._lasting(session.sender, session.begun)

    def _lasting(self, sender: str, begun: int) -> Session:
        return Session(sender, int(min(time.time() + self._seconds, begun + self._longest)), begun)

    def token(self, session: Session) -> str:
        """Return the signed token of a session."""
        claims = {"sub": session.sender, "exp": session.expires, "iat": session.begun, "aud": AUDIENCE}
        return jwt.encode(claims, self._secret, ALGORITHM)

    def read(self, token: object) -> Session | None:
        """Return the session of a token; None where it is expired, altered, of a conversation too old, or no token at all."""
        if not isinstance(token, str) or len(token) > 1000:
            return None
        # Not whether it was issued in the future: after the machine's clock is set back, every token was.
        try:
            claims = jwt.decode(token, self._secret, [ALGORITHM], audience=AUDIENCE, options={"require": _CLAIMS, "verify_iat": False})
        except jwt.InvalidTokenError:
            return None
        sender, begun = claims["sub"], claims["iat"]
        if not isinstance(sender, str) or not _SENDER.fullmatch(sender) or not isinstance(begun, int):
            return None
        return Session(sender, int(claims["exp"]), begun) if begun + self._longest > time.time() else None


def from_settings(given: Settings) -> Sessions:
    """Return the sessions of these settings, with the secret that the folder keeps where none is set."""
    secret = given.secret.get_secret_value() or kept_secret(given.folder)
    return Sessions(secret, given.session_days * 86400, given.keep_talks_days * 86400)


def kept_secret(folder: Path) -> str:
    """Return the secret kept in a folder, made at the first start; only its owner may read the file.

    One that is too short to sign with, as a full disk or a power cut leaves it, is made anew: visitors begin another talk.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)  # several gateways may start at the same time; one of them makes it
        file = folder / SECRET_FILE
        if file.exists():
            kept = file.read_bytes().decode("ascii", "replace").strip()
            if _SECRET.fullmatch(kept):
                return kept
            logger.warning("the secret of the sessions cannot be signed with and is made anew")
        secret = secrets.token_hex(32)
        _write_whole(file, secret)
        os.fsync(held)
        return secret
    finally:
        os.close(held)


def _write_whole(file: Path, text: str) -> None:
    """Write a file that is there whole or not at all, even if the machine stops on the way."""
    made, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # for its owner alone (0600)
    try:
        with os.fdopen(made, "w", encoding="ascii") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise
