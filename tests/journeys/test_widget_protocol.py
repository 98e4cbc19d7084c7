"""docs/widget-protocol.md, from the other end of a real socket."""

from __future__ import annotations

import asyncio
import sqlite3
import time
import uuid

import pytest

from bot.channels.widget.sessions import Session
from bot.store.outbox import append_line
from tests.journeys.serving import Servers
from tests.journeys.widget_client import Widget, sessions_of, store_of
from tests.traces import left_in_files

pytestmark = pytest.mark.servers

QUESTION = "C'est quoi BookTok ?"
OTHER = "Que fait IKEA avec la réalité augmentée ?"


def kept(servers: Servers, query: str, *values: object) -> list[tuple]:
    """Return rows of the servers' store, read from outside."""
    with sqlite3.connect(f"file:{servers.folder / 'reso.db'}?mode=ro", uri=True, timeout=5) as database:
        return database.execute(query, values).fetchall()


async def test_a_message_is_on_disk_when_it_is_acknowledged(servers: Servers) -> None:
    async with Widget(servers.url) as widget:
        for number in range(4):
            await widget.say(f"{QUESTION} {number}")
            assert kept(servers, "select text from inbox where sender = ? and text like ?", widget.session.sender, f"%? {number}")


async def test_a_reply_names_its_message_and_carries_no_source_in_its_text(servers: Servers) -> None:
    async with Widget(servers.url) as widget:
        line = await widget.ask(QUESTION)
        assert line["author"] == "bot"
        assert line["answers"][0]["id"] == "cas/booktok"
        assert line["answers"][0]["source"]
        assert "Source" not in "\n".join(line["texts"])
        assert line["feedback"]["useful"] != line["feedback"]["not_useful"]
        assert line["at"].endswith("Z")


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_both_transports_answer(servers: Servers, transport: str) -> None:
    widget = Widget(servers.url)
    await widget.connect(transport)
    assert (await widget.ask(QUESTION))["answers"]
    await widget.close()


async def test_the_same_id_twice_is_one_message_and_one_reply(servers: Servers) -> None:
    async with Widget(servers.url) as widget:
        id = uuid.uuid4().hex
        await asyncio.gather(widget.say(QUESTION, id), widget.say(QUESTION, id))
        await widget.reply_to(id)
        await widget.say(QUESTION, id)
        await widget.ask("merci")
        assert len([line for line in widget.lines if line.get("id") == id]) == 1
        assert len(widget.replies_to(id)) == 1


async def test_a_known_id_of_another_talk_is_a_message_of_its_own(servers: Servers) -> None:
    id = uuid.uuid4().hex
    async with Widget(servers.url) as one, Widget(servers.url) as other:
        await one.say(QUESTION, id)
        await other.say(OTHER, id)
        assert (await one.reply_to(id))["answers"][0]["id"] == "cas/booktok"
        assert (await other.reply_to(id))["answers"][0]["id"] == "cas/ikea"


async def test_what_is_said_at_once_is_answered_in_its_order(servers: Servers) -> None:
    async with Widget(servers.url) as widget:
        ids = [await widget.say(text) for text in (QUESTION, "dis-m'en plus", OTHER, "merci")]
        for id in ids:
            await widget.reply_to(id)
        assert [line["reply_to"] for line in widget.lines if line["author"] == "bot"] == ids
        numbers = [line["n"] for line in widget.lines]
        assert numbers == sorted(set(numbers))
        by_id = {line["reply_to"]: line for line in widget.lines if line["author"] == "bot"}
        assert [by_id[id]["answers"][0]["id"] for id in ids[:3]] == ["cas/booktok", "cas/booktok", "cas/ikea"]


async def test_a_button_comes_back_by_its_payload_and_reads_as_its_title(servers: Servers) -> None:
    async with Widget(servers.url) as widget:
        button = (await widget.ask("je veux parler à une personne"))["buttons"] or (await widget.ask("bonjour"))["buttons"]
        id = await widget.press(button[0])
        assert (await widget.reply_to(id))["texts"]
        (own,) = [line for line in widget.lines if line.get("id") == id]
        assert own["texts"] == [button[0]["title"]]
        assert own["author"] == "visitor"


async def test_a_verdict_on_an_answer_is_thanked_for_and_kept(servers: Servers) -> None:
    async with Widget(servers.url) as widget:
        line = await widget.ask(QUESTION)
        before = kept(servers, "select count(*) from feedback")[0][0]
        thanks = await widget.reply_to(await widget.press({"payload": line["feedback"]["useful"], "title": "Utile"}))
        assert thanks["texts"]
        assert kept(servers, "select count(*) from feedback")[0][0] == before + 1


