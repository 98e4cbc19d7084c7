"""The stand-in itself: one port for all vendors, in a thread of its own.

Graph API: /v25.0/… with « Authorization: Bearer » or « access_token »; Messenger and Instagram are told apart by the token,
as at Meta. Bot API: /bot<token>/<method>. Source of paths and answers: the documents named in this package.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from tests.channels.vendors import bot_api, cloud_api, refusals, send_api
from tests.channels.vendors.accounts import Accounts
from tests.channels.vendors.faults import Fault, Faults
from tests.channels.vendors.ledger import Accepted, Ledger
from tests.channels.vendors.refusals import Refused


class Vendors:
    """What the vendors know (`ledger`), what goes wrong (`faults`), and their answers."""

    def __init__(self, accounts: Accounts | None = None):
        self.accounts = accounts or Accounts()
        self.ledger, self.faults = Ledger(), Faults()
        self.url = ""
        self.subscribed = [
            "messages",
            "messaging_postbacks",
            "messaging_referrals",
            "message_echoes",
            "message_reactions",
            "message_edits",
            "response_feedback",
        ]
        """Fields of the webhook that page and account are subscribed to."""
        self.apps: list[dict[str, Any]] = [{"id": self.accounts.app_id, "name": "Application de test"}]
        """Apps that page, account and WhatsApp Business Account are subscribed to."""
        self.app_webhooks: dict[str, dict[str, Any]] = {
            kind: {"address": f"https://reso.exemple.fr/webhooks/{channel}/webhook", "fields": list(self.subscribed)}
            for kind, channel in (("page", "messenger"), ("whatsapp_business_account", "whatsapp"))
        }
        """The app's own subscriptions, by kind of object."""
        self.odd: dict[str, Any] = {}
        """Answers of another shape, by the end of the path asked for."""
        self.names_targets = True
        """Whether a token says which WhatsApp Business Accounts it may manage; a system user's may hold for all."""
        self.webhook: dict[str, Any] = {"url": ""}
        """Telegram's webhook, as setWebhook left it."""
        self.took: Callable[[Accepted], None] = lambda kept: None
        """Told of every message taken; a deliverer confirms them."""

    def application(self) -> web.Application:
        """Return the application, to be served."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.ledger.calls += 1
        try:
            if request.path.startswith("/bot"):
                return await self._bot_api(request)
            return await self._graph(request)
        except Refused as refused:
            return web.json_response(refused.body, status=refused.status, headers=refused.headers)

    async def _graph(self, request: web.Request) -> web.StreamResponse:
        version, _, path = request.path.lstrip("/").partition("/")
        if not re.fullmatch(r"v\d+\.\d+", version):
            raise refusals.meta(2500, f"Unknown path components: /{path}")
        if version != self.accounts.version:
            raise refusals.meta(
                2635, f"(#2635) You are calling a deprecated version. Please update to the latest version: {self.accounts.version}."
            )
        if request.method == "GET" and path == f"{self.accounts.app_id}/subscriptions":
            return self._app_subscriptions(request)
        channel = self._channel(request)
        if request.method == "GET":
            return self._graph_get(path, channel, request.query)
        account = self._account(channel)
        if request.method != "POST" or path not in (f"{account}/messages", *(["me/messages"] if channel != "whatsapp" else [])):
            details = f"Unsupported {request.method.lower()} request. Object with ID '{path.partition('/')[0]}' does not exist"
            raise refusals.meta(100, details, subcode=33)
        body = await _json(request)
        if channel == "whatsapp":
            person, text, act = cloud_api.check(body)
        else:
            person, text, act = send_api.check(body, channel)
        fault = self.faults.next(channel, person or act, message=not act)
        if fault and fault.name == "cut_before":
            return _cut(request)
        if fault and fault.name not in ("slow", "cut_after"):
            raise refusals.of(fault, channel, account)
        if act and channel == "whatsapp":
            if not self.ledger.knows_handle("whatsapp", act):
                raise refusals.meta(131009, "(#131009) Parameter value is not valid", details="Message ID is unknown.")
            self.ledger.actions.append((channel, act, "read"))
            return await _give({"success": True}, fault, request)
        if not self.ledger.knows(channel, person):
            if channel == "whatsapp":
                raise refusals.meta(131026, "(#131026) Message undeliverable", details="Message Undeliverable.")
            raise refusals.meta(100, "(#100) No matching user found", subcode=2018001)
        if not self.ledger.open(channel, person):
            raise refusals.closed_window(channel)
        if act:
            self.ledger.actions.append((channel, person, act))
            return await _give({"recipient_id": person}, fault, request)
        kept = self.ledger.accept(channel, person, body, text, told=fault is None)
        self.took(kept)
        if channel == "whatsapp":
            contact = {"input": person, "wa_id": person}
            sent = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": kept.identity}]}
            return await _give(sent, fault, request)
        return await _give({"recipient_id": person, "message_id": kept.identity}, fault, request)

    def _app_subscriptions(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.accounts.app_id}|{self.accounts.app_secret}":
            raise refusals.meta(190, "Error validating application. Invalid application secret.", 401)
        data = [
            {"object": kind, "callback_url": held["address"], "active": True, "fields": [{"name": n, "version": "v25.0"} for n in held["fields"]]}
            for kind, held in self.app_webhooks.items()
        ]  # fmt: skip
        return web.json_response({"data": data})

    def _graph_get(self, path: str, channel: str, query: Mapping[str, str]) -> web.Response:
        given, account = self.accounts, self._account(channel)
        odd = next((answer for end, answer in self.odd.items() if path.endswith(end)), None)
        if odd is not None:
            return web.json_response(odd)
        if path == "refresh_access_token" and channel == "instagram":
            if query.get("grant_type") != "ig_refresh_token" or query.get("access_token") != given.instagram_token:
                raise refusals.meta(100, "(#100) Invalid parameter")
            return web.json_response({"access_token": f"{given.instagram_token}2", "token_type": "bearer", "expires_in": 5183944})
        if path in ("me", account):
            own = {
                "messenger": {"id": account, "name": "Page de test"},
                "instagram": {"id": account, "user_id": account, "username": "compte.de.test"},
                "whatsapp": {
                    "id": account,
                    "display_phone_number": "+33 1 99 00 00 00",
                    "verified_name": "Test",
                    "quality_rating": "GREEN",
                    "webhook_configuration": {"application": self.app_webhooks["whatsapp_business_account"]["address"]},
                },
            }
            return web.json_response(own[channel])
        if path == "debug_token":
            scopes = ["pages_messaging", "pages_manage_metadata", "whatsapp_business_messaging", "whatsapp_business_management"]
            targets = {"target_ids": [given.business_id]} if self.names_targets else {}
            granular = [{"scope": scope, **targets} for scope in scopes[2:]]
            valid = query.get("input_token") in self._tokens()
            return web.json_response(
                {"data": {"app_id": given.app_id, "is_valid": valid, "scopes": scopes, "granular_scopes": granular, "expires_at": 0}}
            )
        owner = given.business_id if channel == "whatsapp" else account
        if path in (f"{owner}/subscribed_apps", *(["me/subscribed_apps"] if channel != "whatsapp" else [])):
            if channel == "whatsapp":
                return web.json_response({"data": [{"whatsapp_business_api_data": app} for app in self.apps]})
            return web.json_response({"data": [app | {"subscribed_fields": self.subscribed} for app in self.apps if self.subscribed]})
        raise refusals.meta(100, f"Unsupported get request. Object with ID '{path}' does not exist", subcode=33)

    def _tokens(self) -> dict[str, str]:
        given = self.accounts
        return {given.messenger_token: "messenger", given.instagram_token: "instagram", given.whatsapp_token: "whatsapp"}

    def _channel(self, request: web.Request) -> str:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token if kind.lower() in ("bearer", "oauth") else request.query.get("access_token", "")
        if not token:
            raise refusals.meta(104, "An access token is required to request this resource.", 401)
        if token not in self._tokens():
            raise refusals.meta(190, "Invalid OAuth access token - Cannot parse access token", 401)
        return self._tokens()[token]

    def _account(self, channel: str) -> str:
        given = self.accounts
        return {"messenger": given.page_id, "instagram": given.instagram_id, "whatsapp": given.phone_id}[channel]

    async def _bot_api(self, request: web.Request) -> web.StreamResponse:
        found = re.fullmatch(r"/bot(\d+:[\w-]+)/(\w+)", request.path)
        if found is None:
            raise refusals.telegram(404, "Not Found")
        if found[1] != self.accounts.telegram_token:
            raise refusals.telegram(401, "Unauthorized")
        method = found[2].lower()
        body = await _json(request) if request.can_read_body else dict(request.query)
        if not isinstance(body, dict):
            raise refusals.telegram(400, "Bad Request: can't parse JSON object")
        if method in ("getme", "setwebhook", "deletewebhook", "getwebhookinfo"):
            return web.json_response({"ok": True, "result": self._bot_account(method, body)})
        if method not in ("sendmessage", "sendchataction", "answercallbackquery"):
            raise refusals.telegram(404, "Not Found: method not found")
        person = bot_api.answer_callback(body) if method == "answercallbackquery" else bot_api.chat(body)
        text = bot_api.send_message(body) if method == "sendmessage" else ""
        action = bot_api.chat_action(body) if method == "sendchataction" else "answer"
        fault = self.faults.next("telegram", person, message=method == "sendmessage")
        if fault and fault.name == "cut_before":
            return _cut(request)
        if fault and fault.name not in ("slow", "cut_after"):
            raise refusals.of(fault, "telegram", "")
        if method == "answercallbackquery":
            if not self.ledger.answers(person):
                raise refusals.telegram(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        elif not self.ledger.knows("telegram", person):
            raise refusals.telegram(400, "Bad Request: chat not found")
        if method != "sendmessage":
            self.ledger.actions.append(("telegram", person, action))
            return await _give({"ok": True, "result": True}, fault, request)
        self._check_reply(body)
        kept = self.ledger.accept("telegram", person, body, text, told=fault is None)
        return await _give({"ok": True, "result": self._message(kept)}, fault, request)

    def _check_reply(self, body: Mapping[str, Any]) -> None:
        answered = body.get("reply_parameters") or {}
        known = self.ledger.knows_handle("telegram", f"{body['chat_id']}:{answered.get('message_id')}")
        if answered and not known and not answered.get("allow_sending_without_reply"):
            raise refusals.telegram(400, "Bad Request: message to be replied not found")

    def _bot_account(self, method: str, body: Mapping[str, Any]) -> Any:
        if method == "getme":
            return self._bot() | {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
        if method == "getwebhookinfo":
            return {"has_custom_certificate": False, "pending_update_count": 0} | self.webhook
        if method == "setwebhook":
            bot_api.set_webhook(body)
            self.webhook = {name: body[name] for name in ("url", "max_connections", "allowed_updates") if name in body}
        else:
            self.webhook = {"url": ""}
        return True

    def _bot(self) -> dict[str, Any]:
        return {"id": self.accounts.bot_id, "is_bot": True, "first_name": "Réso", "username": self.accounts.bot_name}

    def _message(self, kept: Accepted) -> dict[str, Any]:
        chat = {"id": int(kept.person), "type": "private", "first_name": "Nadia"}
        message = {"message_id": int(kept.identity), "from": self._bot(), "chat": chat, "date": int(kept.at), "text": kept.text}
        return message | ({"reply_markup": kept.body["reply_markup"]} if "inline_keyboard" in kept.body.get("reply_markup", {}) else {})


async def _json(request: web.Request) -> Any:
    try:
        return json.loads(await request.read())
    except ValueError:
        if request.path.startswith("/bot"):
            raise refusals.telegram(400, "Bad Request: can't parse JSON object") from None
        raise refusals.meta(100, "(#100) The request body is not valid JSON.") from None


async def _give(body: Mapping[str, Any], fault: Fault | None, request: web.Request) -> web.StreamResponse:
    if fault and fault.name == "slow":
        await asyncio.sleep(fault.seconds)
    if fault and fault.name == "cut_after":
        return _cut(request)
    return web.json_response(body)


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


@contextmanager
def serving(accounts: Accounts | None = None) -> Iterator[Vendors]:
    """Serve on a free port of loopback until the block ends; its address is `url`."""
    vendors = Vendors(accounts)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(vendors.application(), access_log=None, shutdown_timeout=0.1, handler_cancellation=False)

    async def start() -> None:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        vendors.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        yield vendors
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
