"""Is it alive, is it ready, and figures for Prometheus; the latter for programs on this machine."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.sentences import REFUSED
from bot.gateway import metrics
from bot.gateway.addresses import from_this_machine
from bot.gateway.database import Database
from bot.gateway.edge import Refusal
from bot.gateway.files import Files
from bot.gateway.rasa import Rasa
from bot.gateway.turns import Turns
from bot.store import outbox


class Health:
    """The routes /health/live, /health/ready and /metrics."""

    def __init__(self, rasa: Rasa, turns: Turns, database: Database, files: Files):
        self._rasa, self._turns, self._database, self._files = rasa, turns, database, files

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.get("/health/live", self.live), web.get("/health/ready", self.ready), web.get("/metrics", self.metrics)]

    async def live(self, request: web.Request) -> web.Response:
        """Tell that the loop turns."""
        return web.json_response({"live": True})

    async def ready(self, request: web.Request) -> web.Response:
        """Tell what is there of all that an answer needs; 503 where something is not."""
        parts = {
            "rasa": await self._rasa.ready(),
            "store": await self._store(),
            "queue": not self._turns.full,
            "widget": self._files.complete,
        }
        return web.json_response({"ready": all(parts.values()), **parts}, status=200 if all(parts.values()) else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        """Return the figures."""
        if not from_this_machine(request):
            raise Refusal(403, REFUSED)
        metrics.WAITING.set(self._turns.waiting)
        try:
            metrics.UNSENT.set(await self._database.read(outbox.waiting))
        except SQLAlchemyError:
            metrics.STORE_ERRORS.inc()
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _store(self) -> bool:
        try:
            await self._database.read(outbox.last_number)
        except SQLAlchemyError:
            return False
        return True
