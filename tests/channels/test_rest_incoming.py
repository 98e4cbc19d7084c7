"""A REST body is read or refused in French; nothing odd passes."""

import json

import pytest

from bot.channels.rest.incoming import MOST_BYTES, BadRequest, read


def body(**fields: object) -> bytes:
    return json.dumps({"sender": "v1", "message": "bonjour", **fields}).encode()


def test_a_message_as_rasa_clients_send_it() -> None:
    incoming = read(body(metadata={"page": "/"}))
    assert (incoming.sender, incoming.text, incoming.metadata) == ("v1", "bonjour", {"page": "/"})


def test_strangers_without_a_sender_never_share_a_conversation() -> None:
    senders = {read(json.dumps({"message": "salut"}).encode()).sender for _ in range(5)}
    assert len(senders) == 5


def test_text_is_cleaned_and_may_be_empty() -> None:
    assert read(body(message="  a\x00\u200bb  ")).text == "a b"
    assert read(body(message=" \n ")).text == ""


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"\xff\xfe", 400),
        (b"[" * 5000, 400),
        (body(message=None), 400),
        (body(message=["a"]), 400),
        (body(message=3), 400),
        (body(sender="\ud800"), 400),
        (body(sender="a\u0000b"), 400),
        (body(sender="x" * 300), 400),
        (body(sender=""), 400),
        (body(sender={"a": 1}), 400),
        (body(metadata="x"), 400),
        (body(message_id=7), 400),
        (body(message="a" * 1001), 413),
        (b" " * (MOST_BYTES + 1), 413),
    ],
)
def test_bad_bodies_are_refused_in_french(raw: bytes, status: int) -> None:
    with pytest.raises(BadRequest) as refusal:
        read(raw)
    assert refusal.value.status == status
    assert str(refusal.value)[0].isupper() or str(refusal.value).startswith("«")
