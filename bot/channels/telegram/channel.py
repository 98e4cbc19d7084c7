"""Telegram as the gateway sees it."""

from __future__ import annotations

import datetime
import hmac
import math
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import aiohttp

from bot.channels.contract import Call, Check, Later, Never, Request
from bot.channels.message import Event, Reply, with_notice
from bot.channels.telegram import incoming, outgoing
from bot.channels.telegram.client import Moved, Telegram
from bot.channels.telegram.incoming import Me
from bot.settings import Settings

HEADER = "x-telegram-bot-api-secret-token"
WEBHOOK_PATH = "/webhooks/telegram/webhook"
UPDATES = ("message", "edited_message", "callback_query", "message_reaction")
RECENT_SECONDS = 3600
"""Age of an error of delivery from which it is over, where nothing waits."""
CONNECTIONS = 40
"""Deliveries that Telegram may make at once: its default."""
ALBUMS = 1000
"""Albums remembered as read; their pictures come within seconds."""
SET_WEBHOOK = "make channels-check SET=--set (sur un serveur installé\u00a0: reso channels-check --set)"
"""make keeps what follows « -- » for itself: the option has to go through a variable."""


class TelegramChannel:
    """One bot. `start` is to be awaited once before the first message, so that mentions in groups are recognised."""

    name = "telegram"
    window_hours = math.inf
    confirms = False

    def __init__(self, given: Settings, session: aiohttp.ClientSession):
        token = given.telegram_token.get_secret_value()
        self._secret = given.telegram_secret.get_secret_value()
        self._webhook = given.public_url.rstrip("/") + WEBHOOK_PATH if given.public_url else ""
        self._telegram = Telegram(session, given.telegram_api_url, token)
        number = token.partition(":")[0]
        self._me = Me(int(number) if number.isdecimal() else 0)
        self._kept = datetime.timedelta(days=given.keep_talks_days)
        self._captioned: deque[str] = deque(maxlen=ALBUMS)
        self.missing = tuple(
            name for name, value in (("RESO_TELEGRAM_TOKEN", token), ("RESO_TELEGRAM_SECRET", self._secret)) if not value
        )  # fmt: skip

    async def start(self) -> bool:
        """Learn the bot's name from Telegram, by which it is called in groups; return False where it is not known after that."""
        with suppress(Later, Never, Moved):
            self._learn(await self._telegram.call("getMe"))
        return bool(self._me.username)

    def allows(self, request: Request) -> bool:
        """Tell whether Telegram sent a request."""
        return self.hears(request.headers)

    def hears(self, headers: Mapping[str, str]) -> bool:
        """Tell whether Telegram sent a request: the secret that was given with the webhook comes back in a header."""
        given = headers.get(HEADER, "")
        return bool(self._secret) and hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.encode())

    def read(self, body: bytes) -> list[Event]:
        """Return the event of an update. Of an album whose caption was read, the other pictures are passed over.

        Telegram delivers what happens in a chat one by one; where this process restarts in between, one sentence too many is said.
        """
        events = incoming.read(body, self._me, datetime.datetime.utcnow(), self._kept)
        self._captioned += [e.native["album"] for e in events if e.kind == "message" and "album" in e.native]
        return [e for e in events if e.kind != "unreadable" or e.native.get("album", "") not in self._captioned]

    def write(self, reply: Reply, event: Event) -> Sequence[Call]:
        """Return the calls that show a reply."""
        return outgoing.write(with_notice(reply, event), event)

    def marked(self, call: Call, mark: str) -> Call:
        """Return the call: Telegram tells bots nothing of their own messages."""
        return call

    async def seen(self, event: Event) -> None:
        """Stop the pressed button's clock and show « écrit… ». Bots cannot mark messages as read.

        Not where the answer to the press is itself the reply (`outgoing.write`): a press takes one answer only.
        """
        if event.unreadable == "choice":
            return
        try:
            if "callback" in event.native:
                await self._telegram.call("answerCallbackQuery", {"callback_query_id": event.native["callback"]})
            await self._telegram.call("sendChatAction", outgoing.typing(event))
        except (Later, Never, Moved):
            return

    async def send(self, call: Call) -> str:
        """Send a message; return its id. A group that became a supergroup is followed there."""
        try:
            sent = await self._telegram.call(call.path, call.body)
        except Moved as moved:
            sent = await self._send_to(moved.chat, call)
        if not isinstance(sent, dict) or "message_id" not in sent:
            return ""
        self._learn(sent.get("from"))
        return incoming.message_key(sent["chat"]["id"], sent["message_id"])

    async def _send_to(self, chat: int, call: Call) -> Any:
        # Numbers of messages and topics of the old group mean nothing in the new one.
        body = {k: v for k, v in call.body.items() if k not in ("reply_parameters", "message_thread_id")}
        try:
            return await self._telegram.call(call.path, body | {"chat_id": chat})
        except Moved:
            raise Later("the group moves on and on") from None

    def _learn(self, user: Any) -> None:
        if isinstance(user, dict) and user.get("id") == self._me.id:
            self._me = Me(self._me.id, str(user.get("username", "")))

    async def set_webhook(self) -> Check:
        """Have Telegram deliver to RESO_PUBLIC_URL; return what came of it."""
        if self.missing or not self._webhook.startswith("https://"):
            what = ", ".join(self.missing) or "RESO_PUBLIC_URL"
            return Check(False, "Webhook non enregistré", f"Renseignez {what} (une adresse en https) puis recommencez.")
        wanted = {"url": self._webhook, "secret_token": self._secret, "allowed_updates": list(UPDATES), "max_connections": CONNECTIONS}
        try:
            await self._telegram.call("setWebhook", wanted)
        except (Later, Never, Moved) as error:
            return _failed("Webhook non enregistré", error)
        return Check(True, f"Webhook enregistré\u00a0: {self._webhook}")

    async def check(self) -> list[Check]:
        """Ask Telegram for the bot's name and the state of its webhook."""
        if self.missing:
            return [Check(False, f"{name} n’est pas renseigné", "Voir docs/channels/telegram.md.") for name in self.missing]
        try:
            me = await self._telegram.call("getMe")
            self._learn(me)
            info = await self._telegram.call("getWebhookInfo") or {}
        except (Later, Never, Moved) as error:
            return [_failed("Telegram ne répond pas comme prévu", error)]
        return [
            Check(True, f"Jeton accepté\u00a0: @{self._me.username}"),
            *webhook_checks(info, self._webhook, datetime.datetime.now(datetime.timezone.utc)),
        ]


