"""WhatsApp: replies within the Cloud API's limits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.message import Answer, Button, Event, Figure, Reply
from bot.channels.whatsapp import outgoing
from tests.channels.whatsapp_number import ABOUT, EVENT, HIDDEN, PERSON, PHONE_ID, SENT


def choices(count: int, title: str = "Choix {n}") -> tuple[Button, ...]:
    return tuple(Button(title.format(n=n), f"choix:{n:010d}") for n in range(count))


LONG = "Les réseaux sociaux sont-ils un bon outil pour le métier numéro {n}\u202f?"


def texts_of(reply: Reply) -> list[str]:
    """Return what is read of each message, the body of an interactive one included."""
    bodies = [call.body for call in outgoing.write(reply, EVENT, PHONE_ID)]
    return [b["text"]["body"] if b["type"] == "text" else b["interactive"]["body"]["text"] for b in bodies]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("un **mot** fort", "un *mot* fort"),
        ("**a**, **deux mots** et **c**", "*a*, *deux mots* et *c*"),
        ("[le site](https://exemple.fr/?a=1)", "le site (https://exemple.fr/?a=1)"),
        ("une **moitié", "une moitié"),
        ("1 < 2 & 3", "1 < 2 & 3"),
    ],
)
def test_formatting_is_whatsapps(text: str, expected: str) -> None:
    assert outgoing.as_whatsapp(text) == expected


def test_a_text_goes_to_the_person_from_our_number() -> None:
    [call] = outgoing.write(Reply(("Bonjour !",)), EVENT, PHONE_ID)
    assert call.path == f"{PHONE_ID}/messages"
    assert call.body == {
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": PERSON, "type": "text",
        "text": {"body": "Bonjour !", "preview_url": False},
    }  # fmt: skip


def test_a_person_without_a_number_is_written_to_by_their_id() -> None:
    event = Event("message", HIDDEN, ABOUT, SENT, "bonjour", PHONE_ID)
    [call] = outgoing.write(Reply(("Bonjour !",)), event, PHONE_ID)
    assert (call.body["recipient"], "to" in call.body) == (HIDDEN, False)


@pytest.mark.parametrize(("count", "kind"), [(1, "button"), (3, "button"), (4, "list"), (10, "list")])
def test_few_choices_are_pressed(count: int, kind: str) -> None:
    [call] = outgoing.write(Reply(("Lequel ?",), choices(count)), EVENT, PHONE_ID)
    interactive = call.body["interactive"]
    assert (call.body["type"], interactive["type"], interactive["body"]["text"]) == ("interactive", kind, "Lequel ?")
    assert payloads(interactive) == [b.payload for b in choices(count)]


def payloads(interactive: dict[str, Any]) -> list[str]:
    action = interactive["action"]
    if interactive["type"] == "button":
        return [button["reply"]["id"] for button in action["buttons"]]
    return [row["id"] for section in action["sections"] for row in section["rows"]]


@pytest.mark.parametrize("count", [1, 3, 10])
def test_long_titles_are_read_whole_in_a_list(count: int) -> None:
    [call] = outgoing.write(Reply(("Laquelle ?",), choices(count, LONG)), EVENT, PHONE_ID)
    action = call.body["interactive"]["action"]
    assert action["button"] == "Choisir"
    rows = action["sections"][0]["rows"]
    assert [row["description"] for row in rows] == [b.title for b in choices(count, LONG)]
    assert len({row["title"] for row in rows}) == count
    assert all(len(row["title"]) <= 24 and len(row["description"]) <= 72 for row in rows)


@pytest.mark.parametrize("count", [11, 40])
def test_more_choices_are_numbers_to_type(count: int) -> None:
    [text] = texts_of(Reply(("Laquelle ?",), choices(count, LONG)))
    assert all(f"\n{n}. {b.title}" in text for n, b in enumerate(choices(count, LONG), 1))


def test_numbered_choices_without_a_text() -> None:
    [text] = texts_of(Reply((), choices(11)))
    assert text.endswith("11. Choix 10")


@pytest.mark.parametrize(("length", "bodies"), [(1024, 1), (1025, 2), (4096, 2), (5000, 2), (6000, 3)])
def test_a_text_too_long_for_a_body_goes_before_its_choices(length: int, bodies: int) -> None:
    text = ("mot " * 2000)[:length].strip().ljust(length, "x")
    calls = outgoing.write(Reply((text,), choices(2)), EVENT, PHONE_ID)
    shown = texts_of(Reply((text,), choices(2)))
    assert len(calls) == bodies
    assert calls[-1].body["type"] == "interactive"
    assert len(shown[-1]) <= 1024
    assert all(len(part) <= 4096 for part in shown)
    assert "".join(" ".join(shown).replace("Votre choix\u00a0:", "").split()) == "".join(text.split())


def test_bubbles_come_in_order() -> None:
    assert texts_of(Reply(("Un.", "Deux.", "Trois."), choices(2))) == ["Un.", "Deux.", "Trois."]


def test_nothing_said_is_nothing_sent() -> None:
    assert outgoing.write(Reply(()), EVENT, PHONE_ID) == []


def test_a_case_study_has_its_facts_above_the_text() -> None:
    figure = Figure("30\u00a0%", "d’augmentation des ventes", "l’article")
    case = Answer("cas/nike", "cas", "Nike", "Article", brands=("Nike",), year=2018, platforms=("Instagram",), figure=figure)
    reply = Reply(("La campagne.",), choices(1), (case,), shown="answer")
    assert texts_of(reply) == ["*Nike* · 2018 · Instagram\n*30\u00a0%* d’augmentation des ventes (l’article)\n\nLa campagne."]
    assert all(call.keeps for call in outgoing.write(reply, EVENT, PHONE_ID))


def test_a_case_study_told_further_has_no_second_card() -> None:
    case = Answer("cas/nike", "cas", "Nike", "Article", brands=("Nike",))
    assert texts_of(Reply(("Les détails.",), answers=(case,), shown="details")) == ["Les détails."]


def test_only_answers_can_be_judged() -> None:
    [call] = outgoing.write(Reply(("Bonjour !",)), EVENT, PHONE_ID)
    assert not call.keeps


@given(
    st.lists(st.text(min_size=1, max_size=3000), max_size=2),
    st.lists(st.text(min_size=1, max_size=90).filter(str.strip), max_size=14),
)
def test_no_reply_breaks_a_limit(texts: list[str], titles: list[str]) -> None:
    buttons = tuple(Button(title, f"choix:{n}") for n, title in enumerate(titles))
    for call in outgoing.write(Reply(tuple(texts), buttons), EVENT, PHONE_ID):
        if call.body["type"] == "text":
            assert 1 <= len(call.body["text"]["body"]) <= 4096
        else:
            interactive = call.body["interactive"]
            assert 1 <= len(interactive["body"]["text"]) <= 1024
            assert payloads(interactive) == [b.payload for b in buttons]
