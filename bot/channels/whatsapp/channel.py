"""WhatsApp as the gateway sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import aiohttp

from bot.channels.contract import Call, Check, Later, Never, Request
from bot.channels.message import Event, Reply, with_notice
from bot.channels.meta import signature
from bot.channels.meta.graph import Graph
from bot.channels.meta.mine import Mine
from bot.channels.meta.subscriptions import Wanted, app_checks
from bot.channels.whatsapp import incoming, outgoing
from bot.settings import Settings

WEBHOOK_PATH = "/webhooks/whatsapp/webhook"
SCOPES = ("whatsapp_business_messaging", "whatsapp_business_management")
WANTED = Wanted(
    incoming.OBJECT, "", ("messages",), (), "", "Console de Meta, «\u00a0WhatsApp > Configuration\u00a0», «\u00a0Champs du webhook\u00a0»."
)
"""The address is looked at with the number, which may have one of its own."""
UNKNOWN_TOKEN = Check(
    False, "Le jeton ne peut pas être vérifié\u00a0: Meta n’en dit rien", "Faites-en un nouveau\u00a0: docs/channels/whatsapp.md, étape 3."
)
UNKNOWN_ACCOUNT = Check(
    False,
    "L’abonnement du compte WhatsApp ne peut pas être vérifié\u00a0: le jeton ne dit pas quels comptes il gère",
    "Lisez-le avec l’identifiant du compte\u00a0: GET /<identifiant du compte WhatsApp>/subscribed_apps (docs/channels/whatsapp.md, étape 4).",
)


class WhatsAppChannel:
    """One business number. Others of the same account may be somebody else's: what is sent to them is not answered."""

    name = "whatsapp"
    window_hours = 24.0
    confirms = True
    """By the status of the message, with its `biz_opaque_callback_data` (Meta, « Messages API », « status messages webhook »)."""

    def __init__(self, given: Settings, session: aiohttp.ClientSession):
        self._secret = given.meta_app_secret.get_secret_value()
        self._token = given.whatsapp_token.get_secret_value()
        self._phone_id = given.whatsapp_phone_id
        self._webhook = given.public_url.rstrip("/") + WEBHOOK_PATH if given.public_url else ""
        self._graph_with = partial(Graph, session, given.meta_api_url, given.meta_version)
        self._graph, self._mine = self._graph_with(self._token), Mine("whatsapp", self._phone_id)
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
        """Return the events of a webhook that are for our number."""
        return self._mine.of(incoming.read(body))

    def write(self, reply: Reply, event: Event) -> Sequence[Call]:
        """Return the calls that show a reply."""
        return outgoing.write(with_notice(reply, event), event, self._phone_id)

    def marked(self, call: Call, mark: str) -> Call:
        """Return the call with a mark that its status will carry."""
        return replace(call, body={**call.body, "biz_opaque_callback_data": mark})

    async def seen(self, event: Event) -> None:
        """Mark the message as read and show « écrit… »."""
        try:
            await self._graph.post(outgoing.messages_of(self._phone_id), outgoing.seen(event))
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
        fields = "verified_name,display_phone_number,quality_rating,webhook_configuration"
        checks, number = await self._ask(self._phone_id, {"fields": fields})
        checks += number_checks(number, self._webhook) if number else []
        faults, answer = await self._ask("debug_token", {"input_token": self._token})
        told = answer.get("data")
        if not isinstance(told, dict):
            return list(dict.fromkeys([*checks, *(faults or [UNKNOWN_TOKEN])]))
        checks += token_checks(told)
        app, managed = str(told.get("app_id") or ""), accounts(told)
        for account in managed:
            faults, answer = await self._ask(f"{account}/subscribed_apps")
            checks += faults or [subscription_check(answer, account, app)]
        checks += [] if managed else [UNKNOWN_ACCOUNT]
        return checks + (await app_checks(self._graph_with(f"{app}|{self._secret}"), app, WANTED) if app else [])

    async def _ask(self, path: str, params: Mapping[str, str] | None = None) -> tuple[list[Check], dict[str, Any]]:
        """Return what Meta answers, or the line that says why it does not."""
        try:
            return [], await self._graph.get(path, params)
        except (Later, Never) as error:
            advice = error.advice if isinstance(error, Never) else "Vérifiez l’accès à internet, puis recommencez."
            return [Check(False, f"Meta ne répond pas comme prévu ({error})", advice)], {}


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
    """Return the ids of the WhatsApp Business Accounts that a token may manage, from `debug_token`; none where it names none. Pure."""
    return sorted(
        str(account)
        for scope in told.get("granular_scopes") or ()
        if scope.get("scope") == "whatsapp_business_management"
        for account in scope.get("target_ids") or ()
    )


def subscription_check(answer: Mapping[str, Any], account: str, app: str) -> Check:
    """Return what `subscribed_apps` of an account says; `app`: the id of ours, among others that may be subscribed. Pure.

    Source: Meta, « WABA Subscribed Apps API », 2026.
    """
    found = [str((one.get("whatsapp_business_api_data") or {}).get("id", "")) for one in answer.get("data") or ()]
    if app and app in found:
        return Check(True, f"Compte WhatsApp {account}\u00a0: abonné aux webhooks")
    advice = f"Abonnez l’application au compte\u00a0: POST /{account}/subscribed_apps (docs/channels/whatsapp.md, étape 4)."
    what = "d’autres applications sont abonnées aux webhooks, pas celle du jeton" if found else "aucune application abonnée aux webhooks"
    return Check(False, f"Compte WhatsApp {account}\u00a0: {what}", advice)
