"""The only input channel of the Rasa that `make run` starts."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, Sanic, response
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.inner import figures
from bot.channels.inner.actions import ActionServer
from bot.language.cleaning import clean, disarm
from bot.settings import settings
from bot.store.questions import conversation_key

logger = logging.getLogger(__name__)

APOLOGY = "utter_unavailable"
"""What the rules say when an action failed."""
ACTIONS_SECONDS = 7.0
"""How long a turn waits for an action server that is being restarted (3 s) or stands still, before or in the middle of it. The
gateway says sorry then, within 10 s in all (notes/reliability.md, T2)."""
FORGET_SECONDS = 5.0
"""How long forgetting waits for the turn under way: what that stores would stand after it."""

Handler = Callable[[UserMessage], Awaitable[Any]]


class InnerInput(InputChannel):
    """POST /webhooks/reso/webhook; without a key in the settings it answers 503."""

    @classmethod
    def name(cls) -> str:
        """Return « reso »."""
        return "reso"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """Make the channel; its key comes from the settings."""
        return cls()

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("reso_inner")
        turns_of: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        actions = ActionServer(settings().actions_port)

        @routes.listener("after_server_start")
        async def want_model(app: Sanic, loop: Any) -> None:
            # Rasa goes on without a model that it cannot load, and answers nothing.
            if not app.ctx.agent.is_ready():
                logger.error("the model cannot be loaded")
                sys.exit(os.EX_DATAERR)

        @routes.listener("after_server_start")
        async def fail_closed(app: Sanic, loop: Any) -> None:
            # Rasa goes on in memory when the tracker store fails, and forgets that turn for ever (notes/reliability.md,
            # row 14). A turn that cannot be stored must fail, so that the gateway asks again.
            app.ctx.agent.tracker_store._on_tracker_store_error = raise_error

        @routes.listener("before_server_stop")
        async def hang_up(app: Sanic, loop: Any) -> None:
            await actions.close()

        @routes.middleware("request")
        async def check_key(request: Request) -> HTTPResponse | None:
            key = settings().inner_key.get_secret_value()
            if not key:
                return response.json({"error": "RESO_INNER_KEY"}, status=503)
            if not hmac.compare_digest(request.headers.get("X-Reso-Key", "").encode("utf-8", "replace"), key.encode()):
                return response.json({"error": "key"}, status=403)
            return None

        @routes.route("/", methods=["GET"])
        async def ready(request: Request) -> HTTPResponse:
            agent = request.app.ctx.agent
            return response.json({"ready": bool(agent and agent.is_ready())}, status=200 if agent and agent.is_ready() else 503)

        @routes.route("/metrics", methods=["GET"])
        async def told(request: Request) -> HTTPResponse:
            return response.raw(generate_latest(), content_type=CONTENT_TYPE_LATEST)

        @routes.route("/webhook", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            with figures.turn() as outcome:
                return await run_turn(request, outcome)

        async def run_turn(request: Request, outcome: figures.Outcome) -> HTTPResponse:
            body = json.loads(request.body)
            # A gateway that was killed and is back asks for what the one before asked for, and Rasa may still be at it: who is
            # second waits for the first, and finds its reply in the tracker. Rasa's own lock comes too late for that.
            lock = turns_of.setdefault(body["sender"], asyncio.Lock())
            async with lock:
                return await think(request, body, outcome)

        async def think(request: Request, body: dict[str, Any], outcome: figures.Outcome) -> HTTPResponse:
            agent = request.app.ctx.agent
            tracker = await agent.tracker_store.retrieve(body["sender"])
            messages = first_reply(tracker, body["message_id"]) if tracker else []
            repeated = bool(messages)
            if not messages:
                if not await actions.there(ACTIONS_SECONDS):
                    return response.json({"error": "actions"}, status=503)
                output = CollectingOutputChannel()
                # The pipeline disarms too; a model that was trained without its cleaner must not make commands of what is typed.
                message = UserMessage(
                    disarm(clean(body["message"])), output, body["sender"], input_channel=body["channel"], message_id=body["message_id"],
                    metadata=body["metadata"],
                )  # fmt: skip
                if not await finished(on_new_message(message), settings().turn_seconds, actions):
                    return response.json({"error": "actions"}, status=503)
                messages = output.messages
            sorry = {said.get("text") for said in agent.domain.responses.get(APOLOGY, ())}
            failed = any(message.get("text") in sorry for message in messages)
            outcome.name = "failed" if not messages else "sorry" if failed else "repeated" if repeated else "answered"
            return response.json({"messages": messages, "failed": failed}, status=200 if messages else 500, dumps=_dumps)

        @routes.route("/forget", methods=["POST"])
        async def forget(request: Request) -> HTTPResponse:
            store, sender = request.app.ctx.agent.tracker_store, json.loads(request.body)["sender"]
            lock = turns_of.setdefault(sender, asyncio.Lock())
            try:
                await asyncio.wait_for(lock.acquire(), FORGET_SECONDS)
            except asyncio.TimeoutError:
                return response.json({"error": "busy"}, status=503)
            try:
                # Rasa wraps the store that endpoints.yml names, to go on without it; erasing must not.
                await getattr(store, "_tracker_store", store).delete(sender)
            finally:
                lock.release()
            return response.json({"forgotten": True})

        @routes.exception(Exception)
        async def refused(request: Request, error: Exception) -> HTTPResponse:
            logger.error("turn failed: %s", type(error).__name__, extra=whose(request))
            return response.json({"error": type(error).__name__}, status=error.status_code if isinstance(error, SanicException) else 500)

        return routes


async def finished(turn: Awaitable[Any], seconds: float, actions: ActionServer) -> bool:
    """Let a turn run for `seconds` at most; return False where the action server stands still meanwhile, and the turn with it.

    Raises asyncio.TimeoutError, and what the turn raises.
    """
    running, watch = asyncio.ensure_future(turn), asyncio.ensure_future(actions.gone(ACTIONS_SECONDS))
    try:
        ended, _ = await asyncio.wait({running, watch}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        watch.cancel()
        if not running.done():
            running.cancel()
            await asyncio.wait({running})
    if not ended:
        raise asyncio.TimeoutError
    if running in ended:
        running.result()
    return running in ended


def whose(request: Request) -> dict[str, str]:
    """Return the conversation that a request is about, as logs name it; nothing where it names none."""
    try:
        return {"conversation": conversation_key(json.loads(request.body)["sender"])}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def raise_error(error: Exception) -> None:
    """Let a failure of the tracker store be the turn's failure."""
    raise error


def first_reply(tracker: DialogueStateTracker, message_id: str) -> list[dict[str, Any]]:
    """Return what was replied to a message that the tracker holds already, as messages; empty where there is none.

    So that a turn that was stored just before a crash is neither thought nor counted twice.
    """
    messages: list[dict[str, Any]] = []
    found = False
    for event in tracker.events:
        if isinstance(event, UserUttered):
            if found:
                break
            found = event.message_id == message_id
        elif found and isinstance(event, BotUttered):
            held = {"recipient_id": tracker.sender_id, "text": event.text, **(event.data or {})}
            messages.append({key: value for key, value in held.items() if value is not None})
    return messages


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
