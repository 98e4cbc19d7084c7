"""Hostile texts on every way into the talk."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from bot.store.outbox import append_line
from tests.journeys.browser import REPLY, SOON, Chat, Visits
from tests.journeys.serving import Servers
from tests.journeys.widget_client import Line, Widget, alone, store_of

pytestmark = pytest.mark.servers

PAYLOADS = (Path(__file__).parent.parent / "fixtures" / "xss.txt").read_text(encoding="utf-8").splitlines()
OF_A_TALK = 4
"""Payloads that one visitor sends: fewer than the limit of a talk."""
TYPED = 6
"""Payloads that are typed into the page itself."""

ALLOWED = set(
    "div span p ul ol li strong b em i a br button article header footer section details summary time dl dt dd h2 h3 h4 small "
    "svg path circle rect line polyline g img style label textarea form menu nav figure figcaption blockquote cite slot".split()
)
"""Elements that the widget may be made of; images only with a data: or own address, links only http(s)."""

FOREIGN = """(allowed) => {
  const found = [];
  const walk = (root) => root.querySelectorAll("*").forEach((e) => {
    const name = e.localName;
    if (root instanceof ShadowRoot) {
      if (!allowed.includes(name)) found.push(`<${name}>`);
      for (const { name: key, value } of e.attributes) {
        if (/^on/i.test(key)) found.push(`<${name} ${key}>`);
        if (/^(href|src|action|formaction|xlink:href|data|srcdoc|poster)$/i.test(key)) {
          const link = name === "a" && key === "href" && /^https?:\\/\\//.test(value);
          const own = new URL(value, location.href).origin === location.origin || /^(data:image|blob:)/.test(value);
          if (!link && !(own && name !== "a")) found.push(`<${name} ${key}=${value}>`);
        }
        if (key === "style" && /url\\(|expression|import/i.test(value)) found.push(`<${name} style=${value}>`);
      }
      if (name === "a" && !(/noopener/.test(e.rel) && /noreferrer|nofollow/.test(e.rel))) found.push(`<a rel=${e.rel}>`);
    }
    if (e.shadowRoot) walk(e.shadowRoot);
  });
  walk(document);
  return found;
}"""
"""What in the widget's shadow trees is no part of the allow-list."""


@pytest.fixture
def chat(visits: Visits) -> Iterator[Chat]:
    """A visitor with the conversation open, and a talk under way; at the end no dialog, request or violation was seen."""
    opened = visits.chat().open()
    yield opened
    opened.leave()


async def say_all(url: str, texts: list[str]) -> list[Line]:
    """Say texts, a few in each talk; return every line that visitors of these talks were shown."""

    async def one(part: list[str]) -> list[Line]:
        async with Widget(url) as widget:
            for text in part:
                await widget.call("page", {"url": f"https://exemple.fr/{text}", "title": text})
                await widget.ask(text)
            return widget.lines

    parts = [texts[at : at + OF_A_TALK] for at in range(0, len(texts), OF_A_TALK)]
    return [line for lines in await asyncio.gather(*(one(part) for part in parts)) for line in lines]


def harmless(chat: Chat) -> None:
    """Fail where something hostile became more than text."""
    for summary in chat.log.locator("summary").all()[:10]:
        summary.click()
    assert chat.page.evaluate(FOREIGN, sorted(ALLOWED)) == []
    assert chat.page.evaluate("window.__violations") == []
    assert chat.page.url.startswith(chat.url)


def test_there_are_sixty_payloads() -> None:
    assert len(PAYLOADS) == len(set(PAYLOADS)) == 60


def test_hostile_messages_stay_text_with_whatever_they_are_answered(chat: Chat, servers: Servers) -> None:
    """What 15 visitors said, and what Réso replied, is shown again in one talk."""
    sender = chat.conversation
    lines = alone(say_all(servers.url, PAYLOADS))
    assert len(lines) == 2 * len(PAYLOADS)
    for line in lines:
        kept = {key: line[key] for key in ("texts", "buttons", "answers", "feedback", "form")}
        append_line(sender, line["author"], kept | {"id": uuid.uuid4().hex}, url=store_of(servers))
    append_line(sender, "notice", {"texts": ["Fin des lignes."]}, url=store_of(servers))
    chat.reads("Fin des lignes.", REPLY)
    shown = chat.read()
    for payload in PAYLOADS:
        if not payload.startswith(("[", "!", "**")):  # markup is shown as what it means
            assert " ".join(payload.split()) in shown, payload
    harmless(chat)


def test_hostile_texts_typed_into_the_page_stay_text(chat: Chat) -> None:
    for payload in PAYLOADS[:: len(PAYLOADS) // TYPED]:
        chat.say(payload)
        chat.reads(payload)
    harmless(chat)
    chat.page.reload()
    if not chat.panel.is_visible():
        chat.open()
    chat.reads(PAYLOADS[0])
    harmless(chat)


def hostile_line(payload: str) -> dict[str, Any]:
    """Return a line that is hostile in every field there is."""
    figure = {"value": payload, "text": payload, "source": payload}
    answer = {
        "id": payload, "kind": payload, "title": payload, "source": payload, "section": payload, "checked": "2026-11-23",
        "brands": [payload], "year": payload, "platforms": [payload], "figure": figure,
    }  # fmt: skip
    return {
        "texts": [payload, f"• {payload}", f"**{payload}**", f"[ici]({payload})", f"[{payload}](https://exemple.invalid/)"],
        "buttons": [{"title": payload, "payload": payload}],
        "answers": [answer, answer | {"kind": "cas"}],
        "feedback": {"useful": payload, "not_useful": payload},
        "form": payload,
        "name": payload,
        "id": payload,
    }


@pytest.mark.parametrize("author", ["bot", "agent", "notice"])
def test_hostile_lines_from_the_server_stay_text(chat: Chat, servers: Servers, author: str) -> None:
    sender = chat.conversation
    for payload in PAYLOADS:
        append_line(sender, author, hostile_line(payload), url=store_of(servers))
    append_line(sender, "notice", {"texts": ["Fin des lignes."]}, url=store_of(servers))
    chat.reads("Fin des lignes.", REPLY)
    assert "<script>alert(1)</script>" in chat.read()
    harmless(chat)


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"texts": None, "buttons": None, "answers": None},
        {"texts": "texte", "buttons": {}, "answers": {}},
        {"texts": [None, 3, {"a": 1}], "buttons": [None, {}], "answers": [None, {}], "feedback": 3, "form": 3},
        {"texts": ["bonjour"], "answers": [{"id": "x", "kind": "cas", "title": "x", "source": "x", "checked": "hier"}]},
        {"texts": ["bonjour"], "answers": [{"id": "x", "kind": "chiffre", "title": "x", "source": "x", "figure": "30 %"}]},
        {"texts": ["x" * 50_000]},
        {"texts": ["\u202e\u0000\ud83d" + "a\u0301" * 300]},
        {"texts": ["**" * 3000, "[" * 3000, "• " * 3000]},
    ],
)
def test_a_broken_line_does_not_break_the_talk(chat: Chat, servers: Servers, line: dict[str, Any]) -> None:
    sender = chat.conversation
    append_line(sender, "bot", line, url=store_of(servers))
    append_line(sender, "agent", {"texts": ["Toujours là."], "name": "Camille"}, url=store_of(servers))
    chat.reads("Toujours là.", SOON)


