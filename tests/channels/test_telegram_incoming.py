"""Telegram: every kind of update."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.contract import Unreadable
from bot.channels.telegram import incoming
from bot.channels.telegram.incoming import Me
from tests.channels.telegram_bot import BODIES, GROUP, KEPT, ME, MEMBER, NOW, PERSON, QUESTION, SENT, album, read


@pytest.mark.parametrize(
    ("name", "kind", "sender", "text"),
    [
        ("text", "message", PERSON, "Est-ce que ça fait vendre ?"),
        ("accents", "message", PERSON, "C’est très utile, les réseaux ? 🎉"),
        ("edited", "edited", PERSON, "Est-ce que ça fait vendre plus ?"),
        ("callback", "message", PERSON, "choix:0123456789"),
        ("callback_in_group", "message", MEMBER, "choix:0123456789"),
        ("callback_of_two_weeks_ago", "message", PERSON, "choix:0123456789"),
        ("group_anonymous", "message", f"{GROUP}:{GROUP}", "🎉 est-ce que ça fait vendre ?"),
        ("start", "start", PERSON, ""),
        ("start_deep_link", "start", PERSON, "affiche-metro"),
        ("start_in_group", "start", MEMBER, "salon"),
        ("command", "message", PERSON, "aide"),
        ("command_with_words", "message", PERSON, "voir les sujets marketing"),
        ("command_in_group", "message", MEMBER, "aide"),
        ("group_mention", "message", MEMBER, "🎉 est-ce que ça fait vendre ?"),
        ("group_mention_only", "start", MEMBER, ""),
        ("group_text_mention", "message", MEMBER, "ça fait vendre ?"),
        ("group_answer", "message", MEMBER, "et sur Instagram ?"),
        ("group_topic", "message", MEMBER, "bonjour"),
        ("photo_caption", "message", PERSON, "Cette pub marche-t-elle ?"),
    ],
)
def test_what_a_person_says_is_read(name: str, kind: str, sender: str, text: str) -> None:
    [event] = read(name)
    assert (event.kind, event.sender, event.text) == (kind, sender, text)


@pytest.mark.parametrize(
    ("name", "thing"),
    [
        ("photo", "image"),
        ("voice", "audio"),
        ("audio", "audio"),
        ("video", "video"),
        ("video_note", "video"),
        ("animation", "video"),
        ("document", "document"),
        ("sticker", "sticker"),
        ("location", "location"),
        ("contact", "contact"),
        ("poll", "other"),
        ("callback_old", "choice"),
        ("callback_of_last_month", "choice"),
    ],
)
def test_what_is_no_text_is_named(name: str, thing: str) -> None:
    [event] = read(name)
    assert (event.kind, event.unreadable, event.text) == ("unreadable", thing, "")


@pytest.mark.parametrize(
    ("name", "useful"),
    [("reaction_thumb_up", True), ("reaction_heart", True), ("reaction_thumb_down", False), ("reaction_removed", None)],
)
def test_a_reaction_is_a_verdict_on_our_message(name: str, useful: bool | None) -> None:
    [event] = read(name)
    assert (event.kind, event.useful, event.about, event.sender) == ("feedback", useful, f"{PERSON}:77", PERSON)


@pytest.mark.parametrize(("name", "sender"), [("reaction_in_group", MEMBER), ("reaction_anonymous", f"{GROUP}:{GROUP}")])
def test_a_reaction_in_a_group_is_the_verdict_of_who_reacted(name: str, sender: str) -> None:
    [event] = read(name)
    assert (event.kind, event.useful, event.about, event.sender) == ("feedback", True, f"{GROUP}:77", sender)


@pytest.mark.parametrize(
    "name",
    [
        "reaction_other", "reaction_custom", "my_chat_member", "member_joined", "group_migrated", "from_a_bot", "unknown_kind",
        "another_shape", "channel_post", "group_unaddressed", "group_answer_to_another", "group_voice", "command_of_another_bot",
        "callback_inline", "group_linked_channel",
    ],
)  # fmt: skip
def test_what_is_not_meant_for_the_bot_is_left_out(name: str) -> None:
    assert read(name) == []


def test_every_body_is_looked_at() -> None:
    tested = {name for mark in _cases() for name in mark}
    assert {path.stem for path in BODIES.glob("*.json")} - tested == {"photo_of_album", "photo_of_album_caption"}


def _cases() -> list[set[str]]:
    tests = (
        test_what_a_person_says_is_read, test_what_is_no_text_is_named, test_a_reaction_is_a_verdict_on_our_message,
        test_what_is_not_meant_for_the_bot_is_left_out, test_a_reaction_in_a_group_is_the_verdict_of_who_reacted,
    )  # fmt: skip
    rows = [mark.args[1] for test in tests for mark in test.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined]
    return [{row if isinstance(row, str) else row[0] for row in table} for table in rows]


def test_an_event_has_its_updates_number_and_time() -> None:
    [event], [pressed] = read("start"), read("callback")
    assert event.message_id.startswith("u")
    assert pressed.message_id.startswith("u")
    assert event.at == SENT


def test_an_edit_that_changes_no_word_is_the_message_again() -> None:
    update = json.loads((BODIES / "text.json").read_bytes())
    edits = [
        {**update["message"], "edit_date": update["message"]["date"] + 60, "text": update["message"]["text"] + more} for more in ("", " ?")
    ]
    [said] = incoming.read(json.dumps(update).encode(), ME, NOW, KEPT)
    same, other = (incoming.read(json.dumps({"update_id": 9, "edited_message": edit}).encode(), ME, NOW, KEPT)[0] for edit in edits)
    assert same.message_id == said.message_id
    assert other.message_id != said.message_id
    assert (other.kind, other.text) == ("edited", f"{said.text} ?")


def test_a_pressed_button_counts_as_done_now() -> None:
    [event] = read("callback_of_two_weeks_ago")
    assert event.at == NOW
    assert event.native["callback"] == "4382bfdwdsb323b2dd"


def test_an_album_without_a_caption_is_answered_once() -> None:
    assert len({e.message_id for body in album("", "", "") for e in incoming.read(body, ME, NOW, KEPT)}) == 1


def test_a_caption_delivered_again_is_the_same_message() -> None:
    first, again = (incoming.read((BODIES / "photo_of_album_caption.json").read_bytes(), ME, NOW, KEPT)[0] for _ in range(2))
    assert (first.text, first.message_id) == (QUESTION, again.message_id)


def test_an_answer_is_heard_in_a_group_before_the_name_is_known() -> None:
    assert [e.text for e in read("group_answer", Me(123456))] == ["et sur Instagram ?"]
    assert read("group_mention", Me(123456)) == []


@pytest.mark.parametrize("body", [b"", b"nope", b"[]", b'{"message": {}}', b'{"update_id": true}', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_update_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        incoming.read(body, ME, NOW, KEPT)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["id", "chat", "from", "type", "text", "date"]), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(["message", "edited_message", "callback_query", "message_reaction"]), _JSON)
def test_any_shape_is_read_or_left_out(field: str, content: Any) -> None:
    body = json.dumps({"update_id": 1, field: content}).encode()
    assert len(incoming.read(body, ME, NOW, KEPT)) <= 1
