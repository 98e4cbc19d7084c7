"""The widget opened and closed, by mouse and keyboard, on every screen and for every sight."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from bot.store.outbox import append_line
from tests.journeys.browser import HELPFUL, PHONE, SOON, USELESS, Chat
from tests.journeys.serving import Servers
from tests.journeys.visiting import BOOKTOK, BOOKTOK_SAYS, IKEA, IKEA_MORE, IKEA_SAYS, MORE, NIKE, NIKE_SAYS, frozen, width_beyond
from tests.journeys.widget_client import store_of

pytestmark = pytest.mark.servers


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
