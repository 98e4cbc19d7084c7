"""The action server in our process: `python -m bot.serving.actions`.

As rasa_sdk 3.6.2 ships it, an action that fails gets the exception and the whole request sent back, any site may call it,
a compressed body of any size is unpacked, and whoever reaches the port may have actions run for any conversation
(rasa_sdk/endpoint.py: create_app). Here who asks shows the key of the run.
"""

from __future__ import annotations

import hmac
import logging

from rasa_sdk.endpoint import create_app
from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as as_json

from bot.serving import action_figures
from bot.serving.bound import end_with_supervisor
from bot.serving.log_lines import brief
from bot.serving.logging_setup import configure
from bot.settings import settings
from bot.store import patience
from bot.store.questions import conversation_key

LARGEST_BYTES = 4 * 2**20
"""Rasa sends the tracker of a session with each call: some 200 kB at the most here."""

HEALTH = "/health"
"""Open to everybody: it tells that the process is there, and nothing else."""

logger = logging.getLogger(__name__)


def application(actions: str = "actions") -> Sanic:
    """Return the action server of a package; without a key in the settings it answers 503."""
    app = create_app(actions, cors_origins="")
    app.config.REQUEST_MAX_SIZE = LARGEST_BYTES

    async def check_key(request: Request) -> HTTPResponse | None:
        key = settings().inner_key.get_secret_value()
        if request.path == HEALTH:
            return None
        if not key:
            return as_json({"error": "RESO_INNER_KEY"}, 503)
        shown = request.headers.get("X-Reso-Key", "").encode("utf-8", "replace")
        return None if hmac.compare_digest(shown, key.encode()) else as_json({"error": "key"}, 403)

    async def refuse_packed(request: Request) -> HTTPResponse | None:
        return as_json({"error": "not accepted"}, 415) if "content-encoding" in request.headers else None

    async def failed(request: Request, error: Exception) -> HTTPResponse:
        if isinstance(error, SanicException):
            return as_json({"error": "refused"}, error.status_code)
        logger.error("an action failed: %s", brief(error), exc_info=error, extra=whose(request))
        return as_json({"error": "failed"}, 500)

    app.register_middleware(check_key, "request")  # the first: what a stranger asks is not counted as a call
    action_figures.attach(app)
    app.register_middleware(refuse_packed, "request")
    app.error_handler.add(Exception, failed)
    return app


def whose(request: Request) -> dict[str, str]:
    """Return the conversation that a call of Rasa is about, as logs name it; nothing where it names none."""
    try:
        return {"conversation": conversation_key(request.json["sender_id"])}
    except (SanicException, KeyError, TypeError, AttributeError):
        return {}


def main() -> None:
    """Serve on loopback until SIGTERM."""
    end_with_supervisor()
    configure("actions")
    patience.be_prompt()
    application().run("127.0.0.1", settings().actions_port, workers=1, access_log=False, motd=False)


if __name__ == "__main__":
    main()
