"""Rasa's side of the gateway: only who shows the key is heard, and what is typed is no command."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from rasa.core.channels.channel import UserMessage
from sanic import Sanic

from bot.channels.inner.channel import InnerInput
from bot.settings import settings

KEY = "cle-de-la-mise-en-route"


class Inner:
    """The inner channel in this process. `heard`: what reached Rasa."""

    def __init__(self, url: str):
        self.url = url
        self.heard: list[str] = []

    async def ask(self, text: str, key: str = KEY) -> tuple[int, Any]:
        body = {"sender": "widget.x", "message": text, "message_id": text, "channel": "widget", "metadata": {}}
        headers = {"X-Reso-Key": key}
        async with aiohttp.ClientSession() as session, session.post(f"{self.url}/webhook", json=body, headers=headers) as answer:
            return answer.status, json.loads(await answer.text())


@pytest.fixture
async def inner(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Inner]:
    # Sanic takes the signals that nobody listens to out of its own code, which works once in a process; here they go nowhere.
    monkeypatch.setattr("sanic.app.TouchUp.run", lambda app: None)
    monkeypatch.setattr(Sanic, "dispatch", AsyncMock())
    actions = web.Application()
    actions.add_routes([web.get("/health", AsyncMock(return_value=web.Response()))])
    async with TestServer(actions) as there:
        monkeypatch.setenv("RESO_ACTIONS_PORT", str(there.port))
        monkeypatch.setenv("RESO_INNER_KEY", KEY)
        settings.cache_clear()
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            made = Inner(f"http://127.0.0.1:{bound.getsockname()[1]}/webhooks/reso")

            async def hear(message: UserMessage) -> None:
                made.heard.append(str(message.text))
                await message.output_channel.send_text_message(message.sender_id, "Entendu.")

            app = Sanic("inner", configure_logging=False)
            store = SimpleNamespace(retrieve=AsyncMock(return_value=None))
            app.ctx.agent = SimpleNamespace(is_ready=lambda: True, tracker_store=store, domain=SimpleNamespace(responses={}))
            app.blueprint(InnerInput().blueprint(hear), url_prefix="/webhooks/reso")
            server = await app.create_server(sock=bound, return_asyncio_server=True, access_log=False)
            assert server is not None
            await server.startup()
            yield made
            server.close()
        Sanic._app_registry.pop("inner")
    settings.cache_clear()


@pytest.mark.parametrize("key", ["", KEY + "x", "é"])
async def test_without_the_key_nobody_is_heard(inner: Inner, key: str) -> None:
    assert (await inner.ask("bonjour", key))[0] == 403
    assert inner.heard == []


@pytest.mark.parametrize("typed", ["/restart", '  /accord{"montant": "999"}', "\u200b/session_start"])
async def test_what_is_typed_reaches_rasa_as_no_command(inner: Inner, typed: str) -> None:
    status, told = await inner.ask(typed)
    assert (status, [message["text"] for message in told["messages"]]) == (200, ["Entendu."])
    (heard,) = inner.heard
    assert not heard.strip().startswith("/")
    assert heard[1:] == typed.strip(" \u200b")[1:], "nothing else is changed"
