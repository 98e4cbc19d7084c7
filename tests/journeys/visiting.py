"""What visitors of the widget ask in these tests and read, and what is done to the servers meanwhile."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator

from tests.journeys.serving import Servers

NIKE, NIKE_SAYS = "Raconte-moi la campagne de Nike", "C’est la campagne que Nike a lancée en 2018 avec Colin Kaepernick"
IKEA, IKEA_SAYS = "Que fait IKEA avec la réalité augmentée ?", "Elle vous montre à quoi ressemblerait un meuble chez vous"
IKEA_MORE = "La réalité augmentée progresse aussi sur les réseaux eux-mêmes"
BOOKTOK, BOOKTOK_SAYS = "C’est quoi BookTok ?", "est une tendance de TikTok autour des livres"
SALES, SALES_SAYS = "De combien les ventes de Nike ont-elles augmenté ?", "c’est la hausse des ventes en ligne de Nike"
MORE = "Dites-m’en plus"


def rows(servers: Servers, query: str, *values: object) -> list[tuple]:
    """Return rows of the servers' store, read from outside."""
    with sqlite3.connect(f"file:{servers.folder / 'reso.db'}?mode=ro", uri=True, timeout=5) as database:
        return database.execute(query, values).fetchall()


@contextmanager
def frozen(servers: Servers, words: str) -> Iterator[list[int]]:
    """Stop a server in its tracks for a while; give its processes."""
    pids = servers.pids(words)
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield pids
    finally:
        for pid in set(pids) & set(servers.pids(words)):
            os.kill(pid, signal.SIGCONT)


def kill(pids: list[int]) -> None:
    """End processes without a word of warning."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def width_beyond(locator: Locator) -> int:
    """Return by how many pixels something is wider than it has room for."""
    return int(locator.evaluate("e => e.scrollWidth - e.clientWidth"))
