"""A talk in the widget, in a real browser, against the real servers."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from bot.store.outbox import append_line
from tests.journeys.browser import HELPFUL, REPLY, SOON, USELESS, Chat
from tests.journeys.serving import Servers
from tests.journeys.visiting import BOOKTOK, BOOKTOK_SAYS, IKEA, IKEA_MORE, IKEA_SAYS, MORE, NIKE, NIKE_SAYS, SALES, SALES_SAYS, rows
from tests.journeys.widget_client import store_of

pytestmark = pytest.mark.servers


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
