"""Whose request it is: the visitor's address, as far as the connection and the proxies that we trust can tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import HttpVersion, HttpVersion11, web
from multidict import CIMultiDict, CIMultiDictProxy

Networks = Sequence[IPv4Network | IPv6Network]

PROXIES: web.AppKey[Networks] = web.AppKey("proxies")
"""Networks of the reverse proxies of this installation; this machine's own addresses need not be named."""
MOST_HOPS = 10
Headers = CIMultiDict[str] | CIMultiDictProxy[str]
FORWARDED = ("forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "x-forwarded")
"""Headers by which a proxy tells of who asks, or the beginning of their names."""
OF_PAGES = ("origin", "referer", "sec-fetch-")
"""Headers of browsers: a page that somebody on this machine looks at may ask whatever it likes, also of this machine."""
_PORT = re.compile(r"(\[[^\]]*\]|[^:]*):\d{1,5}")
VISITORS_NETWORK = 64
"""Bits of an IPv6 address that tell one customer from another (RFC 6177): the rest they change at will."""


def address_of(request: web.Request) -> str:
    """Return the visitor's address, for counting: an IPv4 address or an IPv6 network.

    The connection's own; behind a proxy that we trust, the last one in X-Forwarded-For that is not such a proxy: what
    stands before it was written by whoever asks.
    """
    # A proxy may add a line of its own below the visitor's instead of lengthening it (RFC 9110, section 5.3: one list).
    hops = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")[-MOST_HOPS:]
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
    """Tell whether a program on this machine asks, with neither a proxy nor a web page between, as far as can be told."""
    return local(request.remote or "", request.version, request.headers)


def local(peer: str, version: HttpVersion, headers: Headers) -> bool:
    """Tell whether a request is a program's on this machine. Pure.

    The connection comes from this machine and asks for this machine, by a name that no other site can have: a page may let
    its own name lead here (DNS rebinding), but then `Host` holds that name. nginx that was told nothing but where to pass
    requests on puts our address there, and speaks HTTP/1.0.
    """
    found, hosts = _parsed(peer), headers.getall("Host", [])
    told = any(name.lower().startswith(FORWARDED + OF_PAGES) for name in headers)
    return found is not None and found.is_loopback and version >= HttpVersion11 and len(hosts) == 1 and _is_here(hosts[0]) and not told


def _is_here(host: str) -> bool:
    name = _without_port(host)
    found = _parsed(name)
    return name.lower() == "localhost" or (found is not None and found.is_loopback)


def _trusted(address: IPv4Address | IPv6Address, proxies: Networks) -> bool:
    return address.is_loopback or any(address in network for network in proxies)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(_without_port(address).strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _without_port(address: str) -> str:
    """Return an address or name without its port; an IPv6 address has one only behind brackets."""
    whole = _PORT.fullmatch(address)
    return whole[1] if whole else address
