"""A gateway in place of ours, to deliver to."""

from __future__ import annotations

from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.channels.vendors import bodies
from tests.channels.vendors.deliverer import Deliverer
from tests.channels.vendors.server import Vendors


class Gateway:
    """Stands for ours: keeps what it got, answers the statuses given, then 200."""

    def __init__(self, *statuses: int):
        self.statuses, self.got = list(statuses), list[tuple[str, bytes, dict[str, str]]]()

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append((request.path, await request.read(), dict(request.headers)))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


async def delivering(
    vendors: Vendors, session: aiohttp.ClientSession, gateway: Gateway, happenings: list[bodies.Happening], **more: Any
) -> Deliverer:
    """Deliver to a gateway until all is settled; return the deliverer."""
    app = web.Application()
    app.router.add_post("/{path:.*}", gateway.handle)
    async with TestServer(app) as server:
        deliverer = Deliverer(str(server.make_url("/")), vendors, session, **more)
        await deliverer.deliver(happenings)
        await deliverer.settle()
    return deliverer
