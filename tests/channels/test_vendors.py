"""The stand-in for Meta's and Telegram's APIs refuses what they refuse, fails as told, and delivers as they do."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest

from tests.channels.vendors import bodies
from tests.channels.vendors.accounts import CHANNELS, Accounts
from tests.channels.vendors.faults import PASSING, Fault, Faults
from tests.channels.vendors.gateway import Gateway, delivering
from tests.channels.vendors.people import PERSONS
from tests.channels.vendors.server import Vendors

ACCOUNTS = Accounts()
TOKENS = {"messenger": ACCOUNTS.messenger_token, "instagram": ACCOUNTS.instagram_token, "whatsapp": ACCOUNTS.whatsapp_token}
PATHS = {
    "messenger": f"/v25.0/{ACCOUNTS.page_id}/messages",
    "instagram": "/v25.0/me/messages",
    "whatsapp": f"/v25.0/{ACCOUNTS.phone_id}/messages",
    "telegram": f"/bot{ACCOUNTS.telegram_token}/sendMessage",
}
Answer = tuple[int, dict[str, Any], dict[str, str]]


class Client:
    """Calls the stand-in as the company would."""

    def __init__(self, vendors: Vendors, session: aiohttp.ClientSession):
        self.vendors, self.session = vendors, session

    async def post(self, channel: str, body: Any, path: str = "", token: str | None = None, seconds: float = 5) -> Answer:
        """Send a body; return status, answer and headers."""
        headers = {} if channel == "telegram" else {"Authorization": f"Bearer {TOKENS[channel] if token is None else token}"}
        timeout = aiohttp.ClientTimeout(total=seconds)
        url = self.vendors.url + (path or PATHS[channel])
        async with self.session.post(url, json=body, headers=headers, timeout=timeout) as response:
            return response.status, await response.json(), dict(response.headers)

    async def code(self, channel: str, body: Any, **more: Any) -> int:
        """Return the vendor's code of the refusal of a body, or 0."""
        _, answer, _ = await self.post(channel, body, **more)
        return int(answer.get("error_code", 0)) if channel == "telegram" else int(answer.get("error", {}).get("code", 0))


@pytest.fixture
def client(vendors: Vendors, session: aiohttp.ClientSession) -> Client:
    return Client(vendors, session)


def message(channel: str, **content: Any) -> dict[str, Any]:
    """Return a body that is right but for what is given; a text by default."""
    person = PERSONS[channel]
    if channel == "telegram":
        return {"chat_id": int(person), "text": "Bonjour", **content}
    if channel == "whatsapp":
        head = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": person}
        return {**head, "type": "text", "text": {"body": "Bonjour"}, **content}
    return {"recipient": {"id": person}, "messaging_type": "RESPONSE", "message": content or {"text": "Bonjour"}}


def quick_replies(count: int, title: str = "Choix", payload: str = "choix:1") -> list[dict[str, str]]:
    return [{"content_type": "text", "title": title, "payload": payload} for _ in range(count)]


def template(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "template", "payload": {"template_type": "generic", "elements": list(elements)}}


def reply_buttons(count: int, title: str = "Choix {}", id: str = "c{}", body: str = "Lequel ?") -> dict[str, Any]:
    buttons = [{"type": "reply", "reply": {"id": id.format(n), "title": title.format(n)}} for n in range(count)]
    return {"type": "interactive", "interactive": {"type": "button", "body": {"text": body}, "action": {"buttons": buttons}}}


def rows(count: int, title: str = "Choix {}", **more: str) -> dict[str, Any]:
    given = [{"id": f"c{n}", "title": title.format(n), **more} for n in range(count)]
    action = {"button": "Choisir", "sections": [{"title": "Choix", "rows": given}]}
    return {"type": "interactive", "interactive": {"type": "list", "body": {"text": "Lequel ?"}, "action": action}}


def keyboard(*data: str) -> dict[str, Any]:
    return {"reply_markup": {"inline_keyboard": [[{"text": "Choix", "callback_data": one}] for one in data]}}


