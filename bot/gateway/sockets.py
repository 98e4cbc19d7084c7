"""The widget's protocol over Socket.IO (docs/widget-protocol.md)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

import socketio
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.message import Reply
from bot.channels.sentences import APOLOGY, BUSY, EXPIRED, NOT_NOW, TOO_FAST
from bot.channels.widget.incoming import Unfit, read_after, read_page, read_said
from bot.channels.widget.outgoing import as_line, in_events, payload_of_reply, payload_of_said
from bot.channels.widget.sessions import Session, Sessions
from bot.gateway import metrics
from bot.gateway.addresses import address_of
from bot.gateway.database import Database
from bot.gateway.limits import (
    CONNECTS_OF_A_TALK,
    CONNECTS_OF_AN_ADDRESS,
    FORGETS_OF_AN_ADDRESS,
    MESSAGES_OF_A_NETWORK,
    MESSAGES_OF_A_TALK,
    MESSAGES_OF_AN_ADDRESS,
    REQUESTS_OF_A_SOCKET,
    SESSIONS_OF_AN_ADDRESS,
    TURNS_OF_AN_ADDRESS,
    Limits,
    Places,
    network_of,
)
from bot.gateway.origins import Origins
from bot.gateway.rasa import Rasa, RasaDown, TurnFailed
from bot.gateway.seen_lines import LATEST_SECONDS, SeenLines
from bot.gateway.socket_server import SocketServer
from bot.gateway.turns import Messages, Turns, Written
from bot.settings import settings
from bot.store import outbox, privacy
from bot.store.inbox import Received
from bot.store.outbox import Part

logger = logging.getLogger(__name__)

NAME = "widget"
PATH = "/reso/socket.io"
PATIENCE = 90.0
"""Seconds before an apology: long enough for Rasa to be started anew (about 20 s)."""
POLL_SECONDS = 1.0
"""How often lines are looked for that another process wrote, such as an agent's."""

Ack = dict[str, Any]


