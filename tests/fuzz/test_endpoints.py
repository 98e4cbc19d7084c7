"""Every public endpoint, with inputs that nobody would send on purpose: no 5xx, no hang, no crash, no growth."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Iterator

import pytest

from tests.channels.vendors.accounts import CHANNELS, Accounts
from tests.channels.vendors.server import serving
from tests.faults.watching import memory, trouble
from tests.fuzz import inputs
from tests.fuzz.asking import Tally, ask, poll, talk, write
from tests.fuzz.inputs import QUESTION
from tests.journeys.serving import Servers, Visitor, running
from tests.journeys.standing import ROLES

pytestmark = pytest.mark.servers

COUNT = int(os.environ.get("RESO_FUZZ", "400"))
"""Inputs for each endpoint; 50,000 before a release (`make fuzz`)."""
WARMING = max(400, COUNT // 5)
"""Inputs of the same kind before memory is looked at: caches and the allocator's arenas fill."""
LINGERING = ("connections", "polling", "websocket")
"""What stays for a while after it is closed (a task of python-engineio sleeps until the next ping): the most that is there at
once comes only after that while, so as many inputs warm up as are measured."""
GROWTH = 1.05
REAPED_SECONDS = 60.0
"""Ping interval and ping time-out of Engine.IO (25 + 20 s in `bot/gateway/socket_server.py`), and some more."""
ANSWERED_SECONDS = 8.0
"""What was asked by plain requests is answered by then: turns that the last of them began."""
SLACK = 4 * 1024 * 1024
"""Bytes that a process's memory goes up and down by itself; in a short run 5 % would be less than that."""
SEED = int(os.environ.get("RESO_FUZZ_SEED", "41"))
ACCOUNTS = Accounts()


def by_request(made: Callable[[random.Random], Iterator[inputs.Input]]) -> Callable[[str, random.Random, int, Tally], Awaitable[None]]:
    return lambda url, chance, count, tally: ask(url, made(chance), count, tally)


ENDPOINTS: dict[str, Callable[[str, random.Random, int, Tally], Awaitable[None]]] = {
    **{name: by_request(lambda chance, name=name: inputs.webhook(name, chance, ACCOUNTS)) for name in CHANNELS},  # type: ignore[misc]
    "handshakes": by_request(lambda chance: inputs.handshakes(chance, ACCOUNTS)),
    "rest": by_request(inputs.rest),
    "files": by_request(inputs.files),
    "health": by_request(inputs.health),
    "connections": lambda url, chance, count, tally: write(url, inputs.raw_bytes(chance), count, tally),
    "polling": poll,
    "websocket": talk,
}


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers with everything that can be reached switched on."""
    folder = tmp_path_factory.mktemp("exposé")
    with serving() as vendors, running(folder, **ACCOUNTS.environment(vendors.url)) as started:
        yield started


async def settled(servers: Servers, name: str) -> int:
    """Return the gateway's memory once it has nothing to do, and has forgotten the widgets that went without a word."""
    await asyncio.sleep(2 if COUNT < 10_000 else REAPED_SECONDS if name in LINGERING else ANSWERED_SECONDS)
    return memory(servers)


@pytest.mark.timeout(300 + COUNT // 10)
@pytest.mark.parametrize("name", ENDPOINTS)
async def test_nothing_that_is_sent_makes_it_fail_hang_or_grow(name: str, exposed: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    send, chance, tally = ENDPOINTS[name], random.Random(f"{SEED} {name}"), Tally()
    before, pids = len(trouble(exposed)), {role: exposed.pids(words) for role, words in ROLES.items()}
    await send(exposed.url, chance, COUNT if name in LINGERING else WARMING, tally)
    warm = await settled(exposed, name)
    await send(exposed.url, chance, COUNT, tally)
    after = await settled(exposed, name)
    with capsys.disabled():
        print(f"\n{name}: {tally}; {warm / 2**20:.1f} → {after / 2**20:.1f} MB ({after / warm - 1:+.1%})", end="", flush=True)
    assert tally.wrong == []
    assert trouble(exposed)[before:] == []
    assert {role: exposed.pids(words) for role, words in ROLES.items()} == pids
    assert after <= max(GROWTH * warm, warm + (SLACK if COUNT < 10_000 else 0))
    assert Visitor(exposed.url).says(QUESTION).answers != []
