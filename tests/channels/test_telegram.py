"""Telegram: every kind of update, replies within the Bot API's limits, and its errors from a server that stands for it."""

from __future__ import annotations

import asyncio
import datetime
import html.parser
import json
import logging
import traceback
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.contract import Call, Later, Never, Request, Unreadable
from bot.channels.message import Answer, Button, Event, Figure, Reply
from bot.channels.sentences import only_text
from bot.channels.telegram import incoming, outgoing
from bot.channels.telegram.channel import TelegramChannel, webhook_checks
from bot.channels.telegram.incoming import Me
from bot.settings import ROOT, Settings

BODIES = ROOT / "tests/fixtures/webhooks/telegram"
TOKEN = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"
SECRET = "un_secret-de-2026"
ME = Me(123456, "ResoBot")
NOW = datetime.datetime(2026, 11, 23, 9, 0)
SENT = datetime.datetime(2026, 11, 23, 7, 0)
PERSON, GROUP = "99887766", "-1001234567890"
MEMBER = f"{GROUP}:{PERSON}"
KEPT = datetime.timedelta(days=30)


def read(name: str, me: Me = ME) -> list[Event]:
    return incoming.read((BODIES / f"{name}.json").read_bytes(), me, NOW, KEPT)


# --- what comes in


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


async def test_who_presses_a_button_of_a_talk_long_forgotten_is_told_so_and_the_chat_stays_as_it_is(
    vendor: Vendor, session: aiohttp.ClientSession
) -> None:
    telegram = channel(session, str(vendor.server.make_url("/")))
    [event] = read("callback_of_last_month")
    calls = telegram.write(Reply((only_text(event.unreadable),)), event)
    assert [await telegram.send(call) for call in calls] == [""]
    [(method, body)] = vendor.calls
    assert (method, body["callback_query_id"], body["show_alert"]) == ("answerCallbackQuery", "4382bfdwdsb323b2dc", True)
    assert "trop ancien" in body["text"]
    assert len(body["text"]) <= 200


def album(*captions: str) -> list[bytes]:
    """Return the updates of an album whose pictures have these captions."""
    given = json.loads((BODIES / "photo_of_album.json").read_bytes())
    made = []
    for number, caption in enumerate(captions):
        message = {**given["message"], "message_id": 521 + number} | ({"caption": caption} if caption else {})
        made.append({"update_id": given["update_id"] + number, "message": message})
    return [json.dumps(update).encode() for update in made]


QUESTION = "Combien coûte ce visuel ?"


@pytest.mark.parametrize("captions", [(QUESTION, "", ""), ("", QUESTION, ""), ("", "", QUESTION)])
async def test_the_caption_of_an_album_is_heard_wherever_it_stands(captions: tuple[str, ...], session: aiohttp.ClientSession) -> None:
    telegram = channel(session)
    heard = {event.message_id: (event.kind, event.text) for body in album(*captions) for event in telegram.read(body)}
    assert ("message", QUESTION) in heard.values()
    # What came before could not know of the caption; one sentence is said for all of it, and none for what comes after.
    assert len(heard) == (1 if captions[0] else 2)


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


# --- what goes out

EVENT = Event("message", PERSON, "u1", SENT, "bonjour")
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


# --- the door


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"x-telegram-bot-api-secret-token": SECRET}, True),
        ({"x-telegram-bot-api-secret-token": SECRET + "x"}, False),
        ({"x-telegram-bot-api-secret-token": SECRET[:-1]}, False),
        ({"x-telegram-bot-api-secret-token": ""}, False),
        ({"x-telegram-bot-api-secret-token": "é\udcff"}, False),
        ({}, False),
    ],
)
async def test_only_the_secret_opens(headers: dict[str, str], allowed: bool) -> None:
    async with aiohttp.ClientSession() as session:
        assert channel(session).allows(Request("POST", b"{}", headers)) is allowed


async def test_without_a_secret_nothing_opens() -> None:
    async with aiohttp.ClientSession() as session:
        bare = TelegramChannel(Settings(_env_file=None, telegram_token="", telegram_secret=""), session)
        assert bare.missing == ("RESO_TELEGRAM_TOKEN", "RESO_TELEGRAM_SECRET")
        assert not bare.allows(Request("POST", b"{}", {"x-telegram-bot-api-secret-token": ""}))


# --- a server that stands for Telegram's

Handler = Callable[[str, dict[str, Any]], web.Response]


def ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def refused(code: int, description: str, **parameters: Any) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=code)


def taken(method: str, body: dict[str, Any]) -> web.Response:
    if method == "getMe":
        return ok({"id": 123456, "is_bot": True, "username": "ResoBot"})
    if method == "sendMessage":
        user = {"id": 123456, "is_bot": True, "username": "ResoBot"}
        return ok({"message_id": 77, "from": user, "chat": {"id": body["chat_id"]}, "text": body["text"]})
    return ok(True)