GOOD: list[tuple[str, dict[str, Any]]] = [
    ("messenger", {"text": "é" * 2000}),
    ("messenger", {"text": "Lequel ?", "quick_replies": quick_replies(13, "t" * 20, "p" * 1000)}),
    ("messenger", {"attachment": template(*[{"title": "t" * 80, "subtitle": "s" * 80}] * 10)}),
    ("instagram", {"text": "é" * 500}),
    ("instagram", {"text": "Lequel ?", "quick_replies": quick_replies(13)}),
    ("whatsapp", {"text": {"body": "é" * 4096}}),
    ("whatsapp", reply_buttons(3, "t" * 19 + "{}", body="b" * 1024)),
    ("whatsapp", rows(10, "t" * 23 + "{}", description="d" * 72)),
    ("telegram", {"text": "é" * 4096}),
    ("telegram", {"text": f"<b>{'é' * 4096}</b>", "parse_mode": "HTML"}),
    ("telegram", keyboard("é" * 32)),
    ("telegram", {"text": r"*gras* et \_fin\.", "parse_mode": "MarkdownV2"}),
]
BAD: list[tuple[str, dict[str, Any], int]] = [
    ("messenger", {"text": "a" * 2001}, 100),
    ("messenger", {"text": ""}, 100),
    ("messenger", {"text": "a", "attachment": template({"title": "t", "subtitle": "s"})}, 100),
    ("messenger", {"text": "a", "reply_to": {"mid": "m"}}, 100),
    ("messenger", {"text": "a", "quick_replies": quick_replies(14)}, 100),
    ("messenger", {"text": "a", "quick_replies": []}, 100),
    ("messenger", {"text": "a", "quick_replies": quick_replies(1, "t" * 21)}, 100),
    ("messenger", {"text": "a", "quick_replies": quick_replies(1, payload="p" * 1001)}, 100),
    ("messenger", {"text": "a", "quick_replies": [{"content_type": "text", "title": "t"}]}, 100),
    ("messenger", {"attachment": template(*[{"title": "t", "subtitle": "s"}] * 11)}, 100),
    ("messenger", {"attachment": template({"title": "t" * 81, "subtitle": "s"})}, 100),
    ("messenger", {"attachment": template({"title": "t", "subtitle": "s" * 81})}, 100),
    ("messenger", {"attachment": template({"title": "seul"})}, 100),
    ("messenger", {"attachment": template({"title": "t", "buttons": [{"type": "postback", "title": "b", "payload": "p"}] * 4})}, 100),
    ("messenger", {"attachment": {"type": "template", "payload": {"template_type": "button", "text": "a" * 641, "buttons": []}}}, 100),
    ("instagram", {"text": "é" * 501}, 100),
    ("whatsapp", {"messaging_product": "sms"}, 100),
    ("whatsapp", {"to": "nadia"}, 131009),
    ("whatsapp", {"text": {"body": "a" * 4097}}, 131009),
    ("whatsapp", {"text": {}}, 100),
    ("whatsapp", {"type": "interactive"}, 100),
    ("whatsapp", reply_buttons(4), 131009),
    ("whatsapp", reply_buttons(2, title="Pareil"), 131009),
    ("whatsapp", reply_buttons(2, id="pareil"), 131009),
    ("whatsapp", reply_buttons(1, title="t" * 21), 131009),
    ("whatsapp", reply_buttons(1, id="i" * 257), 131009),
    ("whatsapp", reply_buttons(1, body="b" * 1025), 131009),
    ("whatsapp", rows(11), 131009),
    ("whatsapp", rows(1, title="t" * 25), 131009),
    ("whatsapp", rows(1, description="d" * 73), 131009),
    ("telegram", {"text": "a" * 4097}, 400),
    ("telegram", {"text": "👍" * 2049}, 400),
    ("telegram", {"text": " "}, 400),
    ("telegram", {"text": "<b></b>", "parse_mode": "HTML"}, 400),
    ("telegram", {"text": "<b>gras", "parse_mode": "HTML"}, 400),
    ("telegram", {"text": "<b><i>gras</b></i>", "parse_mode": "HTML"}, 400),
    ("telegram", {"text": "fin</b>", "parse_mode": "HTML"}, 400),
    ("telegram", {"text": "<p>non</p>", "parse_mode": "HTML"}, 400),
    ("telegram", {"text": "3 < 4", "parse_mode": "HTML"}, 400),
    ("telegram", {"text": "Fin.", "parse_mode": "MarkdownV2"}, 400),
    ("telegram", {"text": "*gras", "parse_mode": "MarkdownV2"}, 400),
    ("telegram", {"text": "`code", "parse_mode": "MarkdownV2"}, 400),
    ("telegram", {"text": "a", "parse_mode": "BBCode"}, 400),
    ("telegram", keyboard("a" * 65), 400),
    ("telegram", keyboard("é" * 33), 400),
    ("telegram", keyboard(""), 400),
    ("telegram", keyboard(*["a"] * 101), 400),
    ("telegram", {"reply_markup": {"inline_keyboard": [[{"text": "sans effet"}]]}}, 400),
]


