"""The demonstration page's policy cannot be written by whoever asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.gateway.files import Files
from bot.gateway.origins import Origins


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
