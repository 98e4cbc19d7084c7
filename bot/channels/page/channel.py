"""Serves the page's three files below /reso/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.ingress import Handler

STATIC = Path(__file__).parent / "static"
FILES = {"": ("index.html", "text/html"), "chat.js": ("chat.js", "text/javascript"), "chat.css": ("chat.css", "text/css")}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class PageInput(InputChannel):
    """No messages come in here: the page speaks REST."""

    @classmethod
    def name(cls) -> str:
        """Return the channel's name."""
        return "page"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """Make the channel; it has no settings."""
        return cls()

    def url_prefix(self) -> str:
        """Return the address of the page, outside /webhooks/."""
        return "/reso"

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the routes of the files."""
        routes = Blueprint("reso_page")
        for route, (file, kind) in FILES.items():
            body = (STATIC / file).read_text(encoding="utf-8")

            async def serve(request: Request, body: str = body, kind: str = kind) -> HTTPResponse:
                return response.text(body, content_type=f"{kind}; charset=utf-8", headers=HEADERS)

            routes.add_route(serve, f"/{route}", methods=["GET"], name=file.replace(".", "_"))
        return routes
