"""Messenger: what comes in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.contract import Call, Unreadable
from bot.channels.message import Event
from tests.channels.messenger_page import BODIES, PAGE, PERSON, event, made, read

CASES: dict[str, list[Event]] = {
    "text": [event(text="Est-ce que ça fait vendre ?")],
    "accents_escaped": [event(text="Pourquoi ça marche à l’école, d’après vous ? 😀")],
    "quick_reply": [event(text="choix:0123456789")],
    "quick_reply_of_another_app": [event(text="Nos horaires")],
    "postback_get_started": [event("start", "m_start")],
    "postback_get_started_from_link": [event("start", "m_start", text="affiche-salon")],
    "postback_button": [event(message_id="m_button", text="choix:0123456789")],
    "postback_ice_breaker": [event(message_id="m_ice", text="Quels sont les risques ?")],
    "reply_to": [event(text="Et combien ça coûte ?")],
    "link_with_text": [event(text="Regardez https://exemple.invalid")],
    "like": [event(text="👍")],
    "image": [event("unreadable", unreadable="image")],
    "audio": [event("unreadable", unreadable="audio")],
    "video": [event("unreadable", unreadable="video")],
    "reel": [event("unreadable", unreadable="video")],
    "document": [event("unreadable", unreadable="document")],
    "location": [event("unreadable", unreadable="location")],
    "sticker": [event("unreadable", unreadable="sticker")],
    "shared_post": [event("unreadable", unreadable="other")],
    "fallback_without_payload": [event("unreadable", unreadable="other")],
    "edited": [event("edited", "m_AbC-dEf_1:edit:1", about="m_AbC-dEf_1", text="Est-ce que ça fait vendre plus ?")],
    **{
        name: []
        for name in (
            "echo", "read", "delivery", "standby", "optin", "unknown_event", "user_ref", "feed_change",
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_kind_of_body_is_understood(name: str) -> None:
    assert read(name) == CASES[name]


def test_a_talk_that_was_handed_back_is_known_so() -> None:
    (passed,) = read("handover")
    assert (passed.kind, passed.text) == ("passed", "")
    assert passed.message_id.startswith("passed:")


def test_an_echo_with_our_mark_says_what_was_taken() -> None:
    (shown,) = read("echo_with_our_mark")
    assert (shown.kind, shown.sender, shown.about, shown.native) == ("shown", PERSON, "m_echo", {"mark": "reso-41"})


def test_a_call_carries_its_mark() -> None:
    call = made().marked(Call("/1/messages", {"recipient": {"id": PERSON}, "message": {"text": "Bonjour"}}), "reso-7")
    assert call.body == {"recipient": {"id": PERSON}, "message": {"text": "Bonjour", "metadata": "reso-7"}}


VERDICTS = {
    "reaction_love": True,
    "reaction_like": True,
    "response_feedback_positive": True,
    "reaction_dislike": False,
    "reaction_angry": False,
    "response_feedback_negative": False,
    "reaction_unreact": None,
    "reaction_other": None,
}


@pytest.mark.parametrize("name", VERDICTS)
def test_thumbs_and_reactions_are_verdicts_on_our_message(name: str) -> None:
    (verdict,) = read(name)
    assert (verdict.kind, verdict.about, verdict.useful, verdict.sender) == ("feedback", "m_out", VERDICTS[name], PERSON)


@pytest.mark.parametrize(("name", "ref"), [("referral_link", "affiche-salon"), ("referral_ad", "campagne-automne")])
def test_a_link_or_an_ad_opens_the_talk(name: str, ref: str) -> None:
    (opened,) = read(name)
    assert (opened.kind, opened.text) == ("start", ref)


@pytest.mark.parametrize("name", ["referral_link", "postback_without_mid", "reaction_love", "response_feedback_negative"])
def test_what_has_no_id_gets_the_same_one_at_each_delivery_and_another_later(name: str) -> None:
    (first,), (again,) = read(name), read(name)
    body = json.loads((BODIES / f"{name}.json").read_text())
    body["entry"][0]["messaging"][0]["timestamp"] += 1
    (later,) = made().read(json.dumps(body).encode())
    assert first.message_id == again.message_id != later.message_id
    assert len(first.message_id) <= 128


def test_every_event_of_a_batch_is_read_in_order() -> None:
    assert [(e.message_id, e.sender[-1]) for e in read("batch_of_three")] == [("m_one", "1"), ("m_two", "1"), ("m_three", "2")]
    assert [e.message_id for e in read("several_entries")] == ["m_one", "m_two"]


def test_what_is_sent_to_another_page_of_the_app_is_not_answered_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    channel, body = made(), (BODIES / "another_page.json").read_bytes()
    assert [channel.read(body), channel.read(body)] == [[], []]
    assert [record.getMessage().count("108000000000099") for record in caplog.records] == [1]


def test_every_body_kept_here_is_tested() -> None:
    tested = {
        *CASES,
        *VERDICTS,
        "another_page",
        "echo_with_our_mark",
        "handover",
        "referral_link",
        "referral_ad",
        "postback_without_mid",
        "batch_of_three",
        "several_entries",
    }
    assert {path.stem for path in BODIES.glob("*.json")} == tested


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[]", b"null", b'{"object":"instagram","entry":[]}', b'{"object":"page"}', b"[" * 99999]
)
def test_what_is_not_a_body_of_a_page_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        made().read(body)


@pytest.mark.parametrize(
    "changed",
    [
        {"timestamp": "hier"},
        {"sender": None},
        {"sender": {"id": "../me"}},
        {"sender": {"id": PAGE}, "recipient": {"id": PERSON}},
        {"message": {"mid": "m_1"}},
        {"message": {"mid": 7, "text": "x"}},
        {"message": {"mid": "m_1", "text": 7, "attachments": 7}},
        {"message": []},
        {"message": None},
    ],
)
def test_an_event_that_cannot_be_understood_does_not_stop_the_others(changed: dict[str, Any]) -> None:
    body = json.loads((BODIES / "batch_of_three.json").read_text())
    body["entry"][0]["time"] = None
    body["entry"][0]["messaging"][1] |= changed
    body["entry"].insert(0, "n’importe quoi")
    assert [e.message_id for e in made().read(json.dumps(body).encode())] == ["m_one", "m_three"]


def test_an_id_with_odd_characters_becomes_a_digest_and_stays_the_same() -> None:
    body = (BODIES / "text.json").read_text().replace("m_AbC-dEf_1", "mid.$cAAJd é" + "x" * 200)
    (first,), (again,) = made().read(body.encode()), made().read(body.encode())
    assert first.message_id == again.message_id
    assert first.message_id.startswith("digest:")


def test_an_attachment_that_makes_no_sense_takes_nothing_from_the_events_beside_it() -> None:
    body = json.loads((BODIES / "text.json").read_bytes())
    (entry,) = body["entry"]
    right = entry["messaging"][0]
    odd = {**right, "message": {"mid": "m_odd", "attachments": [{"type": "image", "payload": {"sticker_id": [1]}}]}}
    entry["messaging"] = [odd, right]
    assert [e.message_id for e in made().read(json.dumps(body).encode())] == ["m_AbC-dEf_1"]
