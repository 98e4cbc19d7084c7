"""WhatsApp: every kind of webhook, replies within the Cloud API's limits, and calls to a server that stands for Meta's."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.contract import Call, Check, Later, Never, Request, Unreadable
from bot.channels.message import Answer, Button, Event, Figure, Reply, sound
from bot.channels.sentences import only_text
from bot.channels.whatsapp import incoming, outgoing
from bot.channels.whatsapp.channel import WhatsAppChannel, accounts, number_checks, subscription_check, token_checks
from bot.settings import ROOT, Settings

BODIES = ROOT / "tests/fixtures/webhooks/whatsapp"
PHONE_ID, PERSON, HIDDEN = "106540352242922", "33612345678", "FR.13491208655302741918"
ABOUT = "wamid.HBgLMzM2MTIzNDU2NzgVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA"
SENT = datetime.datetime(2026, 11, 23, 7, 0)
SECRET = "le-secret-de-l-application"


def body(name: str) -> bytes:
    return (BODIES / f"{name}.json").read_bytes()


def read(name: str) -> list[Event]:
    return incoming.read(body(name))


# --- what comes in


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


async def test_another_number_of_the_account_is_not_answered_and_told_once(
    session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    whatsapp = channel(session)
    assert [whatsapp.read(body(name)) for name in ("another_number", "another_number")] == [[], []]
    assert [record.getMessage().count("106540352242999") for record in caplog.records] == [1]
    assert whatsapp.read(body("text"))
    assert whatsapp.read(body("status_failed"))


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


# --- what goes out

EVENT = Event("message", PERSON, ABOUT, SENT, "bonjour", PHONE_ID)


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


# --- the door


def signed(given: bytes, secret: str = SECRET, digest: str = "sha256") -> dict[str, str]:
    return {"x-hub-signature-256": f"{digest}=" + hmac.new(secret.encode(), given, hashlib.new(digest).name).hexdigest()}


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        (signed(body("accents_escaped")), True),
        (signed(body("accents_escaped"), "un autre"), False),
        (signed(body("text")), False),
        (signed(body("accents_escaped"), digest="sha1"), False),
        ({"x-hub-signature": signed(body("accents_escaped"), digest="sha1")["x-hub-signature-256"]}, False),
        ({}, False),
    ],
)
async def test_only_metas_signature_opens(headers: dict[str, str], allowed: bool, session: aiohttp.ClientSession) -> None:
    assert channel(session).allows(Request("POST", body("accents_escaped"), headers)) is allowed


async def test_what_is_not_set_is_named(session: aiohttp.ClientSession) -> None:
    bare = WhatsAppChannel(Settings(_env_file=None, meta_app_secret=SECRET), session)
    assert bare.missing == ("RESO_META_VERIFY_TOKEN", "RESO_WHATSAPP_TOKEN", "RESO_WHATSAPP_PHONE_ID")


# --- a server that stands for Meta's

TOKEN = "EAAG-un-jeton"
HOOK = "https://reso.exemple.fr/webhooks/whatsapp/webhook"
NUMBER = {
    "id": PHONE_ID, "verified_name": "Réso", "display_phone_number": "+33 1 55 55 01 00", "quality_rating": "GREEN",
    "webhook_configuration": {"application": HOOK},
}  # fmt: skip
APP = "670843887433847"
TOLD = {
    "app_id": APP, "is_valid": True, "expires_at": 0, "scopes": ["whatsapp_business_management", "whatsapp_business_messaging"],
    "granular_scopes": [{"scope": "whatsapp_business_management", "target_ids": ["102290129340398"]}],
}  # fmt: skip


class Vendor:
    """Takes messages for one number in one version; keeps what it got."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.closed = False
        self.told: Any = {"data": TOLD}
        self.fields = ["messages"]
        app = web.Application()
        app.router.add_post(f"/v25.0/{PHONE_ID}/messages", self._message)
        app.router.add_get("/v25.0/{node}", self._node)
        app.router.add_get("/v25.0/102290129340398/subscribed_apps", self._subscribed)
        app.router.add_get(f"/v25.0/{APP}/subscriptions", self._app)
        self.server = TestServer(app)

    async def _message(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            error = {"message": "Invalid OAuth access token.", "type": "OAuthException", "code": 190, "fbtrace_id": "A1"}
            return web.json_response({"error": error}, status=401)
        given = await request.json()
        self.calls.append(given)
        if self.closed:
            error = {"message": "(#131047) Re-engagement message", "type": "OAuthException", "code": 131047, "fbtrace_id": "A2"}
            return web.json_response({"error": error}, status=400)
        if given.get("status") == "read":
            return web.json_response({"success": True})
        contacts = [{"input": given["to"], "wa_id": given["to"]}]
        return web.json_response({"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": ABOUT}]})

    async def _node(self, request: web.Request) -> web.Response:
        if request.match_info["node"] != "debug_token":
            return web.json_response(NUMBER)
        return web.json_response(self.told, status=400 if "error" in self.told else 200)

    async def _app(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {APP}|{SECRET}":
            return web.json_response({"error": {"code": 190, "message": "Invalid application secret"}}, status=401)
        fields = [{"name": name, "version": "v25.0"} for name in self.fields]
        subscription = {"object": "whatsapp_business_account", "callback_url": HOOK, "active": True, "fields": fields}
        return web.json_response({"data": [subscription]})

    async def _subscribed(self, request: web.Request) -> web.Response:
        return web.json_response({"data": [{"whatsapp_business_api_data": {"id": APP, "name": "Réso"}}]})


def channel(session: aiohttp.ClientSession, url: str = "http://127.0.0.1:9", **given: str) -> WhatsAppChannel:
    values = {
        "meta_app_secret": SECRET, "meta_verify_token": "mot-de-verification", "whatsapp_token": TOKEN, "whatsapp_phone_id": PHONE_ID,
        "public_url": "https://reso.exemple.fr",
    } | given  # fmt: skip
    return WhatsAppChannel(Settings(_env_file=None, meta_api_url=url, meta_version="v25.0", **values), session)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    made = Vendor()
    await made.server.start_server()
    yield made
    await made.server.close()


async def test_a_sent_message_has_the_id_that_a_reaction_names(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    whatsapp = channel(session, str(vendor.server.make_url("/")))
    [call] = whatsapp.write(Reply(("Bonjour !",)), EVENT)
    assert await whatsapp.send(call) == read("reaction_thumb_up")[0].about


async def test_a_message_is_marked_as_read_while_an_answer_is_made(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    await channel(session, str(vendor.server.make_url("/"))).seen(EVENT)
    assert vendor.calls == [
        {"messaging_product": "whatsapp", "status": "read", "message_id": ABOUT, "typing_indicator": {"type": "text"}},
    ]  # fmt: skip


async def test_a_failing_read_mark_troubles_nobody(session: aiohttp.ClientSession) -> None:
    await channel(session).seen(EVENT)
    with pytest.raises(Later):
        await channel(session).send(outgoing.write(Reply(("Oui.",)), EVENT, PHONE_ID)[0])


async def test_a_closed_window_is_final_for_the_message_only(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    vendor.closed = True
    whatsapp = channel(session, str(vendor.server.make_url("/")))
    with pytest.raises(Never) as caught:
        await whatsapp.send(whatsapp.write(Reply(("Bonjour !",)), EVENT)[0])
    assert not caught.value.channel_wide


async def test_a_refused_token_stops_the_channel(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    whatsapp = channel(session, str(vendor.server.make_url("/")), whatsapp_token="périmé")
    with pytest.raises(Never) as caught:
        await whatsapp.send(whatsapp.write(Reply(("Bonjour !",)), EVENT)[0])
    assert caught.value.channel_wide


# --- make channels-check


async def test_a_check_of_a_good_number(vendor: Vendor, session: aiohttp.ClientSession) -> None:
    checks = await channel(session, str(vendor.server.make_url("/"))).check()
    assert [check for check in checks if not check.good] == []
    assert len(checks) == 5


@pytest.mark.parametrize(
    ("told", "fields", "trouble"),
    [
        ({"data": TOLD | {"granular_scopes": [{"scope": "whatsapp_business_management"}]}}, ["messages"], "ne peut pas être vérifié"),
        ({"error": {"code": 100, "message": "no"}}, ["messages"], "Meta 100"),
        ({"data": "?"}, ["messages"], "ne peut pas être vérifié"),
        ({"data": TOLD}, ["account_update"], "messages"),
    ],
)
async def test_what_cannot_be_asked_or_cannot_arrive_is_told_beside_what_is_known(
    vendor: Vendor, session: aiohttp.ClientSession, told: Any, fields: list[str], trouble: str
) -> None:
    vendor.told, vendor.fields = told, fields
    checks = await channel(session, str(vendor.server.make_url("/"))).check()
    [bad] = [check for check in checks if not check.good]
    assert trouble in bad.what
    assert bad.advice
    assert "+33 1 55 55 01 00" in checks[0].what


async def test_a_check_without_a_connection_says_so(session: aiohttp.ClientSession) -> None:
    [check] = await channel(session).check()
    assert not check.good
    assert check.advice
    assert TOKEN not in check.what


@pytest.mark.parametrize(
    ("checks", "trouble"),
    [
        (number_checks(NUMBER | {"webhook_configuration": {}}, HOOK), "Aucun webhook"),
        (
            number_checks(NUMBER | {"webhook_configuration": {"application": HOOK, "phone_number": "https://ailleurs.fr"}}, HOOK),
            "ailleurs.fr",
        ),
        (number_checks(NUMBER | {"quality_rating": "RED"}, HOOK), "Qualité"),
        (number_checks(NUMBER, ""), "RESO_PUBLIC_URL"),
        (token_checks({"is_valid": False}), "plus valable"),
        (token_checks(TOLD | {"scopes": ["whatsapp_business_management"]}), "whatsapp_business_messaging"),
        (token_checks(TOLD | {"expires_at": 1795417200}), "expire"),
        ([subscription_check({"data": []}, "102", "7")], "102"),
        ([subscription_check({"data": [{"whatsapp_business_api_data": {"id": ""}}]}, "102", "")], "102"),
        (
            [subscription_check({"data": [{"whatsapp_business_api_data": {"id": "999", "name": "Autre CRM"}}]}, "102", "7")],
            "pas celle du jeton",
        ),
    ],
)
def test_the_check_names_what_is_wrong_and_what_to_do(checks: list[Check], trouble: str) -> None:
    [bad] = [check for check in checks if not check.good]
    assert trouble in bad.what
    assert bad.advice


def test_accounts_come_from_the_token() -> None:
    assert accounts(TOLD) == ["102290129340398"]
    assert accounts({}) == []
