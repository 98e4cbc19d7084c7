"""Asks Rasa for one turn, over its inner channel on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.settings import Settings
from bot.store.inbox import Received

MORE_THAN_A_TURN = 3.0
"""Seconds over a turn's own limit after which Rasa is taken for dead."""

KEY_HEADER = "X-Reso-Key"


class RasaDown(Exception):
    """Nobody answered: Rasa is starting, gone or stuck. Asking again may help."""


class TurnFailed(Exception):
    """Rasa is there but the turn failed."""


class NoActions(TurnFailed):
    """Rasa waited for its action server in vain. Asking again would make the visitor wait as long once more."""


class Rasa:
    """The assistant behind the gateway."""

    def __init__(self, given: Settings, session: aiohttp.ClientSession):
        self._url = f"http://127.0.0.1:{given.rasa_port}/webhooks/reso"
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=given.turn_seconds + MORE_THAN_A_TURN, connect=2)
        self._headers = {KEY_HEADER: given.inner_key.get_secret_value()}

    async def ask(self, message: Received, text: str, metadata: Mapping[str, Any]) -> tuple[list[dict[str, Any]], bool]:
        """Return the messages of the reply, and whether they are only an apology, since an action failed.

        A message asked twice is answered once: its first reply comes again.

        Raises RasaDown, TurnFailed, NoActions.
        """
        body = {
            "sender": message.sender, "message": text, "message_id": message.message_id, "channel": message.channel,
            "metadata": dict(metadata),
        }  # fmt: skip
        status, answer = await self._call("POST", "/webhook", body)
        if status == 503 and isinstance(answer, dict) and answer.get("error") == "actions":
            raise NoActions
        if status != 200:
            raise TurnFailed(str(status))
        return list(answer["messages"]), bool(answer["failed"])

    async def forget(self, sender: str) -> None:
        """Erase what Rasa keeps about a conversation. Raises RasaDown, TurnFailed."""
        status, _ = await self._call("POST", "/forget", {"sender": sender})
        if status != 200:
            raise TurnFailed(str(status))

    async def ready(self) -> bool:
        """Tell whether Rasa has a model and takes messages."""
        try:
            status, _ = await self._call("GET", "/", None)
        except RasaDown:
            return False
        return status == 200

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, Any]:
        try:
            async with self._session.request(method, self._url + path, json=body, headers=self._headers, timeout=self._timeout) as response:
                return response.status, await response.json(content_type=None)
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            raise RasaDown(type(error).__name__) from None
