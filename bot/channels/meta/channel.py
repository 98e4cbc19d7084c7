"""What the channels of Messenger and Instagram do alike: signed webhooks in, the Send API out."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from bot.channels.contract import Call, Check, Later, Never, Request
from bot.channels.message import Event
from bot.channels.meta import messaging, signature
from bot.channels.meta.graph import Graph

logger = logging.getLogger(__name__)

WINDOW_HOURS = 24.0
"""Meta, « Messenger Platform: Policy, Standard Messaging Window »; the same for Instagram."""


class SendApi:
    """Webhooks and sending of one account. Channels add their name, their variables and their checks.

    `object_kind`: the « object » of the webhook's bodies; `path`: of the Send API; `secrets`: variable name to value.
    """

    window_hours = WINDOW_HOURS
    confirms = False

    def __init__(self, object_kind: str, path: str, graph: Graph, app_secret: str, secrets: dict[str, str]):
        self._object_kind, self._path, self._graph, self._app_secret = object_kind, path, graph, app_secret
        self._secrets = secrets

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
        """Return every event of a body; raise Unreadable."""
        return messaging.events(body, self._object_kind)

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


async def check_account(graph: Graph, path: str, fields: str, expected: str = "") -> tuple[list[Check], bool]:
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
    own = str(found.get("id") or "")
    if expected and own != expected:
        advice = "Créez un jeton de page, et non d’utilisateur, pour la page voulue\u00a0; ou corrigez la variable de l’identifiant."
        return [Check(False, f"Le jeton est celui de «\u00a0{name}\u00a0» ({own}), pas celui de {expected}.", advice)], False
    return [Check(True, f"Le jeton est valable pour «\u00a0{name}\u00a0».")], True


async def subscribed(graph: Graph, path: str) -> frozenset[str] | Check:
    """Return the fields of the webhook that the account is subscribed to, or the line that says why they cannot be read."""
    try:
        found = await graph.get(path)
    except Never as error:
        return Check(False, f"Les abonnements du webhook ne peuvent pas être lus ({error}).", error.advice)
    except Later as error:
        return Check(False, f"Meta ne répond pas ({error}).", "Réessayez dans quelques minutes.")
    apps = found.get("data")
    fields = [app.get("subscribed_fields") for app in apps if isinstance(app, dict)] if isinstance(apps, list) else []
    return frozenset(str(name) for names in fields if isinstance(names, list) for name in names)
