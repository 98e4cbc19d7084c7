"""Posts a request to the team's webhook, signed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from typing import Any

import aiohttp

from bot.store.handoffs import Handoff

SECONDS = 15.0
"""Longest wait for the other side."""

SIGNATURE = "X-Reso-Signature"
"""Header with « sha256= » and the HMAC of the body, as GitHub's and Meta's webhooks do."""


class NotTaken(RuntimeError):
    """The other side did not take a notice; the message says why, without personal data."""


def body_of(handoff: Handoff) -> bytes:
    """Return the JSON that is posted; `id` is the same at each try, so that a receiver can drop what it has."""
    told: dict[str, Any] = {
        "type": "handoff",
        "id": handoff.reference,
        "channel": handoff.channel,
        "name": handoff.name,
        "contact": {"kind": handoff.contact_kind, "value": handoff.contact},
        "question": handoff.question,
        "consented_at": handoff.consented_at.isoformat(timespec="seconds") + "Z",
    }
    return json.dumps(told, ensure_ascii=False).encode()


def signature(body: bytes, secret: str) -> str:
    """Return the value of SIGNATURE for a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def post(handoff: Handoff, url: str, secret: str) -> None:
    """Post a request. Raises NotTaken unless the other side says 2xx."""
    body = body_of(handoff)
    headers = {"Content-Type": "application/json; charset=utf-8"} | ({SIGNATURE: signature(body, secret)} if secret else {})
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as reply,
        ):
            if reply.status // 100 != 2:
                raise NotTaken(f"HTTP {reply.status}")
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
        raise NotTaken(type(error).__name__) from error
