"""Messenger: replies within Meta's limits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.message import Answer, Button, Figure, Reply
from tests.channels.messenger_page import PAGE, PERSON, event, made


def sent(reply: Reply) -> list[dict[str, Any]]:
    calls = made().write(reply, event())
    for call in calls:
        assert call.path == f"/{PAGE}/messages"
        assert call.body["recipient"] == {"id": PERSON}
        assert call.body["messaging_type"] == "RESPONSE"
        fits(call.body["message"])
    return [dict(call.body["message"]) for call in calls]


def fits(message: dict[str, Any]) -> None:
    """Hold a message against the limits of Meta's Send API."""
    assert ("text" in message) != ("attachment" in message)
    assert 0 < len(message.get("text", "x")) <= 2000
    for element in message.get("attachment", {}).get("payload", {}).get("elements", []):
        assert 0 < len(element["title"]) <= 80
        assert 0 < len(element["subtitle"]) <= 80
    replies = message.get("quick_replies", [])
    assert len(replies) <= 13
    assert all(0 < len(r["title"]) <= 20 and len(r["payload"]) <= 1000 for r in replies)


def buttons(*titles: str) -> tuple[Button, ...]:
    return tuple(Button(title, f"choix:{n:010d}") for n, title in enumerate(titles, 1))


def test_texts_become_messages_without_marks_of_bold() -> None:
    assert sent(Reply(("**Oui**, 2 ** 3.", " ", "Et **vous**\u202f?"))) == [{"text": "Oui, 2 ** 3."}, {"text": "Et vous\u202f?"}]


def test_a_link_is_its_words_and_its_address() -> None:
    given = "Voir [notre **site**](https://exemple.fr/a) ou [exemple.fr](https://exemple.fr)."
    assert sent(Reply((given,))) == [{"text": "Voir notre site\u00a0: https://exemple.fr/a ou https://exemple.fr."}]


def test_nothing_to_say_sends_nothing() -> None:
    assert sent(Reply(())) == []


def test_short_buttons_become_quick_replies_below_the_last_message() -> None:
    first, last = sent(Reply(("Un.", "Deux."), buttons("En savoir plus", "Un exemple")))
    assert first == {"text": "Un."}
    assert last == {
        "text": "Deux.",
        "quick_replies": [
            {"content_type": "text", "title": "En savoir plus", "payload": "choix:0000000001"},
            {"content_type": "text", "title": "Un exemple", "payload": "choix:0000000002"},
        ],
    }


def test_a_title_a_little_too_long_is_shortened() -> None:
    (message,) = sent(Reply(("Que voulez-vous\u202f?",), buttons("Parler à une personne", "Non")))
    assert [r["title"] for r in message["quick_replies"]] == ["Parler à une…", "Non"]
    assert message["text"] == "Que voulez-vous\u202f?"


def test_questions_as_titles_are_read_in_full_and_chosen_by_number() -> None:
    titles = ("Est-ce que ça fait vendre\u202f?", "Quels sont les risques pour une marque\u202f?")
    (message,) = sent(Reply(("Vouliez-vous dire\u202f:",), buttons(*titles)))
    assert message["text"] == f"Vouliez-vous dire\u202f:\n\nRépondez par un numéro\u00a0:\n1. {titles[0]}\n2. {titles[1]}"
    assert [(r["title"], r["payload"]) for r in message["quick_replies"]] == [("1", "choix:0000000001"), ("2", "choix:0000000002")]


def test_thirteen_choices_are_quick_replies_and_fourteen_a_numbered_list() -> None:
    (message,) = sent(Reply(("Sujets",), buttons(*(f"Sujet {n}" for n in range(13)))))
    assert len(message["quick_replies"]) == 13
    (message,) = sent(Reply(("Sujets",), buttons(*(f"Sujet {n}" for n in range(14)))))
    assert "quick_replies" not in message
    assert message["text"].endswith("\n13. Sujet 12\n14. Sujet 13")


def test_buttons_without_a_text_can_be_chosen() -> None:
    (message,) = sent(Reply((), buttons("Oui", "Non")))
    assert message["text"] == "Répondez par un numéro\u00a0:\n1. Oui\n2. Non"
    assert len(message["quick_replies"]) == 2


def test_a_long_text_is_split_and_its_choices_stay_below() -> None:
    text = "Une phrase de trente lettres. " * 70 + "La fin."
    messages = sent(Reply((text,), buttons("Un exemple")))
    assert len(text) > 2000
    assert " ".join(m["text"] for m in messages) == text
    assert ["quick_replies" in m for m in messages] == [False, True]


NIKE = Answer(
    "cas/nike", "cas", "Nike, campagne Dream Crazy", "article, section « Études de cas »",
    brands=("Nike",), year=2018, platforms=("Instagram", "Twitter"), figure=Figure("30\u00a0%", "de ventes en plus", "l’article"),
)  # fmt: skip
TOLD = "En 2018, Nike a pris position.\n\nSource\u00a0: article."


def test_a_case_gets_a_card_before_its_text() -> None:
    card, text = sent(Reply(("Voici un cas.\n\nSource\u00a0: article.",), buttons("Un exemple"), (NIKE,), shown="answer"))
    assert card["attachment"]["payload"] == {
        "template_type": "generic",
        "elements": [
            {
                "title": "Nike, campagne Dream Crazy",
                "subtitle": "2018 · Instagram, Twitter\n30\u00a0% de ventes en plus (source\u00a0: l’article).",
            }
        ],
    }
    assert text["text"] == "Voici un cas.\n\nSource\u00a0: article."
    assert len(text["quick_replies"]) == 1


def test_a_figure_too_long_for_the_card_is_told_before_the_source() -> None:
    figure = Figure("30\u00a0%", "d’augmentation des ventes en ligne de Nike peu après le lancement de Dream Crazy", "l’article")
    lead, card, text = sent(Reply(("Bien sûr.", TOLD), (), (Answer(**{**vars(NIKE), "figure": figure}),), shown="answer"))
    assert lead == {"text": "Bien sûr."}
    assert card["attachment"]["payload"]["elements"][0]["subtitle"] == "2018 · Instagram, Twitter"
    assert text["text"] == (
        "En 2018, Nike a pris position.\n\n30\u00a0% d’augmentation des ventes en ligne de Nike peu après le lancement "
        "de Dream Crazy (source\u00a0: l’article).\n\nSource\u00a0: article."
    )


@pytest.mark.parametrize(("shown", "kind"), [("details", "cas"), ("list", "cas"), ("answer", "faq")])
def test_nothing_else_gets_a_card(shown: str, kind: str) -> None:
    messages = sent(Reply((TOLD,), (), (Answer(**{**vars(NIKE), "kind": kind}),), shown=shown))
    assert messages == [{"text": TOLD}]


def test_the_verdict_has_no_buttons_and_holds_for_the_messages_of_the_answer_only() -> None:
    reply = Reply(("Bien sûr.", TOLD), buttons("Un exemple"), (NIKE,), "choix:aaaaaaaaaa", "choix:bbbbbbbbbb", "answer")
    calls = made().write(reply, event())
    assert [call.keeps for call in calls] == [False, True, True]
    assert "choix:aaaaaaaaaa" not in json.dumps([call.body for call in calls])


def test_a_verdict_on_a_list_is_on_no_answer() -> None:
    assert [call.keeps for call in made().write(Reply((TOLD,), (), (NIKE, NIKE), shown="list"), event())] == [False]
    assert [call.keeps for call in made().write(Reply(("Bonjour",)), event())] == [False]