def test_a_hostile_host_page_title_stays_text(visits: Visits) -> None:
    chat = visits.chat()
    chat.page.evaluate(
        "title => { document.title = title; history.replaceState(null, '', '?q=' + encodeURIComponent(title)); }", PAYLOADS[0]
    )
    chat.open().ask("C’est quoi BookTok ?", "tendance de TikTok")
    harmless(chat)
    chat.leave()


def test_the_demonstration_page_allows_no_foreign_script(visits: Visits) -> None:
    chat = visits.chat()
    policy = chat.page.evaluate("fetch('/reso/').then(r => r.headers.get('content-security-policy'))")
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    chat.leave()


def test_links_are_web_links_with_rel_and_open_elsewhere(chat: Chat, servers: Servers) -> None:
    sender = chat.conversation
    append_line(sender, "agent", {"texts": ["Voyez [la page](https://exemple.fr/a?b=1&c=2)."], "name": "Camille"}, url=store_of(servers))
    link = chat.log.get_by_role("link", name=re.compile("la page"))
    expect(link).to_have_attribute("href", "https://exemple.fr/a?b=1&c=2", timeout=REPLY)
    expect(link).to_have_attribute("rel", re.compile("noopener.*noreferrer|noreferrer.*noopener"))
    expect(link).to_have_attribute("target", "_blank")
