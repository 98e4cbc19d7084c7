"""What a Messenger-style channel must provide; the gateway does the rest (noting, order, answering, sending again)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.channels.message import Event, Reply


@dataclass(frozen=True)
class Call:
    """One request to a vendor's API: path below its address (no token in it) and JSON body. Kept in the outbox as it is.

    `keeps`: the call shows an answer, so that a verdict on the vendor's id of this message is a verdict on that answer.
    """

    path: str
    body: Mapping[str, Any]
    keeps: bool = False


@dataclass(frozen=True)
class Check:
    """One line of `make channels-check`, in French. `advice` says what to do where it is not `good`."""

    good: bool
    what: str
    advice: str = ""


class Unreadable(ValueError):
    """A webhook body that is not what the vendor documents."""


class Later(Exception):
    """A call that may succeed later: rate limit, server fault, time-out, broken connection. `seconds`: the vendor's wish, or 0.

    `sure`: the vendor certainly did not take the call; else sending again may make a double, and a confirmation is waited for.
    `unheard`: no answer came at all: a vendor that is slow may have taken every try.
    `channel_wide`: a limit on all our calls, so that another person's would be refused alike.
    """

    def __init__(self, reason: str, seconds: float = 0.0, sure: bool = False, channel_wide: bool = False, unheard: bool = False):
        super().__init__(reason)
        self.seconds = seconds
        self.sure = sure
        self.unheard = unheard
        self.channel_wide = channel_wide


class Never(Exception):
    """A call that will not succeed: blocked, window closed, token expired, refused body. `advice`: one French sentence for the staff.

    `code`: the vendor's, so that the same trouble is logged once. `channel_wide`: every call will fail alike (token).
    """

    def __init__(self, reason: str, advice: str, code: str = "", channel_wide: bool = False):
        super().__init__(reason)
        self.advice = advice
        self.code = code
        self.channel_wide = channel_wide


@dataclass(frozen=True)
class Request:
    """An HTTP request to a webhook: raw body, headers by lower-case name, query."""

    method: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


class Channel(Protocol):
    """One vendor's channel. Only `send`, `seen` and `check` talk to the network."""

    name: str
    """messenger, instagram, whatsapp or telegram; also the prefix of its conversations: « messenger.<sender> »."""
    window_hours: float
    """How long after a person's last message we may write to them; infinite where there is no such rule."""

    confirms: bool
    """The vendor tells in a webhook, with our mark, that it took a call: what is uncertain waits for that, and is not sent twice."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the environment variables that are not set; empty where the channel is configured."""

    def hears(self, headers: Mapping[str, str]) -> bool:
        """Tell by its headers (lower-case names) whether a POST may be the vendor's, so that no stranger's body is read."""

    def allows(self, request: Request) -> bool:
        """Tell whether a POST was signed by the vendor: raw body, constant time."""

    def read(self, body: bytes) -> list[Event]:
        """Return every event of a batch in the order given; raise Unreadable. What cannot be understood is left out."""

    def write(self, reply: Reply, event: Event) -> Sequence[Call]:
        """Return the calls that show a reply within the channel's limits, in order; nothing is dropped. Pure."""

    def marked(self, call: Call, mark: str) -> Call:
        """Return the call with a mark that comes back when the vendor confirms it; the call itself where it never does. Pure."""

    async def seen(self, event: Event) -> None:
        """Show that the message was read and that an answer is being written. Failures are swallowed."""

    async def send(self, call: Call) -> str:
        """Make a call; return the vendor's id of the message (empty where there is none). Raise Later or Never."""

    async def check(self) -> list[Check]:
        """Ask the vendor whether tokens, permissions and the webhook's subscription are right."""
