"""Instagram: what comes in, what goes out, within Meta's limits. What it shares with Messenger is held in test_messenger."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from bot.channels.contract import Channel, Check, Request, Unreadable
from bot.channels.instagram import channel as instagram
from bot.channels.instagram.channel import InstagramChannel
from bot.channels.message import Answer, Button, Event, Figure, Reply
from bot.channels.meta.messaging import identity
from bot.settings import Settings
from tests.channels import meta_api
from tests.channels.meta_api import TOKEN

BODIES = Path(__file__).parents[1] / "fixtures/webhooks/instagram"
ACCOUNT, PERSON = "17841400000000001", "980000000000001"
WHEN = datetime.datetime(2026, 11, 23, 8, 0)
LONG = json.loads((BODIES / "text.json").read_text())["entry"][0]["messaging"][0]["message"]["mid"]


def made(session: Any = None, **changed: str) -> InstagramChannel:
    given = {
        "meta_app_secret": "s",
        "meta_verify_token": "mot-de-verification",
        "instagram_token": TOKEN,
        "instagram_id": ACCOUNT,
    } | changed
    return InstagramChannel(Settings(**given), session)


def read(name: str) -> list[Event]:
    return made().read((BODIES / f"{name}.json").read_bytes())


def event(kind: str = "message", message_id: str = "aWdfOne", **more: Any) -> Event:
    return Event(**{"kind": kind, "sender": PERSON, "message_id": message_id, "at": WHEN, "account": ACCOUNT, **more})


CASES: dict[str, list[Event]] = {
    "text": [event(message_id=identity(LONG), text="Est-ce que ça fait vendre ?")],
    "accents_escaped": [event(text="Pourquoi ça marche à l’école, d’après vous ? 😀")],
    "quick_reply": [event(text="choix:0123456789")],
    "postback_ice_breaker": [event(message_id="aWdfIce", text="Quels sont les risques ?")],
    "postback_button": [event(message_id="aWdfButton", text="choix:0123456789")],
    "message_from_ad": [event(text="Bonjour, une question sur la pub")],
    "story_reply": [event(text="Ça marche vraiment ?")],
    "like_heart": [event(text="❤️")],
    "timestamp_in_seconds": [event(message_id="aWdfSec", text="Bonjour")],
    "image": [event("unreadable", unreadable="image")],
    "audio": [event("unreadable", unreadable="audio")],
    "video": [event("unreadable", unreadable="video")],
    "reel": [event("unreadable", unreadable="video")],
    "document": [event("unreadable", unreadable="document")],
    "shared_post": [event("unreadable", unreadable="other")],
    "story_mention": [event("unreadable", unreadable="other")],
    "unsupported_sticker": [event("unreadable", unreadable="other")],
    "unsend": [event("deleted", identity(f"{LONG}:deleted"), about=identity(LONG))],
    "edited": [event("edited", identity(f"{LONG}:edit:1"), about=identity(LONG), text="Est-ce que ça fait vendre plus ?")],
    **{
        name: []
        for name in (
            "echo", "echo_of_itself", "read", "standby", "optin", "unknown_event", "comment_change", "edit_without_text",
        )
    },
}  # fmt: skip
VERDICTS = {"reaction_love": True, "reaction_thumb_down": False, "reaction_unreact": None, "reaction_other": None}


@pytest.mark.parametrize("name", CASES)
def test_each_kind_of_body_is_understood(name: str) -> None:
    assert read(name) == CASES[name]


@pytest.mark.parametrize("name", VERDICTS)
def test_reactions_are_verdicts_on_our_message(name: str) -> None:
    (verdict,) = read(name)
    assert (verdict.kind, verdict.about, verdict.useful) == ("feedback", identity(LONG), VERDICTS[name])


def test_a_link_opens_the_talk() -> None:
    (opened,) = read("referral_link")
    assert (opened.kind, opened.text) == ("start", "profil")


def test_every_event_of_a_batch_is_read_in_order() -> None:
    assert [e.message_id for e in read("batch_of_three")] == ["aWdf1", "aWdf2", "aWdf3"]
    assert [e.message_id for e in read("several_entries")] == ["aWdf1", "aWdf2"]


def test_a_message_to_the_accounts_other_id_is_ours() -> None:
    body = json.loads((BODIES / "text.json").read_text())
    body["entry"][0]["messaging"][0]["recipient"]["id"] = "26000000000000009"
    assert made().read(json.dumps(body).encode()) == CASES["text"]


def test_what_is_sent_to_another_account_is_not_answered() -> None:
    assert read("another_account") == []


def test_every_body_kept_here_is_tested() -> None:
    assert {path.stem for path in BODIES.glob("*.json")} == {
        *CASES,
        *VERDICTS,
        "referral_link",
        "batch_of_three",
        "several_entries",
        "another_account",
    }


def test_ids_fit_what_we_keep() -> None:
    assert len(LONG) > 128
    assert all(len(e.message_id) <= 128 and len(e.about) <= 128 for path in BODIES.glob("*.json") for e in made().read(path.read_bytes()))


def test_a_body_of_a_page_is_unreadable_here() -> None:
    with pytest.raises(Unreadable):
        made().read((BODIES.parent / "messenger/text.json").read_bytes())


def test_what_is_not_set_is_named_and_lets_nothing_in() -> None:
    assert made().missing == ()
    assert made(instagram_token="", instagram_id="").missing == ("RESO_INSTAGRAM_TOKEN", "RESO_INSTAGRAM_ID")
    assert not made().allows(Request("POST", b"{}", {}))


def test_it_fulfils_the_contract() -> None:
    channel: Channel = made()
    assert (channel.name, channel.window_hours) == ("instagram", 24)


def sent(reply: Reply) -> list[dict[str, Any]]:
    calls = made().write(reply, event())
    for call in calls:
        assert (call.path, call.body["recipient"]) == ("/me/messages", {"id": PERSON})
        assert 0 < len(call.body["message"]["text"].encode()) <= 1000
        assert len(call.body["message"].get("quick_replies", [])) <= 13
        assert all(len(r["title"]) <= 20 for r in call.body["message"].get("quick_replies", []))
    return [dict(call.body["message"]) for call in calls]


def test_a_text_of_a_thousand_accents_takes_two_messages_and_loses_nothing() -> None:
    text = "Été déjà passé. " * 60 + "Fin."
    assert len(text) < 1000 < len(text.encode())
    messages = sent(Reply((text,), (Button("Un exemple", "choix:1"),)))
    assert " ".join(m["text"] for m in messages).partition("\n\n")[0] == text
    assert messages[-1]["text"].endswith("1. Un exemple")
    assert ["quick_replies" in m for m in messages] == [False, True]


def test_the_few_choices_are_also_numbered_in_the_text_for_computers() -> None:
    (message,) = sent(Reply(("Voulez-vous tout effacer\u202f?",), (Button("Oui, supprimer", "choix:1"), Button("Non, garder", "choix:2"))))
    assert message["text"] == "Voulez-vous tout effacer\u202f?\n\nRépondez par un numéro\u00a0:\n1. Oui, supprimer\n2. Non, garder"
    assert [r["title"] for r in message["quick_replies"]] == ["Oui, supprimer", "Non, garder"]


def test_many_choices_are_listed_with_numbers() -> None:
    messages = sent(Reply(("Sujets",), tuple(Button(f"Un sujet très intéressant, le {n}", f"choix:{n}") for n in range(30))))
    assert "30. Un sujet très intéressant, le 29" in messages[-1]["text"]
    assert len(messages) > 1


def test_a_case_is_told_in_the_text_for_cards_are_not_shown_on_computers() -> None:
    nike = Answer(
        "cas/nike", "cas", "Nike, campagne Dream Crazy", "article", brands=("Nike",), year=2018, platforms=("Instagram",),
        figure=Figure("30\u00a0%", "de ventes en plus", "l’article"),
    )  # fmt: skip
    (message,) = sent(Reply(("Nike a pris position.\n\nSource\u00a0: article.",), (), (nike,), shown="answer"))
    assert message["text"] == (
        "Nike a pris position.\n\n2018 · Instagram\n30\u00a0% de ventes en plus (source\u00a0: l’article).\n\nSource\u00a0: article."
    )


async def test_the_id_of_a_sent_message_is_the_one_that_reactions_name() -> None:
    async with meta_api.meta_api() as (api, session):
        channel = made(session, instagram_api_url=api.url)
        api.answers = [meta_api.Answer(body={"recipient_id": PERSON, "message_id": LONG})]
        (call,) = channel.write(Reply(("Bonjour",)), event())
        assert await channel.send(call) == read("reaction_love")[0].about
    assert api.calls == [("POST", "/me/messages", call.body)]


PAGE_TOKEN = {
    f"/{ACCOUNT}": meta_api.Answer(body={"id": ACCOUNT, "username": "ma.marque"}),
    "/me": meta_api.error(100),
    "/debug_token": meta_api.Answer(body={"data": {"app_id": meta_api.APP, "is_valid": True, "expires_at": 0}}),
    "/me/subscribed_apps": meta_api.Answer(body={"data": [{"id": meta_api.APP, "subscribed_fields": ["messages"]}]}),
    f"/{meta_api.APP}/subscriptions": meta_api.Answer(body={"data": []}),
}
"""What Meta answers of an account reached by its Facebook page (way A); Instagram's webhook is set in the console only."""
INSTAGRAM_TOKEN = {
    "/me": meta_api.Answer(body={"id": "26000000000000009", "user_id": ACCOUNT, "username": "ma.marque"}),
    "/me/subscribed_apps": meta_api.Answer(body={"data": [{"subscribed_fields": ["messages"]}]}),
    "/refresh_access_token": meta_api.Answer(body={"access_token": "IGAA-nouveau", "token_type": "bearer", "expires_in": 5183944}),
}
"""What it answers with « Instagram login » (way B)."""


