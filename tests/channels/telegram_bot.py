"""A bot on Telegram, the bodies that Telegram sends it, and a server that stands for Telegram's."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.message import Event
from bot.channels.telegram import incoming
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.incoming import Me
from bot.settings import ROOT, Settings

BODIES = ROOT / "tests/fixtures/webhooks/telegram"
TOKEN = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"
SECRET = "un_secret-de-2026"
ME = Me(123456, "ResoBot")
NOW = datetime.datetime(2026, 11, 23, 9, 0)
SENT = datetime.datetime(2026, 11, 23, 7, 0)
PERSON, GROUP = "99887766", "-1001234567890"
MEMBER = f"{GROUP}:{PERSON}"
KEPT = datetime.timedelta(days=30)
EVENT = Event("message", PERSON, "u1", SENT, "bonjour")


def read(name: str, me: Me = ME) -> list[Event]:
    return incoming.read((BODIES / f"{name}.json").read_bytes(), me, NOW, KEPT)


def album(*captions: str) -> list[bytes]:
    """Return the updates of an album whose pictures have these captions."""
    given = json.loads((BODIES / "photo_of_album.json").read_bytes())
    made = []
    for number, caption in enumerate(captions):
        message = {**given["message"], "message_id": 521 + number} | ({"caption": caption} if caption else {})
        made.append({"update_id": given["update_id"] + number, "message": message})
    return [json.dumps(update).encode() for update in made]


QUESTION = "Combien coûte ce visuel ?"


Handler = Callable[[str, dict[str, Any]], web.Response]


def ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def refused(code: int, description: str, **parameters: Any) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=code)


def taken(method: str, body: dict[str, Any]) -> web.Response:
    if method == "getMe":
        return ok({"id": 123456, "is_bot": True, "username": "ResoBot"})
    if method == "sendMessage":
        user = {"id": 123456, "is_bot": True, "username": "ResoBot"}
        return ok({"message_id": 77, "from": user, "chat": {"id": body["chat_id"]}, "text": body["text"]})
    return ok(True)


class Vendor:
    """Answers calls with `handler`; keeps what was called."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.handler: Handler = taken
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._answer)
        self.server = TestServer(app)

    async def _answer(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != TOKEN:
            return refused(401, "Unauthorized")
        body = await request.json()
        self.calls.append((request.match_info["method"], body))
        return self.handler(request.match_info["method"], body)


def channel(session: aiohttp.ClientSession, url: str = "http://127.0.0.1:9", **given: str) -> TelegramChannel:
    values = {"telegram_token": TOKEN, "telegram_secret": SECRET, "public_url": "https://reso.exemple.fr"} | given
    return TelegramChannel(Settings(_env_file=None, telegram_api_url=url, **values), session)