class Sockets:
    """All connected widgets."""

    def __init__(self, sessions: Sessions, turns: Turns, rasa: Rasa, database: Database, limits: Limits, origins: Origins, replica: str):
        self._sessions, self._turns, self._rasa, self._database, self._limits = sessions, turns, rasa, database, limits
        self._replica = replica
        self._waiting = Places(TURNS_OF_AN_ADDRESS)
        self._catching_up: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._erased: dict[str, str] = {}
        self._lines = SeenLines(0, 0.0)
        self._pusher: asyncio.Task[None] | None = None
        self.server = SocketServer(origins.allow_socket)
        for name, handler in {
            "connect": self.connect, "say": self.say, "refresh": self.refresh, "forget": self.forget, "page": self.page,
        }.items():  # fmt: skip
            self.server.on(name, handler)
        turns.serve(NAME, self)
        self.patience, self.told_at_once = PATIENCE, True

    def attach(self, app: web.Application) -> None:
        """Take the path of the protocol in an application."""
        path, server = f"{PATH}/", self.server
        app.add_routes([web.get(path, server.opened), web.options(path, server.opened), web.post(path, server.posted)])

    async def start(self) -> None:
        """Begin to push lines to the widgets that are connected."""
        in_order = settings().store_url.startswith("sqlite")
        self._lines = SeenLines(await self._database.read(outbox.last_number), 0.0 if in_order else LATEST_SECONDS)
        self._pusher = asyncio.create_task(self._push())

    async def stop(self) -> None:
        """Stop pushing; widgets connect again elsewhere, or here after the start, and ask for what they missed."""
        for task in (*self._catching_up, *([self._pusher] if self._pusher else ())):
            task.cancel()
        await self.server.shutdown()

    # --- a socket's life

    async def connect(self, sid: str, environ: Mapping[str, Any], auth: Any = None) -> None:
        """Give the socket its conversation; what it has not seen of it follows."""
        address = address_of(environ["aiohttp.request"])
        await self._count("connects", CONNECTS_OF_AN_ADDRESS, address)
        session = self._sessions.read(auth.get("token") if isinstance(auth, Mapping) else None)
        if session is not None:
            await self._count("connects", CONNECTS_OF_A_TALK, session.sender)
        try:
            if session is not None and await self._database.read(privacy.was_erased, session.sender):
                session = None
            fresh = session is None
            if session is None:
                await self._count("sessions", SESSIONS_OF_AN_ADDRESS, address)
                session = self._sessions.begin()
            else:
                session = self._sessions.renewed(session)  # it lasts from the latest visit on, however short each of them is
            known = not fresh and await self._database.read(outbox.knows, session.sender)
        except SQLAlchemyError as error:
            logger.error("a talk cannot be looked up: %s", type(error).__name__)
            raise socketio.exceptions.ConnectionRefusedError("busy") from None
        await self.server.save_session(sid, {"session": session, "address": address, "page": {}})
        await self._give_session(sid, session, fresh, greeting=not known)
        if not known:
            await self.server.enter_room(sid, session.sender)
            return
        # Not awaited: a client that does not read would keep its connection from being made.
        task = asyncio.create_task(self._catch_up(sid, session.sender, read_after(auth)))
        self._catching_up.add(task)
        task.add_done_callback(self._catching_up.discard)

    async def _count(self, what: str, rule: str, who: str) -> None:
        """Count a connection. Raises ConnectionRefusedError."""
        if await self._limits.wait(rule, what, who):
            metrics.REFUSED.labels(what).inc()
            raise socketio.exceptions.ConnectionRefusedError("busy")

    async def _held(self, sid: str) -> dict[str, Any] | None:
        try:
            return await self.server.get_session(sid) or None
        except KeyError:
            return None

    async def _give_session(self, sid: str, session: Session, fresh: bool, greeting: bool) -> None:
        told = {
            "token": self._sessions.token(session), "expires": session.expires, "fresh": fresh, "greeting": greeting,
            "keep_days": settings().keep_talks_days,
        }  # fmt: skip
        await self.server.emit("session", told, to=sid)

    async def _catch_up(self, sid: str, sender: str, after: int) -> None:
        """Send the lines of a talk above a number, as fast as they are read; from then on all that comes."""
        try:
            while lines := await self._database.read(outbox.lines_after, after, sender):
                for event in in_events(map(as_line, lines)):
                    if not await self.server.took_all(sid):
                        return
                    await self.server.emit("lines", event, to=sid)
                after = lines[-1].number
            if await self._held(sid) is None:
                return
            # Into the room only after the replay, and then what came meanwhile: no line may overtake an older one, since the
            # widget asks for what follows the highest number it has seen.
            await self.server.enter_room(sid, sender)
            if lines := await self._database.read(outbox.lines_after, after, sender):
                await self.server.emit("lines", list(map(as_line, lines)), to=sid)
        except SQLAlchemyError as error:
            logger.error("lines cannot be read: %s", type(error).__name__)
            await self.server.hang_up(sid)  # it connects again, and asks again

    # --- what a widget asks

    async def say(self, sid: str, data: Any = None) -> Ack:
        """Take a message: acknowledged once it is written."""
        held = await self._held(sid)
        if held is None or held["session"].expires < time.time():
            return _no("expired", EXPIRED)
        session: Session = held["session"]
        # Counted before it is read: what cannot be taken costs as much.
        address: str = held["address"]
        for rule, what, who in (
            (MESSAGES_OF_A_TALK, "talk", session.sender),
            (MESSAGES_OF_AN_ADDRESS, "address", address),
            (MESSAGES_OF_A_NETWORK, "network", network_of(address)),
        ):
            if refused := await self._hurries(rule, what, who):
                return refused
        try:
            said = read_said(data)
        except Unfit as error:
            return _no(error.code, str(error))
        if self._turns.full or not self._waiting.take(address):
            metrics.REFUSED.labels("queue").inc()
            return _no("busy", BUSY, 5)
        # A client's id is unique in its own talk only: nobody can use up the ids of another.
        message = Received(NAME, f"{session.sender[len(NAME) + 1 :]}:{said.id}", session.sender, said.text, {"page": held["page"]})
        new = False
        try:
            new = await self._database.write(outbox.receive_line, message, payload_of_said(said), self._replica)
        except outbox.TalkErased:
            return _no("expired", EXPIRED)
        except SQLAlchemyError as error:
            logger.error("a message cannot be noted: %s", type(error).__name__)
            return _no("busy", NOT_NOW, 5)
        finally:
            if not new:
                self._waiting.give_back(address)
        if new:
            self._wake.set()
            self._turns.run(message).add_done_callback(lambda _: self._waiting.give_back(address))
        return {"ok": True}

    async def _hurries(self, rule: str, what: str, who: str) -> Ack | None:
        """Return the refusal for who asks too often."""
        wait = await self._limits.wait(rule, what, who)
        if wait:
            metrics.REFUSED.labels("rate").inc()
        return _no("too_fast", TOO_FAST, wait) if wait else None

    async def refresh(self, sid: str, data: Any = None) -> Ack:
        """Give a token that lasts from now."""
        if refused := await self._hurries(REQUESTS_OF_A_SOCKET, "socket", sid):
            return refused
        held = await self._held(sid)
        if held is None or held["session"].expires < time.time():
            return _no("expired", EXPIRED)
        session: Session = held["session"]
        try:
            if await self._database.read(privacy.was_erased, session.sender):
                return _no("expired", EXPIRED)
        except SQLAlchemyError as error:
            logger.error("a talk cannot be looked up: %s", type(error).__name__)
            return _no("busy", NOT_NOW, 5)
        held = await self._held(sid)
        if held is None or held["session"] != session:  # another talk has begun meanwhile, and its token was given
            return {"ok": True}
        session = self._sessions.renewed(session)
        await self.server.save_session(sid, held | {"session": session})
        await self._give_session(sid, session, fresh=False, greeting=False)
        return {"ok": True}

    async def page(self, sid: str, data: Any = None) -> Ack:
        """Keep the host page's address and title for the next question."""
        if refused := await self._hurries(REQUESTS_OF_A_SOCKET, "socket", sid):
            return refused
        held = await self._held(sid)
        if held is not None:
            await self.server.save_session(sid, held | {"page": read_page(data)})
        return {"ok": True}

    async def forget(self, sid: str, data: Any = None) -> Ack:
        """Erase everything kept about the talk and begin another on each of its tabs."""
        if refused := await self._hurries(REQUESTS_OF_A_SOCKET, "socket", sid):
            return refused
        held = await self._held(sid)
        if held is None or held["session"].expires < time.time():
            return _no("expired", EXPIRED)
        if refused := await self._hurries(FORGETS_OF_AN_ADDRESS, "forget", held["address"]):
            return refused
        sender = held["session"].sender
        try:
            async with self._turns.dropping(sender) as ended:
                if not ended:
                    return _no("busy", BUSY, 5)
                await self._rasa.forget(sender)
                await self._database.write(privacy.erase, sender)
        except (RasaDown, TurnFailed, SQLAlchemyError) as error:
            logger.error("a talk cannot be erased now: %s", type(error).__name__)
            return _no("busy", APOLOGY, 5)
        await self._begin_anew(sender, counted=True)
        return {"ok": True}

    async def _begin_anew(self, sender: str, counted: bool = False) -> None:
        """Give every tab of an erased talk another one; whoever erases too often has to connect again, as often as that is allowed.

        `counted`: the erasure was counted before.
        """
        session = self._sessions.begin()
        for other in [s for s, _ in self.server.manager.get_participants("/", sender)]:
            of_other = await self._held(other)
            if of_other is not None:
                if not counted and await self._hurries(FORGETS_OF_AN_ADDRESS, "forget", of_other["address"]):
                    await self.server.took_all(other)
                    await self.server.hang_up(other)
                    continue
                counted = True
                await self.server.leave_room(other, sender)
                await self.server.enter_room(other, session.sender)
                await self.server.save_session(other, of_other | {"session": session})
                await self._give_session(other, session, fresh=True, greeting=True)

    # --- as the answerer of turns

    def asks(self, message: Received) -> tuple[str, Mapping[str, Any]]:
        """Return the text with the page that it was asked on."""
        return message.text, {"page": message.extra.get("page") or {}}

    async def begins(self, message: Received) -> None:
        """Show dots on every tab."""
        await self.server.emit("typing", {"on": True}, room=message.sender)

    async def writes(self, reply: Messages, message: Received) -> Written:
        """Keep the reply as one line."""
        read = Reply.from_rasa(reply)
        if read.erased:
            self._erased[message.sender] = "\n".join(read.texts)
            return Written()
        return Written([Part(payload_of_reply(read), read.answers[0].id if read.answers else None)])

    async def done(self, message: Received) -> None:
        """Have the line pushed; it ends the dots. Where the visitor asked in words to be forgotten, say that it is done."""
        told = self._erased.pop(message.sender, None)
        if told is not None:
            await self.server.emit("trouble", {"text": told}, room=message.sender)
            await self._begin_anew(message.sender)
        self._wake.set()

    # --- pushing

    async def _push(self) -> None:
        while True:
            self._wake.clear()
            try:
                after = self._lines.after(time.monotonic())
                while lines := await self._database.read(outbox.lines_after, after):
                    for line in lines:
                        if self._lines.is_new(line.number, time.monotonic()):
                            await self._push_line(line)
                    after = lines[-1].number
            except SQLAlchemyError as error:
                logger.error("lines cannot be read: %s", type(error).__name__)
            try:
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
            except asyncio.TimeoutError:
                continue

    async def _push_line(self, line: outbox.Line) -> None:
        if line.author != "visitor":
            await self.server.emit("typing", {"on": False}, room=line.sender)
        await self.server.emit("lines", [as_line(line)], room=line.sender)


def _no(code: str, text: str, retry: int = 0) -> Ack:
    return {"ok": False, "code": code, "text": text} | ({"retry": retry} if retry else {})
