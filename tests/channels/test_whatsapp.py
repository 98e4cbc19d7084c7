"""WhatsApp: the door, calls to a server that stands for Meta's and its errors, and the check."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.channels.contract import Check, Later, Never, Request
from bot.channels.message import Reply
from bot.channels.whatsapp import outgoing
from bot.channels.whatsapp.channel import WhatsAppChannel, accounts, number_checks, subscription_check, token_checks
from bot.settings import Settings
from tests.channels.whatsapp_number import ABOUT, EVENT, HOOK, NUMBER, PHONE_ID, SECRET, TOKEN, TOLD, Vendor, body, channel, read

# --- the door


def signed(given: bytes, secret: str = SECRET, digest: str = "sha256") -> dict[str, str]:
    return {"x-hub-signature-256": f"{digest}=" + hmac.new(secret.encode(), given, hashlib.new(digest).name).hexdigest()}


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        (signed(body("accents_escaped")), True),
        (signed(body("accents_escaped"), "un autre"), False),
        (signed(body("text")), False),
        (signed(body("accents_escaped"), digest="sha1"), False),
        ({"x-hub-signature": signed(body("accents_escaped"), digest="sha1")["x-hub-signature-256"]}, False),
        ({}, False),
    ],
)
async def test_only_metas_signature_opens(headers: dict[str, str], allowed: bool, session: aiohttp.ClientSession) -> None:
    assert channel(session).allows(Request("POST", body("accents_escaped"), headers)) is allowed


async def test_what_is_not_set_is_named(session: aiohttp.ClientSession) -> None:
    bare = WhatsAppChannel(Settings(_env_file=None, meta_app_secret=SECRET), session)
    assert bare.missing == ("RESO_META_VERIFY_TOKEN", "RESO_WHATSAPP_TOKEN", "RESO_WHATSAPP_PHONE_ID")


# --- a server that stands for Meta's


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    made = Vendor()
    await made.server.start_server()
    yield made
    await made.server.close()


async def test_a_sent_message_has_the_id_that_a_reaction_names(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    whatsapp = channel(session, str(vendor.server.make_url("/")))
    [call] = whatsapp.write(Reply(("Bonjour !",)), EVENT)
    assert await whatsapp.send(call) == read("reaction_thumb_up")[0].about


async def test_a_message_is_marked_as_read_while_an_answer_is_made(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    await channel(session, str(vendor.server.make_url("/"))).seen(EVENT)
    assert vendor.calls == [
        {"messaging_product": "whatsapp", "status": "read", "message_id": ABOUT, "typing_indicator": {"type": "text"}},
    ]  # fmt: skip


async def test_a_failing_read_mark_troubles_nobody(session: aiohttp.ClientSession) -> None:
    await channel(session).seen(EVENT)
    with pytest.raises(Later):
        await channel(session).send(outgoing.write(Reply(("Oui.",)), EVENT, PHONE_ID)[0])


async def test_a_closed_window_is_final_for_the_message_only(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    vendor.closed = True
    whatsapp = channel(session, str(vendor.server.make_url("/")))
    with pytest.raises(Never) as caught:
        await whatsapp.send(whatsapp.write(Reply(("Bonjour !",)), EVENT)[0])
    assert not caught.value.channel_wide


async def test_a_refused_token_stops_the_channel(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    whatsapp = channel(session, str(vendor.server.make_url("/")), whatsapp_token="périmé")
    with pytest.raises(Never) as caught:
        await whatsapp.send(whatsapp.write(Reply(("Bonjour !",)), EVENT)[0])
    assert caught.value.channel_wide


async def test_another_number_of_the_account_is_not_answered_and_told_once(
    session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    whatsapp = channel(session)
    assert [whatsapp.read(body(name)) for name in ("another_number", "another_number")] == [[], []]
    assert [record.getMessage().count("106540352242999") for record in caplog.records] == [1]
    assert whatsapp.read(body("text"))
    assert whatsapp.read(body("status_failed"))


# --- make channels-check


async def test_a_check_of_a_good_number(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    checks = await channel(session, str(vendor.server.make_url("/"))).check()
    assert [check for check in checks if not check.good] == []
    assert len(checks) == 5


@pytest.mark.parametrize(
    ("told", "fields", "trouble"),
    [
        ({"data": TOLD | {"granular_scopes": [{"scope": "whatsapp_business_management"}]}}, ["messages"], "ne peut pas être vérifié"),
        ({"error": {"code": 100, "message": "no"}}, ["messages"], "Meta 100"),
        ({"data": "?"}, ["messages"], "ne peut pas être vérifié"),
        ({"data": TOLD}, ["account_update"], "messages"),
    ],
)
async def test_what_cannot_be_asked_or_cannot_arrive_is_told_beside_what_is_known(
    vendor: Vendor, session: aiohttp.ClientSession, told: Any, fields: list[str], trouble: str
) -> None:
    vendor.told, vendor.fields = told, fields
    checks = await channel(session, str(vendor.server.make_url("/"))).check()
    [bad] = [check for check in checks if not check.good]
    assert trouble in bad.what
    assert bad.advice
    assert "+33 1 55 55 01 00" in checks[0].what


async def test_a_check_without_a_connection_says_so(session: aiohttp.ClientSession) -> None:
    [check] = await channel(session).check()
    assert not check.good
    assert check.advice
    assert TOKEN not in check.what


@pytest.mark.parametrize(
    ("checks", "trouble"),
    [
        (number_checks(NUMBER | {"webhook_configuration": {}}, HOOK), "Aucun webhook"),
        (
            number_checks(NUMBER | {"webhook_configuration": {"application": HOOK, "phone_number": "https://ailleurs.fr"}}, HOOK),
            "ailleurs.fr",
        ),
        (number_checks(NUMBER | {"quality_rating": "RED"}, HOOK), "Qualité"),
        (number_checks(NUMBER, ""), "RESO_PUBLIC_URL"),
        (token_checks({"is_valid": False}), "plus valable"),
        (token_checks(TOLD | {"scopes": ["whatsapp_business_management"]}), "whatsapp_business_messaging"),
        (token_checks(TOLD | {"expires_at": 1795417200}), "expire"),
        ([subscription_check({"data": []}, "102", "7")], "102"),
        ([subscription_check({"data": [{"whatsapp_business_api_data": {"id": ""}}]}, "102", "")], "102"),
        (
            [subscription_check({"data": [{"whatsapp_business_api_data": {"id": "999", "name": "Autre CRM"}}]}, "102", "7")],
            "pas celle du jeton",
        ),
    ],
)
def test_the_check_names_what_is_wrong_and_what_to_do(checks: list[Check], trouble: str) -> None:
    [bad] = [check for check in checks if not check.good]
    assert trouble in bad.what
    assert bad.advice


def test_accounts_come_from_the_token() -> None:
    assert accounts(TOLD) == ["102290129340398"]
    assert accounts({}) == []
