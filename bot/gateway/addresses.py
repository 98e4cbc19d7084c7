"""Whose request it is: the visitor's address, as far as the connection and the proxies that we trust can tell."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

Networks = Sequence[IPv4Network | IPv6Network]

PROXIES: web.AppKey[Networks] = web.AppKey("proxies")
"""Networks of the reverse proxies of this installation; this machine's own addresses need not be named."""
MOST_HOPS = 10
FORWARDED = ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via")
VISITORS_NETWORK = 64
"""Bits of an IPv6 address that tell one customer from another (RFC 6177): the rest they change at will."""


def address_of(request: web.Request) -> str:
    """Return the visitor's address, for counting: an IPv4 address or an IPv6 network.

    The connection's own; behind a proxy that we trust, the last one in X-Forwarded-For that is not such a proxy: what
    stands before it was written by whoever asks.
    """
    hops = request.headers.get("X-Forwarded-For", "").split(",")[-MOST_HOPS:]
    return visitor(request.remote or "", [hop.strip() for hop in hops], request.app.get(PROXIES, ()))


def visitor(peer: str, hops: Sequence[str], proxies: Networks) -> str:
    """Return the visitor's address for a connection's peer and the hops that it reports, nearest last. Pure."""
    found = _parsed(peer)
    for hop in reversed(hops):
        if found is None or not _trusted(found, proxies):
            break
        nearer = _parsed(hop)
        if nearer is None:
            break
        found = nearer
    if found is None:
        return peer
    return str(ip_network((found, VISITORS_NETWORK), strict=False)) if isinstance(found, IPv6Address) else str(found)


def from_this_machine(request: web.Request) -> bool:
    """Tell whether a program on this machine asks, with no proxy between."""
    peer = _parsed(request.remote or "")
    return peer is not None and peer.is_loopback and not any(name in request.headers for name in FORWARDED)


def _trusted(address: IPv4Address | IPv6Address, proxies: Networks) -> bool:
    return address.is_loopback or any(address in network for network in proxies)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
