"""The figures of all processes are one exposition that Prometheus takes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bot.gateway import metrics
from bot.gateway.inner_figures import InnerFigures
from bot.settings import Settings

KEY = "cle-de-la-mise-en-route"


@pytest.fixture
async def exposition() -> AsyncIterator[str]:
    """What is shown where the actions tell figures like ours, and Rasa tells nothing."""

    async def told(request: web.Request) -> web.Response:
        return web.Response(body=generate_latest()) if request.headers.get("X-Reso-Key") == KEY else web.Response(status=403)

    app = web.Application()
    app.add_routes([web.get("/metrics", told)])
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        given = Settings(actions_port=server.port, rasa_port=9, inner_key=KEY)
        metrics.WAITING.set(3)
        yield generate_latest(await InnerFigures(given, session).gather()).decode()


async def test_every_family_is_there_once(exposition: str) -> None:
    for told in ("HELP", "TYPE"):
        names = Counter(re.findall(rf"^# {told} (\S+)", exposition, re.M))
        assert [name for name, times in names.items() if times > 1] == []
    families = [family.name for family in text_string_to_metric_families(exposition)]
    assert len(families) == len(set(families))


async def test_each_figure_says_whose_it_is_and_ours_say_nothing(exposition: str) -> None:
    held = {(s.name, s.labels.get("process", "")): s.value for f in text_string_to_metric_families(exposition) for s in f.samples}
    for process in ("", "actions"):
        assert held["process_resident_memory_bytes", process] > 20e6
        assert held["reso_turns_waiting", process] == 3
    assert (held["reso_up", "actions"], held["reso_up", "rasa"]) == (1, 0)
