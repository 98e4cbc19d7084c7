"""Telegram: the door, calls to a server that stands for Telegram's and its errors, and the check."""

from __future__ import annotations

import asyncio
import datetime
import logging
import traceback
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.channels.contract import Call, Later, Never, Request
from bot.channels.message import Reply
from bot.channels.sentences import only_text
from bot.channels.telegram import outgoing
from bot.channels.telegram.channel import TelegramChannel, webhook_checks
from bot.settings import Settings
from tests.channels.telegram_bot import BODIES, EVENT, QUESTION, SECRET, TOKEN, Vendor, album, channel, ok, read, refused, taken

# --- the door


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"x-telegram-bot-api-secret-token": SECRET}, True),
        ({"x-telegram-bot-api-secret-token": SECRET + "x"}, False),
        ({"x-telegram-bot-api-secret-token": SECRET[:-1]}, False),
        ({"x-telegram-bot-api-secret-token": ""}, False),
        ({"x-telegram-bot-api-secret-token": "é\udcff"}, False),
        ({}, False),
    ],
)
async def test_only_the_secret_opens(headers: dict[str, str], allowed: bool) -> None:
    async with aiohttp.ClientSession() as session:
        assert channel(session).allows(Request("POST", b"{}", headers)) is allowed


async def test_without_a_secret_nothing_opens() -> None:
    async with aiohttp.ClientSession() as session:
        bare = TelegramChannel(Settings(_env_file=None, telegram_token="", telegram_secret=""), session)
        assert bare.missing == ("RESO_TELEGRAM_TOKEN", "RESO_TELEGRAM_SECRET")
        assert not bare.allows(Request("POST", b"{}", {"x-telegram-bot-api-secret-token": ""}))


# --- a server that stands for Telegram's


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    made = Vendor()
    await made.server.start_server()
    yield made
    await made.server.close()


SAY = Call("sendMessage", {"chat_id": 99887766, "text": "Bonjour"})


