"""The widget's files, and a page to try it on. No external request, nothing from a path that a client chooses."""

from __future__ import annotations

import json
import mimetypes
import re
from pathlib import Path

from aiohttp import web

from bot.gateway.origins import Origins

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {socket}; img-src 'self' data:; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
DEMONSTRATION = Path(__file__).resolve().parent.parent / "channels" / "widget" / "static"
A_YEAR = 31_536_000
_OF_A_BUILD = re.compile(r"reso-[0-9a-f]{12}\.js")
"""What widget/build.mjs calls the program that the loader loads."""
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d{1,5})?|\[[0-9A-Fa-f:]+\](?::\d{1,5})?")


class Files:
    """Routes below /reso/: the files that the build made, read once, and the demonstration page's."""

    def __init__(self, built: Path, origins: Origins):
        self._origins = origins
        manifest = built / "manifest.json"
        names = json.loads(manifest.read_bytes())["files"] if manifest.exists() else []
        self._built = {name: (built / name).read_bytes() for name in names}
        self._page = {str(file.relative_to(DEMONSTRATION)): file.read_bytes() for file in DEMONSTRATION.rglob("*") if file.is_file()}

    @property
    def complete(self) -> bool:
        """Tell whether the widget was built."""
        return "widget.js" in self._built

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/", self.home),
            web.get("/reso", self.home),
            web.get("/reso/", self.page),
            web.get("/reso/widget.js", self.loader),
            web.get("/reso/widget/{name}", self.part),
            web.get("/reso/{name:(?:[a-z0-9-]+/)?[a-z0-9-]+\\.[a-z0-9]+}", self.page),
        ]

    async def home(self, request: web.Request) -> web.Response:
        """Lead to the demonstration."""
        raise web.HTTPFound("/reso/")

    async def page(self, request: web.Request) -> web.Response:
        """Return a file of the demonstration."""
        name = request.match_info.get("name", "index.html")
        if name not in self._page:
            raise web.HTTPNotFound
        scheme = "wss" if request.secure or request.headers.get("X-Forwarded-Proto") == "https" else "ws"
        # The header comes from whoever asks: nothing of it but a name may reach the policy.
        policy = PAGE_POLICY.format(socket=f"{scheme}://{request.host}" if _HOST.fullmatch(request.host) else "'self'")
        return _file(name, self._page[name], {"Content-Security-Policy": policy, "Cache-Control": "no-cache"})

    async def loader(self, request: web.Request) -> web.Response:
        """Return the loader: its name never changes, so it is asked for each time."""
        return self._of_build(request, "widget.js", "no-cache")

    async def part(self, request: web.Request) -> web.Response:
        """Return what the loader loads; its name changes with its content. Pages from before an update get today's."""
        name = request.match_info["name"]
        if name not in self._built and _OF_A_BUILD.fullmatch(name):
            return self._of_build(request, next(filter(_OF_A_BUILD.fullmatch, self._built), name), "no-cache")
        return self._of_build(request, name, f"public, max-age={A_YEAR}, immutable")

    def _of_build(self, request: web.Request, name: str, cache: str) -> web.Response:
        if name not in self._built:
            raise web.HTTPNotFound
        allowed = self._origins.headers(request)
        if "Origin" in request.headers and "Access-Control-Allow-Origin" not in allowed:
            cache = "no-store"  # or browsers would use the refusal again for a year, also once the site is listed
        headers = {"Cache-Control": cache, "Cross-Origin-Resource-Policy": "cross-origin", **allowed}
        return _file(name, self._built[name], headers)


def _file(name: str, body: bytes, headers: dict[str, str]) -> web.Response:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    charset = "utf-8" if kind.startswith("text/") or kind in ("application/javascript", "image/svg+xml") else None
    response = web.Response(body=body, content_type=kind, charset=charset, headers=headers)
    response.enable_compression()
    return response