@pytest.mark.parametrize(("channel", "content"), GOOD)
async def test_what_is_within_the_limits_is_taken_and_recorded(client: Client, channel: str, content: dict[str, Any]) -> None:
    before = len(client.vendors.ledger.accepted(channel))
    body = message(channel, **content)
    status, answer, _ = await client.post(channel, body)
    assert status == 200, answer
    kept = client.vendors.ledger.accepted(channel)
    assert len(kept) == before + 1
    assert (kept[-1].person, kept[-1].body, kept[-1].told) == (PERSONS[channel], body, True)
    assert kept[-1].identity == {
        "messenger": lambda: answer["message_id"],
        "instagram": lambda: answer["message_id"],
        "whatsapp": lambda: answer["messages"][0]["id"],
        "telegram": lambda: str(answer["result"]["message_id"]),
    }[channel]()  # fmt: skip


@pytest.mark.parametrize(("channel", "content", "code"), BAD)
async def test_what_is_beyond_a_limit_is_refused(client: Client, channel: str, content: dict[str, Any], code: int) -> None:
    before = len(client.vendors.ledger.accepted())
    assert await client.code(channel, message(channel, **content)) == code
    assert len(client.vendors.ledger.accepted()) == before


@pytest.mark.parametrize(
    ("channel", "path", "status", "code"),
    [
        ("messenger", f"/v2.12/{ACCOUNTS.page_id}/messages", 400, 2635),
        ("messenger", f"/{ACCOUNTS.page_id}/messages", 400, 2500),
        ("messenger", f"/v25.0/{ACCOUNTS.instagram_id}/messages", 400, 100),
        ("whatsapp", "/v25.0/me/messages", 400, 100),
        ("telegram", "/bot123456789:autre-jeton/sendMessage", 401, 401),
        ("telegram", "/botjeton/sendMessage", 404, 404),
        ("telegram", f"/bot{ACCOUNTS.telegram_token}/sendText", 404, 404),
    ],
)
async def test_a_wrong_address_is_refused(client: Client, channel: str, path: str, status: int, code: int) -> None:
    answered, _, _ = await client.post(channel, message(channel), path=path)
    assert answered == status
    assert await client.code(channel, message(channel), path=path) == code


@pytest.mark.parametrize("channel", ["messenger", "instagram", "whatsapp"])
@pytest.mark.parametrize(("token", "code"), [("EAAGperime", 190), ("", 104)])
async def test_a_wrong_token_is_refused_as_meta_words_it(client: Client, channel: str, token: str, code: int) -> None:
    status, answer, _ = await client.post(channel, message(channel), token=token)
    assert (status, answer["error"]["code"], answer["error"]["type"]) == (401, code, "OAuthException")
    assert answer["error"]["fbtrace_id"]


@pytest.mark.parametrize(
    ("channel", "code", "subcode"), [("messenger", 10, 2018278), ("instagram", 10, 2534022), ("whatsapp", 131047, None)]
)
async def test_after_24_hours_the_window_is_closed(client: Client, channel: str, code: int, subcode: int | None) -> None:
    person = "33600000024"
    client.vendors.ledger.wrote(channel, person, time.time() - 24 * 3600 - 1)
    body = message(channel) | ({"to": person} if channel == "whatsapp" else {"recipient": {"id": person}})
    _, answer, _ = await client.post(channel, body)
    assert (answer["error"]["code"], answer["error"].get("error_subcode")) == (code, subcode)
    client.vendors.ledger.wrote(channel, person, time.time())
    assert await client.code(channel, body) == 0