async def checked(way: dict[str, meta_api.Answer] = PAGE_TOKEN, renew: bool = False, **answers: Any) -> list[Check]:
    given = way | {f"/{name}": answer for name, answer in answers.items()}
    async with meta_api.meta_api() as (api, session):
        api.at = lambda path: given.get(path, meta_api.error(100, 33))
        channel = made(session, instagram_api_url=api.url, public_url="https://reso.exemple.fr")
        return [await channel.renew()] if renew else await channel.check()


@pytest.mark.parametrize(("way", "count"), [(PAGE_TOKEN, 2), (INSTAGRAM_TOKEN, 3)])
async def test_a_good_set_up_has_no_fault(way: dict[str, meta_api.Answer], count: int) -> None:
    lines = await checked(way)
    assert [line.good for line in lines] == [True] * count
    assert "ma.marque" in lines[0].what


def app_hook(address: str) -> meta_api.Answer:
    return meta_api.Answer(body={"data": [{"object": "instagram", "callback_url": address, "fields": []}]})


SOON = int((datetime.datetime.now() + datetime.timedelta(days=3)).timestamp())


@pytest.mark.parametrize(
    ("way", "answers", "words"),
    [
        (PAGE_TOKEN, {ACCOUNT: meta_api.error(190, status=401)}, ("190", "créez-en un nouveau")),
        (PAGE_TOKEN, {ACCOUNT: meta_api.error(100, 33)}, ("100/33", "même compte")),
        (PAGE_TOKEN, {"me/subscribed_apps": meta_api.Answer(body={"data": []})}, ("pas abonné", "étape\u00a04")),
        (PAGE_TOKEN, {"me/subscribed_apps": meta_api.Answer(body={"data": [{"id": "999", "subscribed_fields": ["messages"]}]})}, ("pas abonné", "étape\u00a04")),
        (PAGE_TOKEN, {"me/subscribed_apps": meta_api.Answer(500, "")}, ("ne répond pas", "minutes")),
        (PAGE_TOKEN, {"debug_token": meta_api.Answer(body={"data": {"app_id": meta_api.APP, "expires_at": SOON}})}, ("expire le", "système")),
        (PAGE_TOKEN, {f"{meta_api.APP}/subscriptions": app_hook("https://ailleurs.fr")}, ("ailleurs.fr", "reso.exemple.fr/webhooks/instagram/webhook")),
        (INSTAGRAM_TOKEN, {"me": meta_api.Answer(body={"user_id": "17840000000000007", "username": "autre"})}, ("17840000000000007", "RESO_INSTAGRAM_ID")),
        (INSTAGRAM_TOKEN, {"me/subscribed_apps": meta_api.Answer(body={"data": []})}, ("pas abonné", "étape\u00a04")),
    ],
)  # fmt: skip
async def test_each_fault_of_the_set_up_is_told_with_what_to_do(way: Any, answers: dict[str, Any], words: tuple[str, str]) -> None:
    faults = [line for line in await checked(way, **answers) if not line.good]
    assert any(words[0] in line.what and words[1] in line.advice for line in faults)


