"""One run of the real servers for all journeys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.serving import Servers, Visitor, running


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with running(tmp_path_factory.mktemp("reso")) as started:
        yield started


@pytest.fixture
def visitor(servers: Servers) -> Visitor:
    return Visitor(servers.url)