@pytest.mark.parametrize(("channel", "code"), [("messenger", 100), ("instagram", 100), ("whatsapp", 131026), ("telegram", 400)])
async def test_who_never_wrote_is_not_known(client: Client, channel: str, code: int) -> None:
    stranger = {"telegram": {"chat_id": 5}, "whatsapp": {"to": "33699999999"}}.get(channel, {"recipient": {"id": "5"}})
    assert await client.code(channel, message(channel) | stranger) == code


async def test_the_same_call_without_a_messaging_type_is_for_instagram_only(client: Client) -> None:
    for channel, code in (("messenger", 100), ("instagram", 0)):
        body = {name: value for name, value in message(channel).items() if name != "messaging_type"}
        assert await client.code(channel, body) == code


@pytest.mark.parametrize("channel", ["messenger", "instagram"])
async def test_typing_and_seen_marks_are_no_messages(client: Client, channel: str) -> None:
    before = len(client.vendors.ledger.accepted())
    who = {"recipient": {"id": PERSONS[channel]}}
    assert await client.code(channel, who | {"sender_action": "typing_on"}) == 0
    assert await client.code(channel, who | {"sender_action": "dancing"}) == 100
    assert client.vendors.ledger.actions[-1] == (channel, PERSONS[channel], "typing_on")
    assert len(client.vendors.ledger.accepted()) == before


async def test_only_a_message_that_came_can_be_marked_as_read(client: Client) -> None:
    came = bodies.text("whatsapp", PERSONS["whatsapp"], "Bonjour")
    client.vendors.ledger.wrote("whatsapp", came.person, came.at, *came.handles)
    read = {"messaging_product": "whatsapp", "status": "read", "typing_indicator": {"type": "text"}}
    assert await client.code("whatsapp", read | {"message_id": came.handles[0]}) == 0
    assert await client.code("whatsapp", read | {"message_id": "wamid.inconnu"}) == 131009


async def test_only_a_pressed_button_can_be_acknowledged(client: Client) -> None:
    came = bodies.pressed("telegram", PERSONS["telegram"], "Choix", "choix:1")
    client.vendors.ledger.wrote("telegram", came.person, came.at, *came.handles)
    path = f"/bot{ACCOUNTS.telegram_token}/answerCallbackQuery"
    assert await client.code("telegram", {"callback_query_id": came.handles[0]}, path=path) == 0
    assert await client.code("telegram", {"callback_query_id": "1"}, path=path) == 400
    assert (
        await client.code(
            "telegram", {"chat_id": 987654321, "action": "dancing"}, path=path.replace("answerCallbackQuery", "sendChatAction")
        )
        == 400
    )


@pytest.mark.parametrize(
    ("channel", "fault", "status", "code"),
    [
        ("messenger", Fault("rate"), 429, 613),
        ("messenger", Fault("rate", code=4), 429, 4),
        ("whatsapp", Fault("rate"), 429, 130429),
        ("whatsapp", Fault("rate", code=80007), 429, 80007),
        ("telegram", Fault("rate", 7), 429, 429),
        ("messenger", Fault("broken"), 500, 2),
        ("instagram", Fault("broken", code=1), 500, 1),
        ("telegram", Fault("broken"), 500, 500),
        ("messenger", Fault("expired"), 401, 190),
        ("telegram", Fault("expired"), 401, 401),
        ("messenger", Fault("window"), 400, 10),
        ("whatsapp", Fault("window"), 400, 131047),
        ("instagram", Fault("away"), 400, 551),
        ("whatsapp", Fault("away"), 400, 131026),
        ("telegram", Fault("away"), 403, 403),
    ],
)  # fmt: skip
async def test_a_scripted_fault_refuses_one_message(client: Client, channel: str, fault: Fault, status: int, code: int) -> None:
    before = len(client.vendors.ledger.accepted())
    client.vendors.faults.script(fault, channel=channel)
    answered, answer, _ = await client.post(channel, message(channel))
    assert (answered, answer.get("error_code") or answer["error"]["code"]) == (status, code)
    assert len(client.vendors.ledger.accepted()) == before
    assert await client.code(channel, message(channel)) == 0


