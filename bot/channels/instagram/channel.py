"""The channel of an Instagram professional account."""

from __future__ import annotations

import aiohttp

from bot.channels.contract import Call, Check
from bot.channels.instagram import outgoing
from bot.channels.message import Event, Reply
from bot.channels.meta.channel import SendApi, check_account, subscribed
from bot.channels.meta.graph import Graph
from bot.settings import Settings

_WHERE = (
    "Dans la console\u00a0: votre application, Instagram, «\u00a0Configurer les webhooks\u00a0» (docs/channels/instagram.md, étape\u00a04)."
)


class InstagramChannel(SendApi):
    """Fulfils contract.Channel for one account."""

    name = "instagram"

    def __init__(self, given: Settings, session: aiohttp.ClientSession):
        token = given.instagram_token.get_secret_value()
        # With « Instagram login » webhooks are signed with the Instagram app's own secret.
        secret = given.instagram_app_secret.get_secret_value() or given.meta_app_secret.get_secret_value()
        self._account = given.instagram_id
        super().__init__(
            "instagram", outgoing.PATH, Graph(session, given.instagram_api_url, given.meta_version, token), secret,
            {
                "RESO_META_APP_SECRET": secret,
                "RESO_META_VERIFY_TOKEN": given.meta_verify_token.get_secret_value(),
                "RESO_INSTAGRAM_TOKEN": token,
                "RESO_INSTAGRAM_ID": self._account,
            },
        )  # fmt: skip

    def write(self, reply: Reply, event: Event) -> list[Call]:
        """Return the calls that show a reply, in order."""
        return outgoing.write(reply, event.sender)

    async def check(self) -> list[Check]:
        """Ask Meta about the token and the account's subscription.

        Which fields are sent is set for the whole app, out of this token's sight; the account has to be subscribed to any
        one (Meta, « Instagram Platform: Setup Webhooks Subscriptions », Limitations).
        """
        checks, going = await check_account(self._graph, f"/{self._account}", "id,username")
        if not going:
            return checks
        fields = await subscribed(self._graph, "/me/subscribed_apps")
        if isinstance(fields, Check):
            return [*checks, fields]
        what = "Le compte est abonné au webhook." if fields else "Le compte n’est pas abonné au webhook\u00a0: Réso ne reçoit rien."
        return [*checks, Check(bool(fields), what, "" if fields else _WHERE)]
