"""The webhooks of Messenger-style channels: checked, noted, acknowledged; the work is done after."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.contract import Channel, Request, Unreadable
from bot.channels.introducing import introduced
from bot.channels.message import CUT, Event, Reply, sound
from bot.channels.meta import handshake
from bot.channels.sentences import APOLOGY, GREETING, NOT_CONFIGURED, REFUSED, TOO_FAST, UNREADABLE, only_text
from bot.gateway import metrics
from bot.gateway.database import Database
from bot.gateway.delivery import Delivery
from bot.gateway.edge import Refusal
from bot.gateway.taking_back import TakingBack
from bot.gateway.turns import Messages, Turns, Written
from bot.language.cleaning import MAX_CHARACTERS, clean, too_long
from bot.settings import Settings
from bot.store import inbox, outbox, questions
from bot.store.inbox import Received
from bot.store.outbox import Part
from bot.store.questions import conversation_key

logger = logging.getLogger(__name__)

REPLAY_DAYS = 7
"""Vendors deliver again for up to a week (WhatsApp); what is older was recorded by somebody. Ids are kept longer than this."""
PATIENCE = 600.0
"""Seconds before a person on a vendor's channel gets an apology: they are not looking at dots."""
SEEN_SECONDS = 1.0
"""How long an answer waits until the person is shown that it is being made."""
MOST_HOURS = 24.0
"""For which an answer is owed, also where the vendor has no window: later, nobody waits for it any more."""
SAID = ("message", "start", "unreadable", "edited")
"""Kinds of events that are answered."""
HURRIED = "hurried"
"""In a message's `extra`: so much of its writer waits that it is only told so."""


class PushAnswerer:
    """Keeps a reply as calls to the vendor."""

    patience, told_at_once = PATIENCE, False

    def __init__(self, channel: Channel, delivery: Delivery, database: Database):
        self._channel, self._delivery, self._database = channel, delivery, database
        self._showing: dict[str, asyncio.Task[None]] = {}

    def asks(self, message: Received) -> tuple[str, Mapping[str, Any]] | Messages | None:
        """Return the text for Rasa; what is not text gets its sentence. None where the vendor's window is closed."""
        event = event_of(message)
        if self._until(event) < datetime.datetime.utcnow():
            self._delivery.tell_late(self._channel.name)
            return None
        if HURRIED in message.extra:
            return [{"text": TOO_FAST}]
        if event.kind == "unreadable":
            return [{"text": only_text(event.unreadable)}]
        if event.kind == "start":
            return GREETING, {}
        return message.text, {}

    async def begins(self, message: Received) -> None:
        """Show that the message was read; a vendor that is slow to take it holds up no answer."""
        if not self._delivery.pace(self._channel.name).open:
            return
        key = message.message_id
        showing = self._showing[key] = asyncio.create_task(self._show(event_of(message)))
        showing.add_done_callback(lambda _: self._showing.pop(key, None))
        await asyncio.wait({showing}, timeout=SEEN_SECONDS)

    async def _show(self, event: Event) -> None:
        async with self._delivery.pace(self._channel.name).signs:
            await self._channel.seen(event)

    async def writes(self, reply: Messages, message: Received) -> Written:
        """Return the calls, to be sent while the vendor's window is open."""
        event = event_of(message)
        read = await self._introduced(Reply.from_rasa(reply), event, message.sender)
        entry = read.answers[0].id if read.answers else None
        parts = [Part({"path": c.path, "body": dict(c.body)}, entry if c.keeps else None) for c in self._channel.write(read, event)]
        return Written(parts, "pending", self._until(event), farewell=read.erased)

    async def _introduced(self, reply: Reply, event: Event, sender: str) -> Reply:
        try:
            last, passed = await self._database.read(outbox.last_answer, sender), await self._database.read(inbox.last_passed, sender)
        except SQLAlchemyError:  # told once too often rather than never
            last = passed = None
        anew = event.kind == "start" or (passed is not None and (last is None or passed > last))
        return introduced(reply, last, datetime.datetime.utcnow(), anew)

    def _until(self, event: Event) -> datetime.datetime:
        return event.at + datetime.timedelta(hours=min(self._channel.window_hours, MOST_HOURS))

    async def done(self, message: Received) -> None:
        """Let it be sent; « écrit… » must not come after it."""
        if showing := self._showing.get(message.message_id):
            showing.cancel()
        self._delivery.wake()


