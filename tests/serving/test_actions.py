"""The action server takes orders from who shows the key of the run; Rasa is told to show it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from unittest.mock import AsyncMock

import aiohttp
import pytest
import yaml
from prometheus_client import REGISTRY
from sanic import Sanic

from bot.serving.actions import application
from bot.serving.supervising import write_endpoints
from bot.settings import ROOT, Settings, settings

KEY = "cle-de-la-mise-en-route"
CALL = {"next_action": "action_inconnue", "sender_id": "x", "tracker": {"sender_id": "x"}}


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("RESO_INNER_KEY", KEY)
    settings.cache_clear()
    yield KEY
    settings.cache_clear()


@pytest.fixture
async def url(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """An action server in this process, on a port of its own."""
    Sanic._app_registry.clear()
    # Sanic takes the signals that nobody listens to out of its own code, which works once in a process; here they go nowhere.
    monkeypatch.setattr("sanic.app.TouchUp.run", lambda app: None)
    monkeypatch.setattr(Sanic, "dispatch", AsyncMock())
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        server = await application().create_server(sock=bound, return_asyncio_server=True, access_log=False)
        assert server is not None
        await server.startup()
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        server.close()


async def status(url: str, method: str = "GET", headers: dict[str, str] | None = None) -> int:
    async with aiohttp.ClientSession() as session, session.request(method, url, json=CALL, headers=headers) as answer:
        return answer.status


async def test_orders_and_figures_are_for_who_shows_the_key_and_health_is_for_all(key: str, url: str) -> None:
    assert await status(f"{url}/health") == 200
    for shown in ({}, {"X-Reso-Key": ""}, {"X-Reso-Key": key + "x"}, {"X-Reso-Key": "é"}):
        for method, path in (("POST", "/webhook"), ("GET", "/actions"), ("GET", "/metrics")):
            assert await status(url + path, method, shown) == 403, (path, shown)
    assert await status(f"{url}/actions", headers={"X-Reso-Key": key}) == 200
    assert await status(f"{url}/metrics", headers={"X-Reso-Key": key}) == 200


async def test_what_a_stranger_asks_is_no_failed_call(key: str, url: str) -> None:
    def failed() -> float:
        return REGISTRY.get_sample_value("reso_action_calls_total", {"action": "action_inconnue", "outcome": "failed"}) or 0.0

    before = failed()
    await status(f"{url}/webhook", "POST")
    assert failed() == before
    assert await status(f"{url}/webhook", "POST", {"X-Reso-Key": key}) == 404
    assert failed() == before + 1


async def test_without_a_key_it_takes_no_orders(url: str) -> None:
    assert await status(f"{url}/webhook", "POST", {"X-Reso-Key": ""}) == 503


def test_rasa_reads_url_and_key_from_the_file_that_is_written_for_it(tmp_path: Path, key: str) -> None:
    from rasa.utils.endpoints import read_endpoint_config

    file = write_endpoints(Settings(folder=tmp_path, actions_port=5999))
    assert key not in file.read_text(encoding="utf-8")
    endpoint = read_endpoint_config(str(file), "action_endpoint")
    assert endpoint is not None
    assert (endpoint.url, endpoint.headers) == ("http://127.0.0.1:5999/webhook", {"X-Reso-Key": key})


def test_the_projects_own_file_asks_for_no_key() -> None:
    text = (ROOT / "endpoints.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["action_endpoint"] == {"url": "http://127.0.0.1:5055/webhook"}