async def test_a_token_that_ends_is_said_to_need_renewing() -> None:
    lines = await checked(INSTAGRAM_TOKEN)
    assert any("60\u00a0jours" in line.what and "SET=--set" in line.what for line in lines)
    assert not any("60\u00a0jours" in line.what for line in await checked(PAGE_TOKEN))


async def test_renewing_gives_the_new_token_and_its_end() -> None:
    (line,) = await checked(INSTAGRAM_TOKEN, renew=True)
    end = datetime.datetime.utcnow() + datetime.timedelta(seconds=5183944)
    assert line.good
    assert f"{end:%d/%m/%Y}" in line.what
    assert "RESO_INSTAGRAM_TOKEN=IGAA-nouveau" in line.advice


async def test_a_token_too_young_to_be_renewed_and_one_that_needs_it_not_are_told() -> None:
    (line,) = await checked(INSTAGRAM_TOKEN, renew=True, refresh_access_token=meta_api.error(10))
    assert not line.good
    assert "24\u00a0heures" in line.advice
    (line,) = await checked(PAGE_TOKEN, renew=True)
    assert line.good


def test_the_fields_of_the_webhook_are_those_that_the_guide_names() -> None:
    guide = (Path(__file__).parents[2] / "docs/channels/instagram.md").read_text()
    assert [f for f in (*instagram.NEEDED, *instagram.WISHED) if f"| `{f}` |" not in guide] == []


@pytest.mark.parametrize(
    "item",
    [
        {"sender": {"id": "26000000000000009"}, "message": {"mid": "aWdf1", "is_echo": True, "text": "Bonjour"}},
        {"message_edit": {"mid": "aWdf1", "num_edit": 0, "text": "Bonjour"}},
    ],
    ids=["an echo under the account's other id", "an edit that changed nothing"],
)
def test_what_nobody_said_is_not_answered(item: dict[str, Any]) -> None:
    body = json.loads((BODIES / "text.json").read_text())
    given = {"sender": {"id": PERSON}, "recipient": {"id": ACCOUNT}, "timestamp": 1795420800000} | item
    body["entry"][0]["messaging"] = [given]
    assert made().read(json.dumps(body).encode()) == []
