"""Reads lists of web sites and of networks from lines of settings."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

_SITE = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,5})?", re.I)


def read_sites(line: str) -> frozenset[str]:
    """Return the sites of a line such as « https://www.exemple.fr https://boutique.exemple.fr ».

    Raises ValueError where one is not « scheme://host[:port] », above all where it is a star.
    """
    sites = [site.rstrip("/").lower() for site in re.split(r"[\s,;]+", line) if site]
    wrong = [site for site in sites if not _SITE.fullmatch(site)]
    if wrong:
        raise ValueError(f"site illisible : {wrong[0]} (écrivez https://www.exemple.fr)")
    return frozenset(sites)


def read_networks(line: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks of a line such as « 10.0.0.5 172.16.0.0/12 ». Raises ValueError where one is not an address."""
    found = [word for word in re.split(r"[\s,;]+", line) if word]
    try:
        return tuple(ip_network(word) for word in found)
    except ValueError as error:
        raise ValueError(f"adresse ou réseau illisible : {error}") from None
