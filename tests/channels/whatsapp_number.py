"""A number on WhatsApp, the bodies that Meta sends for it, and a server that stands for Meta's."""

from __future__ import annotations

import datetime
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.message import Event
from bot.channels.whatsapp import incoming
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.settings import ROOT, Settings

BODIES = ROOT / "tests/fixtures/webhooks/whatsapp"
PHONE_ID, PERSON, HIDDEN = "106540352242922", "33612345678", "FR.13491208655302741918"
ABOUT = "wamid.HBgLMzM2MTIzNDU2NzgVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA"
SENT = datetime.datetime(2026, 11, 23, 7, 0)
SECRET = "le-secret-de-l-application"
EVENT = Event("message", PERSON, ABOUT, SENT, "bonjour", PHONE_ID)


def body(name: str) -> bytes:
    return (BODIES / f"{name}.json").read_bytes()


def read(name: str) -> list[Event]:
    return incoming.read(body(name))


TOKEN = "EAAG-un-jeton"
HOOK = "https://reso.exemple.fr/webhooks/whatsapp/webhook"
NUMBER = {
    "id": PHONE_ID, "verified_name": "Réso", "display_phone_number": "+33 1 55 55 01 00", "quality_rating": "GREEN",
    "webhook_configuration": {"application": HOOK},
}  # fmt: skip
APP = "670843887433847"
TOLD = {
    "app_id": APP, "is_valid": True, "expires_at": 0, "scopes": ["whatsapp_business_management", "whatsapp_business_messaging"],
    "granular_scopes": [{"scope": "whatsapp_business_management", "target_ids": ["102290129340398"]}],
}  # fmt: skip


class Vendor:
    """Takes messages for one number in one version; keeps what it got."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.closed = False
        self.told: Any = {"data": TOLD}
        self.fields = ["messages"]
        app = web.Application()
        app.router.add_post(f"/v25.0/{PHONE_ID}/messages", self._message)
        app.router.add_get("/v25.0/{node}", self._node)
        app.router.add_get("/v25.0/102290129340398/subscribed_apps", self._subscribed)
        app.router.add_get(f"/v25.0/{APP}/subscriptions", self._app)
        self.server = TestServer(app)

    async def _message(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            error = {"message": "Invalid OAuth access token.", "type": "OAuthException", "code": 190, "fbtrace_id": "A1"}
            return web.json_response({"error": error}, status=401)
        given = await request.json()
        self.calls.append(given)
        if self.closed:
            error = {"message": "(#131047) Re-engagement message", "type": "OAuthException", "code": 131047, "fbtrace_id": "A2"}
            return web.json_response({"error": error}, status=400)
        if given.get("status") == "read":
            return web.json_response({"success": True})
        contacts = [{"input": given["to"], "wa_id": given["to"]}]
        return web.json_response({"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": ABOUT}]})

    async def _node(self, request: web.Request) -> web.Response:
        if request.match_info["node"] != "debug_token":
            return web.json_response(NUMBER)
        return web.json_response(self.told, status=400 if "error" in self.told else 200)

    async def _app(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {APP}|{SECRET}":
            return web.json_response({"error": {"code": 190, "message": "Invalid application secret"}}, status=401)
        fields = [{"name": name, "version": "v25.0"} for name in self.fields]
        subscription = {"object": "whatsapp_business_account", "callback_url": HOOK, "active": True, "fields": fields}
        return web.json_response({"data": [subscription]})

    async def _subscribed(self, request: web.Request) -> web.Response:
        return web.json_response({"data": [{"whatsapp_business_api_data": {"id": APP, "name": "Réso"}}]})


def channel(session: aiohttp.ClientSession, url: str = "http://127.0.0.1:9", **given: str) -> WhatsAppChannel:
    values = {
        "meta_app_secret": SECRET, "meta_verify_token": "mot-de-verification", "whatsapp_token": TOKEN, "whatsapp_phone_id": PHONE_ID,
        "public_url": "https://reso.exemple.fr",
    } | given  # fmt: skip
    return WhatsAppChannel(Settings(_env_file=None, meta_api_url=url, meta_version="v25.0", **values), session)
