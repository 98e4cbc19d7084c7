"""Slack, Mattermost and Teams: built from exactly what docs/channels/autres.md says, they carry Réso's replies."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from rasa.core.channels import botframework
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.run import create_http_input_channels

from bot.channels.others import Mattermost, Slack, Teams
from bot.settings import ROOT

PAGE = ROOT / "docs/channels/autres.md"
SECRETS = {
    "SLACK_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "signature", "MATTERMOST_TOKEN": "jeton", "TEAMS_APP_ID": "app",
    "TEAMS_APP_PASSWORD": "mot-de-passe",
}  # fmt: skip
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
REPLY: tuple[dict[str, Any], ...] = (
    {"custom": {"answers": [{"id": "faq/ventes"}], "shown": "answer"}},
    {"text": "Oui, clairement.", "buttons": [{"title": "Dites-m’en plus", "payload": "choix:0123456789"}]},
)
"""A turn of Réso as Rasa hands it to a connector: first what only programs read."""


class Vendor(ThreadingHTTPServer):
    """Stands for the three vendors: gives keys and tokens, keeps what is posted, refuses as Slack does what has no text."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Vendor

    def log_message(self, *_: Any) -> None:
        return

    def _answer(self, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        key = json.loads(RSAAlgorithm.to_jwk(KEY.public_key())) | {"kid": "k1"}
        self._answer({"keys": [key]} if self.path == "/keys" else {"jwks_uri": f"{self.server.url}/keys"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/token"):
            self._answer({"access_token": "laissez-passer", "expires_in": 3600})
            return
        given = json.loads(body)
        self.server.posted.append(given)
        self._answer({"ok": True} if self.path != "/chat.postMessage" or given.get("text") else {"ok": False, "error": "no_text"})


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    server = Vendor()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setattr(botframework, "MICROSOFT_OPEN_ID_URI", f"{server.url}/openid")
    monkeypatch.setattr(botframework, "MICROSOFT_OAUTH2_URL", server.url)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def built(part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InputChannel:
    """Return the connector that Rasa makes of the page's example below the title `part`."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    block = re.search(rf"^## {part}$.*?```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert block
    file = tmp_path / "credentials.yml"
    file.write_text(block[1], encoding="utf-8")
    [channel] = create_http_input_channels(None, str(file))
    return channel


def webhook(channel: InputChannel, handle: Callable[[UserMessage], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
    routes = channel.blueprint(handle)._future_routes
    return next(route.handler for route in routes if route.uri == "/webhook")


async def answer(message: UserMessage) -> None:
    for said in REPLY:
        await message.output_channel.send_response(message.sender_id, dict(said))


def slack_request(text: str, secret: str = SECRETS["SLACK_SIGNING_SECRET"]) -> SimpleNamespace:
    event = {"type": "message", "channel_type": "im", "channel": "D1", "user": "U1", "text": text, "ts": "1795417200.000100"}
    body = json.dumps({"type": "event_callback", "event": event, "authorizations": [{"user_id": "UBOT"}]}).encode()
    now = str(int(time.time()))
    signature = "v0=" + hmac.new(secret.encode(), b"v0:" + now.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature}
    return SimpleNamespace(json=json.loads(body), body=body, headers=headers, form=None)


def test_the_page_names_where_to_forward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendor: Vendor) -> None:
    made = [built(part, tmp_path, monkeypatch) for part in ("Slack", "Mattermost", "Teams")]
    assert [type(channel) for channel in made] == [Slack, Mattermost, Teams]
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"/webhooks/{channel.url_prefix()}/webhook" in page for channel in made)


async def test_slack_gets_the_answer_and_its_buttons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendor: Vendor) -> None:
    channel = built("Slack", tmp_path, monkeypatch)
    heard: list[str] = []

    async def handle(message: UserMessage) -> None:
        heard.append(message.text)
        message.output_channel.client.base_url = f"{vendor.url}/"
        await answer(message)

    await webhook(channel, handle)(slack_request("/restart"))
    assert isinstance(channel, Slack)
    for task in list(channel._background_tasks):
        await task
    assert [posted["text"] for posted in vendor.posted] == ["Oui, clairement."]
    assert vendor.posted[0]["blocks"][1]["elements"][0]["value"] == "choix:0123456789"
    assert not heard[0].startswith("/")


async def test_slack_needs_its_signature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendor: Vendor) -> None:
    channel = built("Slack", tmp_path, monkeypatch)
    refused = await webhook(channel, answer)(slack_request("bonjour", "un autre secret"))
    assert refused.status == 400
    assert vendor.posted == []


async def test_mattermost_gets_the_answer_and_its_buttons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendor: Vendor) -> None:
    channel = built("Mattermost", tmp_path, monkeypatch)
    assert isinstance(channel, Mattermost)
    channel.url = vendor.url
    body = {"trigger_word": "@reso", "text": "@reso ça fait vendre ?", "user_id": "u1", "channel_id": "c1"}
    await webhook(channel, answer)(SimpleNamespace(json=body))
    assert [posted["message"] for posted in vendor.posted] == ["Oui, clairement."]
    [action] = vendor.posted[0]["props"]["attachments"][0]["actions"]
    integration = {"url": "https://reso.exemple.fr/webhooks/mattermost/webhook", "context": {"action": "choix:0123456789"}}
    assert action == {"name": "Dites-m’en plus", "integration": integration}


@pytest.mark.parametrize(("signed", "posts"), [(True, 1), (False, 0)])
async def test_teams_gets_the_answer_where_microsoft_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendor: Vendor, signed: bool, posts: int
) -> None:
    channel = built("Teams", tmp_path, monkeypatch)
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    token = jwt.encode({"aud": SECRETS["TEAMS_APP_ID"]}, KEY if signed else other, algorithm="RS256", headers={"kid": "k1"})
    body = {
        "type": "message", "text": "ça fait vendre ?", "from": {"id": "u1"}, "recipient": {"id": "bot"}, "conversation": {"id": "c1"},
        "serviceUrl": vendor.url,
    }  # fmt: skip
    await webhook(channel, answer)(SimpleNamespace(json=body, headers={"Authorization": f"Bearer {token}"}))
    assert len(vendor.posted) == posts
    assert all(posted["attachments"][0]["content"]["subtitle"] == "Oui, clairement." for posted in vendor.posted)
