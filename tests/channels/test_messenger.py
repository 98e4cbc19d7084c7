"""Messenger: the door, calls to a server that stands for Meta's, and the check."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.channels.contract import Call, Channel, Check, Never, Request
from bot.channels.message import Reply
from bot.channels.messenger import channel as messenger
from tests.channels import meta_api
from tests.channels.messenger_page import PAGE, event, made


def test_only_signed_requests_are_allowed() -> None:
    signature = "sha256=" + hmac.new(b"s", b"{}", hashlib.sha256).hexdigest()
    assert made().allows(Request("POST", b"{}", {"x-hub-signature-256": signature}))
    assert not made().allows(Request("POST", b"{}", {"x-hub-signature": signature}))
    assert not made(meta_app_secret="").allows(Request("POST", b"{}", {"x-hub-signature-256": signature}))


@pytest.mark.parametrize(
    ("unset", "variable"),
    [
        ("meta_app_secret", "RESO_META_APP_SECRET"),
        ("meta_verify_token", "RESO_META_VERIFY_TOKEN"),
        ("messenger_token", "RESO_MESSENGER_TOKEN"),
        ("messenger_page_id", "RESO_MESSENGER_PAGE_ID"),
    ],
)
def test_a_variable_that_is_not_set_is_named(unset: str, variable: str) -> None:
    assert made().missing == ()
    assert made(**{unset: ""}).missing == (variable,)


def test_it_fulfils_the_contract() -> None:
    channel: Channel = made()
    assert (channel.name, channel.window_hours) == ("messenger", 24)


async def test_a_sent_message_gives_its_id() -> None:
    async with meta_api.meta_api() as (api, session):
        channel = made(session, meta_api_url=api.url)
        (call,) = channel.write(Reply(("Bonjour",)), event())
        assert await channel.send(Call(call.path, json.loads(json.dumps(call.body)))) == "m_out"
        api.answers = [meta_api.error(10, 2018278)]
        with pytest.raises(Never):
            await channel.send(call)
    assert api.calls[0] == ("POST", f"/{PAGE}/messages", call.body)


async def test_seen_then_typing_is_shown_and_a_failure_is_swallowed() -> None:
    async with meta_api.meta_api() as (api, session):
        channel = made(session, meta_api_url=api.url)
        await channel.seen(event())
        assert [c[2]["sender_action"] for c in api.calls] == ["mark_seen", "typing_on"]
        api.answers = [meta_api.error(190, status=401)]
        await channel.seen(event())


FIELDS = [
    "messages",
    "message_echoes",
    "messaging_postbacks",
    "messaging_referrals",
    "message_reactions",
    "message_edits",
    "response_feedback",
]
SCOPES = ["pages_messaging", "pages_manage_metadata"]


HOOK = "https://reso.exemple.fr/webhooks/messenger/webhook"
OTHER_APP = {"id": "999", "subscribed_fields": FIELDS}


def app_hook(**changed: Any) -> meta_api.Answer:
    """Return the app's own subscription as /{app}/subscriptions gives it."""
    fields = [{"name": name, "version": "v25.0"} for name in FIELDS]
    return meta_api.Answer(body={"data": [{"object": "page", "callback_url": HOOK, "active": True, "fields": fields} | changed]})


async def checked(public_url: str = "https://reso.exemple.fr", **answers: Any) -> list[Check]:
    told = {"app_id": meta_api.APP, "is_valid": True, "scopes": SCOPES, "expires_at": 0}
    given = {
        "/me": meta_api.Answer(body={"id": PAGE, "name": "Ma page"}),
        "/debug_token": meta_api.Answer(body={"data": told}),
        f"/{PAGE}/subscribed_apps": meta_api.Answer(body={"data": [OTHER_APP, {"id": meta_api.APP, "subscribed_fields": FIELDS}]}),
        f"/{meta_api.APP}/subscriptions": app_hook(),
    } | {f"/{name}": answer for name, answer in answers.items()}
    async with meta_api.meta_api() as (api, session):
        api.at = given.get
        return await made(session, meta_api_url=api.url, public_url=public_url).check()


async def test_a_good_set_up_has_no_fault() -> None:
    lines = await checked()
    assert len(lines) == 4
    assert all(line.good for line in lines)


SOON = int((datetime.datetime.now() + datetime.timedelta(days=3)).timestamp())
PAGE_APPS, APP_HOOKS = f"{PAGE}/subscribed_apps", f"{meta_api.APP}/subscriptions"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"me": meta_api.error(190, status=401)}, ("190", "créez-en un nouveau")),
        ({"me": meta_api.Answer(500, "")}, ("ne répond pas", "réessayez")),
        ({"me": meta_api.Answer(body={"id": "42", "name": "Camille"})}, ("Camille", "jeton de page")),
        ({"debug_token": meta_api.Answer(body={"data": {"scopes": SCOPES[1:]}})}, ("pages_messaging", "étape\u00a03")),
        ({"debug_token": meta_api.Answer(body={"data": {"scopes": SCOPES, "expires_at": SOON}})}, ("expire le", "système")),
        ({"debug_token": meta_api.error(100)}, ("applications sont abonnées", "console")),
        ({"debug_token": meta_api.error(100)}, ("ne peut pas être vérifié", "étape\u00a04")),
        ({PAGE_APPS: meta_api.Answer(body={"data": []})}, ("messages, messaging_postbacks", "étape\u00a04")),
        ({PAGE_APPS: meta_api.Answer(body={"data": [OTHER_APP]})}, ("messages, messaging_postbacks", "étape\u00a04")),
        ({PAGE_APPS: meta_api.Answer(body={"data": [{"id": meta_api.APP, "subscribed_fields": FIELDS[:5]}]})}, ("response_feedback", "étape\u00a04")),
        ({PAGE_APPS: meta_api.error(200, status=403)}, ("ne peuvent pas être lus", "autorisation")),
        ({APP_HOOKS: meta_api.Answer(body={"data": []})}, ("pas de webhook", "étape\u00a04")),
        ({APP_HOOKS: app_hook(object="user")}, ("pas de webhook", "étape\u00a04")),
        ({APP_HOOKS: app_hook(active=False)}, ("pas de webhook", "étape\u00a04")),
        ({APP_HOOKS: app_hook(callback_url="https://ailleurs.exemple.fr")}, ("ailleurs.exemple.fr", HOOK)),
        ({APP_HOOKS: app_hook(fields=["feed", "messaging_postbacks"])}, ("pas abonnée à\u00a0: messages.", "étape\u00a04")),
        ({APP_HOOKS: meta_api.error(190, status=401)}, ("190", "RESO_META_APP_SECRET")),
        ({"public_url": ""}, ("RESO_PUBLIC_URL", "https")),
    ],
)  # fmt: skip
async def test_each_fault_of_the_set_up_is_told_with_what_to_do(answers: dict[str, Any], words: tuple[str, str]) -> None:
    faults = [line for line in await checked(**answers) if not line.good]
    assert any(words[0] in line.what and words[1] in line.advice for line in faults)


async def test_no_internet_is_told() -> None:
    async with aiohttp.ClientSession() as session:
        lines = await made(session, meta_api_url="http://127.0.0.1:9").check()
    assert [line.good for line in lines] == [False]
    assert "internet" in lines[0].advice


def test_the_fields_of_the_webhook_are_those_that_the_guide_names() -> None:
    guide = (Path(__file__).parents[2] / "docs/channels/messenger.md").read_text()
    assert [f for f in (*messenger.NEEDED, *messenger.WISHED, *messenger.PERMISSIONS) if f"`{f}`" not in guide] == []
