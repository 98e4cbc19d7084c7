"""What somebody took back is in Rasa's tracker no more, and the talk can go on."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest

from bot.settings import settings
from bot.store import outbox
from bot.store.quoting import forget_events, forget_quotes, look_for
from tests.store.trackers import add_event

SAID = "je m'appelle Ana et je cherche du travail"


def said(message_id: str, text: str, sender: str = "instagram.1") -> None:
    add_event(
        settings().folder, sender, 1.0, event="user", text=text, message_id=message_id,
        parse_data={"text": text, "intent": {"name": "faq"}, "entities": [{"value": text}], "message_id": message_id},
    )  # fmt: skip


def slot(name: str, value: Any, sender: str = "instagram.1") -> None:
    add_event(settings().folder, sender, 1.0, event="slot", name=name, value=value)


def forget_words(sender: str, ids: list[str]) -> None:
    forget_events(sender, look_for(sender, ids).changed)


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


NUMBER = {"contact_kind": "phone", "contact": "+33612345678"}


@pytest.mark.parametrize("ids", [["m2"], ["m3"]], ids=["the number", "the name"])
def test_a_form_in_which_it_was_typed_is_given_up_with_what_was_read_out_of_it(store: str, ids: list[str]) -> None:
    said("m1", "je veux parler à quelqu'un")
    slot("form", {"step": "contact", "name": "", "contact": ""})
    said("m2", "mon numéro c'est le 06 12 34 56 78 svp")
    slot("form", {"step": "name", "name": "", **NUMBER})
    said("m3", "ana")
    add_event(settings().folder, "instagram.1", 1.0, event="bot", text="Nom : Ana. Contact : +33\u00a06\u00a012\u00a034\u00a056\u00a078.")
    slot("form", {"step": "confirm", "name": "Ana", **NUMBER})
    gone = look_for("instagram.1", ids)
    forget_events("instagram.1", gone.changed)
    forms = [event["value"] for event in held() if event.get("name") == "form"]
    (told,) = [event["text"] for event in held() if event["event"] == "bot"]
    if ids == ["m2"]:
        assert [bool(form) for form in forms] == [True, False, False]
        assert told == "Nom : Ana. Contact : …."
    else:
        assert [bool(form) for form in forms] == [True, True, False]
        assert told == "Nom : …. Contact : +33\u00a06\u00a012\u00a034\u00a056\u00a078."


def test_what_a_turn_that_was_under_way_repeats_goes_too(store: str) -> None:
    said("m1", "mon numéro c'est le 06 12 34 56 78 svp")
    slot("form", {"step": "name", "name": "", **NUMBER})
    gone = look_for("instagram.1", ["m1"])
    forget_events("instagram.1", gone.changed)
    said("m2", "ana")
    add_event(settings().folder, "instagram.1", 1.0, event="bot", text="Contact : +33\u00a06\u00a012\u00a034\u00a056\u00a078.")
    slot("form", {"step": "confirm", "name": "ana", **NUMBER})
    forget_events("instagram.1", look_for("instagram.1", ["m1"], gone.words).changed)
    events = held()
    assert [event["value"] for event in events if event.get("name") == "form"] == [None, None]
    assert [event["text"] for event in events if event["event"] != "slot"] == ["", "ana", "Contact : …."]


def test_numbers_that_are_anothers_by_now_are_left_alone(store: str) -> None:
    said("m1", SAID)
    gone = look_for("instagram.1", ["m1"])
    with sqlite3.connect(settings().folder / "tracker.db") as connection:
        connection.execute("update events set sender_id = 'instagram.2'")
    connection.close()
    forget_events("instagram.1", gone.changed)
    assert held("instagram.2")[0]["text"] == SAID


def test_a_request_under_way_goes_on_where_who_asked_for_it_only_takes_that_back(store: str) -> None:
    said("m1", "je veux parler à quelqu'un")
    slot("form", {"step": "name", "name": ""})
    forget_words("instagram.1", ["m1"])
    assert held()[1]["value"] == {"step": "name", "name": ""}


@pytest.mark.parametrize("word", ["starbucks", "bot", "source", "messages", "choix:0123456789"])
def test_what_is_no_text_stays_as_it_is(store: str, word: str) -> None:
    said("m1", word)
    slot("last_ids", ["cas/starbucks"])
    slot("offered", [["D'où ?", "source", "cas/starbucks"]])
    add_event(settings().folder, "instagram.1", 1.0, event="bot", text=None, data={"custom": {"answers": [{"id": "cas/starbucks"}]}})
    payload = {"path": "/1/messages", "body": {"message": {"quick_replies": [{"payload": "choix:0123456789", "title": "starbucks"}]}}}
    outbox.append_line("instagram.1", "bot", payload)
    before = held()[1:]
    gone = look_for("instagram.1", ["m1"])
    forget_events("instagram.1", gone.changed)
    forget_quotes("instagram.1", gone.words)
    assert held()[1:] == before
    assert outbox.lines_after(0, "instagram.1")[0].payload == payload


def test_a_damaged_event_is_passed_over(store: str) -> None:
    said("m1", SAID)
    said("m2", SAID)
    with sqlite3.connect(settings().folder / "tracker.db") as connection:
        connection.execute("update events set data = '{' where id = 1")
    connection.close()
    forget_words("instagram.1", ["m2"])
    with sqlite3.connect(settings().folder / "tracker.db") as connection:
        rows = connection.execute("select data from events order by id").fetchall()
    connection.close()
    assert rows[0] == ("{",)
    assert json.loads(rows[1][0])["text"] == ""


def test_what_we_repeat_of_it_goes_from_our_lines(store: str) -> None:
    said("m1", SAID)
    said("m2", "oui")
    for sender in ("instagram.1", "instagram.2"):
        outbox.append_line(sender, "bot", {"message": {"text": f"La dernière était : « {SAID} »."}, "texts": ["oui", SAID]})
    forget_quotes("instagram.1", look_for("instagram.1", ["m1", "m2"]).words)
    (mine,), (others,) = (outbox.lines_after(0, sender) for sender in ("instagram.1", "instagram.2"))
    assert mine.payload == {"message": {"text": "La dernière était : « … »."}, "texts": ["oui", "…"]}
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
