"""Rasa's side of the gateway, served by Sanic around an agent that stands for Rasa's: locks, keys, an action server that stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from rasa.core.channels.channel import UserMessage
from sanic import Sanic
from sanic.touchup import TouchUp

from bot.channels.inner import channel as module
from bot.channels.inner.channel import InnerInput
from bot.settings import settings

KEY = "cle-de-la-mise-en-route"
SENDER = "widget.a"


class Actions:
    """An action server's health; it answers nothing while `running` is not set."""

    def __init__(self) -> None:
        self.running = asyncio.Event()
        self.running.set()

    async def answer(self, request: web.Request) -> web.Response:
        await self.running.wait()
        return web.json_response({"status": "ok"})


class Trackers:
    """Stands for Rasa's tracker store: what happened to a talk, in order."""

    def __init__(self) -> None:
        self.happened: list[str] = []

    async def retrieve(self, sender: str) -> None:
        return None

    async def delete(self, sender: str) -> None:
        self.happened.append("forgotten")


class Inner:
    """The channel on a port of its own."""

    def __init__(self, url: str, session: aiohttp.ClientSession, actions: Actions, trackers: Trackers):
        self._url, self._session, self.actions, self.trackers = url, session, actions, trackers

    async def post(self, path: str, body: dict[str, Any], key: str | bytes = KEY) -> tuple[int, Any]:
        headers = {"X-Reso-Key": key.decode("latin-1") if isinstance(key, bytes) else key}
        async with self._session.post(self._url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def turn(self) -> tuple[int, Any]:
        said = {"sender": SENDER, "message": "bonjour", "message_id": "1", "channel": "widget", "metadata": {}}
        return await self.post("/webhook", said)


_rewrite = TouchUp.run


def rewrite_once(app: Sanic) -> None:
    """Let Sanic rewrite its own methods, which it can do once in a process."""
    with suppress(KeyError):
        _rewrite(app)


Turn = Callable[[UserMessage, Inner], Awaitable[None]]


@asynccontextmanager
async def inner(monkeypatch: pytest.MonkeyPatch, turn: Turn) -> AsyncIterator[Inner]:
    """Serve it; `turn`: what Rasa does with a message."""
    actions, trackers = Actions(), Trackers()
    app = web.Application()
    app.router.add_get("/health", actions.answer)
    async with TestServer(app) as health, aiohttp.ClientSession() as session:
        port = unused_port()
        monkeypatch.setenv("RESO_INNER_KEY", KEY)
        monkeypatch.setenv("RESO_ACTIONS_PORT", str(health.port))
        settings.cache_clear()
        served = Inner(f"http://127.0.0.1:{port}/webhooks/reso", session, actions, trackers)

        async def on_new_message(message: UserMessage) -> None:
            await turn(message, served)

        monkeypatch.setattr("sanic.app.TouchUp.run", rewrite_once)
        sanic = Sanic(f"inner_{port}", configure_logging=False)
        sanic.blueprint(InnerInput().blueprint(on_new_message), url_prefix="/webhooks/reso")
        sanic.ctx.agent = SimpleNamespace(
            tracker_store=trackers, domain=SimpleNamespace(responses={}), is_ready=lambda: True
        )  # fmt: skip
        server = await sanic.create_server(host="127.0.0.1", port=port, return_asyncio_server=True, access_log=False)
        assert server is not None
        await server.startup()
        try:
            yield served
        finally:
            server.close()
            settings.cache_clear()


async def test_forgetting_waits_for_the_turn_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    async def turn(message: UserMessage, served: Inner) -> None:
        await asyncio.sleep(0.5)
        served.trackers.happened.append("stored")
        await message.output_channel.send_text_message(SENDER, "Bonjour !")  # type: ignore[union-attr]

    async with inner(monkeypatch, turn) as served:
        thinking = asyncio.create_task(served.turn())
        await asyncio.sleep(0.2)
        assert (await served.post("/forget", {"sender": SENDER}))[0] == 200
        assert (await thinking)[0] == 200
        assert served.trackers.happened == ["stored", "forgotten"]


async def test_a_turn_that_does_not_end_lets_nothing_be_forgotten_and_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    async def turn(message: UserMessage, served: Inner) -> None:
        await asyncio.sleep(30)

    monkeypatch.setattr(module, "FORGET_SECONDS", 0.3)
    async with inner(monkeypatch, turn) as served:
        thinking = asyncio.create_task(served.turn())
        await asyncio.sleep(0.2)
        assert (await served.post("/forget", {"sender": SENDER}))[0] == 503
        assert served.trackers.happened == []
        assert (await served.post("/forget", {"sender": "widget.b"}))[0] == 200
        thinking.cancel()


async def test_an_action_server_that_stops_in_the_middle_of_a_turn_ends_it_in_time_for_an_apology(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    async def turn(message: UserMessage, served: Inner) -> None:
        served.actions.running.clear()
        try:
            await asyncio.sleep(30)
        finally:
            ended.append("turn")

    async with inner(monkeypatch, turn) as served:
        began = time.monotonic()
        assert await served.turn() == (503, {"error": "actions"})
        assert time.monotonic() - began < 10
        assert ended == ["turn"]
        served.actions.running.set()


async def test_a_long_turn_is_let_be_while_the_action_server_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def turn(message: UserMessage, served: Inner) -> None:
        await asyncio.sleep(2.5)
        await message.output_channel.send_text_message(SENDER, "Bonjour !")  # type: ignore[union-attr]

    monkeypatch.setattr(module, "ACTIONS_SECONDS", 1.5)
    async with inner(monkeypatch, turn) as served:
        status, answer = await served.turn()
        assert (status, answer["messages"][0]["text"]) == (200, "Bonjour !")


async def test_a_turn_that_says_nothing_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Rasa ends a turn after ten predictions (notes/reliability.md, row 40)."""

    async def turn(message: UserMessage, served: Inner) -> None: ...

    async with inner(monkeypatch, turn) as served:
        status, answer = await served.turn()
        assert (status, answer["messages"]) == (500, [])


async def test_a_turn_has_its_time_and_the_next_message_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """However well the action server is."""
    began: list[str] = []

    async def turn(message: UserMessage, served: Inner) -> None:
        began.append("turn")
        if len(began) == 1:
            await asyncio.sleep(30)
        await message.output_channel.send_text_message(SENDER, "Bonjour !")  # type: ignore[union-attr]

    monkeypatch.setenv("RESO_TURN_SECONDS", "0.5")
    async with inner(monkeypatch, turn) as served:
        first, second = await asyncio.gather(served.turn(), served.turn())
        assert first == (500, {"error": "TimeoutError"})
        assert (second[0], second[1]["messages"][0]["text"]) == (200, "Bonjour !")


async def test_a_key_of_odd_bytes_is_a_wrong_key(monkeypatch: pytest.MonkeyPatch) -> None:
    async def turn(message: UserMessage, served: Inner) -> None: ...

    async with inner(monkeypatch, turn) as served:
        assert await served.post("/forget", {"sender": SENDER}, key=b"\xff\xfe") == (403, {"error": "key"})
