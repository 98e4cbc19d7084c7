"""The handshake with which Meta registers a webhook. Pure.

Source: Meta, « Webhooks: Getting Started », section « Handling Verification Requests » (Graph API v25.0, 2026).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping


def answer(query: Mapping[str, str], verify_token: str) -> str | None:
    """Return the challenge to be sent back as the body, None where the request must be refused (403)."""
    given = query.get("hub.verify_token", "")
    same = hmac.compare_digest(given.encode("utf-8", "replace"), verify_token.encode())
    challenge = query.get("hub.challenge", "")
    if not verify_token or not same or query.get("hub.mode") != "subscribe" or not challenge:
        return None
    return challenge
