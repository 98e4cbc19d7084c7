"""axe-core finds nothing serious in any state of the widget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from bot.settings import ROOT
from bot.store.outbox import append_line
from tests.journeys.browser import HELPFUL, OFFLINE, PHONE, REPLY, Chat, Visits
from tests.journeys.serving import Servers
from tests.journeys.visiting import BOOKTOK, IKEA, IKEA_SAYS, NIKE, NIKE_SAYS, frozen
from tests.journeys.widget_client import store_of

pytestmark = pytest.mark.servers

AXE = ROOT / "widget" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCREEN = {"desktop": {}, "phone": PHONE}


@pytest.fixture(scope="module")
def visits(servers: Servers) -> Iterator[Visits]:
    if not Path(AXE).exists():
        pytest.fail("axe-core is not there: it comes with the widget's development packages (make setup-dev)")
    with Visits(servers.url) as opened:
        yield opened


def closed(chat: Chat, servers: Servers) -> None:
    expect(chat.launcher).to_be_visible()


def greeting(chat: Chat, servers: Servers) -> None:
    chat.open().reads("Réso")


def typing(chat: Chat, servers: Servers) -> None:
    with frozen(servers, "bot.serving.rasa"):
        chat.open().say(BOOKTOK)
        chat.reads(BOOKTOK)
        expect(chat.log.get_by_label("Réso écrit")).to_be_visible()
        check(chat)
    chat.reads("tendance de TikTok")


def answer_with_buttons(chat: Chat, servers: Servers) -> None:
    chat.open().ask(IKEA, IKEA_SAYS)
    expect(chat.button(HELPFUL)).to_be_visible()


def card_and_open_source(chat: Chat, servers: Servers) -> None:
    chat.open().ask(NIKE, NIKE_SAYS)
    chat.log.locator("summary").first.click()
    expect(chat.log.get_by_text("23 novembre 2026")).to_be_visible()


def form(chat: Chat, servers: Servers) -> None:
    chat.open().press("Parler à une personne").reads("Quel est votre nom")


def offline(chat: Chat, servers: Servers) -> None:
    chat.open().ask(IKEA, IKEA_SAYS)
    chat.context.set_offline(True)
    expect(chat.panel.get_by_text(OFFLINE)).to_be_visible()
    chat.say(BOOKTOK)


def error(chat: Chat, servers: Servers) -> None:
    chat.open().box.fill("é" * 1001)
    expect(chat.panel).to_contain_text("caractères")


def menu(chat: Chat, servers: Servers) -> None:
    chat.open().press("Menu")
    expect(chat.button("Effacer ma conversation")).to_be_visible()


def erasing(chat: Chat, servers: Servers) -> None:
    chat.open().choose("Effacer ma conversation")
    expect(chat.button("Oui, effacer")).to_be_visible()


def agent(chat: Chat, servers: Servers) -> None:
    chat.open()
    store = store_of(servers)
    append_line(chat.conversation, "notice", {"texts": ["Camille a rejoint la conversation."], "name": "Camille"}, url=store)
    append_line(chat.conversation, "agent", {"texts": ["Voyez [la page](https://exemple.fr/)."], "name": "Camille"}, url=store)
    chat.reads("Voyez", REPLY)


def unread(chat: Chat, servers: Servers) -> None:
    chat.open()
    sender = chat.conversation
    chat.press("Réduire")
    append_line(sender, "agent", {"texts": ["Êtes-vous là ?"], "name": "Camille"}, url=store_of(servers))
    expect(chat.launcher).to_have_accessible_name("Ouvrir la conversation, 1 message non lu")


STATES = [closed, greeting, typing, answer_with_buttons, card_and_open_source, form, offline, error, menu, erasing, agent, unread]


def check(chat: Chat) -> None:
    """Fail where axe finds something serious or critical."""
    chat.page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = chat.page.evaluate("tags => axe.run(document, { runOnly: { type: 'tag', values: tags } })", TAGS)
    assert found["passes"], "axe looked at nothing"
    serious = [
        f"{violation['id']} ({violation['impact']}): {node['html'][:160]} {node['failureSummary'][:300]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
    assert serious == []


@pytest.mark.parametrize("screen", SCREEN)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing_serious(visits: Visits, state: Callable[[Chat, Servers], None], screen: str, servers: Servers) -> None:
    chat = visits.chat(**SCREEN[screen], bypass_csp=True)
    state(chat, servers)
    chat.picture(f"state-{state.__name__}")
    check(chat)
    chat.leave()
