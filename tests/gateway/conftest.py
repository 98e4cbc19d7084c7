"""The gateway's database on a fresh store, and an outbox that hurries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from bot.gateway import delivery as module
from bot.gateway.database import Database
from tests.channels.vendors.server import Vendors, serving


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with serving() as served:
        yield served


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


@pytest.fixture
def database(store: str) -> Iterator[Database]:
    made = Database()
    yield made
    made.close()


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds instead of many: what waits is the same."""
    monkeypatch.setattr(module, "CONFIRM_SECONDS", 1.5)
    monkeypatch.setattr(module, "CALL_SECONDS", 0.0)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.1)
