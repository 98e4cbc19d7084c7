"""The webhooks of Messenger-style channels: checked, noted, acknowledged; the work is done after."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.contract import Channel, Request, Unreadable
from bot.channels.message import CUT, Event, Reply, sound
from bot.channels.meta import handshake
from bot.channels.sentences import APOLOGY, GREETING, NOT_CONFIGURED, REFUSED, UNREADABLE, only_text
from bot.gateway.database import Database
from bot.gateway.delivery import Delivery
from bot.gateway.edge import Refusal
from bot.gateway.turns import Messages, Turns, Written
from bot.language.cleaning import MAX_CHARACTERS, clean, too_long
from bot.settings import Settings
from bot.store import inbox, outbox, questions
from bot.store.inbox import Received
from bot.store.outbox import Part

logger = logging.getLogger(__name__)

REPLAY_DAYS = 7
"""Vendors deliver again for up to a week (WhatsApp); what is older was recorded by somebody. Ids are kept longer than this."""
PATIENCE = 600.0
"""Seconds before a person on a vendor's channel gets an apology: they are not looking at dots."""
SEEN_SECONDS = 1.0
"""How long an answer waits until the person is shown that it is being made."""
MOST_EVENTS = 1000
"""Events of one body; vendors batch no more (Meta Graph API webhooks, « up to 1000 updates »)."""


class PushAnswerer:
    """Keeps a reply as calls to the vendor."""

    patience, told_at_once = PATIENCE, False

    def __init__(self, channel: Channel, delivery: Delivery):
        self._channel, self._delivery = channel, delivery
        self._showing: set[asyncio.Task[None]] = set()

    def asks(self, message: Received) -> tuple[str, Mapping[str, Any]] | Messages:
        """Return the text for Rasa; what is not text gets its sentence."""
        event = event_of(message)
        if event.kind == "unreadable":
            return [{"text": only_text(event.unreadable)}]
        if event.kind == "start":
            return GREETING, {}
        return message.text, {}

    async def begins(self, message: Received) -> None:
        """Show that the message was read; a vendor that is slow to take it holds up no answer."""
        showing = asyncio.create_task(self._channel.seen(event_of(message)))
        self._showing.add(showing)
        showing.add_done_callback(self._showing.discard)
        await asyncio.wait({showing}, timeout=SEEN_SECONDS)

    def writes(self, reply: Messages, message: Received) -> Written:
        """Return the calls, to be sent while the vendor's window is open."""
        event = event_of(message)
        read = Reply.from_rasa(reply)
        entry = read.answers[0].id if read.answers else None
        parts = [Part({"path": c.path, "body": dict(c.body)}, entry if c.keeps else None) for c in self._channel.write(read, event)]
        return Written(parts, "pending", event.at + datetime.timedelta(hours=min(self._channel.window_hours, 24.0)))

    async def done(self, message: Received) -> None:
        """Let it be sent."""
        self._delivery.wake()


class Webhooks:
    """The routes of all channels; one that is not configured says so and stops nobody."""

    def __init__(self, given: Settings, channels: Sequence[Channel], turns: Turns, delivery: Delivery, database: Database):
        self._given, self._turns, self._delivery, self._database = given, turns, delivery, database
        self._channels = {channel.name: channel for channel in channels}
        for channel in channels:
            turns.serve(channel.name, PushAnswerer(channel, delivery))

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/webhooks/{channel:messenger|instagram|whatsapp}/webhook", self.verify),
            web.post("/webhooks/{channel:messenger|instagram|whatsapp|telegram}/webhook", self.receive),
        ]

    def _channel(self, request: web.Request) -> Channel:
        channel = self._channels[request.match_info["channel"]]
        if channel.missing:
            raise Refusal(503, NOT_CONFIGURED)
        return channel

    async def verify(self, request: web.Request) -> web.Response:
        """Answer Meta's handshake."""
        self._channel(request)
        challenge = handshake.answer(request.query, self._given.meta_verify_token.get_secret_value())
        if challenge is None:
            raise Refusal(403, REFUSED)
        return web.Response(text=challenge, content_type="text/plain")

    async def receive(self, request: web.Request) -> web.Response:
        """Note every event of a body and acknowledge; a store that does not take them lets the vendor deliver again."""
        channel = self._channel(request)
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not channel.allows(Request("POST", body, headers, dict(request.query))):
            raise Refusal(403, REFUSED)
        try:
            events = [event for event in channel.read(body)[:MOST_EVENTS] if sound(event)]
        except Unreadable:
            raise Refusal(400, UNREADABLE) from None
        if self._turns.overfull:
            raise Refusal(503, APOLOGY, 60)
        oldest = datetime.datetime.utcnow() - datetime.timedelta(days=REPLAY_DAYS)
        fresh = [event for event in events if event.at >= oldest]
        if events and not fresh:
            raise Refusal(403, REFUSED)
        messages = [received(channel.name, e) for e in fresh if e.kind in ("message", "start", "unreadable", "edited")]
        try:
            for message in await self._database.write(inbox.receive_all, messages, self._given.replica) if messages else ():
                self._turns.run(message)
            for event in fresh:
                if event.kind == "feedback":
                    await self._database.write(note_verdict, channel.name, event)
                elif event.kind == "shown":
                    await self._delivery.confirmed(channel.name, event)
                elif event.kind == "undelivered":
                    await self._delivery.undelivered(channel.name, event)
                elif event.kind == "deleted":
                    await self._database.write(inbox.withdraw, channel.name, event.about)
        except SQLAlchemyError as error:
            logger.error("a webhook cannot be noted: %s", type(error).__name__)
            raise Refusal(503, APOLOGY, 5) from None
        return web.json_response({"status": "ok"})


def received(channel: str, event: Event) -> Received:
    """Return an event as the inbox keeps it. Long texts are cut: these channels cannot be told « too long » at the door.

    The reply tells of it.
    """
    text = clean(event.text)
    native = dict(event.native) | ({CUT: "yes"} if too_long(text) else {})
    kept = asdict(event) | {"at": event.at.isoformat(), "native": native, "text": ""}
    return Received(channel, event.message_id, f"{channel}.{event.sender}", text[:MAX_CHARACTERS], {"event": kept})


def event_of(message: Received) -> Event:
    """Return the event of a message that the inbox kept."""
    kept = dict(message.extra["event"])
    return Event(**{**kept, "at": datetime.datetime.fromisoformat(kept["at"]), "text": message.text})


def note_verdict(channel: str, event: Event) -> None:
    """Count a verdict on one of our messages as feedback on the answer that it showed. A person has one on each: the latest."""
    behind = outbox.answer_behind(channel, event.about)
    if behind is None:
        return
    # In a group others than who asked may judge an answer: each has a verdict of their own.
    judge, (_, turn, entry) = f"{channel}.{event.sender}", behind
    if event.useful is None:
        questions.withdraw_feedback(judge, turn)
    else:
        questions.replace_feedback(judge, turn, entry, event.useful, event.at)