async def test_away_and_back_all_that_was_missed_comes_once_in_order(servers: Servers) -> None:
    widget = await Widget(servers.url).connect()
    await widget.ask(QUESTION)
    seen = widget.after
    id = await widget.say(OTHER)
    await widget.close()
    number = append_line(widget.session.sender, "agent", {"texts": ["Camille vous répond."], "name": "Camille"}, url=store_of(servers))
    back = await Widget(servers.url, widget.token, seen).connect()
    await back.reply_to(id)
    await back.until(lambda: any(line["n"] == number for line in back.lines))
    numbers = [line["n"] for line in back.lines]
    assert numbers == sorted(set(numbers))
    assert min(numbers) > seen
    assert [line["author"] for line in back.lines if line["author"] != "agent"] == ["visitor", "bot"]
    assert not back.sessions[0]["fresh"]
    assert not back.sessions[0]["greeting"]
    await back.close()


async def test_more_lines_than_one_event_holds_are_all_replayed(servers: Servers) -> None:
    widget = await Widget(servers.url).connect()
    await widget.close()
    for number in range(230):
        append_line(widget.session.sender, "agent", {"texts": [str(number)], "name": "Camille"}, url=store_of(servers))
    back = await Widget(servers.url, widget.token).connect()
    await back.until(lambda: len(back.lines) >= 230)
    assert [line["texts"] for line in back.lines] == [[str(number)] for number in range(230)]
    await back.close()


async def test_an_agents_line_reaches_an_open_widget(servers: Servers) -> None:
    async with Widget(servers.url) as widget:
        append_line(widget.session.sender, "agent", {"texts": ["Bonjour, c’est Camille."], "name": "Camille"}, url=store_of(servers))
        await widget.until(lambda: bool(widget.lines), 5)
        assert (widget.lines[0]["author"], widget.lines[0]["name"]) == ("agent", "Camille")


async def test_two_tabs_of_one_visitor_see_the_same(servers: Servers) -> None:
    async with Widget(servers.url) as one, Widget(servers.url, one.token) as two:
        first = await one.say(QUESTION)
        await two.reply_to(first)
        second = await two.say("merci")
        await one.reply_to(second)
        await two.reply_to(second)
        await two.until(lambda: two.after == one.after)
        assert two.lines == one.lines


async def test_dots_from_the_message_to_the_answer_on_every_tab(servers: Servers) -> None:
    async with Widget(servers.url) as one, Widget(servers.url, one.token) as two:
        await one.ask(QUESTION)
        await two.until(lambda: len(two.typing) >= 2)
        assert (one.typing[0], one.typing[-1]) == (True, False)
        assert (two.typing[0], two.typing[-1]) == (True, False)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"text": "é" * 1001}, "too_long"),
        ({"text": "e" * 10_001}, "too_long"),
        ({"text": ""}, "empty"),
        ({"text": " \u200b\u00a0\n "}, "empty"),
        ({"text": 3}, "unreadable"),
        ({"text": None}, "unreadable"),
        ({}, "unreadable"),
        ({"payload": "/restart", "title": "x"}, "unreadable"),
        ({"payload": "choix:0123456789", "title": ["x"]}, "unreadable"),
        ({"id": "court", "text": "bonjour"}, "unreadable"),
        ({"id": "x" * 65, "text": "bonjour"}, "unreadable"),
        ({"id": "a:b:c:d:e:f", "text": "bonjour"}, "unreadable"),
        ({"id": 12345678, "text": "bonjour"}, "unreadable"),
        ([], "unreadable"),
        ("bonjour", "unreadable"),
    ],
)
async def test_what_cannot_be_taken_is_told_in_french_and_leaves_the_talk_whole(servers: Servers, said: object, code: str) -> None:
    async with Widget(servers.url) as widget:
        given = {"id": uuid.uuid4().hex, **said} if isinstance(said, dict) else said
        ack = await widget.call("say", given)
        assert (ack["ok"], ack["code"]) == (False, code)
        assert ack["text"][0].isupper()
        assert ack["text"][-1] in ".?"
        assert kept(servers, "select count(*) from inbox where sender = ?", widget.session.sender) == [(0,)]
        assert widget.connected


async def test_an_event_of_a_hundred_kilobytes_does_not_reach_the_talk(servers: Servers) -> None:
    async with Widget(servers.url) as widget, Widget(servers.url) as neighbour:
        with pytest.raises(Exception, match=r".*"):
            await widget.call("say", {"id": uuid.uuid4().hex, "text": "x" * 100_000}, seconds=3)
        assert (await neighbour.ask(QUESTION))["answers"]
        assert kept(servers, "select count(*) from inbox where sender = ?", widget.session.sender) == [(0,)]


async def test_too_fast_is_told_with_when_to_try_again_and_then_taken(servers: Servers) -> None:
    async with Widget(servers.url) as widget:
        for number in range(5):
            await widget.say(f"bonjour {number}")
        id = uuid.uuid4().hex
        ack = await widget.call("say", {"id": id, "text": "encore"})
        assert (ack["ok"], ack["code"]) == (False, "too_fast")
        assert 1 <= ack["retry"] <= 10
        await asyncio.sleep(ack["retry"])  # what the server asked for
        await widget.say("encore", id)
        await widget.reply_to(id)


