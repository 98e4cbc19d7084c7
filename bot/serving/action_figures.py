"""Figures of the action server for Prometheus; served on loopback, shown by the gateway with its own."""

from __future__ import annotations

import re
import time

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from sanic import Sanic
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse, raw

CALLS = Counter("reso_action_calls_total", "Actions that Rasa called", ["action", "outcome"])
SECONDS = Histogram("reso_action_seconds", "From call to answer", ["action"], buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5))

_NAME = re.compile(r"(?:action|validate)_[a-z_]{1,50}")


def label_of(name: object) -> str:
    """Return an action's name as a label; « other » for what is none, so that nobody can make labels without end."""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else "other"


def attach(app: Sanic) -> None:
    """Count and time every call of an action server, and serve the figures."""

    async def began(request: Request) -> None:
        request.ctx.began = time.monotonic()

    async def ended(request: Request, response: BaseHTTPResponse) -> None:
        if request.path != "/webhook" or not hasattr(request.ctx, "began"):
            return
        try:
            name = label_of((request.json or {}).get("next_action"))
        except Exception:  # no JSON, or none that is an object: it got its refusal
            name = "other"
        CALLS.labels(name, "answered" if response.status == 200 else "failed").inc()
        SECONDS.labels(name).observe(time.monotonic() - request.ctx.began)

    async def figures(request: Request) -> HTTPResponse:
        return raw(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    app.register_middleware(began, "request")
    app.register_middleware(ended, "response")
    app.add_route(figures, "/metrics", methods=["GET"], name="figures")
