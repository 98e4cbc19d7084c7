"""What reads a body or a packet takes whatever comes: it returns, or raises what it says it raises."""

from __future__ import annotations

import json
import os
import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.contract import Channel, Unreadable
from bot.channels.instagram.channel import InstagramChannel
from bot.channels.message import sound
from bot.channels.messenger.channel import MessengerChannel
from bot.channels.rest.incoming import BadRequest
from bot.channels.rest.incoming import read as read_rest
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.webhook_json import read_json
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.channels.widget.incoming import Unfit, read_page, read_said
from bot.channels.widget.packets import readable, readable_body
from bot.settings import Settings
from tests.channels.vendors.accounts import Accounts
from tests.fuzz.inputs import webhook

EXAMPLES = int(os.environ.get("RESO_FUZZ_EXAMPLES", "200"))
ACCOUNTS = Accounts()
CONFIGURED = Settings(
    **{name.removeprefix("RESO_").lower(): value for name, value in ACCOUNTS.environment("http://127.0.0.1:9").items()}  # type: ignore[arg-type]
)
CHANNELS: dict[str, Channel] = {
    kind.name: kind(CONFIGURED, None)  # type: ignore[arg-type]
    for kind in (MessengerChannel, InstagramChannel, WhatsAppChannel, TelegramChannel)
}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


NUMBERS = ("1", "3", "5", "40", "41")
"""Packets of Engine.IO and Socket.IO that are numbers of JSON as well: close, pong, upgrade, connect, disconnect."""


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize("seed", range(4))
def test_a_spoiled_body_gives_sound_events_that_can_be_kept_and_answered(name: str, seed: int) -> None:
    bodies = webhook(name, random.Random(seed), ACCOUNTS)
    channel, seen = CHANNELS[name], 0
    for _ in range(EXAMPLES):
        try:
            events = [event for event in channel.read(next(bodies).body) if sound(event)]
        except Unreadable:
            continue
        seen += len(events)
        for event in events:
            "\0".join((event.sender, event.message_id, event.account, event.about, *event.native.values())).encode()
            json.dumps(dict(event.native))
    assert seen > EXAMPLES / 10  # else nothing was tried


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for channel in CHANNELS.values():
        with suppress(Unreadable):
            channel.read(body)
    with suppress(BadRequest):
        read_rest(body)
    assert readable_body(body) in (True, False)


@settings(max_examples=EXAMPLES, deadline=None)
@given(values)
def test_any_value_is_read_or_refused(value: Any) -> None:
    with suppress(Unfit):
        read_said(value).text.encode()
    read_page(value)
    text = json.dumps(value)
    assert json.dumps(read_json(text.encode()), ensure_ascii=False).encode()
    assert readable(text) == (text in NUMBERS)


@pytest.mark.parametrize("text", ["\\ud83d", "\\udc4d et \\ud83d", "a\\u0000b", "\\uD83D"])
def test_half_a_character_does_not_make_a_body_unreadable(text: str) -> None:
    assert "\ufffd" in read_json(f'{{"text": "{text}"}}'.encode())["text"]


def test_a_whole_emoji_stays() -> None:
    assert read_json(b'{"text": "\\ud83d\\udc4d"}') == {"text": "👍"}


@pytest.mark.parametrize(
    "packet",
    ["40", '40{"token":"a"}', "41", '42["say",{"id":"x"}]', '427["page",{}]', '421["forget"]', '42["refresh",{}]', "1", "3", "2probe", "5"],
)
def test_what_a_widget_sends_is_readable(packet: str) -> None:
    assert readable(packet)


@pytest.mark.parametrize(
    "packet",
    ['42["disconnect"]', '42["connect",{}]', '42["say",{},{}]', "42[]", "42[[]]", '42{"a":1}', '42"say"', "42", "43[]", '451-["say"]', "40/autre,",
     '42/autre,["say"]', "40[]", "40null", "4", "", "6", "0", "2", "9", b"\x00", "42[" + "[" * 5000, '42["say",' + "9" * 200 + "]", "44{}"],
)  # fmt: skip
def test_what_no_widget_sends_is_not(packet: str | bytes) -> None:
    assert not readable(packet)


def test_a_posted_body_is_readable_as_a_whole_or_not_at_all() -> None:
    said = '42["say",{"id":"x"}]'
    assert readable_body(f"{said}\x1e{said}".encode())
    assert not readable_body(f'{said}\x1e42["disconnect"]'.encode())
    assert not readable_body("\x1e".join([said] * 17).encode())
    assert not readable_body(b"2probe")


def nested(depth: int) -> bytes:
    return b"[" * depth + b'"\\ud800"' + b"]" * depth


@pytest.mark.parametrize("depth", [100, 900, 100_000])
def test_what_is_nested_deeper_than_any_vendor_writes_is_unreadable(depth: int) -> None:
    assert json.dumps(read_json(nested(40)))
    with pytest.raises(Unreadable) as refused:
        read_json(nested(depth))
    assert refused.value.__context__ is None, "a thousand frames of what failed on the way would be held by what is raised"
