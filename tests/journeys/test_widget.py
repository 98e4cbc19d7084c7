"""What a visitor lives through with the widget, in a real browser, against the real servers."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Locator, WebSocketRoute, expect

from bot.store.outbox import append_line
from tests.journeys.browser import BACK, HELPFUL, OFFLINE, PHONE, REPLY, SOON, USELESS, Chat, Visits
from tests.journeys.serving import Servers
from tests.journeys.widget_client import store_of

pytestmark = pytest.mark.servers

NIKE, NIKE_SAYS = "Raconte-moi la campagne de Nike", "C’est la campagne que Nike a lancée en 2018 avec Colin Kaepernick"
IKEA, IKEA_SAYS = "Que fait IKEA avec la réalité augmentée ?", "Elle vous montre à quoi ressemblerait un meuble chez vous"
IKEA_MORE = "La réalité augmentée progresse aussi sur les réseaux eux-mêmes"
BOOKTOK, BOOKTOK_SAYS = "C’est quoi BookTok ?", "est une tendance de TikTok autour des livres"
SALES, SALES_SAYS = "De combien les ventes de Nike ont-elles augmenté ?", "c’est la hausse des ventes en ligne de Nike"
MORE = "Dites-m’en plus"


@pytest.fixture(scope="module")
def visits(servers: Servers) -> Iterator[Visits]:
    with Visits(servers.url) as opened:
        yield opened


@pytest.fixture
def visiting(visits: Visits) -> Iterator[Any]:
    """Give a function that opens a page for a new visitor; at the end nothing that must never happen has happened."""
    made: list[Chat] = []

    def visit(**context: Any) -> Chat:
        made.append(visits.chat(**context))
        return made[-1]

    yield visit
    for chat in made:
        chat.leave()


@pytest.fixture
def chat(visiting: Any) -> Chat:
    """A visitor on a large screen with the conversation open."""
    return visiting().open()


def rows(servers: Servers, query: str, *values: object) -> list[tuple]:
    """Return rows of the servers' store, read from outside."""
    with sqlite3.connect(f"file:{servers.folder / 'reso.db'}?mode=ro", uri=True, timeout=5) as database:
        return database.execute(query, values).fetchall()


@contextmanager
def frozen(servers: Servers, words: str) -> Iterator[list[int]]:
    """Stop a server in its tracks for a while; give its processes."""
    pids = servers.pids(words)
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield pids
    finally:
        for pid in set(pids) & set(servers.pids(words)):
            os.kill(pid, signal.SIGCONT)


