"""The signature of Meta's webhooks. Pure.

Source: Meta, « Webhooks: Getting Started », section « Validating Payloads » (Graph API v25.0, 2026).
"""

from __future__ import annotations

import hashlib
import hmac
import re

PREFIX = "sha256="
_HEADER = re.compile(re.escape(PREFIX) + "[0-9A-Fa-f]{64}")


def well_formed(header: str | None) -> bool:
    """Tell whether `header` (X-Hub-Signature-256) may be a signature, before the body is there."""
    return bool(header and _HEADER.fullmatch(header))


def allows(body: bytes, header: str | None, secret: str) -> bool:
    """Tell whether `header` (X-Hub-Signature-256) is the HMAC-SHA256 of the raw `body` under the app's secret.

    The bytes are taken as they came: accents travel as \\u00e9, and a body that was parsed and written again has another
    signature. Without a secret nothing is allowed. The older SHA-1 header is not looked at.
    """
    if not secret or not header or not header.startswith(PREFIX):
        return False
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), header[len(PREFIX) :].encode("utf-8", "replace"))
