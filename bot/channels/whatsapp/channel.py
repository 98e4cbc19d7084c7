"""WhatsApp as the gateway sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import aiohttp

from bot.channels.contract import Call, Check, Later, Never, Request
from bot.channels.message import Event, Reply
from bot.channels.meta import signature
from bot.channels.meta.graph import Graph
from bot.channels.whatsapp import incoming, outgoing
from bot.settings import Settings

WEBHOOK_PATH = "/webhooks/whatsapp/webhook"
SCOPES = ("whatsapp_business_messaging", "whatsapp_business_management")


class WhatsAppChannel:
    """One business number, or several of one account: an answer leaves from the number that was written to."""

    name = "whatsapp"
    window_hours = 24.0
    confirms = True
    """By the status of the message, with its `biz_opaque_callback_data` (Meta, « Messages API », « status messages webhook »)."""

    def __init__(self, given: Settings, session: aiohttp.ClientSession):
        self._secret = given.meta_app_secret.get_secret_value()
        self._token = given.whatsapp_token.get_secret_value()
        self._phone_id = given.whatsapp_phone_id
        self._webhook = given.public_url.rstrip("/") + WEBHOOK_PATH if given.public_url else ""
        self._graph = Graph(session, given.meta_api_url, given.meta_version, self._token)
        needed = (
            ("RESO_META_APP_SECRET", self._secret),
            ("RESO_META_VERIFY_TOKEN", given.meta_verify_token.get_secret_value()),
            ("RESO_WHATSAPP_TOKEN", self._token),
            ("RESO_WHATSAPP_PHONE_ID", self._phone_id),
        )
        self.missing = tuple(name for name, value in needed if not value)

    def hears(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a POST has what may be a signature."""
        return signature.well_formed(headers.get("x-hub-signature-256"))

    def allows(self, request: Request) -> bool:
        """Tell whether Meta signed a request."""
        return signature.allows(request.body, request.headers.get("x-hub-signature-256"), self._secret)

    def read(self, body: bytes) -> list[Event]:
        """Return the events of a webhook."""
        return incoming.read(body)

    def write(self, reply: Reply, event: Event) -> Sequence[Call]:
        """Return the calls that show a reply."""
        return outgoing.write(reply, event, self._phone_id)

    def marked(self, call: Call, mark: str) -> Call:
        """Return the call with a mark that its status will carry."""
        return replace(call, body={**call.body, "biz_opaque_callback_data": mark})

    async def seen(self, event: Event) -> None:
        """Mark the message as read and show « écrit… »."""
        try:
            await self._graph.post(outgoing.messages_of(event, self._phone_id), outgoing.seen(event))
        except (Later, Never):
            return

    async def send(self, call: Call) -> str:
        """Send a message; return its wamid."""
        sent = (await self._graph.post(call.path, call.body)).get("messages")
        return str(sent[0].get("id", "")) if isinstance(sent, list) and sent and isinstance(sent[0], dict) else ""

    async def check(self) -> list[Check]:
        """Ask Meta for the number, the webhook in force, the token's permissions and the subscription of its accounts."""
        if self.missing:
            return [Check(False, f"{name} n’est pas renseigné", "Voir docs/channels/whatsapp.md.") for name in self.missing]
        try:
            fields = "verified_name,display_phone_number,quality_rating,webhook_configuration"
            checks = number_checks(await self._graph.get(self._phone_id, {"fields": fields}), self._webhook)
            told = (await self._graph.get("debug_token", {"input_token": self._token})).get("data") or {}
            checks += token_checks(told)
            for account in accounts(told):
                checks += [subscription_check(await self._graph.get(f"{account}/subscribed_apps"), account, str(told.get("app_id", "")))]
        except (Later, Never) as error:
            advice = error.advice if isinstance(error, Never) else "Vérifiez l’accès à internet, puis recommencez."
            return [Check(False, f"Meta ne répond pas comme prévu ({error})", advice)]
        return checks