def kill(pids: list[int]) -> None:
    """End processes without a word of warning."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def width_beyond(locator: Locator) -> int:
    """Return by how many pixels something is wider than it has room for."""
    return int(locator.evaluate("e => e.scrollWidth - e.clientWidth"))


# --- a talk


def test_a_talk_from_the_greeting_to_the_details(chat: Chat) -> None:
    chat.reads("Réso")
    expect(chat.box).to_be_focused()
    chat.picture("greeting")
    chat.ask(IKEA, IKEA_SAYS)
    expect(chat.box).to_have_value("")
    expect(chat.box).to_be_focused()
    chat.picture("answer")
    chat.ask("dis-m'en plus", IKEA_MORE)
    text = chat.read()
    assert text.index("Que fait IKEA") < text.index(IKEA_SAYS) < text.index("dis-m'en plus") < text.index(IKEA_MORE)


def test_the_head_of_a_talk_says_what_is_kept_and_how_to_erase_it(chat: Chat) -> None:
    chat.reads("Réso")
    expect(chat.log).to_contain_text(re.compile(r"Vos messages sont conservés 30\sjours .*supprime mes données"))
    expect(chat.box).to_be_focused()


def test_three_starters_lead_in_and_one_is_a_question(chat: Chat) -> None:
    chat.reads("Réso")
    starters = chat.log.get_by_role("button")
    expect(starters).to_have_count(3)
    name = starters.first.inner_text()
    starters.first.click()
    expect(chat.log.get_by_role("button", name=HELPFUL)).to_be_visible(timeout=REPLY)
    assert chat.count(name) >= 1


def test_a_quick_reply_is_used_once_and_survives_other_messages(chat: Chat) -> None:
    chat.ask(IKEA, IKEA_SAYS)
    chat.ask(BOOKTOK, BOOKTOK_SAYS)
    of_ikea = chat.log.get_by_role("button", name=MORE).first
    expect(of_ikea).to_be_enabled()
    of_ikea.click()
    chat.reads(IKEA_MORE)
    expect(of_ikea).to_be_disabled()
    assert chat.count(IKEA_MORE) == 1
    expect(chat.log.get_by_role("button", name=MORE).nth(1)).to_be_enabled()
    chat.ask("merci", "merci")


def test_a_case_study_is_a_card_with_brand_year_platforms_and_figure(chat: Chat) -> None:
    chat.ask(NIKE, NIKE_SAYS)
    card = chat.log.get_by_role("article", name="Nike, campagne Dream Crazy")
    expect(card).to_be_visible()
    for part in ("Nike", "2018", "Instagram", "Twitter", "30 %"):
        expect(card).to_contain_text(part)
    chat.picture("card")


def test_a_figure_is_large_and_says_who_published_it(chat: Chat) -> None:
    chat.ask(SALES, SALES_SAYS)
    value = chat.log.get_by_text("30 %", exact=True).last
    body = chat.log.get_by_text(SALES_SAYS)
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    assert value.evaluate(size) >= 1.4 * body.evaluate(size)
    expect(chat.log).to_contain_text("d’augmentation des ventes en ligne de Nike")
    chat.picture("figure")


def test_the_source_opens_into_section_and_date(chat: Chat) -> None:
    chat.ask(IKEA, IKEA_SAYS)
    line = chat.log.locator("summary", has_text=re.compile("^Source"))
    expect(line).to_have_count(1)
    date = chat.log.get_by_text("23 novembre 2026")
    expect(date).to_be_hidden()
    line.click()
    expect(date).to_be_visible()
    expect(chat.log.get_by_text("Intégration avec les Technologies Émergentes").last).to_be_visible()
    chat.picture("source")


def test_a_good_verdict_is_thanked_for_and_given_once(chat: Chat, servers: Servers) -> None:
    before = rows(servers, "select count(*) from feedback where useful")[0][0]
    chat.ask(IKEA, IKEA_SAYS).ask(BOOKTOK, BOOKTOK_SAYS)
    first, second = (chat.log.get_by_role("button", name=HELPFUL, exact=True).nth(number) for number in (0, 1))
    second.click()
    chat.reads("erci")
    assert rows(servers, "select count(*) from feedback where useful")[0][0] == before + 1
    expect(second).to_be_disabled()
    expect(chat.log.get_by_role("button", name=USELESS, exact=True).nth(1)).to_be_disabled()
    expect(first).to_be_enabled()  # the verdict was on the other answer


def test_a_bad_verdict_asks_for_the_short_why(chat: Chat, servers: Servers) -> None:
    chat.ask(IKEA, IKEA_SAYS).press(USELESS).reads("Qu’est-ce qui n’allait pas")
    chat.picture("why")
    chat.press("Trop vague")
    expect(chat.log).to_contain_text(re.compile("merci|noté|préciser|plus", re.I), timeout=REPLY)
    expect(chat.button("Trop vague")).to_be_disabled()
    expect(chat.box).to_be_enabled()
    assert rows(servers, "select count(*) from feedback where not useful")[0][0] >= 1


def test_the_request_to_the_team_is_filled_in_within_the_talk(chat: Chat, servers: Servers) -> None:
    chat.ask("combien coute une pub sur facebook", "les avantages et les risques des réseaux sociaux")
    chat.press("Parler à une personne").reads("Quel est votre nom")
    chat.picture("form-name")
    chat.ask("Nadia", "À quelle adresse e-mail")
    chat.ask("navigateur@exemple.fr", "Quelle question dois-je transmettre")
    chat.press("Oui, envoyez celle-ci").reads("Acceptez-vous")
    chat.press("J’accepte").reads("Voici votre demande")
    chat.picture("form-confirm")
    # « Envoyer » is the name of the button beside the box as well.
    chat.log.get_by_role("button", name="Envoyer", exact=True).click()
    chat.reads("C’est transmis")
    assert rows(servers, "select count(*) from handoffs where contact = 'navigateur@exemple.fr'") == [(1,)]


def test_a_person_is_always_in_reach(chat: Chat) -> None:
    expect(chat.button("Parler à une personne")).to_be_visible()
    chat.press("Parler à une personne").reads("Quel est votre nom")
    chat.press("Annuler")
    expect(chat.box).to_be_enabled()


def test_a_human_who_takes_over_is_named(chat: Chat, servers: Servers) -> None:
    sender = chat.conversation
    append_line(sender, "notice", {"texts": ["Camille a rejoint la conversation."], "name": "Camille"}, url=store_of(servers))
    append_line(sender, "agent", {"texts": ["Je regarde votre dossier."], "name": "Camille"}, url=store_of(servers))
    chat.reads("Camille a rejoint la conversation.", SOON).reads("Je regarde votre dossier.", SOON)
    assert chat.read().count("Camille") == 2  # in the notice, and by whom the line is
    chat.picture("agent")


def test_the_talk_can_be_downloaded(chat: Chat) -> None:
    chat.ask(IKEA, IKEA_SAYS)
    with chat.page.expect_download() as under_way:
        chat.choose("Télécharger la conversation")
    file = under_way.value.path()
    text = file.read_text(encoding="utf-8")
    plain = " ".join(text.split())
    assert "Que fait IKEA avec la réalité augmentée" in plain
    assert IKEA_SAYS in plain
    assert "2026" in plain or re.search(r"\d{1,2}:\d{2}", plain)
    assert re.fullmatch(r".*reso.*\.(txt|md|html)", under_way.value.suggested_filename, re.I)


def test_erasing_leaves_nothing_on_the_screen_nor_in_the_store(chat: Chat, servers: Servers) -> None:
    marker = "je cherche Pélagie Quatrevaux"
    chat.say(marker)
    expect(chat.log.get_by_role("button").last).to_be_visible(timeout=REPLY)
    sender = chat.conversation
    chat.choose("Effacer ma conversation")
    chat.picture("erase")
    chat.press("Oui, effacer")
    expect(chat.log).not_to_contain_text("Quatrevaux", timeout=REPLY)
    for table in ("inbox", "outbox"):
        assert rows(servers, f"select count(*) from {table} where sender = ?", sender) == [(0,)]
    chat.page.reload()
    chat.open().ask(BOOKTOK, BOOKTOK_SAYS)
    assert "Quatrevaux" not in chat.read()


# --- nothing is lost


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


# --- opening and closing


def test_the_greeting_comes_once(visiting: Any) -> None:
    chat = visiting().open()
    chat.reads("Réso")
    greeting = chat.log.inner_text().split("\n")[0]
    chat.press("Réduire")
    expect(chat.panel).to_be_hidden()
    chat.open()
    chat.page.reload()
    if not chat.panel.is_visible():
        chat.open()
    expect(chat.log).to_contain_text(greeting)
    assert chat.log.inner_text().count(greeting) == 1


def test_the_launcher_counts_what_was_not_read(visiting: Any, servers: Servers) -> None:
    chat = visiting().open()
    sender = chat.conversation
    chat.press("Réduire")
    expect(chat.launcher).to_have_accessible_name("Ouvrir la conversation")
    for text in ("Un conseiller vous répond.", "Êtes-vous là ?"):
        append_line(sender, "agent", {"texts": [text], "name": "Camille"}, url=store_of(servers))
    expect(chat.launcher).to_have_accessible_name("Ouvrir la conversation, 2 messages non lus")
    chat.picture("unread")
    chat.open().reads("Êtes-vous là ?")
    chat.press("Réduire")
    expect(chat.launcher).to_have_accessible_name("Ouvrir la conversation")


def test_everything_by_keyboard_from_launcher_to_answer_and_back(visiting: Any) -> None:
    chat = visiting()
    keyboard = chat.page.keyboard
    for _ in range(60):
        if chat.launcher.evaluate("e => e.matches(':focus')"):
            break
        keyboard.press("Tab")
    expect(chat.launcher).to_be_focused()
    keyboard.press("Enter")
    expect(chat.box).to_be_focused()
    keyboard.type(IKEA)
    keyboard.press("Enter")
    chat.reads(IKEA_SAYS)
    reached = set()
    for _ in range(12):
        keyboard.press("Shift+Tab")
        reached.add(chat.page.evaluate(FOCUSED))
    assert {MORE, HELPFUL, USELESS, "Réduire", "Menu", "Parler à une personne"} <= reached, reached
    chat.log.get_by_role("button", name=MORE).focus()
    keyboard.press("Enter")
    chat.reads(IKEA_MORE)
    assert chat.page.evaluate(FOCUSED) not in ("", "PAGE")  # the button that had it cannot be pressed twice
    keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()


FOCUSED = """() => {
  let e = document.activeElement, inside = false;
  while (e && e.shadowRoot) { inside = true; e = e.shadowRoot.activeElement; }
  if (!e) return "";
  return inside ? (e.getAttribute("aria-label") || e.textContent || "").trim() : "PAGE";
}"""
"""The name of what has the focus; PAGE where that is outside the widget."""


def test_on_a_phone_the_focus_stays_within_the_conversation(visiting: Any) -> None:
    chat = visiting(**PHONE).open()
    chat.ask(IKEA, IKEA_SAYS)
    for key in ("Tab", "Shift+Tab"):
        reached = set()
        for _ in range(30):
            chat.page.keyboard.press(key)
            reached.add(chat.page.evaluate(FOCUSED))
        assert "PAGE" not in reached
        assert {MORE, "Réduire"} <= reached


def test_shift_enter_is_a_new_line(chat: Chat) -> None:
    chat.box.press_sequentially("C’est quoi")
    chat.box.press("Shift+Enter")
    chat.box.press_sequentially("BookTok ?")
    expect(chat.box).to_have_value("C’est quoi\nBookTok ?")
    chat.box.press("Enter")
    chat.reads(BOOKTOK_SAYS)


# --- every screen, every sight


@pytest.mark.parametrize(
    "screen",
    [
        PHONE,
        PHONE | {"viewport": {"width": 320, "height": 568}},
        {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},  # 200 % zoom of 1280 x 800
        {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4},  # 400 %, WCAG 2.2, 1.4.10
    ],
    ids=["phone", "320px", "zoom-200", "zoom-400"],
)
def test_nothing_is_cut_off_on_a_small_screen(visiting: Any, screen: dict[str, Any], request: pytest.FixtureRequest) -> None:
    chat = visiting(**screen).open()
    chat.ask(NIKE, NIKE_SAYS).ask("quels sont les chiffres", "Lequel voulez-vous ouvrir")
    expect(chat.box).to_be_in_viewport()
    expect(chat.button("Réduire")).to_be_in_viewport()
    for place in (chat.page.locator("html"), chat.panel, chat.log):
        assert width_beyond(place) <= 0
    width = screen["viewport"]["width"]
    for thing in (*chat.log.get_by_role("article").all(), *chat.log.get_by_role("button").all()):
        box = thing.bounding_box()
        assert box is None or (box["x"] >= 0 and box["x"] + box["width"] <= width + 0.5), thing.inner_text()
    chat.picture(f"small-{request.node.callspec.id}")


def test_a_phone_shows_the_conversation_on_the_whole_screen(visiting: Any) -> None:
    chat = visiting(**PHONE).open()
    box = chat.panel.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (375, 740)
    for name in ("Réduire", "Menu", "Parler à une personne", "Envoyer"):
        of = chat.button(name).bounding_box()
        assert of is not None
        assert min(of["width"], of["height"]) >= 24, name  # WCAG 2.2, 2.5.8


def test_with_reduced_motion_nothing_moves_even_while_it_writes(visiting: Any, servers: Servers) -> None:
    chat = visiting(reduced_motion="reduce").open()
    chat.reads("Réso")
    with frozen(servers, "bot.serving.rasa"):
        chat.say(BOOKTOK)
        chat.reads(BOOKTOK, SOON)
        moving = chat.page.evaluate(
            "() => document.getAnimations().filter(a => a.playState === 'running' && a.effect.getComputedTiming().endTime > 20).length"
        )
        assert moving == 0
        chat.picture("typing-still")
    chat.reads(BOOKTOK_SAYS)


def test_forced_colours_keep_every_control_visible(visiting: Any) -> None:
    chat = visiting(forced_colors="active").open()
    chat.ask(IKEA, IKEA_SAYS)
    for thing in (chat.button("Envoyer"), chat.button("Réduire"), chat.button(MORE)):
        edge = thing.evaluate(
            "e => getComputedStyle(e).borderTopWidth + getComputedStyle(e).outlineWidth + e.querySelectorAll('svg').length"
        )
        assert edge
    chat.picture("forced-colours")


def test_each_answer_is_announced_once(chat: Chat) -> None:
    assert chat.log.get_attribute("aria-live") in (None, "polite")  # role=log is polite by itself
    chat.ask(IKEA, IKEA_SAYS)
    live = chat.page.evaluate(LIVE)
    assert [region for region in live if IKEA_SAYS in " ".join(region.split())] == [live[0]]


LIVE = """() => {
  const found = [];
  const walk = (root) => root.querySelectorAll("*").forEach((e) => {
    if (e.matches("[aria-live]:not([aria-live=off]), [role=log], [role=status], [role=alert]")) found.push(e.textContent);
    if (e.shadowRoot) walk(e.shadowRoot);
  });
  walk(document);
  return found.sort((a, b) => b.length - a.length);
}"""
"""What each live region of the page holds, the longest first."""