async def test_a_sent_message_has_an_id_that_a_reaction_names(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    sent = await channel(session, str(vendor.server.make_url("/"))).send(SAY)
    assert sent == read("reaction_thumb_up")[0].about


async def test_the_bots_name_is_learnt_from_what_it_sends(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    telegram = channel(session, str(vendor.server.make_url("/")))
    body = (BODIES / "group_mention.json").read_bytes()
    assert telegram.read(body) == []
    await telegram.send(SAY)
    assert len(telegram.read(body)) == 1


async def test_the_bots_name_is_learnt_at_the_start(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    telegram = channel(session, str(vendor.server.make_url("/")))
    await telegram.start()
    assert len(telegram.read((BODIES / "group_mention.json").read_bytes())) == 1


async def test_a_pressed_button_stops_waiting_and_typing_shows(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    await channel(session, str(vendor.server.make_url("/"))).seen(read("callback")[0])
    assert vendor.calls == [
        ("answerCallbackQuery", {"callback_query_id": "4382bfdwdsb323b2d9"}),
        ("sendChatAction", {"chat_id": 99887766, "action": "typing"}),
    ]


async def test_a_failing_seen_mark_troubles_nobody(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    vendor.handler = lambda method, body: refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    await channel(session, str(vendor.server.make_url("/"))).seen(read("callback")[0])
    assert len(vendor.calls) == 1


async def test_too_many_calls_wait_as_long_as_telegram_wishes(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    vendor.handler = lambda method, body: refused(429, "Too Many Requests: retry after 14", retry_after=14)
    with pytest.raises(Later) as caught:
        await channel(session, str(vendor.server.make_url("/"))).send(SAY)
    assert (caught.value.seconds, caught.value.sure) == (14.0, True)


@pytest.mark.parametrize(
    ("code", "description", "channel_wide"),
    [
        (403, "Forbidden: bot was blocked by the user", False),
        (403, "Forbidden: bot was kicked from the supergroup chat", False),
        (400, "Bad Request: chat not found", False),
        (400, "Bad Request: not enough rights to send text messages to the chat", False),
        (400, "Bad Request: TOPIC_CLOSED", False),
        (400, 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 3', False),
        (401, "Unauthorized", True),
        (404, "Not Found", True),
    ],
)
async def test_what_will_never_succeed(
    vendor: Vendor, session: aiohttp.ClientSession, code: int, description: str, channel_wide: bool
) -> None:
    vendor.handler = lambda method, body: refused(code, description)
    with pytest.raises(Never) as caught:
        await channel(session, str(vendor.server.make_url("/"))).send(SAY)
    assert (caught.value.channel_wide, caught.value.code) == (channel_wide, str(code))
    assert caught.value.advice.endswith((".", "motif."))
    assert '"' not in str(caught.value)


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("Bad Request: not enough rights to send text messages to the chat", "administrateur"),
        ("Bad Request: TOPIC_CLOSED", "sujet"),
        ("Bad Request: message thread not found", "sujet"),
        ("Bad Request: chat not found", "conversation"),
        ("Bad Request: query is too old and response timeout expired or query ID is invalid", "trop longtemps"),
    ],
)
async def test_the_advice_is_about_what_happened(vendor: Vendor, session: aiohttp.ClientSession, description: str, words: str) -> None:
    vendor.handler = lambda method, body: refused(400, description)
    with pytest.raises(Never) as caught:
        await channel(session, str(vendor.server.make_url("/"))).send(SAY)
    assert words in caught.value.advice


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_fault_of_the_server_may_pass(vendor: Vendor, session: aiohttp.ClientSession, status: int) -> None:
    vendor.handler = lambda method, body: web.Response(status=status, text="<html>Bad Gateway</html>")
    with pytest.raises(Later) as caught:
        await channel(session, str(vendor.server.make_url("/"))).send(SAY)
    assert not caught.value.sure


async def test_a_moved_group_is_followed(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    def moved(method: str, body: dict[str, Any]) -> web.Response:
        if body["chat_id"] == -4321:
            return refused(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1001234567890)
        return taken(method, body)

    vendor.handler = moved
    call = Call("sendMessage", {"chat_id": -4321, "text": "Bonjour", "reply_parameters": {"message_id": 5}})
    assert await channel(session, str(vendor.server.make_url("/"))).send(call) == "-1001234567890:77"
    assert vendor.calls[1][1] == {"chat_id": -1001234567890, "text": "Bonjour"}


async def test_a_refused_connection_is_surely_not_taken(session: aiohttp.ClientSession) -> None:
    with pytest.raises(Later) as caught:
        await channel(session).send(SAY)
    assert caught.value.sure


async def test_a_connection_cut_after_the_call_is_not_sure(session: aiohttp.ClientSession) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"Bonjour")
        writer.close()

    async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Later) as caught:
            await channel(session, f"http://127.0.0.1:{port}").send(SAY)
    assert not caught.value.sure


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://[broken", "http://nowhere.invalid"])
async def test_the_token_stands_in_no_error_and_no_log(session: aiohttp.ClientSession, url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    telegram = channel(session, url)
    told: list[str] = [str(await telegram.check()), str(await telegram.set_webhook())]
    with pytest.raises((Later, Never)) as caught:
        await telegram.send(SAY)
    told += [repr(caught.value), "".join(traceback.format_exception(caught.value))]
    assert TOKEN not in "".join(told) + caplog.text
    assert TOKEN not in str([*outgoing.write(Reply(("Oui.",)), EVENT)])


@pytest.mark.parametrize("captions", [(QUESTION, "", ""), ("", QUESTION, ""), ("", "", QUESTION)])
async def test_the_caption_of_an_album_is_heard_wherever_it_stands(captions: tuple[str, ...], session: aiohttp.ClientSession) -> None:
    telegram = channel(session)
    heard = {event.message_id: (event.kind, event.text) for body in album(*captions) for event in telegram.read(body)}
    assert ("message", QUESTION) in heard.values()
    # What came before could not know of the caption; one sentence is said for all of it, and none for what comes after.
    assert len(heard) == (1 if captions[0] else 2)


async def test_who_presses_a_button_of_a_talk_long_forgotten_is_told_so_and_the_chat_stays_as_it_is(
    vendor: Vendor, session: aiohttp.ClientSession
) -> None:
    telegram = channel(session, str(vendor.server.make_url("/")))
    [event] = read("callback_of_last_month")
    calls = telegram.write(Reply((only_text(event.unreadable),)), event)
    assert [await telegram.send(call) for call in calls] == [""]
    [(method, body)] = vendor.calls
    assert (method, body["callback_query_id"], body["show_alert"]) == ("answerCallbackQuery", "4382bfdwdsb323b2dc", True)
    assert "trop ancien" in body["text"]
    assert len(body["text"]) <= 200


# --- make channels-check

INFO = {"url": "https://reso.exemple.fr/webhooks/telegram/webhook", "pending_update_count": 0, "allowed_updates": []}
ALL = ["message", "edited_message", "callback_query", "message_reaction"]


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ({}, None),
        ({"url": ""}, "Aucun webhook"),
        ({"url": "https://ailleurs.exemple.fr/x"}, "ailleurs"),
        ({"allowed_updates": ["message"]}, "callback_query, message_reaction"),
        ({"allowed_updates": []}, "message_reaction"),
        ({"last_error_message": "SSL error", "last_error_date": 1795417200}, "le 23/11/2026 à 07:00 UTC\u00a0: SSL error"),
        ({"last_error_message": "SSL error", "last_error_date": 1795417200 - 86400}, None),
        ({"last_error_message": "SSL error", "last_error_date": 1795417200 - 86400, "pending_update_count": 3}, "SSL error"),
        ({"pending_update_count": 250}, "250"),
    ],
)
def test_the_check_names_what_is_wrong_and_what_to_do(change: dict[str, Any], trouble: str | None) -> None:
    checks = webhook_checks(
        INFO | {"allowed_updates": ALL} | change, str(INFO["url"]), datetime.datetime.fromtimestamp(1795417200 + 600, datetime.timezone.utc)
    )
    bad = [check for check in checks if not check.good]
    assert all(check.advice for check in bad)
    assert (trouble is None and not bad) or any(trouble and trouble in check.what for check in bad)


async def test_a_check_of_a_good_bot(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    vendor.handler = lambda method, body: ok(INFO | {"allowed_updates": ALL}) if method == "getWebhookInfo" else taken(method, body)
    checks = await channel(session, str(vendor.server.make_url("/"))).check()
    assert all(check.good for check in checks)
    assert "@ResoBot" in checks[0].what


async def test_a_check_with_a_wrong_token_says_where_to_get_one(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    [check] = await channel(session, str(vendor.server.make_url("/")), telegram_token="1:faux").check()
    assert not check.good
    assert "@BotFather" in check.advice


async def test_the_webhook_is_registered_with_its_secret(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    check = await channel(session, str(vendor.server.make_url("/"))).set_webhook()
    assert check.good
    assert vendor.calls == [
        ("setWebhook", {"url": INFO["url"], "secret_token": SECRET, "allowed_updates": ALL, "max_connections": 40}),
    ]  # fmt: skip


@pytest.mark.parametrize("public_url", ["", "http://reso.exemple.fr"])
async def test_a_webhook_needs_a_public_https_address(vendor: Vendor, session: aiohttp.ClientSession, public_url: str) -> None:
    check = await channel(session, str(vendor.server.make_url("/")), public_url=public_url).set_webhook()
    assert not check.good
    assert "RESO_PUBLIC_URL" in check.advice
    assert vendor.calls == []
