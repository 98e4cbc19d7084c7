"""Nothing is lost in the widget, whatever happens to the page, the network or the servers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.journeys.browser import BACK, OFFLINE, SOON, Chat
from tests.journeys.serving import Servers
from tests.journeys.visiting import BOOKTOK, BOOKTOK_SAYS, IKEA, IKEA_SAYS, SALES, SALES_SAYS, frozen, kill, rows

pytestmark = pytest.mark.servers


def test_a_reload_keeps_the_talk_once_and_in_order(chat: Chat) -> None:
    chat.ask(IKEA, IKEA_SAYS).ask(BOOKTOK, BOOKTOK_SAYS)
    chat.page.reload()
    if not chat.panel.is_visible():
        chat.open()
    chat.reads(BOOKTOK_SAYS)
    assert [chat.count(text) for text in (IKEA_SAYS, BOOKTOK_SAYS)] == [1, 1]
    text = chat.read()
    assert text.index(IKEA_SAYS) < text.index(BOOKTOK_SAYS)
    chat.ask("dis-m'en plus", "BookTok")


def test_two_tabs_show_the_same_once(chat: Chat) -> None:
    chat.ask(IKEA, IKEA_SAYS)
    other = chat.tab().open()
    other.reads(IKEA_SAYS)
    other.ask(BOOKTOK, BOOKTOK_SAYS)
    chat.reads(BOOKTOK_SAYS)
    chat.ask(SALES, SALES_SAYS)
    other.reads(SALES_SAYS)
    for said in (IKEA_SAYS, BOOKTOK_SAYS, SALES_SAYS, "De combien les ventes de Nike"):
        assert (chat.count(said), other.count(said)) == (1, 1)


def test_who_comes_back_and_opens_before_the_connection_stands_is_answered(chat: Chat) -> None:
    """The page connects by itself for somebody with a talk; opening meanwhile must not disturb that."""
    chat.ask(IKEA, IKEA_SAYS)
    held: list[tuple[WebSocketRoute, str | bytes]] = []
    opened: list[bool] = []

    def slowly(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if opened or not str(message).startswith("40"):
                route.send(message)
            else:  # Socket.IO's « you are connected »
                held.append((route, message))

        server.on_message(pass_on)

    chat.context.route_web_socket(re.compile("socket.io"), slowly)
    chat.page.reload()
    for _ in range(200):
        if held:
            break
        chat.page.wait_for_timeout(25)
    assert held, "the page did not connect by itself"
    chat.launcher.click()
    opened.append(True)
    for route, message in held:
        route.send(message)
    chat.ask(BOOKTOK, BOOKTOK_SAYS)
    assert (chat.count(IKEA_SAYS), chat.count(BOOKTOK_SAYS)) == (1, 1)


def test_a_full_server_is_tried_again(visiting: Any) -> None:
    """A refusal of the server, such as « busy », is not the end of the talk."""
    chat = visiting()
    refused: list[str] = []

    def refuse_once(route: WebSocketRoute) -> None:
        if refused:
            route.connect_to_server()
            return
        route.send('0{"sid":"x","upgrades":[],"pingTimeout":20000,"pingInterval":25000,"maxPayload":16384}')

        def on_message(message: str | bytes) -> None:
            if str(message).startswith("40"):
                refused.append(str(message))
                route.send('44{"message":"busy"}')

        route.on_message(on_message)

    chat.context.route_web_socket(re.compile("socket.io"), refuse_once)
    chat.page.reload()
    chat.open().say(BOOKTOK)
    chat.reads(BOOKTOK_SAYS)
    assert len(refused) == 1


def test_what_was_written_offline_leaves_when_the_network_is_back(chat: Chat) -> None:
    chat.ask(IKEA, IKEA_SAYS)
    chat.context.set_offline(True)
    expect(chat.panel.get_by_text(OFFLINE)).to_be_visible()
    chat.say(BOOKTOK)
    chat.reads(BOOKTOK, SOON)
    chat.picture("offline")
    chat.context.set_offline(False)
    chat.reads(BOOKTOK_SAYS)
    expect(chat.panel.get_by_text(OFFLINE)).to_be_hidden()
    assert (chat.count(BOOKTOK), chat.count(BOOKTOK_SAYS)) == (1, 1)


def test_rasa_killed_while_it_answers_still_answers_once(chat: Chat, servers: Servers) -> None:
    chat.ask(IKEA, IKEA_SAYS)
    with frozen(servers, "bot.serving.rasa") as pids:
        chat.say(BOOKTOK)
        chat.picture("typing")
        kill(pids)
    chat.reads(BOOKTOK_SAYS, BACK)
    assert (chat.count(BOOKTOK), chat.count(BOOKTOK_SAYS)) == (1, 1)
    assert "excuses" not in chat.read()
    chat.ask("dis-m'en plus", "BookTok")


def test_the_gateway_killed_before_it_took_the_message_gets_it_again(chat: Chat, servers: Servers) -> None:
    chat.ask(IKEA, IKEA_SAYS)
    with frozen(servers, "bot gateway") as pids:
        chat.say(BOOKTOK)
        chat.reads(BOOKTOK, SOON)
        kill(pids)
    chat.reads(BOOKTOK_SAYS, BACK)
    assert (chat.count(IKEA_SAYS), chat.count(BOOKTOK), chat.count(BOOKTOK_SAYS)) == (1, 1, 1)


def test_the_gateway_killed_after_it_took_the_message_answers_after_its_return(chat: Chat, servers: Servers) -> None:
    chat.ask(IKEA, IKEA_SAYS)
    question = "C’est quoi, au juste, BookTok ?"
    with frozen(servers, "bot.serving.rasa"):
        chat.say(question)
        expect_in_store(chat, servers, question)
        kill(servers.pids("bot gateway"))
    chat.reads(BOOKTOK_SAYS, BACK)
    assert (chat.count(question), chat.count(BOOKTOK_SAYS)) == (1, 1)


def expect_in_store(chat: Chat, servers: Servers, text: str) -> None:
    """Wait until a message is written, which is when it is acknowledged."""
    for _ in range(100):
        if rows(servers, "select 1 from inbox where text = ?", text):
            return
        chat.page.wait_for_timeout(50)
    raise AssertionError(f"{text!r} was never written")


def test_a_text_that_is_too_long_is_told_and_stays_in_reach(chat: Chat) -> None:
    chat.box.fill("é" * 20_000)
    chat.box.press("Enter")
    expect(chat.panel).to_contain_text(re.compile(r"1\s?000 caractères"))
    chat.picture("too-long")
    chat.box.fill("")
    chat.ask(BOOKTOK, BOOKTOK_SAYS)


def test_an_empty_message_sends_nothing(chat: Chat) -> None:
    chat.reads("Réso")
    before = chat.read()
    chat.say("   ").press("Envoyer")
    assert chat.read() == before
    chat.ask(BOOKTOK, BOOKTOK_SAYS)
    assert chat.log.locator("li.visitor").count() == 1