def webhook_checks(info: Mapping[str, Any], wanted: str, now: datetime.datetime) -> list[Check]:
    """Return what a WebhookInfo object says at `now` about a webhook that should stand at `wanted`. Pure."""
    again = f"Lancez\u00a0: {SET_WEBHOOK}"
    url = str(info.get("url", ""))
    if not wanted:
        checks = [Check(False, "RESO_PUBLIC_URL n’est pas renseigné", "Mettez-y l’adresse publique de Réso, en https.")]
    elif url != wanted:
        what = f"Le webhook est enregistré ailleurs\u00a0: {url}" if url else "Aucun webhook n’est enregistré"
        checks = [Check(False, what, f"{again} (adresse attendue\u00a0: {wanted})")]
    else:
        checks = [Check(True, f"Webhook enregistré\u00a0: {url}")]
    lacking = [
        update for update in UPDATES if update not in (info.get("allowed_updates") or ("message", "edited_message", "callback_query"))
    ]
    if url and lacking:
        checks.append(Check(False, f"Telegram n’envoie pas\u00a0: {', '.join(lacking)}", again))
    elif url:
        checks.append(Check(True, "Messages, boutons et réactions sont envoyés"))
    waiting = info.get("pending_update_count", 0)
    if error := info.get("last_error_message"):
        when = datetime.datetime.utcfromtimestamp(info.get("last_error_date", 0)).strftime("%d/%m/%Y à %H:%M UTC")
        advice = "Vérifiez que l’adresse publique répond en https, avec un certificat valable, sur le port 443, 80, 88 ou 8443."
        # The last error ever: what is old, with nothing waiting, is over.
        over = not waiting and now.timestamp() - info.get("last_error_date", 0) > RECENT_SECONDS
        what = f"Dernière erreur de livraison, le {when}\u00a0: {error}"
        checks.append(Check(True, f"{what} (passée)") if over else Check(False, what, advice))
    if waiting:
        advice = "Si ce nombre ne baisse pas, Réso ne répond pas à Telegram\u00a0: regardez son journal."
        checks.append(Check(waiting < 100, f"Messages en attente chez Telegram\u00a0: {waiting}", advice if waiting >= 100 else ""))
    return checks


def _failed(what: str, error: Exception) -> Check:
    advice = error.advice if isinstance(error, Never) else "Vérifiez l’accès à internet, puis recommencez."
    return Check(False, f"{what} ({error})", advice)
