"""Puts the gateway together and runs it: `python -m bot gateway`."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import sys
from collections.abc import Callable, Sequence

import aiohttp
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.channels.contract import Channel
from bot.channels.inner.actions import ActionServer
from bot.channels.instagram.channel import InstagramChannel
from bot.channels.messenger.channel import MessengerChannel
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.channels.widget.sessions import from_settings
from bot.gateway import metrics
from bot.gateway.addresses import PROXIES
from bot.gateway.database import Database
from bot.gateway.delivery import Delivery
from bot.gateway.edge import BODY_BYTES, add_headers, drop_who_reads_nothing, quiet_errors
from bot.gateway.files import Files
from bot.gateway.health import Health
from bot.gateway.inner_figures import InnerFigures
from bot.gateway.installation import State
from bot.gateway.limits import Limits
from bot.gateway.origins import Origins
from bot.gateway.rasa import Rasa
from bot.gateway.readiness import Readiness, takes_writes
from bot.gateway.rest import Rest
from bot.gateway.sockets import Sockets
from bot.gateway.turns import Turns
from bot.gateway.upkeep import keep_logs_short
from bot.gateway.webhooks import Webhooks
from bot.language.sites import read_networks, read_sites
from bot.settings import Settings, settings

TURNS_SECONDS, CALLS_SECONDS, CONNECTIONS_SECONDS = 16.0, 5.0, 3.0
"""For turns, then calls to vendors under way when stopping (a turn takes 15 s at the most), then for connections to close; together
less than the supervisor gives us (bot/serving/supervising.py: STOP_SECONDS). What is not done by then is done after the next start."""
IDLE_SECONDS = 75.0
"""For a connection that asks nothing, from its beginning on; longer than nginx keeps its own (60 s)."""
SWITCH_SECONDS = 0.0005
"""For which a thread of the store keeps the interpreter while the event loop waits for it (Python's own 0.005 delays each await)."""
NAME_SECONDS, LONGEST_NAME_SECONDS = 5.0, 300.0
"""Between asking a vendor for our name there."""
OPEN_FILES = 16_384
"""Connections that may be open; the usual 1,024 would be used up by one visitor with ill will."""

logger = logging.getLogger(__name__)


def channels_of(given: Settings, session: aiohttp.ClientSession) -> list[Channel]:
    """Return every Messenger-style channel, configured or not."""
    return [kind(given, session) for kind in (MessengerChannel, InstagramChannel, WhatsAppChannel, TelegramChannel)]


async def learn_names(channels: Sequence[Channel]) -> None:
    """Let Telegram learn its bot's name, by which it is called in groups, again and again until it is known.

    A vendor that is slow must not delay the start.
    """
    for channel in channels:
        pause = NAME_SECONDS
        while isinstance(channel, TelegramChannel) and not channel.missing and not await channel.start():
            logger.warning("telegram: the bot's name is not known yet, and who calls it in a group is not heard")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_NAME_SECONDS)


async def build(given: Settings, current: Callable[[], bool]) -> web.Application:
    """Return the application, to be run in the loop that calls this. `current`: tells whether the model knows today's content."""
    database, limits = Database(), Limits()
    origins = Origins(read_sites(given.sites), given.public_url)
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64))
    rasa = Rasa(given, session)
    turns = Turns(rasa, database, given.replica)
    channels = channels_of(given, session)
    delivery = Delivery({channel.name: channel for channel in channels if not channel.missing}, database)
    sockets = Sockets(from_settings(given), turns, rasa, database, limits, origins, given.replica)
    files = Files(given.widget_folder, origins)
    rest = Rest(given, turns, database, limits)
    webhooks = Webhooks(given, channels, turns, delivery, database)
    # Who asks how we are has connections of their own: however many ask, turns find theirs free.
    aside, actions = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=8)), ActionServer(given.actions_port)
    readiness = Readiness({"rasa": Rasa(given, aside).ready, "actions": lambda: actions.there(0), "store": lambda: takes_writes(database)})
    health = Health(given, turns, database, files, readiness, InnerFigures(given, aside), State(given, current))

    background: list[asyncio.Task[None]] = []

    async def start(app: web.Application) -> None:
        await sockets.start()
        delivery.start()
        await turns.start()
        background.extend(asyncio.create_task(work) for work in (learn_names(channels), keep_logs_short(given, database)))

    async def stop(app: web.Application) -> None:
        for task in background:
            task.cancel()
        await turns.stop(TURNS_SECONDS)
        await delivery.stop(CALLS_SECONDS)
        await sockets.stop()

    async def close(app: web.Application) -> None:
        for opened in (session, aside, actions):
            await opened.close()
        database.close()

    app = web.Application(client_max_size=BODY_BYTES, middlewares=[drop_who_reads_nothing, quiet_errors])
    app[PROXIES] = read_networks(given.proxies)
    app.on_response_prepare.append(add_headers)
    for part in (rest, webhooks, health, files):
        app.add_routes(part.routes())
    sockets.attach(app)
    app.on_startup.append(start)
    app.on_shutdown.append(stop)
    app.on_cleanup.append(close)
    return app


async def build_to_last(given: Settings, current: Callable[[], bool]) -> web.Application:
    """Return the application as for `build`; what is there once it has started is left out of garbage collections.

    Going through modules and settings again and again makes everything stand still for 0.1 s.
    """
    app = await build(given, current)

    async def freeze(app: web.Application) -> None:
        gc.collect()
        gc.freeze()

    app.on_startup.append(freeze)
    return app


def no_http(record: logging.LogRecord) -> bool:
    """Tell whether a line of aiohttp's log is about us: what somebody wrote that is no HTTP got its 400, and is no error of ours."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, (HttpProcessingError, web.RequestPayloadError)):
        metrics.REFUSED.labels("no_http").inc()
        return False
    return True


def run(current: Callable[[], bool]) -> None:
    """Serve until SIGTERM. `current`: as for `build`."""
    given = settings()
    logging.getLogger("aiohttp.server").addFilter(no_http)
    sys.setswitchinterval(SWITCH_SECONDS)
    open_files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(open_files, min(most, OPEN_FILES)), most))
    web.run_app(
        build_to_last(given, current), host=given.host, port=given.port, print=None, access_log=None, shutdown_timeout=CONNECTIONS_SECONDS,
        keepalive_timeout=IDLE_SECONDS,
    )  # fmt: skip
