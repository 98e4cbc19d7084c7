"""The channel of a Facebook page's Messenger."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import aiohttp

from bot.channels.contract import Call, Check
from bot.channels.message import Event, Reply, with_notice
from bot.channels.messenger import outgoing
from bot.channels.meta.channel import SendApi, check_account
from bot.channels.meta.graph import Graph
from bot.channels.meta.subscriptions import NO_ADDRESS, Wanted, account_fields, app_checks, field_lines
from bot.channels.meta.tokens import token_data, token_end
from bot.settings import Settings

WEBHOOK_PATH = "/webhooks/messenger/webhook"
NEEDED = ("messages", "messaging_postbacks")
WISHED = ("message_echoes", "messaging_referrals", "message_reactions", "message_edits", "response_feedback")
PERMISSIONS = ("pages_messaging", "pages_manage_metadata")
LOST = "les avis, les modifications, les arrivées par un lien ou la preuve de l’envoi après une panne manqueront"
UNKNOWN_APP = Check(
    False,
    "Le jeton ne dit pas de quelle application il est\u00a0: le webhook de l’application ne peut pas être vérifié.",
    "Relisez l’URL de rappel et les champs cochés (docs/channels/messenger.md, étape\u00a04), ou prenez le jeton d’un utilisateur système.",
)
_OF_THE_PAGE = "Créez un jeton de page, et non d’utilisateur, pour la page voulue\u00a0; ou corrigez la variable de l’identifiant."
WHERE = (
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
        page = given.messenger_page_id
        address = given.public_url.rstrip("/") + WEBHOOK_PATH if given.public_url else ""
        self._wanted = Wanted("page", address, NEEDED, WISHED, LOST, WHERE)
        super().__init__(
            "page", f"/{page}/messages", page, partial(Graph, session, given.meta_api_url, given.meta_version), token, secret,
            {
                "RESO_META_APP_SECRET": secret,
                "RESO_META_VERIFY_TOKEN": given.meta_verify_token.get_secret_value(),
                "RESO_MESSENGER_TOKEN": token,
                "RESO_MESSENGER_PAGE_ID": page,
            },
        )  # fmt: skip

    def write(self, reply: Reply, event: Event) -> list[Call]:
        """Return the calls that show a reply, in order."""
        return outgoing.write(with_notice(reply, event), event.sender, self._account)

    def marked(self, call: Call, mark: str) -> Call:
        """Return the call with a mark that its echo will carry."""
        return replace(call, body={**call.body, "message": {**call.body["message"], "metadata": mark}})

    async def check(self) -> list[Check]:
        """Ask Meta about the token, its permissions, the page's subscription to the app, and the app's own webhook."""
        checks, going = await check_account(self._graph, "/me", "id,name", self._account, _OF_THE_PAGE)
        if not going:
            return checks
        told = await token_data(self._graph, self._token)
        checks += permissions(told, datetime.datetime.utcnow())
        app = str(told.get("app_id") or "")
        fields = await account_fields(self._graph, f"/{self._account}/subscribed_apps", app)
        if isinstance(fields, Check):
            checks.append(fields)
        else:
            checks += field_lines("La page", fields, self._wanted) or [Check(True, "La page est abonnée à tous les champs utiles.")]
        if not self._wanted.address:
            checks.append(NO_ADDRESS)
        return checks + (await app_checks(self._graph_with(f"{app}|{self._app_secret}"), app, self._wanted) if app else [UNKNOWN_APP])


def permissions(data: Mapping[str, Any], now: datetime.datetime) -> list[Check]:
    """Return the lines on a token's permissions and its end. `data`: as /debug_token gives it, or nothing; `now`: UTC. Pure."""
    if not data:
        return []
    checks = []
    lacking = [name for name in PERMISSIONS if name not in (data.get("scopes") or ())]
    if lacking:
        advice = "Créez un nouveau jeton en cochant ces autorisations (docs/channels/messenger.md, étape\u00a03)."
        checks.append(Check(False, f"Le jeton n’a pas l’autorisation\u00a0: {', '.join(lacking)}.", advice))
    else:
        checks.append(Check(True, f"Le jeton a les autorisations {', '.join(PERMISSIONS)}."))
    return checks + token_end(data, now)
