"""Reads a list of web sites from a line of settings."""

from __future__ import annotations

import re

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
