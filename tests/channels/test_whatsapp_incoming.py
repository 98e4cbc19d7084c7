"""WhatsApp: every kind of webhook."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.contract import Call, Unreadable
from bot.channels.message import sound
from bot.channels.sentences import only_text
from bot.channels.whatsapp import incoming
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.settings import Settings
from tests.channels.whatsapp_number import ABOUT, BODIES, HIDDEN, PERSON, PHONE_ID, SENT, body, read


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("text", "message", "Does it help my sales?"),
        ("accents_escaped", "message", "C’est très utile, les réseaux ? 🎉"),
        ("button_reply", "message", "choix:0123456789"),
        ("list_reply", "message", "choix:abcdef0123"),
        ("template_button", "message", "Parler à quelqu’un"),
        ("referral_ad", "message", "Bonjour, que faites-vous ?"),
        ("image_caption", "message", "Cette pub marche-t-elle ?"),
        ("edited", "edited", "Est-ce que ça fait vendre ?"),
        ("edited_caption", "edited", "Et celle-ci ?"),
        ("request_welcome", "start", ""),
    ],
)
def test_what_a_person_says_is_read(name: str, kind: str, text: str) -> None:
    [event] = read(name)
    assert (event.kind, event.text, event.sender, event.account, event.at) == (kind, text, PERSON, PHONE_ID, SENT)


@pytest.mark.parametrize(
    ("name", "thing"),
    [
        ("image", "image"),
        ("audio", "audio"),
        ("voice", "audio"),
        ("video", "video"),
        ("document", "document"),
        ("sticker", "sticker"),
        ("location", "location"),
        ("contacts", "contact"),
        ("order", "other"),
        ("interactive_flow", "other"),
        ("unsupported", "other"),
        ("unavailable", "lost"),
    ],
)
def test_what_is_no_text_is_named(name: str, thing: str) -> None:
    [event] = read(name)
    assert (event.kind, event.unreadable, event.text) == ("unreadable", thing, "")


def test_who_wrote_what_whatsapp_lost_is_asked_to_write_it_again() -> None:
    [event] = read("unavailable")
    assert "réécrire" in only_text(event.unreadable)


@pytest.mark.parametrize(
    ("name", "useful"),
    [
        ("reaction_thumb_up", True),
        ("reaction_thumb_up_skin", True),
        ("reaction_heart", True),
        ("reaction_thanks", True),
        ("reaction_thumb_down", False),
        ("reaction_angry", False),
        ("reaction_other", None),
        ("reaction_removed", None),
    ],
)
def test_a_reaction_is_a_verdict_on_our_message(name: str, useful: bool | None) -> None:
    [event] = read(name)
    assert (event.kind, event.useful, event.about) == ("feedback", useful, ABOUT)


@pytest.mark.parametrize(
    "name",
    [
        "status_sent", "status_delivered", "status_read", "system_number_changed", "unsupported_edit", "unsupported_pin",
        "unsupported_poll_update", "unsupported_keep_in_chat", "unsupported_reaction", "group", "echo",
        "account_update",
    ],
)  # fmt: skip
def test_what_needs_no_reaction_is_left_out(name: str) -> None:
    assert read(name) == []


def test_a_receipt_with_our_mark_says_what_was_taken() -> None:
    [event] = read("status_sent_with_our_mark")
    assert (event.kind, event.sender, event.about, event.native) == ("shown", PERSON, ABOUT, {"mark": "reso-41"})


def test_a_receipt_for_somebody_who_hides_their_number_says_so_too() -> None:
    [event] = read("status_no_phone")
    hidden = "FR.13491208655302741918"
    assert (event.kind, event.sender, event.native) == ("shown", hidden, {"mark": "reso-41", "also": hidden})


@pytest.mark.parametrize(("caption", "text"), [("Devis.pdf", ""), ("", ""), ("Ça fait vendre ?", "Ça fait vendre ?")])
def test_a_files_own_name_is_no_question(caption: str, text: str) -> None:
    body = json.loads((BODIES / "document.json").read_text(encoding="utf-8"))
    body["entry"][0]["changes"][0]["value"]["messages"][0]["document"] |= {"filename": "Devis.pdf", "caption": caption}
    [event] = incoming.read(json.dumps(body).encode())
    assert (event.kind, event.text) == ("message" if text else "unreadable", text)


def test_a_button_that_is_not_ours_says_its_title() -> None:
    body = (BODIES / "button_reply.json").read_text(encoding="utf-8").replace("choix:0123456789", "CTA_RDV_2")
    [event] = incoming.read(body.encode())
    title = json.loads(body)["entry"][0]["changes"][0]["value"]["messages"][0]["interactive"]["button_reply"]["title"]
    assert event.text == title != "CTA_RDV_2"


def test_what_was_taken_and_not_delivered_is_told_with_advice() -> None:
    [event] = read("status_failed")
    assert (event.kind, event.sender, event.about) == ("undelivered", PERSON, ABOUT)
    assert event.native["reason"] == "Meta 131026"
    assert "ne peut pas recevoir" in event.native["advice"]


def test_a_call_carries_its_mark_to_the_vendor_and_back() -> None:
    channel = WhatsAppChannel(Settings(_env_file=None), None)  # type: ignore[arg-type]
    call = channel.marked(Call("/1/messages", {"to": PERSON, "text": {"body": "Bonjour"}}), "reso-7")
    assert call.body == {"to": PERSON, "text": {"body": "Bonjour"}, "biz_opaque_callback_data": "reso-7"}


@pytest.mark.parametrize("name", ["no_phone", "no_phone_contact_only"])
def test_a_person_who_hides_their_number_has_another_id(name: str) -> None:
    [event] = read(name)
    assert (event.kind, event.sender, event.text) == ("message", HIDDEN, "Bonjour")


def test_an_id_of_the_greatest_length_is_taken_in() -> None:
    """Two letters, a dot and 128 characters: « Business-scoped user IDs »; what is not sound is dropped behind a 200."""
    [event] = read("no_phone_long")
    assert len(event.sender) == 131
    assert sound(event)
    assert len(f"whatsapp.{event.sender}") <= 160


def test_every_message_of_a_batch_is_read_in_order() -> None:
    events = read("batch")
    assert [event.text for event in events] == ["un", "deux", "trois", "quatre"]
    assert [event.sender for event in events] == [PERSON, PERSON, PERSON, "33698765432"]
    assert len({event.message_id for event in events}) == 4


def test_a_message_taken_back_is_named() -> None:
    [event] = read("revoked")
    assert (event.kind, event.about) == ("deleted", ABOUT)


def test_an_edit_names_what_it_changes() -> None:
    assert read("edited")[0].about == ABOUT


def test_one_bad_message_does_not_stop_the_next() -> None:
    given = json.loads(body("batch"))
    given["entry"][0]["changes"][0]["value"]["messages"][0] = {"from": PERSON, "id": "x", "timestamp": "demain", "type": "text"}
    assert [event.text for event in incoming.read(json.dumps(given).encode())] == ["deux", "trois", "quatre"]


def test_an_id_beyond_the_limits_becomes_a_digest_that_stays_the_same() -> None:
    long = "wamid." + "A" * 300
    assert incoming.identity(long) == incoming.identity(long) != incoming.identity(long + "B")
    assert len(incoming.identity(long)) <= 128
    assert incoming.identity(ABOUT) == ABOUT


def test_every_body_is_looked_at() -> None:
    tests = (
        test_what_a_person_says_is_read, test_what_is_no_text_is_named, test_a_reaction_is_a_verdict_on_our_message,
        test_what_needs_no_reaction_is_left_out, test_a_person_who_hides_their_number_has_another_id,
    )  # fmt: skip
    rows = [mark.args[1] for test in tests for mark in test.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined]
    tested = {row if isinstance(row, str) else row[0] for table in rows for row in table}
    assert {path.stem for path in BODIES.glob("*.json")} - tested == {
        "batch",
        "revoked",
        "status_failed",
        "status_sent_with_our_mark",
        "status_no_phone",
        "no_phone_long",
        "another_number",
    }


@pytest.mark.parametrize(
    "given", [b"", b"[]", b"{}", b'{"object": "page", "entry": []}', b'{"object": "whatsapp_business_account"}', b"\xff"]
)
def test_a_body_of_another_kind_is_refused(given: bytes) -> None:
    with pytest.raises(Unreadable):
        incoming.read(given)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "from", "type", "text", "timestamp", "contacts"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_JSON, _JSON)
def test_any_shape_is_read_or_left_out(message: Any, value: Any) -> None:
    held = value | {"messages": [message]} if isinstance(value, dict) else {"messages": message}
    given = {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": held}]}, message, value]}
    assert len(incoming.read(json.dumps(given).encode())) <= 1