class Webhooks:
    """The routes of all channels; one that is not configured says so and stops nobody."""

    def __init__(self, given: Settings, channels: Sequence[Channel], turns: Turns, delivery: Delivery, database: Database):
        self._given, self._turns, self._delivery, self._database = given, turns, delivery, database
        self._channels = {channel.name: channel for channel in channels}
        self._taking_back = TakingBack(database)
        for channel in channels:
            turns.serve(channel.name, PushAnswerer(channel, delivery, database))

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
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not channel.hears(headers):
            raise Refusal(403, REFUSED)
        body = await request.read()
        if not channel.allows(Request("POST", body, headers, dict(request.query))):
            raise Refusal(403, REFUSED)
        try:
            events = channel.read(body)
        except Unreadable:
            raise Refusal(400, UNREADABLE) from None
        if self._turns.overfull:
            raise Refusal(503, APOLOGY, 60)
        fresh = current(channel.name, events, datetime.datetime.utcnow())
        if not fresh and any(event.kind in SAID for event in events):
            raise Refusal(403, REFUSED)
        messages = [received(channel.name, event) for event in in_order(fresh)]
        try:
            for message in await self._database.write_first(inbox.receive_all, messages, self._given.replica) if messages else ():
                await self._take(message)
            for event in fresh:
                await self._note(channel.name, event)
        except SQLAlchemyError as error:
            logger.error("a webhook cannot be noted: %s", type(error).__name__)
            raise Refusal(503, APOLOGY, 5) from None
        return web.json_response({"status": "ok"})

    async def _take(self, message: Received) -> None:
        """Have a message answered; where too much of its writer waits, tell them so, once. Raises SQLAlchemyError."""
        if not self._turns.crowded(message.sender):
            self._turns.run(message)
            return
        metrics.REFUSED.labels("rate").inc()
        if self._turns.close(message.sender):
            logger.warning("somebody writes faster than can be answered", extra={"conversation": conversation_key(message.sender)})
            self._turns.run(replace(message, extra={**message.extra, HURRIED: True}))
        else:
            await self._database.write(inbox.settle, message.channel, message.message_id, "failed")

    async def _note(self, channel: str, event: Event) -> None:
        """Note what needs no answer. Raises SQLAlchemyError."""
        if event.kind == "feedback":
            await self._database.write(note_verdict, channel, event)
        elif event.kind == "shown":
            await self._delivery.confirmed(channel, event)
        elif event.kind == "undelivered":
            await self._delivery.undelivered(channel, event)
        elif event.kind == "deleted":
            sender = f"{channel}.{event.sender}"
            gone = await self._database.write(inbox.withdraw, channel, event.about, sender)
            await self._taking_back.forget(sender, gone, self._turns.under_way(sender))
        elif event.kind == "passed":
            await self._database.write(inbox.note_passed, received(channel, event))


def current(channel: str, events: Sequence[Event], now: datetime.datetime) -> list[Event]:
    """Return the events of a body that count at `now` (UTC, naive): well-formed, and none that somebody recorded long ago.

    A deletion counts whatever its date, which may be that of what it deletes.
    """
    good = [event for event in events if sound(event)]
    if len(good) < len(events):
        logger.warning("%s: %d of %d events have ids or dates that cannot be", channel, len(events) - len(good), len(events))
    oldest = now - datetime.timedelta(days=REPLAY_DAYS)
    return [event for event in good if event.at >= oldest or event.kind == "deleted"]


def in_order(events: Sequence[Event]) -> list[Event]:
    """Return what was said in a body by when it was: vendors do not promise the order of a batch. Of one second: as it came."""
    return sorted((event for event in events if event.kind in SAID), key=lambda event: event.at)


def received(channel: str, event: Event) -> Received:
    """Return an event as the inbox keeps it. Long texts are cut: these channels cannot be told « too long » at the door.

    The reply tells of it.
    """
    text = clean(event.text[: 10 * MAX_CHARACTERS])  # cleaning takes time that grows with the text
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
        questions.withdraw_feedback(judge, turn, event.at)
    else:
        questions.replace_feedback(judge, turn, entry, event.useful, event.at)
