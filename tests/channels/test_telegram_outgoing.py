"""Telegram: replies within the Bot API's limits."""

from __future__ import annotations

import html.parser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.message import Answer, Button, Event, Figure, Reply
from bot.channels.telegram import outgoing
from tests.channels.telegram_bot import EVENT, GROUP, MEMBER, SENT

IN_GROUP = Event("message", MEMBER, "u1", SENT, "bonjour", native={"answers": "501", "topic": "42"})


class _Checker(html.parser.HTMLParser):
    """Reads HTML as Telegram does: only its tags, each closed in order; gives the text that is left."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("b", "a")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(text: str) -> str:
    checker = _Checker()
    checker.feed(text)
    checker.close()
    assert checker.open == []
    return checker.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"),
        ("un **mot** fort", "un <b>mot</b> fort"),
        ("**a**, **deux mots** et **c**", "<b>a</b>, <b>deux mots</b> et <b>c</b>"),
        ("[le site](https://exemple.fr/?a=1&b=2)", '<a href="https://exemple.fr/?a=1&amp;b=2">le site</a>'),
        ("[le **site**](https://exemple.fr)", '<a href="https://exemple.fr">le <b>site</b></a>'),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
        ("<b>pas à nous</b>", "&lt;b&gt;pas à nous&lt;/b&gt;"),
        ("une **moitié", "une moitié"),
        ('[x](https://e.fr/"onload=)', '<a href="https://e.fr/&quot;onload=">x</a>'),
    ],
)
def test_formatting_is_telegrams(text: str, expected: str) -> None:
    assert outgoing.as_html(text) == expected


@given(st.lists(st.sampled_from(["**", "[", "](https://e.fr)", "mot ", "<", "&", '"', "\n", "é", "🎉"]), max_size=30))
def test_html_is_always_well_formed(parts: list[str]) -> None:
    assert "**" not in shown(outgoing.as_html("".join(parts)))


def test_bubbles_come_in_order_and_choices_below_the_last() -> None:
    buttons = (Button("Dites-m’en plus", "choix:1"), Button("D’où ça vient\u202f?", "choix:2"))
    calls = outgoing.write(Reply(("Un.", "Deux."), buttons), EVENT)
    assert [call.body["text"] for call in calls] == ["Un.", "Deux."]
    assert {call.path for call in calls} == {"sendMessage"}
    assert all(call.body["chat_id"] == 99887766 and call.body["link_preview_options"] == {"is_disabled": True} for call in calls)
    assert "reply_markup" not in calls[0].body
    assert calls[1].body["reply_markup"]["inline_keyboard"] == [
        [{"text": "Dites-m’en plus", "callback_data": "choix:1"}],
        [{"text": "D’où ça vient\u202f?", "callback_data": "choix:2"}],
    ]


@pytest.mark.parametrize("filling", ["Une phrase de plus. ", "🎉🎉🎉 fête. ", "<&> ", "**gras** "])
def test_a_long_text_goes_out_whole_in_pieces_that_fit(filling: str) -> None:
    text = filling * 900
    calls = outgoing.write(Reply((text,), (Button("Oui", "choix:1"),)), EVENT)
    pieces = [shown(call.body["text"]) for call in calls]
    assert all(outgoing.units(piece) <= 4096 for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.replace("**", "").split())
    assert ["reply_markup" in call.body for call in calls] == [False] * (len(calls) - 1) + [True]


@pytest.mark.parametrize("count", [1, 9, 40])
def test_every_choice_is_offered(count: int) -> None:
    buttons = tuple(
        Button(f"Une question assez longue pour ne pas tenir en entier sur un bouton, numéro {n}", f"choix:{n}") for n in range(count)
    )
    [call] = outgoing.write(Reply(("Laquelle ?",), buttons), EVENT)
    rows = call.body["reply_markup"]["inline_keyboard"]
    assert [row[0]["callback_data"] for row in rows] == [b.payload for b in buttons]
    assert len({row[0]["text"] for row in rows}) == count
    assert all(len(row) == 1 and len(row[0]["text"]) <= 64 for row in rows)


def test_payloads_that_telegram_would_refuse_become_numbers_to_type() -> None:
    buttons = (Button("Le premier", "é" * 33), Button("Le second", "choix:2"))
    [call] = outgoing.write(Reply(("Lequel ?",), buttons), EVENT)
    assert "reply_markup" not in call.body
    assert "1. Le premier\n2. Le second" in call.body["text"]


def test_buttons_alone_have_a_text_to_stand_below() -> None:
    [call] = outgoing.write(Reply((), (Button("Oui", "choix:1"),)), EVENT)
    assert call.body["text"] == "Votre choix\u00a0:"


def test_nothing_said_is_nothing_sent() -> None:
    assert outgoing.write(Reply(()), EVENT) == []


def test_a_case_study_has_its_facts_above_the_text() -> None:
    figure = Figure("30\u00a0%", "d’augmentation des ventes", "l’article")
    case = Answer("cas/nike", "cas", "Nike", "Article", brands=("Nike",), year=2018, platforms=("Instagram", "Twitter"), figure=figure)
    [call] = outgoing.write(Reply(("La campagne.",), answers=(case,), shown="answer"), EVENT)
    assert call.body["text"] == (
        "<b>Nike</b> · 2018 · Instagram, Twitter\n<b>30\u00a0%</b> d’augmentation des ventes (l’article)\n\nLa campagne."
    )
    assert call.keeps


def test_only_answers_can_be_judged() -> None:
    [call] = outgoing.write(Reply(("Bonjour !",)), EVENT)
    assert not call.keeps


def test_in_a_group_the_first_bubble_points_at_what_it_answers() -> None:
    first, second = outgoing.write(Reply(("Un.", "Deux.")), IN_GROUP)
    assert first.body["reply_parameters"] == {"message_id": 501, "allow_sending_without_reply": True}
    assert "reply_parameters" not in second.body
    assert first.body["chat_id"] == second.body["chat_id"] == int(GROUP)
    assert first.body["message_thread_id"] == second.body["message_thread_id"] == 42
