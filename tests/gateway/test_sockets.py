"""One visitor with ill will takes neither the memory, nor the places, nor the turn of anybody else."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, text

from bot.gateway import engine as engine_io
from bot.gateway import socket_server
from bot.gateway.limits import PACKETS_AT_ONCE, REQUESTS_OF_A_CONNECTION, SOCKETS_OF_AN_ADDRESS, TURNS_OF_AN_ADDRESS
from bot.store import outbox, privacy
from bot.store.sessions import engine, reading
from bot.store.tables import InboxRow
from tests.gateway.widgets import SESSIONS, Gateway, serving

MINE, OTHERS = "198.51.100.7", "203.0.113.9"


@pytest.fixture
async def gateway(store: str) -> AsyncIterator[Gateway]:
    async with serving() as opened:
        yield opened


def a_talk(lines: int, length: int = 20) -> str:
    """Return the token of a talk with so many lines of that length."""
    session = SESSIONS.begin()
    for number in range(lines):
        outbox.append_line(session.sender, "agent", {"texts": [f"{number} ".ljust(length, "x")], "name": "Camille"})
    return SESSIONS.token(session)


def connected() -> float:
    """Return how many widgets are connected, as the figures have it."""
    return REGISTRY.get_sample_value("reso_sockets") or 0.0


async def test_a_connection_gives_a_talk_once(gateway: Gateway) -> None:
    token = a_talk(50)
    async with gateway.wire() as wire:
        for _ in range(20):
            await wire.send(f'40{{"token":"{token}","after":0}}')
            await wire.send("41")
        assert await wire.ended()
        assert sum(packet.count('"n":') for packet in wire.heard) <= 50


async def test_each_visit_lets_a_talk_last_from_then_on(gateway: Gateway) -> None:
    session = replace(SESSIONS.begin(), expires=int(time.time()) + 60)
    async with gateway.wire() as wire:
        told = await wire.connect(token=SESSIONS.token(session))
    assert told is not None
    assert told["expires"] > time.time() + 3000
    renewed = SESSIONS.read(told["token"])
    assert renewed is not None
    assert (renewed.sender, renewed.begun) == (session.sender, session.begun)


async def test_a_second_connect_ends_the_connection(gateway: Gateway) -> None:
    async with gateway.wire() as wire:
        assert await wire.connect()
        await wire.send("40{}")
        assert await wire.ended()


async def test_who_sends_without_end_is_not_acknowledged_without_end(gateway: Gateway) -> None:
    async with gateway.wire() as wire:
        await wire.connect()
        for number in range(2000):
            if not await wire.send(f'42{number}["say",{{"id":"x","text":7}}]'):
                break
        assert await wire.ended()
        assert sum(packet.startswith("43") for packet in wire.heard) <= 2 * PACKETS_AT_ONCE


async def test_who_posts_without_end_is_refused(gateway: Gateway) -> None:
    polled = await gateway.polled()
    assert await polled.post("40{}") == 200
    body = "\x1e".join(['42["page",{}]'] * 16)
    statuses = [await polled.post(body) for _ in range(2 * PACKETS_AT_ONCE // 16 + 2)]
    assert statuses[0] == 200
    assert 429 in statuses
    assert statuses[-1] == 400, "the connection is no more"


async def test_what_cannot_be_taken_counts_as_much_as_what_can(gateway: Gateway) -> None:
    async with gateway.wire() as wire:
        await wire.connect()
        codes = [(await wire.call("say", {"id": uuid.uuid4().hex, "text": "é" * 1001}))["code"] for _ in range(6)]
        assert codes == ["too_long"] * 5 + ["too_fast"]


async def test_a_long_talk_comes_whole_in_order_however_late_it_is_read(gateway: Gateway) -> None:
    token = a_talk(250, 20_000)  # 5 MB
    async with gateway.wire() as wire:
        await wire.connect(token=token, after=0)
        await asyncio.sleep(0.5)
        found = [line["texts"][0].split()[0] for line in await wire.lines(250)]
        assert found == [str(number) for number in range(250)]


async def test_who_does_not_read_loses_the_connection_and_nobody_else_does(gateway: Gateway) -> None:
    token = a_talk(1)
    sender = SESSIONS.read(token).sender  # type: ignore[union-attr]
    async with gateway.wire() as deaf, gateway.wire(OTHERS) as reader:
        for wire in (deaf, reader):
            await wire.connect(token=token, after=0)
            await wire.lines(1)

        async def write() -> None:
            for _ in range(100):
                outbox.append_line(sender, "agent", {"texts": ["x" * 200_000], "name": "Camille"})
                await asyncio.sleep(0)

        writing = asyncio.create_task(write())
        assert len(await reader.lines(100)) == 100
        await writing
        until = time.monotonic() + 10
        while not REGISTRY.get_sample_value("reso_refused_total", {"reason": "unread"}):
            assert time.monotonic() < until, "what it does not read is kept for ever"
            await asyncio.sleep(0.1)
        assert await deaf.ended()


async def test_a_network_that_takes_nothing_is_given_up(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_io, "UNREAD_SECONDS", 0.5)
    monkeypatch.setattr(socket_server, "UNREAD_SECONDS", 0.5)
    token, before = a_talk(100, 200_000), connected()
    async with gateway.wire() as deaf:
        await deaf.connect(token=token, after=0)
        assert connected() == before + 1
        until = time.monotonic() + 10
        while connected() > before:
            assert time.monotonic() < until, "who reads nothing keeps a place for ever"
            await asyncio.sleep(0.1)
        assert await deaf.ended()


async def test_places_are_given_back_whenever_a_connection_ends(gateway: Gateway) -> None:
    async def come_and_go() -> None:
        polled = await gateway.polled()
        await asyncio.gather(polled.post(f'40{{"token":"{SESSIONS.token(SESSIONS.begin())}"}}'), polled.post("1"))

    for _ in range(SOCKETS_OF_AN_ADDRESS + 5):
        await come_and_go()
    async with gateway.wire() as wire:
        assert await wire.connect()
        assert (await wire.say("bonjour"))["ok"]


async def test_places_are_given_back_where_the_store_fails(gateway: Gateway, store: str) -> None:
    token = a_talk(1)
    with engine(store).begin() as connection:
        connection.execute(text("ALTER TABLE outbox RENAME TO away"))
    for _ in range(SOCKETS_OF_AN_ADDRESS + 5):
        async with gateway.wire() as wire:
            assert await wire.connect(token=token) is None
    with engine(store).begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO outbox"))
    async with gateway.wire() as wire:
        assert await wire.connect()


async def test_only_so_many_widgets_of_an_address_and_others_come_in(gateway: Gateway) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(SOCKETS_OF_AN_ADDRESS):
            assert await (await stack.enter_async_context(gateway.wire())).connect()
        late = await stack.enter_async_context(gateway.wire())
        await late.send("40{}")
        assert json.loads((await late.until("44") or "")[2:]) == {"message": "busy"}
        assert await (await stack.enter_async_context(gateway.wire(OTHERS))).connect()


async def test_nothing_is_written_into_a_talk_that_was_erased_elsewhere(gateway: Gateway, store: str) -> None:
    async with gateway.wire() as wire:
        session = await wire.connect()
        assert session
        assert (await wire.say("bonjour"))["ok"]
        sender = SESSIONS.read(session["token"]).sender  # type: ignore[union-attr]
        privacy.erase(sender)
        assert (await wire.say("et encore"))["code"] == "expired"
        assert (await wire.call("refresh", {}))["code"] == "expired"
        with reading(store) as opened:
            assert opened.scalars(select(InboxRow.text).where(InboxRow.sender == sender)).all() == []
    async with gateway.wire() as wire:
        again = await wire.connect(token=session["token"])
        assert again
        assert again["fresh"]


async def test_one_address_does_not_fill_the_queue_and_may_write_again_once_it_is_answered(gateway: Gateway) -> None:
    gateway.assistant.may.clear()
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(gateway.wire()) for _ in range(TURNS_OF_AN_ADDRESS // 4 + 1)]
        for wire in wires:
            await wire.connect()
        acks = [await wire.say(f"question {number}") for wire in wires for number in range(4)]
        assert [ack["ok"] for ack in acks] == [True] * TURNS_OF_AN_ADDRESS + [False] * 4
        assert {ack["code"] for ack in acks[TURNS_OF_AN_ADDRESS:]} == {"busy"}
        other = await stack.enter_async_context(gateway.wire(OTHERS))
        await other.connect()
        assert (await other.say("bonjour"))["ok"]
        gateway.assistant.may.set()
        until = time.monotonic() + 10
        while not (ack := await wires[0].say("encore"))["ok"]:
            assert time.monotonic() < until
            await asyncio.sleep(ack["retry"] / 5)


async def test_one_address_cannot_have_talks_erased_without_end(gateway: Gateway) -> None:
    acks = []
    for _ in range(3):
        async with gateway.wire() as wire:
            await wire.connect()
            acks += [await wire.call("forget", {}) for _ in range(5)]
    assert [ack.get("code") for ack in acks] == [None] * 10 + ["too_fast"] * 5
    async with gateway.wire(OTHERS) as wire:
        await wire.connect()
        assert (await wire.call("forget", {}))["ok"]


async def test_who_erases_in_words_without_end_has_to_connect_again(gateway: Gateway) -> None:
    gateway.assistant.reply = {"text": "C’est effacé.", "custom": {"erased": True}}
    async with gateway.wire() as wire:
        await wire.connect()
        for _ in range(10):
            assert (await wire.say("oui, efface tout"))["ok"]
            assert await wire.until('42["session"')
        assert (await wire.say("oui, efface tout"))["ok"]
        assert await wire.ended()
        assert wire.heard[-1].startswith('42["trouble"'), "what was done is said"
        assert sum(packet.startswith('42["session"') for packet in wire.heard) == 11


async def test_one_connection_holds_only_so_many_requests(gateway: Gateway) -> None:
    polled = await gateway.polled()
    asked = [asyncio.create_task(polled.get()) for _ in range(2 * REQUESTS_OF_A_CONNECTION)]
    done, waiting = await asyncio.wait(asked, timeout=1)
    assert [task.result()[0] for task in done] == [429] * REQUESTS_OF_A_CONNECTION
    await polled.post("1")
    for task in waiting:
        task.cancel()


async def test_no_credentials_and_answers_that_differ_by_origin_say_so(gateway: Gateway) -> None:
    own = gateway.url.split("/reso")[0]
    polled = await gateway.polled()
    await polled.post("40{}")
    assert (await polled.get(Origin=own))[0] == 200
    assert polled.answered["Access-Control-Allow-Origin"] == own
    assert "Access-Control-Allow-Credentials" not in polled.answered
    assert polled.answered["Vary"] == "Origin"
