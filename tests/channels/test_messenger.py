"""Messenger: what comes in, what goes out, within Meta's limits."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.channels.contract import Call, Channel, Check, Never, Request, Unreadable
from bot.channels.message import Answer, Button, Event, Figure, Reply
from bot.channels.messenger import channel as messenger
from bot.channels.messenger.channel import MessengerChannel
from bot.settings import Settings
from tests.channels import meta_api
from tests.channels.meta_api import TOKEN

BODIES = Path(__file__).parents[1] / "fixtures/webhooks/messenger"
PAGE, PERSON = "108000000000001", "6500000000000001"
WHEN = datetime.datetime(2026, 11, 23, 8, 0)


def made(session: Any = None, **changed: str) -> MessengerChannel:
    given = {
        "meta_app_secret": "s",
        "meta_verify_token": "mot-de-verification",
        "messenger_token": TOKEN,
        "messenger_page_id": PAGE,
    } | changed
    return MessengerChannel(Settings(**given), session)


def read(name: str) -> list[Event]:
    return made().read((BODIES / f"{name}.json").read_bytes())


def event(kind: str = "message", message_id: str = "m_AbC-dEf_1", **more: Any) -> Event:
    return Event(**{"kind": kind, "sender": PERSON, "message_id": message_id, "at": WHEN, "account": PAGE, **more})


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


def test_only_signed_requests_are_allowed() -> None:
    signature = "sha256=" + hmac.new(b"s", b"{}", hashlib.sha256).hexdigest()
    assert made().allows(Request("POST", b"{}", {"x-hub-signature-256": signature}))
    assert not made().allows(Request("POST", b"{}", {"x-hub-signature": signature}))
    assert not made(meta_app_secret="").allows(Request("POST", b"{}", {"x-hub-signature-256": signature}))


@pytest.mark.parametrize(
    ("unset", "variable"),
    [
        ("meta_app_secret", "RESO_META_APP_SECRET"),
        ("meta_verify_token", "RESO_META_VERIFY_TOKEN"),
        ("messenger_token", "RESO_MESSENGER_TOKEN"),
        ("messenger_page_id", "RESO_MESSENGER_PAGE_ID"),
    ],
)
def test_a_variable_that_is_not_set_is_named(unset: str, variable: str) -> None:
    assert made().missing == ()
    assert made(**{unset: ""}).missing == (variable,)


def test_it_fulfils_the_contract() -> None:
    channel: Channel = made()
    assert (channel.name, channel.window_hours) == ("messenger", 24)


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


async def test_a_sent_message_gives_its_id() -> None:
    async with meta_api.meta_api() as (api, session):
        channel = made(session, meta_api_url=api.url)
        (call,) = channel.write(Reply(("Bonjour",)), event())
        assert await channel.send(Call(call.path, json.loads(json.dumps(call.body)))) == "m_out"
        api.answers = [meta_api.error(10, 2018278)]
        with pytest.raises(Never):
            await channel.send(call)
    assert api.calls[0] == ("POST", f"/{PAGE}/messages", call.body)


async def test_seen_then_typing_is_shown_and_a_failure_is_swallowed() -> None:
    async with meta_api.meta_api() as (api, session):
        channel = made(session, meta_api_url=api.url)
        await channel.seen(event())
        assert [c[2]["sender_action"] for c in api.calls] == ["mark_seen", "typing_on"]
        api.answers = [meta_api.error(190, status=401)]
        await channel.seen(event())


FIELDS = [
    "messages",
    "message_echoes",
    "messaging_postbacks",
    "messaging_referrals",
    "message_reactions",
    "message_edits",
    "response_feedback",
]
SCOPES = ["pages_messaging", "pages_manage_metadata"]


HOOK = "https://reso.exemple.fr/webhooks/messenger/webhook"
OTHER_APP = {"id": "999", "subscribed_fields": FIELDS}


def app_hook(**changed: Any) -> meta_api.Answer:
    """Return the app's own subscription as /{app}/subscriptions gives it."""
    fields = [{"name": name, "version": "v25.0"} for name in FIELDS]
    return meta_api.Answer(body={"data": [{"object": "page", "callback_url": HOOK, "active": True, "fields": fields} | changed]})


