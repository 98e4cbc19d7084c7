"""The widget's files for who may have them, also after an update; the demonstration page's policy cannot be written by whoever asks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.gateway.files import Files
from bot.gateway.origins import Origins

TODAY = "reso-0123456789ab.js"


def built(folder: Path) -> Path:
    for name, body in (("widget.js", "loader"), (TODAY, "today's")):
        (folder / name).write_text(body)
    (folder / "manifest.json").write_text(json.dumps({"files": ["widget.js", TODAY]}))
    return folder


@asynccontextmanager
async def serving(folder: Path, sites: frozenset[str] = frozenset()) -> AsyncIterator[TestClient]:
    app = web.Application()
    app.add_routes(Files(built(folder), Origins(sites)).routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_page_that_was_opened_before_an_update_gets_todays_widget_and_keeps_it_for_no_longer(tmp_path: Path) -> None:
    async with serving(tmp_path) as client:
        answers = [await client.get(f"/reso/widget/{name}") for name in (TODAY, "reso-ffffffffffff.js", "reso-nothing.js", "manifest.json")]
        assert [answer.status for answer in answers] == [200, 200, 404, 404]
        assert await answers[1].text() == "today's"
        assert "immutable" in answers[0].headers["Cache-Control"]
        assert answers[1].headers["Cache-Control"] == "no-cache"


async def test_a_site_that_is_not_listed_yet_remembers_no_refusal(tmp_path: Path) -> None:
    site = "https://www.exemple.fr"
    for sites, told in ((frozenset[str](), None), (frozenset({site}), site)):
        async with serving(tmp_path, sites) as client:
            answer = await client.get(f"/reso/widget/{TODAY}", headers={"Origin": site})
            assert answer.headers.get("Access-Control-Allow-Origin") == told
            assert ("no-store" in answer.headers["Cache-Control"]) == (told is None)


async def policy_for(host: str, folder: Path) -> str:
    app = web.Application()
    app.add_routes(Files(folder, Origins(frozenset())).routes())
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/reso/", headers={"Host": host})
        assert answer.status == 200
        return answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("host", ["reso.exemple.fr", "127.0.0.1:5005", "[::1]:5005"])
async def test_the_page_may_open_a_socket_to_where_it_came_from(tmp_path: Path, host: str) -> None:
    assert f"connect-src 'self' ws://{host};" in await policy_for(host, tmp_path)


@pytest.mark.parametrize("host", ["a; script-src *", "x 'unsafe-inline'", "*", "a/b", "exemple.fr:123456"])
async def test_a_host_that_is_no_name_changes_nothing_of_the_policy(tmp_path: Path, host: str) -> None:
    usual = await policy_for("exemple.fr", tmp_path)
    assert await policy_for(host, tmp_path) == usual.replace("ws://exemple.fr", "'self'")
