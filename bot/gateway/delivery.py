"""Sends what the outbox holds to the vendors: in order for each person, again after failures, once where that can be known.

Whether a call went out is uncertain where the connection broke after it, or this process ended before « sent » was
committed. Vendors of these channels offer no key that would make a second call harmless. Messenger and WhatsApp tell in a
webhook what they took, with a mark of ours: an uncertain call waits for that, and goes out again only where nothing is
heard for CONFIRM_SECONDS. Instagram and Telegram tell nothing: there it goes out again, and may be seen twice.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import random
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from bot.channels.contract import Call, Channel, Later, Never
from bot.channels.message import Event
from bot.gateway import metrics
from bot.gateway.database import Database
from bot.gateway.pacing import Pace
from bot.store import outbox
from bot.store.outbox import Sending
from bot.store.questions import conversation_key

logger = logging.getLogger(__name__)

POLL_SECONDS, BREATH_SECONDS = 1.0, 0.05
"""Between two looks at the outbox: where nothing wakes us, and at least, since in a crowd each call that ends does."""
EXPIRY_SECONDS = 1.0
"""Between two looks for what is too late; each call looks at its own time, too."""
LONGEST_PAUSE, LONGEST_SHARED_PAUSE = 120.0, 30.0
"""Seconds between two tries of a call (but see UNHEARD_PAUSES), and of a whole channel whose limit is reached, where the vendor names no time."""
UNHEARD_PAUSES = (0.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0)
"""Least seconds before a call to which no answer came is made again, by how often none came before: a vendor that takes what it
is too slow to answer, and confirms nothing, shows a person each of them. Some eighteen in 24 hours."""
MOST_TOLD = 10_000
"""Troubles remembered as told, and calls as not heard."""
FIRST_PAUSE, LONGEST_NOTING_PAUSE = 0.25, 2.0
"""Seconds between trying to note that a call went out."""
CHANNEL_PAUSE = 300.0
"""Pause of a channel whose token is refused; its calls wait."""
CONFIRM_SECONDS = 8.0
"""How long an uncertain call waits for the vendor's word; Meta's webhooks come within seconds."""
CALL_SECONDS = 12.0
"""Longer than a call may take (`meta.graph.TIMEOUT`)."""
MARK = "reso-"
"""Before the number of a call in what the vendor gives back."""

LATE = "late"
"""Code of the trouble that answers went out too late."""
_LATE = (
    "Des réponses n’ont pas pu partir à temps (24\u00a0heures après le message de la personne)\u00a0: Réso était arrêté, ou le canal "
    "refusait ses envois. Regardez les lignes précédentes du journal, et lancez «\u00a0make channels-check\u00a0»."
)


def pause(tries: int, wished: float) -> float:
    """Return the seconds before the next try: doubling from half a second with some chance in it, never less than wished."""
    doubled = min(LONGEST_PAUSE, 0.5 * 2 ** min(tries, 10))
    return max(wished, doubled * random.uniform(0.7, 1.3))


class Delivery:
    """Works through the outbox until stopped."""

    def __init__(self, channels: Mapping[str, Channel], database: Database):
        self._channels, self._database = channels, database
        self._wake = asyncio.Event()
        self._busy: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: set[tuple[str, str, str]] = set()
        self._unheard: dict[int, int] = {}
        self._runner: asyncio.Task[None] | None = None
        self._pace: defaultdict[str, Pace] = defaultdict(Pace)

    def wake(self) -> None:
        """Tell that something was put in the outbox."""
        self._wake.set()

    def pace(self, channel: str) -> Pace:
        """Return when a channel's vendor may be called."""
        return self._pace[channel]

    def start(self) -> None:
        """Begin."""
        if self._channels:
            self._runner = asyncio.create_task(self._run())

    async def stop(self, seconds: float) -> None:
        """Finish the calls under way."""
        if self._runner:
            self._runner.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def _run(self) -> None:
        looked_for_late = float("-inf")
        while True:
            self._wake.clear()
            # A call may end while the outbox is read: what was read is then old, and would go out again.
            under_way = set(self._busy)
            try:
                if time.monotonic() - looked_for_late >= EXPIRY_SECONDS:
                    looked_for_late = time.monotonic()
                    await self._expire()
                may_be_called = [name for name in self._channels if self._pace[name].open]
                for call in await self._database.read(outbox.due, datetime.datetime.utcnow(), may_be_called):
                    key = (call.channel, call.sender)
                    if key not in under_way | self._busy:
                        self._busy.add(key)
                        task = asyncio.create_task(self._send(call, key))
                        self._tasks.add(task)
                        task.add_done_callback(self._tasks.discard)
            except SQLAlchemyError as error:
                logger.error("the outbox cannot be read: %s", type(error).__name__)
            await asyncio.sleep(BREATH_SECONDS)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)

    async def _expire(self) -> None:
        """Give up what may not be sent any more, and tell so. Raises SQLAlchemyError."""
        now = datetime.datetime.utcnow()
        if await self._database.read(outbox.too_late, now):
            for channel, count in (await self._database.write(outbox.expire, now)).items():
                metrics.SENT.labels(channel, "expired").inc(count)
                self.tell_late(channel)

    def tell_late(self, channel: str) -> None:
        """Log once for each channel that people got no answer, since the time in which they may be written to was over."""
        self._tell(channel, "", Never("window closed", _LATE, LATE, channel_wide=True))

    async def _send(self, given: Sending, key: tuple[str, str]) -> None:
        try:
            async with self._pace[given.channel].calls:
                # What waited behind a refused call need not be refused as well.
                if self._pace[given.channel].open:
                    await self._try(given)
        except SQLAlchemyError as error:
            logger.error("a call cannot be noted: %s", type(error).__name__)
        finally:
            self._busy.discard(key)
            self._wake.set()

    async def confirmed(self, channel: str, event: Event) -> None:
        """Take the vendor's word that a call went out. Raises SQLAlchemyError."""
        number = self._number(event)
        if number and await self._database.read(outbox.unconfirmed, channel, number, self._people(channel, event)):
            await self._database.write(outbox.sent, number, event.about)
            metrics.SENT.labels(channel, "confirmed").inc()
            self.wake()

    @staticmethod
    def _number(event: Event) -> int:
        """Return the number of our call that a vendor's word is about; 0 where it is none of ours."""
        mark = event.native.get("mark", "")
        number = mark.removeprefix(MARK)
        # Other apps that send for the same account have marks of their own.
        return int(number) if mark.startswith(MARK) and number.isascii() and number.isdecimal() and len(number) < 19 else 0

    @staticmethod
    def _people(channel: str, event: Event) -> set[str]:
        """Return the conversations that a vendor's word may be about: of one person, by each of their ids."""
        return {f"{channel}.{one}" for one in (event.sender, event.native.get("also") or event.sender)}

    async def undelivered(self, channel: str, event: Event) -> None:
        """Take the vendor's word that it could not deliver what it had taken; it says so of other programs' messages, too.

        Raises SQLAlchemyError.
        """
        reason, sender = event.native.get("reason", ""), f"{channel}.{event.sender}"
        number, people = self._number(event), self._people(channel, event)
        if not await self._database.write(outbox.refused_late, channel, event.about, reason, number, people):
            return
        metrics.SENT.labels(channel, "undelivered").inc()
        self._tell(channel, sender, Never(reason, event.native.get("advice", ""), reason))

    async def _try(self, given: Sending) -> None:
        now, channel, paced = datetime.datetime.utcnow(), self._channels[given.channel], self._pace[given.channel]
        if given.expires_at is not None and given.expires_at < now:
            return
        call = Call(given.payload["path"], given.payload["body"])
        seconds = CALL_SECONDS + (CONFIRM_SECONDS if channel.confirms else 0.0)
        if not await self._database.write(outbox.begin, given, now + datetime.timedelta(seconds=seconds)):
            return
        unheard = self._unheard.pop(given.number, 0)
        try:
            identity = await channel.send(channel.marked(call, f"{MARK}{given.number}"))
        except Later as error:
            wished = max(error.seconds, 0.0 if error.sure or not channel.confirms else CONFIRM_SECONDS)
            if error.unheard and not channel.confirms:
                if len(self._unheard) >= MOST_TOLD:  # of calls that expired meanwhile
                    self._unheard.clear()
                self._unheard[given.number] = unheard + 1
                wished = max(wished, UNHEARD_PAUSES[min(unheard, len(UNHEARD_PAUSES) - 1)])
            seconds = pause(given.tries, wished)
            if error.channel_wide:
                shared = max(error.seconds, min(seconds, LONGEST_SHARED_PAUSE))
                paced.close(shared)
                logger.warning("%s: a limit on all calls is reached (%s); none for %.0f s", given.channel, error, shared)
            due = datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds)
            await self._database.write(outbox.later, given.number, given.tries + 1, due, str(error))
            metrics.SENT.labels(given.channel, "later").inc()
        except Never as error:
            self._tell(given.channel, given.sender, error)
            if error.channel_wide:
                paced.close(CHANNEL_PAUSE, doubtful=True)
                due = datetime.datetime.utcnow() + datetime.timedelta(seconds=CHANNEL_PAUSE)
                await self._database.write(outbox.later, given.number, given.tries + 1, due, str(error))
            else:
                await self._database.write(outbox.give_up, given.number, "failed", str(error))
            metrics.SENT.labels(given.channel, "never").inc()
        else:
            paced.succeeded()
            self._forget_told(given.channel)
            await self._note_sent(given.number, identity)
            metrics.SENT.labels(given.channel, "sent").inc()

    async def _note_sent(self, number: int, identity: str) -> None:
        """Note that a call went out, however long the store takes to come back: unnoted, it would go out again."""
        pause = FIRST_PAUSE
        while True:
            try:
                await self._database.write(outbox.sent, number, identity)
                return
            except SQLAlchemyError as error:
                logger.error("a call that went out cannot be noted yet: %s", type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_NOTING_PAUSE)

    def _tell(self, channel: str, sender: str, error: Never) -> None:
        """Log a lasting trouble once, with what to do: for each code of a channel, or each person where it is theirs."""
        key = (channel, error.code, "" if error.channel_wide else sender)
        if key not in self._told:
            if len(self._told) >= MOST_TOLD:
                self._told.clear()
            self._told.add(key)
            logger.error("%s : %s — %s", channel, error, error.advice, extra={"conversation": conversation_key(sender)})

    def _forget_told(self, channel: str) -> None:
        """Let troubles of a whole channel, which takes calls again, be told anew where they come back."""
        self._told -= {key for key in self._told if key[0] == channel and not key[2] and key[1] != LATE}
