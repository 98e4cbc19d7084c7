"""REST, in and out as Rasa's: for programs with the key of the settings; without one, on this machine while nothing is public."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.rest.incoming import MOST_BYTES, BadRequest, read
from bot.channels.sentences import APOLOGY, BUSY, EMPTY, REFUSED, TOO_FAST
from bot.gateway import metrics
from bot.gateway.addresses import from_this_machine
from bot.gateway.database import Database
from bot.gateway.edge import Refusal
from bot.gateway.keys import bearer, fits
from bot.gateway.limits import REST_OF_A_KEY, Limits
from bot.gateway.rasa import KEY_HEADER
from bot.gateway.turns import Messages, Turns, Written
from bot.settings import Settings
from bot.store import inbox
from bot.store.inbox import Received

NAME = "rest"
MOST_OF_PROGRAMS, MOST_IN_ALL = 32, 150
"""Messages without an answer, of programs and of everybody, at which programs are sent away: some two seconds of work of their
own, ten in all. They can ask again; visitors stand in line."""


class RestAnswerer:
    """Nothing is kept of the reply: who asked is waiting for it."""

    told_at_once = True

    def __init__(self, given: Settings):
        self.patience = given.turn_seconds

    def asks(self, message: Received) -> tuple[str, Mapping[str, Any]]:
        """Return the text and metadata as they came."""
        return message.text, message.extra.get("metadata") or {}

    async def begins(self, message: Received) -> None:
        """Nobody sees it."""

    async def writes(self, reply: Messages, message: Received) -> Written:
        """Keep nothing."""
        return Written()

    async def done(self, message: Received) -> None:
        """The waiting request returns it."""


class Rest:
    """The routes below /webhooks/rest/."""

    def __init__(self, given: Settings, turns: Turns, database: Database, limits: Limits):
        self._given, self._turns, self._database, self._limits = given, turns, database, limits
        self._waiting = 0
        turns.serve(NAME, RestAnswerer(given))

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.get("/webhooks/rest/", self.health), web.post("/webhooks/rest/webhook", self.receive)]

    async def health(self, request: web.Request) -> web.Response:
        """Tell that it is there."""
        return web.json_response({"status": "ok"})

    async def receive(self, request: web.Request) -> web.Response:
        """Answer one message."""
        await self._admit(request)
        if (request.content_length or 0) > 4 * MOST_BYTES:
            raise Refusal(413, "Message trop volumineux.")
        try:
            incoming = read(await request.read())
        except BadRequest as error:
            raise Refusal(error.status, str(error)) from None
        if not incoming.text:
            return self._reply(request, [{"recipient_id": incoming.sender, "text": EMPTY}])
        if self._waiting >= MOST_OF_PROGRAMS or self._turns.waiting >= MOST_IN_ALL:
            metrics.REFUSED.labels("queue").inc()
            raise Refusal(503, BUSY, 2)
        message = Received(NAME, incoming.key, incoming.conversation, incoming.text, {"metadata": incoming.metadata})
        try:
            await self._database.write(inbox.receive_all, [message], self._given.replica)
        except SQLAlchemyError:
            raise Refusal(503, APOLOGY, 5) from None
        # The turn goes on where the request is broken off. Who asks again with the same id waits for it, or gets its reply once
        # more: Rasa knows what it answered (`first_reply` of the inner channel).
        self._waiting += 1
        try:
            messages = await asyncio.shield(self._turns.run(message))
        finally:
            self._waiting -= 1
        return self._reply(request, [{**said, "recipient_id": incoming.sender} for said in messages])

    async def _admit(self, request: web.Request) -> None:
        if fits(request.headers.get(KEY_HEADER, ""), self._given.inner_key):
            return  # `make run` asks whether questions get answers
        if fits(bearer(request), self._given.rest_key):
            if wait := await self._limits.wait(REST_OF_A_KEY, "rest", "key"):
                raise Refusal(429, TOO_FAST, wait)
        elif not (self._given.rest_without_key and from_this_machine(request)):
            raise Refusal(401, REFUSED)

    def _reply(self, request: web.Request, messages: Messages) -> web.Response:
        if request.query.get("stream") in ("true", "True", "1"):
            lines = "".join(json.dumps(m, ensure_ascii=False) + "\n" for m in messages)
            return web.Response(text=lines, content_type="text/event-stream")
        return web.json_response(messages, dumps=_dumps)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
