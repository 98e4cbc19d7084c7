"""What each answer of the Graph API means for a call in the outbox."""

from __future__ import annotations

import asyncio
import datetime
import json
from email.utils import format_datetime
from unittest.mock import patch

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from bot.channels.contract import Later, Never
from bot.channels.meta import graph
from bot.channels.meta.graph import Graph
from tests.channels.meta_api import TOKEN, Answer, error, meta_api

BODY = {"recipient": {"id": "1"}, "message": {"text": "Bonjour"}}


async def test_a_call_carries_the_token_in_a_header_and_returns_the_answer() -> None:
    async with meta_api() as (api, session):
        client = Graph(session, f"{api.url}/", "v25.0", TOKEN)
        assert await client.post("/1/messages", BODY) == {"recipient_id": "1", "message_id": "m_out"}
        assert await client.get("me", {"fields": "id,name"}) == {"recipient_id": "1", "message_id": "m_out"}
    assert api.calls == [("POST", "/1/messages", BODY), ("GET", "/me", {"fields": "id,name"})]


async def refused(answer: Answer) -> Later | Never:
    async with meta_api() as (api, session):
        api.answers = [answer]
        with pytest.raises((Later, Never)) as caught:
            await Graph(session, api.url, "v25.0", TOKEN).post("/1/messages", BODY)
    assert len(api.calls) == 1
    assert TOKEN not in str(caught.value)
    assert "secret" not in str(caught.value)
    trouble = caught.value
    assert isinstance(trouble, (Later, Never))
    return trouble


USAGE = json.dumps({"108": [{"type": "messenger", "call_count": 100, "estimated_time_to_regain_access": 7}]})


@pytest.mark.parametrize(
    ("answer", "seconds", "sure"),
    [
        (error(4), 0, True),
        (error(17), 0, True),
        (error(32), 0, True),
        (error(613, status=429, headers={"Retry-After": "30"}), 30, True),
        (error(80006, headers={"X-Business-Use-Case-Usage": USAGE}), 420, True),
        (error(80007, headers={"X-Business-Use-Case-Usage": USAGE, "Retry-After": "900"}), 900, True),
        (error(130429, status=429), 0, True),
        (error(131048), 0, True),
        (error(131056, headers={"Retry-After": "n’importe", "X-Business-Use-Case-Usage": "[1]"}), 0, True),
        (error(1, 1357046, status=500), 0, False),
        (error(2, status=500), 0, False),
        (error(1200), 0, False),
        (error(99999, is_transient=True), 0, False),
        (error(99999, status=503), 0, False),
        (Answer(500, "<html>"), 0, False),
        (Answer(429, "", {"Retry-After": "5"}), 5, True),
        (error(80014), 0, True),
        (error(99999, status=429, headers={"Retry-After": "9"}), 9, True),
        (error(-1, status=500), 0, False),
        (error(-1), 0, False),
    ],
)
async def test_what_may_succeed_later(answer: Answer, seconds: float, sure: bool) -> None:
    trouble = await refused(answer)
    assert isinstance(trouble, Later)
    assert (trouble.seconds, trouble.sure) == (seconds, sure)


@pytest.mark.parametrize(
    ("answer", "channel_wide"),
    [(error(4), True), (error(80006), True), (Answer(429, ""), True), (error(131056), False), (error(2, status=500), False)],
)
async def test_a_limit_is_on_all_our_calls_but_for_that_on_messages_to_one_person(answer: Answer, channel_wide: bool) -> None:
    trouble = await refused(answer)
    assert isinstance(trouble, Later)
    assert trouble.channel_wide == channel_wide


@pytest.mark.parametrize(
    ("answer", "code", "channel_wide", "advice"),
    [
        (error(190, 463, status=401), "190/463", True, "jeton"),
        (error(102), "102", True, "jeton"),
        (error(10), "10", True, "autorisation"),
        (error(200, status=403), "200", True, "autorisation"),
        (error(230, status=403), "230", True, "autorisation"),
        (error(200, 2018028, status=403), "200/2018028", False, "autorisation"),
        (error(10, 2018278), "10/2018278", False, "24\u00a0heures"),
        (error(10, 2018300, status=403), "10/2018300", False, "a pris cette conversation"),
        (error(10, 2534048, status=403), "10/2534048", False, "autorisation"),
        (error(200, 2534048, status=403), "200/2534048", False, "autorisation"),
        (error(100, 2534037), "100/2534037", False, "a pris cette conversation"),
        (error(100, 33, status=400), "100/33", True, "identifiant"),
        (error(10, 2534022), "10/2534022", False, "24\u00a0heures"),
        (error(131047), "131047", False, "24\u00a0heures"),
        (error(551, 1545041), "551/1545041", False, "Cette personne"),
        (error(100, 2018001), "100/2018001", False, "Cette personne"),
        (error(131026), "131026", False, "Cette personne"),
        (error(100), "100", False, "contenu"),
        (error(368), "368", True, "restreint"),
        (error(133010), "133010", True, "WhatsApp Manager"),
        (error(12345), "12345", False, "documentation"),
        (Answer(401, ""), "HTTP 401", True, "jeton"),
        (Answer(404, "Not Found"), "HTTP 404", True, "RESO_META_VERSION"),
        (Answer(302, "", {"Location": "https://exemple.invalid"}), "HTTP 302", True, "adresse"),
        (Answer(200, {"error": {"code": "190"}}), "190", True, "jeton"),
    ],
)
async def test_what_will_not_succeed(answer: Answer, code: str, channel_wide: bool, advice: str) -> None:
    trouble = await refused(answer)
    assert isinstance(trouble, Never)
    assert (trouble.code, trouble.channel_wide) == (code, channel_wide)
    assert advice in trouble.advice


async def test_a_connection_cut_after_the_request_leaves_it_open_whether_the_call_was_taken() -> None:
    trouble = await refused(Answer(cut=True))
    assert isinstance(trouble, Later)
    assert not trouble.sure


async def test_a_time_out_leaves_it_open_too() -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, aiohttp.ClientSession() as session:
        with patch.object(graph, "TIMEOUT", aiohttp.ClientTimeout(total=0.05)), pytest.raises(Later) as caught:
            await Graph(session, url, "v25.0", TOKEN).post("/1/messages", BODY)
    assert not caught.value.sure


async def test_a_refused_connection_is_certainly_not_a_sent_message() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Later) as caught:
            await Graph(session, f"http://127.0.0.1:{unused_port()}", "v25.0", TOKEN).post("/1/messages", BODY)
    assert caught.value.sure


@pytest.mark.parametrize("answer", [Answer(half=True), Answer(200, "pas du JSON"), Answer(200, [1])])
async def test_a_taken_call_with_an_unreadable_answer_counts_as_sent(answer: Answer) -> None:
    async with meta_api() as (api, session):
        api.answers = [answer]
        assert await Graph(session, api.url, "v25.0", TOKEN).post("/1/messages", BODY) == {}


def test_a_wait_may_be_given_as_a_date() -> None:
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=60)
    assert 50 < graph.wish({"Retry-After": format_datetime(until, usegmt=True)}) <= 60


@pytest.mark.parametrize("value", ["-5", "Mon, 01 Jan 2001 00:00:00 GMT", ""])
def test_a_wait_is_never_negative(value: str) -> None:
    assert graph.wish({"Retry-After": value}) == 0