async def test_a_rate_limit_says_how_long(client: Client) -> None:
    client.vendors.faults.script(Fault("rate", 7, minutes=3), Fault("rate", 7))
    _, _, headers = await client.post("messenger", message("messenger"))
    assert headers["Retry-After"] == "7"
    (usage,) = json.loads(headers["X-Business-Use-Case-Usage"])[ACCOUNTS.page_id]
    assert usage["estimated_time_to_regain_access"] == 3
    _, answer, _ = await client.post("telegram", message("telegram"))
    assert answer["parameters"] == {"retry_after": 7}


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("name", "taken"), [("cut_before", 0), ("cut_after", 1)])
async def test_a_cut_connection_tells_nothing_but_the_ledger_does(client: Client, channel: str, name: Any, taken: int) -> None:
    before = len(client.vendors.ledger.accepted())
    client.vendors.faults.script(Fault(name))
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.post(channel, message(channel))
    kept = client.vendors.ledger.accepted()[before:]
    assert [one.told for one in kept] == [False] * taken


async def test_a_slow_answer_comes_after_the_message_was_taken(client: Client) -> None:
    before = len(client.vendors.ledger.accepted())
    client.vendors.faults.script(Fault("slow", 0.4))
    with pytest.raises(asyncio.TimeoutError):
        await client.post("messenger", message("messenger"), seconds=0.1)
    assert [one.told for one in client.vendors.ledger.accepted()[before:]] == [False]
    client.vendors.faults.script(Fault("slow", 0.3))
    started = time.perf_counter()
    assert await client.code("messenger", message("messenger")) == 0
    assert time.perf_counter() - started >= 0.3


def test_chance_is_the_same_for_the_same_seed_and_about_as_often_as_told() -> None:
    def run(seed: int) -> list[Fault | None]:
        faults = Faults()
        faults.chance(0.05, seed)
        return [faults.next("messenger", f"personne-{n % 40}", message=n % 3 > 0) for n in range(4000)]

    first = run(1)
    assert first == run(1)
    assert first != run(2)
    failed = [fault for fault in first if fault]
    assert 140 < len(failed) < 260
    assert set(failed) == set(PASSING)


@pytest.mark.parametrize(("path", "token", "shown"), [
    ("/v25.0/me?fields=id,name", "messenger", ACCOUNTS.page_id),
    (f"/v25.0/{ACCOUNTS.page_id}/subscribed_apps", "messenger", "messaging_postbacks"),
    ("/v25.0/me/subscribed_apps", "instagram", "messages"),
    (f"/v25.0/{ACCOUNTS.phone_id}?fields=verified_name", "whatsapp", "display_phone_number"),
    (f"/v25.0/debug_token?input_token={ACCOUNTS.whatsapp_token}", "whatsapp", ACCOUNTS.business_id),
    (f"/v25.0/{ACCOUNTS.business_id}/subscribed_apps", "whatsapp", ACCOUNTS.app_id),
])  # fmt: skip
async def test_questions_about_the_account_are_answered(client: Client, path: str, token: str, shown: str) -> None:
    headers = {"Authorization": f"Bearer {TOKENS[token]}"}
    async with client.session.get(client.vendors.url + path, headers=headers) as response:
        assert response.status == 200
        assert shown in await response.text()


async def test_telegram_keeps_a_webhook_only_over_https(client: Client) -> None:
    root = f"/bot{ACCOUNTS.telegram_token}"
    assert await client.code("telegram", {"url": "http://exemple.fr"}, path=f"{root}/setWebhook") == 400
    assert await client.code("telegram", {"url": "https://exemple.fr", "secret_token": "a b"}, path=f"{root}/setWebhook") == 400
    assert await client.code("telegram", {"url": "https://exemple.fr", "secret_token": "a-b"}, path=f"{root}/setWebhook") == 0
    _, answer, _ = await client.post("telegram", {}, path=f"{root}/getWebhookInfo")
    assert answer["result"]["url"] == "https://exemple.fr"


async def test_who_wrote_may_be_answered(client: Client) -> None:
    await delivering(client.vendors, client.session, Gateway(), [bodies.text("messenger", "77", "Bonjour")])
    assert await client.code("messenger", message("messenger") | {"recipient": {"id": "77"}}) == 0
