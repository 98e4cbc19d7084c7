"""Keys that programs show in a header."""

from __future__ import annotations

import hmac

from aiohttp import web
from pydantic import SecretStr


def fits(shown: str, key: SecretStr) -> bool:
    """Tell, in constant time, whether what was shown is the key; an empty key fits nothing.

    `shown`: a header as aiohttp has it, in which bytes that are no UTF-8 are surrogates.
    """
    held = key.get_secret_value()
    return bool(held) and hmac.compare_digest(shown.encode("utf-8", "surrogatepass"), held.encode())


def bearer(request: web.Request) -> str:
    """Return what a request shows as `Authorization: Bearer …` (RFC 6750); empty where it shows nothing."""
    return request.headers.get("Authorization", "").removeprefix("Bearer ")
