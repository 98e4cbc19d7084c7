"""Is it alive, is it ready, and figures for Prometheus; the latter with the key of the settings, without one on this machine."""

from __future__ import annotations

import asyncio
import datetime
from contextlib import suppress

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.sentences import REFUSED
from bot.gateway import metrics
from bot.gateway.addresses import from_this_machine
from bot.gateway.database import Database
from bot.gateway.edge import Refusal
from bot.gateway.files import Files
from bot.gateway.inner_figures import InnerFigures
from bot.gateway.installation import State
from bot.gateway.keys import bearer, fits
from bot.gateway.readiness import Readiness
from bot.gateway.turns import Turns
from bot.settings import Settings
from bot.store import backlog


class Health:
    """The routes /health/live, /health/ready and /metrics."""

    def __init__(
        self, given: Settings, turns: Turns, database: Database, files: Files, readiness: Readiness, inner: InnerFigures, state: State
    ):
        self._given, self._turns, self._database, self._files = given, turns, database, files
        self._readiness, self._inner, self._state = readiness, inner, state

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.get("/health/live", self.live), web.get("/health/ready", self.ready), web.get("/metrics", self.metrics)]

    async def live(self, request: web.Request) -> web.Response:
        """Tell that the loop turns."""
        return web.json_response({"live": True})

    async def ready(self, request: web.Request) -> web.Response:
        """Tell what is there of all that an answer needs; 503 where something is not."""
        parts = {**await self._readiness.look(), "queue": not self._turns.full, "widget": self._files.complete}
        return web.json_response({"ready": all(parts.values()), **parts}, status=200 if all(parts.values()) else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        """Return the figures of the gateway, of the processes behind it, of the store and of the model."""
        key = self._given.metrics_key
        if not (fits(bearer(request), key) if key.get_secret_value() else from_this_machine(request)):
            raise Refusal(403, REFUSED)
        metrics.WAITING.set(self._turns.waiting)
        with suppress(SQLAlchemyError):  # the figures of before stay; a store that is ill shows where it is written to
            metrics.show_backlog(await self._database.read(backlog.look, datetime.datetime.utcnow()))
        metrics.show_state(await asyncio.get_running_loop().run_in_executor(None, self._state.look))
        return web.Response(body=generate_latest(await self._inner.gather()), headers={"Content-Type": CONTENT_TYPE_LATEST})
