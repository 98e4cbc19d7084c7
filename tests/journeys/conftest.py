"""One run of the real servers for all journeys."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.channels.vendors.server import Vendors, serving
from tests.journeys.browser import Chat, Visits
from tests.journeys.every_event import ACCOUNTS
from tests.journeys.serving import Servers, Visitor, running
from tests.notifying.team import Team

SECRET = "secret-de-test-0123456789"


@pytest.fixture(scope="session")
def team() -> Iterator[Team]:
    """The team's webhook; it fails the first time, as webhooks do."""
    server = Team()
    server.statuses = [503]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory, team: Team) -> Iterator[Servers]:
    hook = f"http://127.0.0.1:{team.server_port}/equipe"
    with running(tmp_path_factory.mktemp("reso"), RESO_WEBHOOK_URL=hook, RESO_WEBHOOK_SECRET=SECRET) as started:
        yield started


@pytest.fixture
def visitor(servers: Servers) -> Visitor:
    return Visitor(servers.url)


@pytest.fixture(scope="session")
def vendors() -> Iterator[Vendors]:
    """The vendors' side, with the accounts that the fixtures name."""
    with serving(ACCOUNTS) as served:
        yield served


@pytest.fixture(scope="session")
def connected(vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """One run of the real servers with all four channels."""
    with running(tmp_path_factory.mktemp("canaux"), **ACCOUNTS.environment(vendors.url)) as started:
        yield started


@pytest.fixture(scope="module")
def visits(servers: Servers) -> Iterator[Visits]:
    with Visits(servers.url) as opened:
        yield opened


@pytest.fixture
def visiting(visits: Visits) -> Iterator[Any]:
    """Give a function that opens a page for a new visitor; at the end nothing that must never happen has happened."""
    made: list[Chat] = []

    def visit(**context: Any) -> Chat:
        made.append(visits.chat(**context))
        return made[-1]

    yield visit
    for chat in made:
        chat.leave()


@pytest.fixture
def chat(visiting: Any) -> Chat:
    """A visitor on a large screen with the conversation open."""
    return visiting().open()
