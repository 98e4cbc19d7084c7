"""Messages on their way through Rasa: one at a time in a conversation, a few at once in all, none lost, each answered once."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError

from bot.channels.sentences import APOLOGY, ERASED
from bot.gateway import metrics
from bot.gateway.database import Database
from bot.gateway.rasa import NoActions, Rasa, RasaDown, TurnFailed
from bot.gateway.taking_back import TakingBack
from bot.store import inbox, outbox, privacy
from bot.store.inbox import Received
from bot.store.outbox import Part
from bot.store.questions import conversation_key

logger = logging.getLogger(__name__)

AT_ONCE = 3
"""Turns under way in Rasa: it works on one core, more would only make each slower."""
LONGEST_QUEUE = 500
"""Messages of visitors who can be told waiting over all conversations; above that new ones are refused."""
LONGEST_BACKLOG = 20_000
"""Messages waiting in all; above that vendors are told to deliver again later."""
FAILURES = 2
"""Turns that may fail in Rasa before the visitor gets an apology."""
ACTIONS_PATIENCE, NO_ACTIONS_PAUSE = 60.0, 3.0
"""Seconds for which people on vendors' channels wait for an action server that does not come back, and between asking again."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0
"""Seconds between asking Rasa again while it is down."""
LONGEST_LANE = 200
"""Messages of one person that wait at a vendor's channel; more are refused with a sentence. While Rasa starts anew a lively person
may well have thirty; a hundred people with ill will would be needed to fill LONGEST_BACKLOG."""
SWEEP_SECONDS = 20.0
"""How often messages are looked for that another gateway left behind."""

Messages = list[dict[str, Any]]


@dataclass(frozen=True)
class Written:
    """How a channel keeps an answer: its parts, shown or pending, and until when they may be sent.

    `farewell`: it tells that all is erased, so that nothing of the message may be kept with it.
    """

    parts: Sequence[Part] = ()
    state: str = "shown"
    expires_at: datetime.datetime | None = None
    farewell: bool = False


class Answerer(Protocol):
    """What one channel does around a turn."""

    patience: float
    """Seconds after which an apology is all that can be given."""
    told_at_once: bool
    """Whether a visitor of the channel sees a refusal at the door; vendors only deliver again."""

    def asks(self, message: Received) -> tuple[str, Mapping[str, Any]] | Messages | None:
        """Return the text and metadata for Rasa, the reply itself where Rasa need not be asked, None where it is too late for any."""

    async def begins(self, message: Received) -> None:
        """Show that an answer is being made."""

    async def writes(self, reply: Messages, message: Received) -> Written:
        """Return what is to be kept of a reply."""

    async def done(self, message: Received) -> None:
        """An answer has been kept, or none is to be given."""


@dataclass
class _Lane:
    waiting: deque[tuple[Received, asyncio.Future[Messages]]] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    closed: bool = False


class _Forgotten(Exception):
    """The message was taken back, or its talk erased, while it waited."""

    def __init__(self, standing: inbox.Standing):
        super().__init__(standing)
        self.standing = standing


