"""The routes of the REST channel."""

from __future__ import annotations

import json
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.ingress import EMPTY, Handler, ask, note, settle
from bot.channels.rest.incoming import MOST_BYTES, BadRequest, read
from bot.settings import settings


class RestInput(InputChannel):
    """POST /webhooks/rest/webhook, in and out as in Rasa; bad input gets a 4xx with a French sentence."""

    @classmethod
    def name(cls) -> str:
        """Return « rest », so that addresses stay Rasa's own."""
        return "rest"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """Make the channel; it has no secret."""
        return cls()

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("reso_rest")

        @routes.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @routes.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            if int(request.headers.get("content-length") or 0) > 4 * MOST_BYTES:
                return _refusal(BadRequest("Message trop volumineux.", 413))
            try:
                incoming = read(request.body or b"")
            except BadRequest as error:
                return _refusal(error)
            output = CollectingOutputChannel()
            if not incoming.text:
                await output.send_text_message(incoming.sender, EMPTY)
            elif note(self.name(), incoming.message_id, incoming.sender, incoming.text):
                message = UserMessage(
                    incoming.text, output, incoming.sender, input_channel=self.name(),
                    message_id=incoming.message_id, metadata=incoming.metadata,
                )  # fmt: skip
                settle(self.name(), incoming.message_id, await ask(on_new_message, message, settings().turn_seconds))
            if request.args.get("stream") in ("true", "True", "1"):
                lines = "".join(json.dumps(m, ensure_ascii=False) + "\n" for m in output.messages)
                return response.text(lines, content_type="text/event-stream")
            return response.json(output.messages, dumps=_dumps)

        @routes.exception(SanicException)
        async def refuse(request: Request, error: SanicException) -> HTTPResponse:
            return _refusal(BadRequest("Cette requête n’est pas lisible.", getattr(error, "status_code", 400) or 400))

        return routes


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _refusal(error: BadRequest) -> HTTPResponse:
    return response.json({"error": str(error)}, status=error.status, dumps=_dumps)
