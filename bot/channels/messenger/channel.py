"""The channel of a Facebook page's Messenger."""

from __future__ import annotations

import datetime
from dataclasses import replace

import aiohttp

from bot.channels.contract import Call, Check, Later, Never
from bot.channels.message import Event, Reply
from bot.channels.messenger import outgoing
from bot.channels.meta.channel import SendApi, check_account, subscribed
from bot.channels.meta.graph import Graph
from bot.settings import Settings

NEEDED = ("messages", "messaging_postbacks")
WISHED = ("message_echoes", "messaging_referrals", "message_reactions", "message_edits", "response_feedback")
PERMISSIONS = ("pages_messaging", "pages_manage_metadata")
SOON = datetime.timedelta(days=14)
"""A token that ends sooner is a fault to be told."""
_WHERE = (
    "Dans la console\u00a0: votre application, Messenger, «\u00a0Paramètres de l’API Messenger\u00a0», «\u00a0Configurer les webhooks\u00a0», "
    "ligne de la page, «\u00a0Ajouter des abonnements\u00a0» (docs/channels/messenger.md, étape\u00a04)."
)


class MessengerChannel(SendApi):
    """Fulfils contract.Channel for one page."""

    name = "messenger"
    confirms = True
    """By an echo with the message's `metadata` (Meta, « message_echoes webhook event reference »)."""

    def __init__(self, given: Settings, session: aiohttp.ClientSession):
        token, secret = given.messenger_token.get_secret_value(), given.meta_app_secret.get_secret_value()
        self._page_id = given.messenger_page_id
        super().__init__(
            "page", f"/{self._page_id}/messages", Graph(session, given.meta_api_url, given.meta_version, token), secret,
            {
                "RESO_META_APP_SECRET": secret,
                "RESO_META_VERIFY_TOKEN": given.meta_verify_token.get_secret_value(),
                "RESO_MESSENGER_TOKEN": token,
                "RESO_MESSENGER_PAGE_ID": self._page_id,
            },
        )  # fmt: skip

    def write(self, reply: Reply, event: Event) -> list[Call]:
        """Return the calls that show a reply, in order."""
        return outgoing.write(reply, event.sender, self._page_id)

    def marked(self, call: Call, mark: str) -> Call:
        """Return the call with a mark that its echo will carry."""
        return replace(call, body={**call.body, "message": {**call.body["message"], "metadata": mark}})

    async def check(self) -> list[Check]:
        """Ask Meta about the token, its permissions and the page's subscriptions."""
        checks, going = await check_account(self._graph, "/me", "id,name", self._page_id)
        if not going:
            return checks
        checks += await self._check_permissions()
        fields = await subscribed(self._graph, f"/{self._page_id}/subscribed_apps")
        return [*checks, *([fields] if isinstance(fields, Check) else subscriptions(fields))]

    async def _check_permissions(self) -> list[Check]:
        """Read what the token may do; not every kind of token may ask, and then nothing is said."""
        try:
            found = await self._graph.get("/debug_token", {"input_token": self._secrets["RESO_MESSENGER_TOKEN"]})
        except (Later, Never):
            return []
        return permissions(found.get("data"), datetime.datetime.utcnow())


def subscriptions(fields: frozenset[str]) -> list[Check]:
    """Return the lines on the fields of the webhook that the page is subscribed to. Pure."""
    needed, wished = [name for name in NEEDED if name not in fields], [name for name in WISHED if name not in fields]
    checks = [Check(True, f"Le webhook est abonné à {', '.join(NEEDED)}.")]
    if needed:
        checks = [Check(False, f"Le webhook n’est pas abonné à\u00a0: {', '.join(needed)}. Sans cela, Réso ne reçoit rien.", _WHERE)]
    if wished:
        lost = "les avis, les modifications, les arrivées par un lien ou la preuve de l’envoi après une panne manqueront"
        checks.append(Check(False, f"Le webhook n’est pas abonné à\u00a0: {', '.join(wished)}\u202f; {lost}.", _WHERE))
    return checks


def permissions(data: object, now: datetime.datetime) -> list[Check]:
    """Return the lines on a token's permissions and its end. `data`: as /debug_token gives it; `now`: UTC. Pure."""
    if not isinstance(data, dict):
        return []
    checks = []
    lacking = [name for name in PERMISSIONS if name not in (data.get("scopes") or ())]
    if lacking:
        advice = "Créez un nouveau jeton en cochant ces autorisations (docs/channels/messenger.md, étape\u00a03)."
        checks.append(Check(False, f"Le jeton n’a pas l’autorisation\u00a0: {', '.join(lacking)}.", advice))
    else:
        checks.append(Check(True, f"Le jeton a les autorisations {', '.join(PERMISSIONS)}."))
    until = data.get("expires_at")
    if isinstance(until, int) and until > 0:
        end = datetime.datetime.utcfromtimestamp(until)
        advice = "Prenez un jeton d’utilisateur système, qui n’expire pas (docs/channels/messenger.md, étape\u00a03)."
        checks.append(Check(end - now > SOON, f"Le jeton expire le {end:%d/%m/%Y}.", advice))
    return checks
