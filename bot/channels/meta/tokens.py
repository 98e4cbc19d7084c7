"""What Meta says of an access token. Source: Meta, « Debug Token » (Graph API v25.0)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from bot.channels.contract import Check, Later, Never
from bot.channels.meta.graph import Graph

SOON = datetime.timedelta(days=14)
"""A token that ends sooner is a fault to be told."""


async def token_data(graph: Graph, token: str) -> Mapping[str, Any]:
    """Return what Meta says of a token; nothing where it may not ask about itself, as some kinds of token may not."""
    try:
        found = (await graph.get("/debug_token", {"input_token": token})).get("data")
    except (Later, Never):
        return {}
    return found if isinstance(found, dict) else {}


def token_end(data: Mapping[str, Any], now: datetime.datetime) -> list[Check]:
    """Return the line on a page token's end; none where it has none. `data`: as `token_data` gives it; `now`: UTC. Pure."""
    until = data.get("expires_at")
    if not isinstance(until, int) or until <= 0:
        return []
    end = datetime.datetime.utcfromtimestamp(until)
    advice = "Prenez un jeton d’utilisateur système, qui n’expire pas (docs/channels/messenger.md, étape\u00a03)."
    return [Check(end - now > SOON, f"Le jeton expire le {end:%d/%m/%Y}.", advice)]
