"""What the channels of Messenger and Instagram do alike: signed webhooks in, the Send API out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from bot.channels.contract import Call, Check, Later, Never, Request
from bot.channels.message import Event
from bot.channels.meta import messaging, signature
from bot.channels.meta.graph import Graph
from bot.channels.meta.mine import Mine

logger = logging.getLogger(__name__)

WINDOW_HOURS = 24.0
"""Meta, « Messenger Platform: Policy, Standard Messaging Window »; the same for Instagram."""


class SendApi:
    """Webhooks and sending of one account. Channels add their name, their variables and their checks.

    `object_kind`: the « object » of the webhook's bodies; `path`: of the Send API; `account`: the id that people write to;
    `graph`: the API with a token; `secrets`: variable name to value.
    """

    window_hours = WINDOW_HOURS
    confirms = False

    def __init__(
        self, object_kind: str, path: str, account: str, graph: Callable[[str], Graph], token: str, app_secret: str, secrets: dict[str, str]
    ):
        self._object_kind, self._path, self._account, self._app_secret = object_kind, path, account, app_secret
        self._graph, self._graph_with, self._token = graph(token), graph, token
        self._mine, self._secrets = Mine(object_kind, account), secrets

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the environment variables that are not set."""
        return tuple(name for name, value in self._secrets.items() if not value)

    def hears(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a POST has what may be a signature."""
        return signature.well_formed(headers.get("x-hub-signature-256"))

    def allows(self, request: Request) -> bool:
        """Tell whether a POST was signed with the app's secret."""
        return signature.allows(request.body, request.headers.get("x-hub-signature-256"), self._app_secret)

    def read(self, body: bytes) -> list[Event]:
        """Return every event of a body that is for our account; raise Unreadable."""
        return self._mine.of(messaging.events(body, self._object_kind))

    def marked(self, call: Call, mark: str) -> Call:
        """Return the call: only Messenger knows marks."""
        return call

    async def seen(self, event: Event) -> None:
        """Mark the person's last message as seen and show that an answer is being written."""
        try:
            for action in ("mark_seen", "typing_on"):
                await self._graph.post(self._path, {"recipient": {"id": event.sender}, "sender_action": action})
        except (Later, Never) as error:
            logger.debug("no seen mark: %s", error)

    async def send(self, call: Call) -> str:
        """Send a message; return its id, as verdicts will name it. Raise Later or Never."""
        answer = await self._graph.post(call.path, call.body)
        mid = answer.get("message_id")
        return messaging.identity(mid) if isinstance(mid, str) and mid else ""


async def check_account(graph: Graph, path: str, fields: str, expected: str, advice_on_another: str) -> tuple[list[Check], bool]:
    """Ask who the token belongs to. `expected`: the id that the answer must have. Return lines, and whether to go on."""
    try:
        found = await graph.get(path, {"fields": fields})
    except Never as error:
        advice = (
            error.advice
            if error.channel_wide
            else "L’identifiant et le jeton doivent être ceux du même compte\u00a0: vérifiez les deux variables."
        )
        return [Check(False, f"Meta refuse le jeton ou l’identifiant ({error}).", advice)], False
    except Later as error:
        return [Check(False, f"Meta ne répond pas ({error}).", "Vérifiez l’accès à internet, puis réessayez dans quelques minutes.")], False
    name = str(found.get("username") or found.get("name") or "sans nom")
    own = str(found.get("user_id") or found.get("id") or "")
    if own != expected:
        return [Check(False, f"Le jeton est celui de «\u00a0{name}\u00a0» ({own}), pas celui de {expected}.", advice_on_another)], False
    return [Check(True, f"Le jeton est valable pour «\u00a0{name}\u00a0».")], True
