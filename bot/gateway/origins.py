"""Which sites may show the widget: the assistant's own address, and those of the settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from aiohttp import web

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^:\[\]]+))(?::\d{1,5})?")


class Origins:
    """Tells whether an Origin may talk to the widget's server."""

    def __init__(self, sites: frozenset[str], public_url: str = ""):
        scheme, _, rest = public_url.lower().partition("://")
        self._own = rest.split("/")[0]
        self._sites = sites | ({f"{scheme}://{self._own}"} if self._own else set())

    def allow(self, origin: str | None, host: str) -> bool:
        """Tell whether pages of `origin` may connect to a server called `host`; browsers always say their origin.

        A page of the same host is ours only where the name cannot have been made to lead here by whoever made the page
        (« DNS rebinding »): the host of RESO_PUBLIC_URL, or one that no DNS is asked for.
        """
        if not origin:
            return True
        origin, host = origin.lower(), host.lower()
        scheme, _, rest = origin.partition("://")
        return origin in self._sites or (scheme in ("http", "https") and rest == host != "" and (host == self._own or _without_dns(host)))

    def allow_socket(self, origin: str | None, environ: Mapping[str, Any]) -> bool:
        """Tell the same to Socket.IO, for polling and for WebSocket."""
        return self.allow(origin, environ["aiohttp.request"].host)

    def headers(self, request: web.Request) -> dict[str, str]:
        """Return the CORS headers for the widget's files on a listed site."""
        origin = request.headers.get("Origin")
        if origin and self.allow(origin, request.host):
            return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
        return {"Vary": "Origin"}


def _without_dns(host: str) -> bool:
    """Tell whether a host, with or without its port, is an address, or « localhost », which browsers lead to the machine itself."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    try:
        ip_address(found[1] or found[2])
    except ValueError:
        return found[2] == "localhost"
    return True
