"""What somebody took back is in Rasa's tracker no more, and the talk can go on."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest

from bot.settings import settings
from bot.store import outbox
from bot.store.quoting import forget_quotes, forget_words, words_of
from tests.store.trackers import add_event

SAID = "je m'appelle Ana et je cherche du travail"


def said(message_id: str, text: str, sender: str = "instagram.1") -> None:
    add_event(
        settings().folder, sender, 1.0, event="user", text=text, message_id=message_id,
        parse_data={"text": text, "intent": {"name": "faq"}, "entities": [{"value": text}], "message_id": message_id},
    )  # fmt: skip


def slot(name: str, value: Any, sender: str = "instagram.1") -> None:
    add_event(settings().folder, sender, 1.0, event="slot", name=name, value=value)


def held(sender: str = "instagram.1") -> list[dict[str, Any]]:
    with sqlite3.connect(settings().folder / "tracker.db") as connection:
        rows = connection.execute("select data from events where sender_id = ? order by id", (sender,)).fetchall()
    connection.close()
    return [json.loads(data) for (data,) in rows]


def test_the_words_go_and_what_was_understood_stays(store: str) -> None:
    said("m1", SAID)
    slot("asked", SAID)
    add_event(settings().folder, "instagram.1", 1.0, event="bot", text=f"Votre question : « {SAID} ».")
    slot("last_ids", ["faq/emploi"])
    forget_words("instagram.1", ["m1"])
    user, asked, bot, last = held()
    assert (user["text"], user["parse_data"]["text"], user["parse_data"]["entities"]) == ("", "", [])
    assert (user["parse_data"]["intent"], user["message_id"]) == ({"name": "faq"}, "m1")
    assert (asked["value"], bot["text"], last["value"]) == ("", "Votre question : « … ».", ["faq/emploi"])
    forget_words("instagram.1", ["m1"])
    assert held() == [user, asked, bot, last]


def test_other_messages_and_other_talks_keep_theirs(store: str) -> None:
    said("m1", "oui")
    add_event(settings().folder, "instagram.1", 1.0, event="bot", text="Mais oui, bien sûr.")
    said("m2", SAID)
    said("m1", SAID, sender="instagram.2")
    forget_words("instagram.1", ["m1"])
    assert [event["text"] for event in held()] == ["", "Mais oui, bien sûr.", SAID]
    assert [event["text"] for event in held("instagram.2")] == [SAID]


def test_a_form_in_which_it_was_typed_is_given_up(store: str) -> None:
    said("m1", "ana@exemple.fr")
    slot("form", {"contact": "ana@exemple.fr", "step": "name"})
    forget_words("instagram.1", ["m1"])
    assert held()[1]["value"] is None


def test_what_we_repeat_of_it_goes_from_our_lines(store: str) -> None:
    said("m1", SAID)
    said("m2", "oui")
    for sender in ("instagram.1", "instagram.2"):
        outbox.append_line(sender, "bot", {"message": {"text": f"La dernière était : « {SAID} »."}, "titles": ["oui", SAID]})
    words = words_of("instagram.1", ["m1", "m2"])
    assert words == {SAID, "oui"}
    forget_quotes("instagram.1", words)
    (mine,), (others,) = (outbox.lines_after(0, sender) for sender in ("instagram.1", "instagram.2"))
    assert mine.payload == {"message": {"text": "La dernière était : « … »."}, "titles": ["oui", "…"]}
    assert SAID in str(others.payload)


def test_without_a_tracker_there_is_nothing_to_do(store: str) -> None:
    forget_words("instagram.1", ["m1"])
    assert not (settings().folder / "tracker.db").exists()


@pytest.mark.parametrize("ids", [[], ["unknown"]])
def test_what_is_not_there_changes_nothing(store: str, ids: list[str]) -> None:
    said("m1", SAID)
    before = held()
    forget_words("instagram.1", ids)
    assert held() == before
