"""Whole talks on the real servers."""

from __future__ import annotations

import pytest

from tests.journeys.scenarios import Scenario, play, read_scenarios
from tests.journeys.serving import Servers, Visitor

pytestmark = pytest.mark.servers

SCENARIOS = read_scenarios()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s.name for s in SCENARIOS])
def test_a_talk(servers: Servers, scenario: Scenario) -> None:
    assert play(scenario, Visitor(servers.url)) == []
