"""The team's side: a webhook on loopback that checks nothing and keeps what it took."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Team(ThreadingHTTPServer):
    """The team's webhook: answers with the statuses it is told, then 200; keeps what it took."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hook)
        self.statuses: list[int] = []
        self.taken: list[tuple[bytes, str]] = []
        self.before_answering: Callable[[], None] = lambda: None


class Hook(BaseHTTPRequestHandler):
    server: Team

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.before_answering()
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        if status == 200:
            self.server.taken.append((body, self.headers.get("X-Reso-Signature", "")))
        self.send_response(status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
