"""The thin client of the Bot API. The token is part of Telegram's addresses: no address leaves this module, in no error.

Source: Telegram Bot API, « Making requests », ResponseParameters; wordings of errors as its server gives them
(tdlib/telegram-bot-api, Client.cpp, 2026).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.channels.contract import Later, Never

SECONDS = 10.0
"""Longest time a call may take."""

STRANGER_ADVICE = "Telegram refuse le jeton du bot\u00a0: demandez-en un nouveau à @BotFather et mettez-le dans RESO_TELEGRAM_TOKEN."
BLOCKED_ADVICE = "Cette personne a bloqué le bot, ou l’a retiré du groupe\u00a0: il n’y a rien à faire."
GONE_ADVICE = "Telegram ne connaît plus cette conversation\u00a0: il n’y a rien à faire."
RIGHTS_ADVICE = "Les règles du groupe ne laissent pas écrire le bot\u00a0: un administrateur du groupe peut l’y autoriser."
TOPIC_ADVICE = "Ce sujet du groupe est fermé ou supprimé\u00a0: il n’y a rien à faire."
LATE_ADVICE = "Cette personne a appuyé sur un bouton il y a trop longtemps pour qu’on le lui dise\u00a0: il n’y a rien à faire."
REFUSED_ADVICE = "Telegram refuse le contenu de ce message\u00a0: signalez-le à l’équipe technique avec son motif."


class Moved(Exception):
    """A group became a supergroup; `chat` is its id from now on. The call was not taken."""

    def __init__(self, chat: int):
        super().__init__("the group has another id now")
        self.chat = chat


class Telegram:
    """Calls methods of the Bot API as one bot."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, token: str):
        self._session, self._root = session, f"{base_url.rstrip('/')}/bot{token}/"

    async def call(self, method: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the `result` of a method. Raises Later, Never, or Moved."""
        try:
            async with self._session.post(
                self._root + method, json=dict(body or {}), timeout=aiohttp.ClientTimeout(total=SECONDS), allow_redirects=False
            ) as response:
                status = response.status
                try:
                    answer = _object(await response.read())
                except (aiohttp.ClientError, asyncio.TimeoutError):
                    if status != 200:
                        raise
                    # The status came: the message is out, and sending it again would double it.
                    return None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Later(f"no connection: {type(error).__name__}", sure=True) from None
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            raise Later(f"connection lost: {type(error).__name__}", unheard=True) from None
        if status == 200 and answer.get("ok", True) is True:
            return answer.get("result")
        raise fault(status, answer)


def fault(status: int, answer: Mapping[str, Any]) -> Later | Never | Moved:
    """Return what an unsuccessful answer means. Pure."""
    given = answer.get("parameters")
    parameters: Mapping[str, Any] = given if isinstance(given, dict) else {}
    code = answer.get("error_code", status)
    reason = _reason(code, str(answer.get("description", "")))
    if type(parameters.get("migrate_to_chat_id")) is int:
        return Moved(parameters["migrate_to_chat_id"])
    if code == 429:
        # Telegram does not tell whether one chat had too much or all had: each waits by itself, or who writes fast in one
        # would silence the bot for everybody.
        seconds = parameters.get("retry_after", 0)
        return Later(reason, float(seconds) if isinstance(seconds, int | float) else 0.0, sure=True)
    if code in (401, 404):
        return Never(reason, STRANGER_ADVICE, str(code), channel_wide=True)
    if code in (400, 403) and any(words in reason for words in ("not enough rights", "have no rights", "CHAT_WRITE_FORBIDDEN")):
        return Never(reason, RIGHTS_ADVICE, str(code))
    if code == 403:
        return Never(reason, BLOCKED_ADVICE, "403")
    if code == 400 and "query is too old" in reason:
        return Never(reason, LATE_ADVICE, "400")
    if code == 400 and any(words in reason for words in ("TOPIC_", "thread not found", "topic not found")):
        return Never(reason, TOPIC_ADVICE, "400")
    if code == 400 and ("not found" in reason or "deactivated" in reason):
        return Never(reason, GONE_ADVICE, "400")
    if isinstance(code, int) and 400 <= code < 500:
        return Never(reason, REFUSED_ADVICE, str(code))
    return Later(reason)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _reason(code: object, description: str) -> str:
    """Return code and first words of a description: what follows a second colon or a quote may repeat a message's text."""
    words = re.match(r"[A-Za-z ]*(?::[A-Za-z_' -]*)?", description)
    return f"{code} {words.group() if words else ''}".strip()