async def test_a_session_that_ends_while_connected_says_so(servers: Servers) -> None:
    # Each visit lengthens a talk's session, but not past the talk's greatest age.
    signer = sessions_of(servers)
    ends = int(time.time()) + 3
    token = signer.token(Session(signer.begin().sender, ends, ends - 30 * 86400))
    async with Widget(servers.url, token) as widget:
        assert not widget.sessions[0]["fresh"]
        assert widget.session.expires == ends
        await asyncio.sleep(max(0.0, widget.session.expires + 0.1 - time.time()))
        for event, data in (("say", {"id": uuid.uuid4().hex, "text": "bonjour"}), ("refresh", {}), ("forget", {})):
            ack = await widget.call(event, data)
            assert (ack["ok"], ack["code"]) == (False, "expired"), event


async def test_a_visit_and_refresh_lengthen_the_same_talk(servers: Servers) -> None:
    signer = sessions_of(servers, 60)
    first = signer.begin()
    async with Widget(servers.url, signer.token(first)) as widget:
        before = widget.session
        assert before.sender == first.sender
        assert before.expires > first.expires + 3600
        await asyncio.sleep(1.1)
        assert await widget.call("refresh") == {"ok": True}
        await widget.until(lambda: len(widget.sessions) == 2)
        assert widget.session.sender == before.sender
        assert widget.session.expires > before.expires
        assert not widget.sessions[1]["fresh"]


async def test_forget_erases_the_talk_on_every_tab_and_begins_another(servers: Servers) -> None:
    async with Widget(servers.url) as one, Widget(servers.url, one.token) as two:
        await one.ask("je cherche Zanzibarine Pointeuse")
        old_token, old = one.token, one.session.sender
        assert await two.call("forget", seconds=20) == {"ok": True}
        await one.until(lambda: len(one.sessions) == 2)
        await two.until(lambda: len(two.sessions) == 2)
        assert one.sessions[1]["fresh"]
        assert one.session.sender == two.session.sender != old
        for file in ("reso.db", "tracker.db"):
            with sqlite3.connect(servers.folder / file) as database:
                tables = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
                held = [row for table in tables for row in database.execute(f"select * from {table}")]
            assert [row for row in held if old in str(row) or "Zanzibarine" in str(row)] == [], file
        # Nor in what SQLite has set aside, once the logs were emptied.
        assert await asyncio.to_thread(left_in_files, servers.folder, "Zanzibarine") == set()
        async with Widget(servers.url, old_token) as late:
            assert late.sessions[0]["fresh"]
            assert late.lines == []
        await one.ask(QUESTION)
        assert one.lines[-1]["answers"]


async def test_a_message_under_way_when_the_talk_is_erased_does_not_bring_it_back(servers: Servers) -> None:
    async with Widget(servers.url) as widget:
        old = widget.session.sender
        for text in (QUESTION, OTHER, "merci"):
            await widget.say(text)
        assert await widget.call("forget", seconds=30) == {"ok": True}
        await widget.until(lambda: len(widget.sessions) == 2)
        await widget.ask(QUESTION)  # what was under way has ended by then
        assert kept(servers, "select count(*) from outbox where sender = ?", old) == [(0,)]
        assert kept(servers, "select count(*) from inbox where sender = ?", old) == [(0,)]


async def test_greeting_is_asked_for_until_something_was_said(servers: Servers) -> None:
    async with Widget(servers.url) as widget:
        assert widget.sessions[0]["fresh"]
        assert widget.sessions[0]["greeting"]
        assert widget.sessions[0]["keep_days"] == 30
        await widget.ask("bonjour")
        async with Widget(servers.url, widget.token) as again:
            assert not again.sessions[0]["greeting"]


async def test_the_page_is_taken_and_odd_pages_do_no_harm(servers: Servers) -> None:
    async with Widget(servers.url) as widget:
        pages: tuple[object, ...] = (
            {"url": "https://exemple.fr/tarifs", "title": "Tarifs"},
            {"url": 3, "title": None},
            [],
            "x",
            {"title": "t" * 4000},
        )
        for page in pages:
            assert await widget.call("page", page) == {"ok": True}
        assert (await widget.ask(QUESTION))["answers"]


@pytest.mark.parametrize("after", [-1, 2**60, "3", None, True, [1], {"n": 1}])
async def test_an_odd_offset_replays_the_whole_talk(servers: Servers, after: object) -> None:
    async with Widget(servers.url) as widget:
        append_line(widget.session.sender, "agent", {"texts": ["un"], "name": "Camille"}, url=store_of(servers))
        async with Widget(servers.url, widget.token, after) as again:  # type: ignore[arg-type]
            await again.until(lambda: [line["texts"] for line in again.lines] == [["un"]], 5)


async def test_a_token_of_a_malformed_conversation_is_a_new_one(servers: Servers) -> None:
    token = sessions_of(servers).token(Session("widget.\ud800".encode("utf-8", "replace").decode(), 2_000_000_000, int(time.time())))
    async with Widget(servers.url, token) as widget:
        assert widget.sessions[0]["fresh"]