class Vendor:
    """Answers calls with `handler`; keeps what was called."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.handler: Handler = taken
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._answer)
        self.server = TestServer(app)

    async def _answer(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != TOKEN:
            return refused(401, "Unauthorized")
        body = await request.json()
        self.calls.append((request.match_info["method"], body))
        return self.handler(request.match_info["method"], body)


def channel(session: aiohttp.ClientSession, url: str = "http://127.0.0.1:9", **given: str) -> TelegramChannel:
    values = {"telegram_token": TOKEN, "telegram_secret": SECRET, "public_url": "https://reso.exemple.fr"} | given
    return TelegramChannel(Settings(_env_file=None, telegram_api_url=url, **values), session)


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    made = Vendor()
    await made.server.start_server()
    yield made
    await made.server.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


SAY = Call("sendMessage", {"chat_id": 99887766, "text": "Bonjour"})


async def test_a_sent_message_has_an_id_that_a_reaction_names(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    sent = await channel(session, str(vendor.server.make_url("/"))).send(SAY)
    assert sent == read("reaction_thumb_up")[0].about


async def test_the_bots_name_is_learnt_from_what_it_sends(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    telegram = channel(session, str(vendor.server.make_url("/")))
    body = (BODIES / "group_mention.json").read_bytes()
    assert telegram.read(body) == []
    await telegram.send(SAY)
    assert len(telegram.read(body)) == 1


async def test_the_bots_name_is_learnt_at_the_start(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    telegram = channel(session, str(vendor.server.make_url("/")))
    await telegram.start()
    assert len(telegram.read((BODIES / "group_mention.json").read_bytes())) == 1


async def test_a_pressed_button_stops_waiting_and_typing_shows(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    await channel(session, str(vendor.server.make_url("/"))).seen(read("callback")[0])
    assert vendor.calls == [
        ("answerCallbackQuery", {"callback_query_id": "4382bfdwdsb323b2d9"}),
        ("sendChatAction", {"chat_id": 99887766, "action": "typing"}),
    ]


async def test_a_failing_seen_mark_troubles_nobody(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    vendor.handler = lambda method, body: refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    await channel(session, str(vendor.server.make_url("/"))).seen(read("callback")[0])
    assert len(vendor.calls) == 1


async def test_too_many_calls_wait_as_long_as_telegram_wishes(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    vendor.handler = lambda method, body: refused(429, "Too Many Requests: retry after 14", retry_after=14)
    with pytest.raises(Later) as caught:
        await channel(session, str(vendor.server.make_url("/"))).send(SAY)
    assert (caught.value.seconds, caught.value.sure) == (14.0, True)


@pytest.mark.parametrize(
    ("code", "description", "channel_wide"),
    [
        (403, "Forbidden: bot was blocked by the user", False),
        (403, "Forbidden: bot was kicked from the supergroup chat", False),
        (400, "Bad Request: chat not found", False),
        (400, "Bad Request: not enough rights to send text messages to the chat", False),
        (400, "Bad Request: TOPIC_CLOSED", False),
        (400, 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 3', False),
        (401, "Unauthorized", True),
        (404, "Not Found", True),
    ],
)
async def test_what_will_never_succeed(
    vendor: Vendor, session: aiohttp.ClientSession, code: int, description: str, channel_wide: bool
) -> None:
    vendor.handler = lambda method, body: refused(code, description)
    with pytest.raises(Never) as caught:
        await channel(session, str(vendor.server.make_url("/"))).send(SAY)
    assert (caught.value.channel_wide, caught.value.code) == (channel_wide, str(code))
    assert caught.value.advice.endswith((".", "motif."))
    assert '"' not in str(caught.value)


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("Bad Request: not enough rights to send text messages to the chat", "administrateur"),
        ("Bad Request: TOPIC_CLOSED", "sujet"),
        ("Bad Request: message thread not found", "sujet"),
        ("Bad Request: chat not found", "conversation"),
        ("Bad Request: query is too old and response timeout expired or query ID is invalid", "trop longtemps"),
    ],
)
async def test_the_advice_is_about_what_happened(vendor: Vendor, session: aiohttp.ClientSession, description: str, words: str) -> None:
    vendor.handler = lambda method, body: refused(400, description)
    with pytest.raises(Never) as caught:
        await channel(session, str(vendor.server.make_url("/"))).send(SAY)
    assert words in caught.value.advice


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_fault_of_the_server_may_pass(vendor: Vendor, session: aiohttp.ClientSession, status: int) -> None:
    vendor.handler = lambda method, body: web.Response(status=status, text="<html>Bad Gateway</html>")
    with pytest.raises(Later) as caught:
        await channel(session, str(vendor.server.make_url("/"))).send(SAY)
    assert not caught.value.sure


async def test_a_moved_group_is_followed(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    def moved(method: str, body: dict[str, Any]) -> web.Response:
        if body["chat_id"] == -4321:
            return refused(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1001234567890)
        return taken(method, body)

    vendor.handler = moved
    call = Call("sendMessage", {"chat_id": -4321, "text": "Bonjour", "reply_parameters": {"message_id": 5}})
    assert await channel(session, str(vendor.server.make_url("/"))).send(call) == "-1001234567890:77"
    assert vendor.calls[1][1] == {"chat_id": -1001234567890, "text": "Bonjour"}


async def test_a_refused_connection_is_surely_not_taken(session: aiohttp.ClientSession) -> None:
    with pytest.raises(Later) as caught:
        await channel(session).send(SAY)
    assert caught.value.sure


async def test_a_connection_cut_after_the_call_is_not_sure(session: aiohttp.ClientSession) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"Bonjour")
        writer.close()

    async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Later) as caught:
            await channel(session, f"http://127.0.0.1:{port}").send(SAY)
    assert not caught.value.sure


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://[broken", "http://nowhere.invalid"])
async def test_the_token_stands_in_no_error_and_no_log(session: aiohttp.ClientSession, url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    telegram = channel(session, url)
    told: list[str] = [str(await telegram.check()), str(await telegram.set_webhook())]
    with pytest.raises((Later, Never)) as caught:
        await telegram.send(SAY)
    told += [repr(caught.value), "".join(traceback.format_exception(caught.value))]
    assert TOKEN not in "".join(told) + caplog.text
    assert TOKEN not in str([*outgoing.write(Reply(("Oui.",)), EVENT)])


# --- make channels-check

INFO = {"url": "https://reso.exemple.fr/webhooks/telegram/webhook", "pending_update_count": 0, "allowed_updates": []}
ALL = ["message", "edited_message", "callback_query", "message_reaction"]


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ({}, None),
        ({"url": ""}, "Aucun webhook"),
        ({"url": "https://ailleurs.exemple.fr/x"}, "ailleurs"),
        ({"allowed_updates": ["message"]}, "callback_query, message_reaction"),
        ({"allowed_updates": []}, "message_reaction"),
        ({"last_error_message": "SSL error", "last_error_date": 1795417200}, "le 23/11/2026 à 07:00 UTC\u00a0: SSL error"),
        ({"last_error_message": "SSL error", "last_error_date": 1795417200 - 86400}, None),
        ({"last_error_message": "SSL error", "last_error_date": 1795417200 - 86400, "pending_update_count": 3}, "SSL error"),
        ({"pending_update_count": 250}, "250"),
    ],
)
def test_the_check_names_what_is_wrong_and_what_to_do(change: dict[str, Any], trouble: str | None) -> None:
    checks = webhook_checks(
        INFO | {"allowed_updates": ALL} | change, str(INFO["url"]), datetime.datetime.fromtimestamp(1795417200 + 600, datetime.timezone.utc)
    )
    bad = [check for check in checks if not check.good]
    assert all(check.advice for check in bad)
    assert (trouble is None and not bad) or any(trouble and trouble in check.what for check in bad)


async def test_a_check_of_a_good_bot(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    vendor.handler = lambda method, body: ok(INFO | {"allowed_updates": ALL}) if method == "getWebhookInfo" else taken(method, body)
    checks = await channel(session, str(vendor.server.make_url("/"))).check()
    assert all(check.good for check in checks)
    assert "@ResoBot" in checks[0].what


async def test_a_check_with_a_wrong_token_says_where_to_get_one(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    [check] = await channel(session, str(vendor.server.make_url("/")), telegram_token="1:faux").check()
    assert not check.good
    assert "@BotFather" in check.advice


async def test_the_webhook_is_registered_with_its_secret(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    check = await channel(session, str(vendor.server.make_url("/"))).set_webhook()
    assert check.good
    assert vendor.calls == [
        ("setWebhook", {"url": INFO["url"], "secret_token": SECRET, "allowed_updates": ALL, "max_connections": 40}),
    ]  # fmt: skip


@pytest.mark.parametrize("public_url", ["", "http://reso.exemple.fr"])
async def test_a_webhook_needs_a_public_https_address(vendor: Vendor, session: aiohttp.ClientSession, public_url: str) -> None:
    check = await channel(session, str(vendor.server.make_url("/")), public_url=public_url).set_webhook()
    assert not check.good
    assert "RESO_PUBLIC_URL" in check.advice
    assert vendor.calls == []