def number_checks(number: Mapping[str, Any], wanted: str) -> list[Check]:
    """Return what the number's fields say; `wanted`: the address where its webhooks should go. Pure.

    Source: Meta, « Business phone numbers » and « Webhook overrides » (field `webhook_configuration`), 2026.
    """
    shown = f"{number.get('display_phone_number', '?')}, {number.get('verified_name', 'sans nom vérifié')}"
    checks = [Check(True, f"Numéro trouvé\u00a0: {shown}")]
    if number.get("quality_rating") == "RED":
        advice = "Ouvrez WhatsApp Manager, page «\u00a0Aperçu\u00a0»\u00a0: trop de personnes bloquent ou signalent ce numéro."
        checks.append(Check(False, "Qualité du numéro jugée basse par Meta", advice))
    addresses = number.get("webhook_configuration") or {}
    current = next((addresses[k] for k in ("phone_number", "whatsapp_business_account", "application") if addresses.get(k)), "")
    if not wanted:
        checks.append(Check(False, "RESO_PUBLIC_URL n’est pas renseigné", "Mettez-y l’adresse publique de Réso, en https."))
    elif current == wanted:
        checks.append(Check(True, f"Webhook enregistré\u00a0: {current}"))
    else:
        what = f"Le webhook est enregistré ailleurs\u00a0: {current}" if current else "Aucun webhook n’est enregistré"
        advice = f"Console de Meta, «\u00a0WhatsApp > Configuration\u00a0»\u00a0: mettez l’URL de rappel {wanted}"
        checks.append(Check(False, what, advice))
    return checks


def token_checks(told: Mapping[str, Any]) -> list[Check]:
    """Return what `debug_token` says of the token. Pure. Source: Meta, « Debug Token » (Graph API v25.0)."""
    if not told.get("is_valid"):
        return [Check(False, "Le jeton n’est plus valable", "Faites-en un nouveau\u00a0: docs/channels/whatsapp.md, étape 3.")]
    lacking = [scope for scope in SCOPES if scope not in (told.get("scopes") or ())]
    if lacking:
        advice = "Refaites le jeton de l’utilisateur système en cochant ces autorisations\u00a0: docs/channels/whatsapp.md, étape 3."
        return [Check(False, f"Le jeton n’a pas l’autorisation\u00a0: {', '.join(lacking)}", advice)]
    if told.get("expires_at"):
        advice = "Pour la production, prenez un jeton d’utilisateur système sans expiration\u00a0: docs/channels/whatsapp.md, étape 3."
        return [Check(False, "Le jeton expire", advice)]
    return [Check(True, "Jeton valable, sans expiration, avec les deux autorisations")]


def accounts(told: Mapping[str, Any]) -> list[str]:
    """Return the ids of the WhatsApp Business Accounts that a token may manage, from `debug_token`. Pure."""
    for scope in told.get("granular_scopes") or ():
        if scope.get("scope") == "whatsapp_business_management":
            return [str(account) for account in scope.get("target_ids") or ()]
    return []


def subscription_check(answer: Mapping[str, Any], account: str, app: str) -> Check:
    """Return what `subscribed_apps` of an account says; `app`: the id of ours, among others that may be subscribed. Pure.

    Source: Meta, « WABA Subscribed Apps API », 2026.
    """
    found = [str((one.get("whatsapp_business_api_data") or {}).get("id", "")) for one in answer.get("data") or ()]
    if app in found or (found and not app):
        return Check(True, f"Compte WhatsApp {account}\u00a0: abonné aux webhooks")
    advice = f"Abonnez l’application au compte\u00a0: POST /{account}/subscribed_apps (docs/channels/whatsapp.md, étape 4)."
    what = "d’autres applications sont abonnées aux webhooks, pas celle du jeton" if found else "aucune application abonnée aux webhooks"
    return Check(False, f"Compte WhatsApp {account}\u00a0: {what}", advice)