async def checked(public_url: str = "https://reso.exemple.fr", **answers: Any) -> list[Check]:
    told = {"app_id": meta_api.APP, "is_valid": True, "scopes": SCOPES, "expires_at": 0}
    given = {
        "/me": meta_api.Answer(body={"id": PAGE, "name": "Ma page"}),
        "/debug_token": meta_api.Answer(body={"data": told}),
        f"/{PAGE}/subscribed_apps": meta_api.Answer(body={"data": [OTHER_APP, {"id": meta_api.APP, "subscribed_fields": FIELDS}]}),
        f"/{meta_api.APP}/subscriptions": app_hook(),
    } | {f"/{name}": answer for name, answer in answers.items()}
    async with meta_api.meta_api() as (api, session):
        api.at = given.get
        return await made(session, meta_api_url=api.url, public_url=public_url).check()


async def test_a_good_set_up_has_no_fault() -> None:
    lines = await checked()
    assert len(lines) == 4
    assert all(line.good for line in lines)


SOON = int((datetime.datetime.now() + datetime.timedelta(days=3)).timestamp())
PAGE_APPS, APP_HOOKS = f"{PAGE}/subscribed_apps", f"{meta_api.APP}/subscriptions"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"me": meta_api.error(190, status=401)}, ("190", "créez-en un nouveau")),
        ({"me": meta_api.Answer(500, "")}, ("ne répond pas", "réessayez")),
        ({"me": meta_api.Answer(body={"id": "42", "name": "Camille"})}, ("Camille", "jeton de page")),
        ({"debug_token": meta_api.Answer(body={"data": {"scopes": SCOPES[1:]}})}, ("pages_messaging", "étape\u00a03")),
        ({"debug_token": meta_api.Answer(body={"data": {"scopes": SCOPES, "expires_at": SOON}})}, ("expire le", "système")),
        ({"debug_token": meta_api.error(100)}, ("applications sont abonnées", "console")),
        ({"debug_token": meta_api.error(100)}, ("ne peut pas être vérifié", "étape\u00a04")),
        ({PAGE_APPS: meta_api.Answer(body={"data": []})}, ("messages, messaging_postbacks", "étape\u00a04")),
        ({PAGE_APPS: meta_api.Answer(body={"data": [OTHER_APP]})}, ("messages, messaging_postbacks", "étape\u00a04")),
        ({PAGE_APPS: meta_api.Answer(body={"data": [{"id": meta_api.APP, "subscribed_fields": FIELDS[:5]}]})}, ("response_feedback", "étape\u00a04")),
        ({PAGE_APPS: meta_api.error(200, status=403)}, ("ne peuvent pas être lus", "autorisation")),
        ({APP_HOOKS: meta_api.Answer(body={"data": []})}, ("pas de webhook", "étape\u00a04")),
        ({APP_HOOKS: app_hook(object="user")}, ("pas de webhook", "étape\u00a04")),
        ({APP_HOOKS: app_hook(active=False)}, ("pas de webhook", "étape\u00a04")),
        ({APP_HOOKS: app_hook(callback_url="https://ailleurs.exemple.fr")}, ("ailleurs.exemple.fr", HOOK)),
        ({APP_HOOKS: app_hook(fields=["feed", "messaging_postbacks"])}, ("pas abonnée à\u00a0: messages.", "étape\u00a04")),
        ({APP_HOOKS: meta_api.error(190, status=401)}, ("190", "RESO_META_APP_SECRET")),
        ({"public_url": ""}, ("RESO_PUBLIC_URL", "https")),
    ],
)  # fmt: skip
async def test_each_fault_of_the_set_up_is_told_with_what_to_do(answers: dict[str, Any], words: tuple[str, str]) -> None:
    faults = [line for line in await checked(**answers) if not line.good]
    assert any(words[0] in line.what and words[1] in line.advice for line in faults)


async def test_no_internet_is_told() -> None:
    async with aiohttp.ClientSession() as session:
        lines = await made(session, meta_api_url="http://127.0.0.1:9").check()
    assert [line.good for line in lines] == [False]
    assert "internet" in lines[0].advice


def test_the_fields_of_the_webhook_are_those_that_the_guide_names() -> None:
    guide = (Path(__file__).parents[2] / "docs/channels/messenger.md").read_text()
    assert [f for f in (*messenger.NEEDED, *messenger.WISHED, *messenger.PERMISSIONS) if f"`{f}`" not in guide] == []


def test_an_attachment_that_makes_no_sense_takes_nothing_from_the_events_beside_it() -> None:
    body = json.loads((BODIES / "text.json").read_bytes())
    (entry,) = body["entry"]
    right = entry["messaging"][0]
    odd = {**right, "message": {"mid": "m_odd", "attachments": [{"type": "image", "payload": {"sticker_id": [1]}}]}}
    entry["messaging"] = [odd, right]
    assert [e.message_id for e in made().read(json.dumps(body).encode())] == ["m_AbC-dEf_1"]
