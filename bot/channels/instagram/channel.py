"""The channel of an Instagram professional account."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import partial
from typing import Any

import aiohttp

from bot.channels.contract import Call, Check, Later, Never
from bot.channels.instagram import outgoing
from bot.channels.message import Event, Reply, with_notice
from bot.channels.meta.channel import SendApi, check_account
from bot.channels.meta.graph import Graph
from bot.channels.meta.subscriptions import NO_ADDRESS, Wanted, account_fields, app_checks
from bot.channels.meta.tokens import token_data, token_end
from bot.settings import Settings

WEBHOOK_PATH = "/webhooks/instagram/webhook"
NEEDED = ("messages", "messaging_postbacks")
WISHED = ("messaging_referral", "message_reactions", "message_edit")
LOST = "les avis, les modifications ou les arrivées par un lien manqueront"
REMINDER = Check(
    True,
    "Ce jeton vaut 60\u00a0jours, et Meta ne dit pas ce qu’il en reste\u00a0: prolongez-le chaque mois avec "
    "make channels-check SET=--set (sur un serveur installé\u00a0: reso channels-check --set).",
)
NOT_RENEWED = "Un jeton se prolonge de 24\u00a0heures après sa création à sa fin\u00a0; au-delà, refaites-le (docs/channels/instagram.md, étape\u00a03)."
_ACCOUNT = "RESO_INSTAGRAM_ID et RESO_INSTAGRAM_TOKEN doivent être du même compte\u00a0: corrigez l’un ou l’autre (étape\u00a03)."
WHERE = (
    "Dans la console\u00a0: votre application, Instagram, «\u00a0Configurer les webhooks\u00a0» (docs/channels/instagram.md, étape\u00a04)."
)


class InstagramChannel(SendApi):
    """Fulfils contract.Channel for one account."""

    name = "instagram"

    def __init__(self, given: Settings, session: aiohttp.ClientSession):
        token = given.instagram_token.get_secret_value()
        # With « Instagram login » webhooks are signed with the Instagram app's own secret.
        secret = given.instagram_app_secret.get_secret_value() or given.meta_app_secret.get_secret_value()
        account = given.instagram_id
        address = given.public_url.rstrip("/") + WEBHOOK_PATH if given.public_url else ""
        self._wanted = Wanted("instagram", address, NEEDED, WISHED, LOST, WHERE, listed=False)
        super().__init__(
            "instagram", outgoing.PATH, account, partial(Graph, session, given.instagram_api_url, given.meta_version), token, secret,
            {
                "RESO_META_APP_SECRET": secret,
                "RESO_META_VERIFY_TOKEN": given.meta_verify_token.get_secret_value(),
                "RESO_INSTAGRAM_TOKEN": token,
                "RESO_INSTAGRAM_ID": account,
            },
        )  # fmt: skip

    def write(self, reply: Reply, event: Event) -> list[Call]:
        """Return the calls that show a reply, in order."""
        return outgoing.write(with_notice(reply, event), event.sender)

    async def renew(self) -> Check:
        """Have a token of « Instagram login » hold for 60 more days; the line gives the new one.

        Source: Meta, « Instagram Platform: Refresh Access Token » (17 July 2025): from 24 hours after it was made, until it ends.
        """
        if not await self._by_instagram():
            return Check(True, "Rien à prolonger\u00a0: le jeton n’est pas de ceux de la connexion Instagram.")
        try:
            found = await self._graph.get("/refresh_access_token", {"grant_type": "ig_refresh_token", "access_token": self._token})
        except (Later, Never) as error:
            return Check(False, f"Le jeton n’a pas pu être prolongé ({error}).", NOT_RENEWED)
        return renewed(found, self._token, datetime.datetime.utcnow())

    async def check(self) -> list[Check]:
        """Ask Meta about the token and the account's subscription, and the app's own where it can be read.

        With « Instagram login », which fields are sent is set for the whole app, out of this token's sight; the account has to
        be subscribed to any one (Meta, « Instagram Platform: Setup Webhooks Subscriptions », Limitations).
        """
        alone = await self._by_instagram()
        path, fields = ("/me", "user_id,username") if alone else (f"/{self._account}", "id,username")
        checks, going = await check_account(self._graph, path, fields, self._account, _ACCOUNT)
        if not going:
            return checks
        told = {} if alone else await token_data(self._graph, self._token)
        checks += [REMINDER] if alone else token_end(told, datetime.datetime.utcnow())
        app = str(told.get("app_id") or "")
        found = await account_fields(self._graph, "/me/subscribed_apps", app)
        if isinstance(found, Check):
            checks.append(found)
        elif found:
            checks.append(Check(True, "Le compte est abonné au webhook."))
        else:
            checks.append(Check(False, "Le compte n’est pas abonné au webhook\u00a0: Réso ne reçoit rien.", WHERE))
        if not self._wanted.address:
            checks.append(NO_ADDRESS)
        return checks + (await app_checks(self._graph_with(f"{app}|{self._app_secret}"), app, self._wanted) if app else [])

    async def _by_instagram(self) -> bool:
        """Tell whether the token is one of « Instagram login »: only these have a `user_id`, the one that webhooks name."""
        try:
            return "user_id" in await self._graph.get("/me", {"fields": "user_id,username"})
        except (Later, Never):
            return False


def renewed(answer: Mapping[str, Any], token: str, now: datetime.datetime) -> Check:
    """Return what an answer of /refresh_access_token says; `token`: the one in use; `now`: UTC. Pure."""
    new, seconds = str(answer.get("access_token") or ""), answer.get("expires_in")
    if not new or not isinstance(seconds, int):
        return Check(False, "Le jeton n’a pas pu être prolongé.", NOT_RENEWED)
    until = f"Jeton prolongé jusqu’au {now + datetime.timedelta(seconds=seconds):%d/%m/%Y}."
    if new == token:
        return Check(True, until)
    return Check(True, until, f"Mettez ce nouveau jeton à la place de l’ancien, puis relancez Réso\u00a0: RESO_INSTAGRAM_TOKEN={new}")
