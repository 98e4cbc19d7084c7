"""Which sites may show the widget: the assistant's own address, and those of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web


class Origins:
    """Tells whether an Origin may talk to the widget's server."""

    def __init__(self, sites: frozenset[str], public_url: str = ""):
        self._sites = sites | ({"/".join(public_url.lower().split("/")[:3])} if public_url else set())

    def allow(self, origin: str | None, host: str) -> bool:
        """Tell whether pages of `origin` may connect to a server called `host`; browsers always say their origin."""
        if not origin:
            return True
        scheme, _, rest = origin.lower().partition("://")
        return origin.lower() in self._sites or (scheme in ("http", "https") and rest == host.lower())

    def allow_socket(self, origin: str | None, environ: Mapping[str, Any]) -> bool:
        """Tell the same to Socket.IO, for polling and for WebSocket."""
        return self.allow(origin, environ["aiohttp.request"].host)

    def headers(self, request: web.Request) -> dict[str, str]:
        """Return the CORS headers for the widget's files on a listed site."""
        origin = request.headers.get("Origin")
        if origin and self.allow(origin, request.host):
            return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
        return {"Vary": "Origin"}