class Turns:
    """Runs the turns of all conversations."""

    def __init__(self, rasa: Rasa, database: Database, replica: str):
        self._rasa, self._database, self._replica = rasa, database, replica
        self._taking_back = TakingBack(database)
        self._answerers: dict[str, Answerer] = {}
        self._lanes: dict[str, _Lane] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._count_at_once = 0
        self._in_hand: set[tuple[str, str]] = set()
        self._sweeper: asyncio.Task[None] | None = None

    def serve(self, channel: str, answerer: Answerer) -> None:
        """Let messages of a channel be answered."""
        self._answerers[channel] = answerer

    @property
    def full(self) -> bool:
        """Tell whether no more messages should be taken from visitors who are told so."""
        return self._count_at_once >= LONGEST_QUEUE

    @property
    def overfull(self) -> bool:
        """Tell whether no more messages should be taken from vendors."""
        return self.waiting >= LONGEST_BACKLOG

    @property
    def waiting(self) -> int:
        """Return how many messages have no answer yet."""
        return len(self._in_hand)

    def run(self, message: Received) -> asyncio.Future[Messages]:
        """Answer a message that the inbox holds; the future gives Rasa's messages once they are kept."""
        lane = self._lanes.setdefault(message.sender, _Lane())
        future: asyncio.Future[Messages] = asyncio.get_running_loop().create_future()
        lane.waiting.append((message, future))
        self._counted(message, 1)
        if lane.task is None:
            lane.task = asyncio.create_task(self._work(message.sender, lane))
        return future

    def under_way(self, sender: str) -> asyncio.Future[Messages] | None:
        """Return the answer that is being made in a talk; None where there is none."""
        lane = self._lanes.get(sender)
        return lane.waiting[0][1] if lane and lane.waiting else None

    def crowded(self, sender: str) -> bool:
        """Tell whether so much of one person waits that no more is to be taken, but for a word to them (`close`)."""
        lane = self._lanes.get(sender)
        return lane is not None and (lane.closed or len(lane.waiting) >= LONGEST_LANE)

    def close(self, sender: str) -> bool:
        """Take no more of a person until what waits is answered; tell whether that is new."""
        lane = self._lanes[sender]
        lane.closed, before = True, lane.closed
        return not before

    def _counted(self, message: Received, more: int) -> None:
        (self._in_hand.add if more > 0 else self._in_hand.discard)((message.channel, message.message_id))
        self._count_at_once += more * self._answerers[message.channel].told_at_once

    @asynccontextmanager
    async def dropping(self, sender: str, seconds: float = 5.0) -> AsyncIterator[bool]:
        """Give up the messages of a talk that is erased within the block; the one under way has `seconds` to end before.

        Give False where it has not ended: what it does would stand after the erasure. Then, and where an error leaves the block,
        what was given up is answered after all.
        """
        lane, dropped, done = self._lanes.get(sender), list[Received](), False
        while lane is not None and len(lane.waiting) > 1:
            message, future = lane.waiting.pop()
            future.cancel()
            self._counted(message, -1)
            dropped.insert(0, message)
        try:
            ended = lane is None or lane.task is None or bool((await asyncio.wait([lane.task], timeout=seconds))[0])
            yield ended
            done = ended
        finally:
            for message in dropped if not done else ():
                self.run(message)

    async def start(self) -> None:
        """Take up what was left unanswered by the last run of this gateway, then look now and then for what others left."""
        await self._take_up(starting=True)
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self, seconds: float) -> None:
        """Finish what is under way within `seconds`; what is not stays in the inbox for the next start."""
        if self._sweeper:
            self._sweeper.cancel()
        tasks = [lane.task for lane in self._lanes.values() if lane.task]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()

    async def _take_up(self, starting: bool) -> None:
        for message in await self._database.write(inbox.take_up, self._replica, starting):
            # What waits here for longer than its lease lasts has now a new one; asked twice, it would be thought twice.
            if message.channel in self._answerers and (message.channel, message.message_id) not in self._in_hand:
                self.run(message)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._database.write(inbox.renew, self._replica, tuple(self._in_hand))
                await self._take_up(starting=False)
            except SQLAlchemyError as error:
                logger.error("the inbox cannot be looked through: %s", type(error).__name__)

    async def _work(self, sender: str, lane: _Lane) -> None:
        try:
            while lane.waiting:
                message, future = lane.waiting[0]
                try:
                    result = await self._answer(message)
                    if not future.done():
                        future.set_result(result)
                except Exception as error:  # one message must not stop the talk
                    logger.exception("message not answered", extra={"conversation": conversation_key(sender)})
                    if not future.done():
                        future.set_exception(error)
                        future.exception()
                lane.waiting.popleft()
                self._counted(message, -1)
        finally:
            lane.task = None
            if not lane.waiting:
                self._lanes.pop(sender, None)

    async def _answer(self, message: Received) -> Messages:
        answerer = self._answerers[message.channel]
        reply: Messages = []
        kept = True
        with metrics.turn(message.channel) as outcome:
            asked = answerer.asks(message)
            if asked is None:
                outcome("expired")
                await self._keep(message, Written(), False)
                return reply
            await answerer.begins(message)
            try:
                reply, failed = await self._ask(message, *asked, answerer.patience) if isinstance(asked, tuple) else (asked, False)
            except _Forgotten as forgotten:
                outcome("forgotten")
                # A try before may have been noted by Rasa; of an erased talk it was told by who erased it.
                kept = forgotten.standing == "erased"
            else:
                outcome("failed" if failed else metrics.outcome_of(reply))
                written = await answerer.writes(reply, message)
                kept = await self._keep(message, written, not failed)
        await answerer.done(message)
        if not kept:
            await self._forget_gone(message, answerer.patience)
        return reply

    async def _ask(self, message: Received, text: str, metadata: Mapping[str, Any], patience: float) -> tuple[Messages, bool]:
        """Return Rasa's reply and False; an apology and True where it failed, or was not to be had for `patience` seconds.

        A turn that erases the talk, and whose reply is lost, is not thought again: its visitor is told so in its place.
        Raises _Forgotten.
        """
        apology = [{"recipient_id": message.sender, "text": APOLOGY}]
        loop = asyncio.get_running_loop()
        until, pause, failures, asked = loop.time() + patience, FIRST_PAUSE, 0, False
        # Who looks at dots is told within ten seconds (notes/reliability.md, T2); who was acknowledged by a vendor can wait.
        until_actions = loop.time() + (0.0 if self._answerers[message.channel].told_at_once else ACTIONS_PATIENCE)
        while True:
            try:
                async with self._at_once:
                    if (left := until - loop.time()) <= 0:
                        return apology, True
                    standing = await self._database.read(inbox.standing, message)
                    if standing == "erased" and asked:
                        # Rasa forgets at the end of a turn, which this one may not have reached.
                        await self._rasa.forget(message.sender)
                        return [{"recipient_id": message.sender, "text": ERASED, "custom": {"erased": True}}], False
                    if standing != "kept":
                        raise _Forgotten(standing)
                    asked = True
                    return await asyncio.wait_for(self._rasa.ask(message, text, metadata), left)
            except NoActions:
                if loop.time() + NO_ACTIONS_PAUSE > until_actions:
                    return apology, True
                await asyncio.sleep(NO_ACTIONS_PAUSE)
                continue
            except (TurnFailed, asyncio.TimeoutError):
                failures += 1
                if failures >= FAILURES:
                    return apology, True
            except (RasaDown, SQLAlchemyError):
                pass
            if loop.time() + pause > until:
                return apology, True
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _keep(self, message: Received, written: Written, answered: bool) -> bool:
        """Keep an answer, however long the store takes to come back: it was promised with the acknowledgement.

        Return False where the message is not there any more, or had an answer before.
        """
        pause = FIRST_PAUSE
        while True:
            try:
                if written.farewell:
                    await self._database.write(outbox.bid_farewell, message, written.parts, written.expires_at)
                    return True
                return await self._database.write(outbox.answer, message, written.parts, answered, written.state, written.expires_at)
            except SQLAlchemyError as error:
                logger.error(
                    "an answer cannot be kept yet: %s", type(error).__name__, extra={"conversation": conversation_key(message.sender)}
                )
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _forget_gone(self, message: Received, patience: float) -> None:
        """Have a talk forgotten that was erased while Rasa thought, or a message that was taken back: this turn was just noted."""
        loop = asyncio.get_running_loop()
        until, pause = loop.time() + patience, FIRST_PAUSE
        while True:
            try:
                standing = await self._database.read(inbox.standing, message)
                if standing == "erased":
                    await self._rasa.forget(message.sender)
                    await self._database.write(privacy.erase_turn, message.sender, message.message_id)
                elif standing == "withdrawn":
                    await self._taking_back.forget(message.sender, [message.message_id])
                return
            except (RasaDown, TurnFailed, SQLAlchemyError) as error:
                if loop.time() + pause > until:
                    logger.error(
                        "a turn of an erased talk, or a message taken back, may still be held: %s", type(error).__name__,
                        extra={"conversation": conversation_key(message.sender)},
                    )  # fmt: skip
                    return
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
