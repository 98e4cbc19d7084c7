"""What the tests of several channels need."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.channels.vendors.faults import Faults
from tests.channels.vendors.people import PERSONS
from tests.channels.vendors.server import Vendors, serving


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


@pytest.fixture(scope="module")
def served() -> Iterator[Vendors]:
    with serving() as vendors:
        yield vendors


@pytest.fixture
def vendors(served: Vendors) -> Vendors:
    """The stand-in, with nothing going wrong; each of PERSONS wrote just now."""
    served.faults = Faults()
    for channel, person in PERSONS.items():
        served.ledger.wrote(channel, person, time.time())
    return served
