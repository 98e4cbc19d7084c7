"""Many who try to read or write the talks of others, while those go on talking."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import uuid
from collections import Counter
from typing import Any

import aiohttp
import pytest
from socketio.exceptions import ConnectionError as Refused
from socketio.exceptions import SocketIOError

from tests.journeys.serving import Servers
from tests.journeys.test_widget_thieves import stolen
from tests.journeys.widget_client import PATH, Widget, an_address

pytestmark = pytest.mark.servers

THIEVES = int(os.environ.get("RESO_THIEVES", "40"))
"""Hostile sessions; 2,000 before a release (`make thieves`)."""
VICTIMS, AT_ONCE, SEED = 6, 8, 5
SAYING = 0.2
"""Share of thieves who also say something in the victim's name: each costs a turn."""


def mutated(token: str, chance: random.Random) -> str:
    """Return a token with something changed: a character, a part, or a claim."""
    parts = token.split(".")
    kind = chance.randrange(4)
    if kind == 0:
        place = chance.randrange(len(token))
        other = chance.choice([c for c in "ABCabc012-_." if c != token[place]])
        return token[:place] + other + token[place + 1 :]
    if kind == 1:
        return ".".join(chance.sample(parts, chance.randint(1, 3)))[: chance.randint(1, len(token) - 1)]
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    claims[chance.choice(list(claims))] = chance.choice([None, "", "widget.0", 0, 9e9, [], {}, True])
    altered = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{parts[0]}.{altered}.{parts[2]}"


async def steal(servers: Servers, victim: Widget, chance: random.Random, tried: Counter[str]) -> list[str]:
    """Try one way in; return what came back that is the victim's."""
    sender, token = victim.session.sender, str(victim.token)
    technique = chance.choice(("known", "mutated", "event", "namespace", "polling", "button"))
    tried[technique] += 1
    if technique == "polling":
        return await poll(servers, victim, chance)
    given = {"known": lambda: chance.choice(list(stolen(servers, victim).values())), "mutated": lambda: mutated(token, chance)}
    thief = Widget(servers.url, given[technique]() if technique in given else None, after=chance.choice((0, 0, 10**6)))
    try:
        await thief.connect(chance.choice(("websocket", "polling")))
        assert thief.session.sender != sender, technique
        if technique == "event":
            for event in ("enter_room", "join", "session", "lines", "connect", "forget", "page", "refresh"):
                await quietly(thief, event, {"sender": sender, "room": sender, "token": token, "sid": sender})
        if technique == "namespace":
            await quietly(thief, "say", {"id": "x", "text": "bonjour", "namespace": f"/{sender}"})
        if technique == "button":
            buttons = [b for line in victim.lines for b in line.get("buttons") or ()]
            await quietly(thief, "say", {"id": uuid.uuid4().hex, **(chance.choice(buttons) if buttons else {"text": "utile:0123456789"})})
        if chance.random() < SAYING:
            said = {"id": chance.choice([line["id"] for line in victim.lines if line.get("id")]), "text": "bonjour", "sender": sender}
            await quietly(thief, "say", said)
            await asyncio.sleep(0.3)
        return [str(line) for line in thief.lines if "Polichinelle" in str(line)]
    except (Refused, SocketIOError):
        return []
    finally:
        await thief.close()


async def quietly(thief: Widget, event: str, data: Any) -> None:
    """Send an event; servers need not answer what they do not know."""
    try:
        await thief.call(event, data, 0.5)
    except SocketIOError:
        return


async def poll(servers: Servers, victim: Widget, chance: random.Random) -> list[str]:
    """Ask the transport itself for somebody's session, by ids near to real ones."""
    async with aiohttp.ClientSession(headers={"X-Forwarded-For": an_address()}) as http:
        address = f"{servers.url}{PATH}/"
        async with http.get(address, params={"EIO": "4", "transport": "polling"}) as opened:
            own = json.loads((await opened.text())[1:])["sid"]
        near = own[:-1] + chance.choice("ABCDEFabcdef0123456789")
        found = []
        for sid in (near, victim.session.sender, own[::-1], "", "../" + own):
            for method in ("GET", "POST"):
                data = f'42["say",{{"id":"x","text":"volé","sender":"{victim.session.sender}"}}]' if method == "POST" else None
                if sid == own:
                    continue
                async with http.request(method, address, params={"EIO": "4", "transport": "polling", "sid": sid}, data=data) as answer:
                    found.append((answer.status, await answer.text()))
        return [text for status, text in found if status < 400 and not text.startswith("0{")]


@pytest.mark.timeout(300 + THIEVES)
async def test_nobody_reads_or_writes_the_talk_of_another(servers: Servers, capsys: pytest.CaptureFixture[str]) -> None:
    tried, over = Counter[str](), asyncio.Event()
    victims = [await Widget(servers.url).connect() for _ in range(VICTIMS)]
    said: list[list[str]] = [[] for _ in victims]
    for number, victim in enumerate(victims):
        said[number].append(f"mon secret de Polichinelle numéro {number}")
        await victim.ask(said[number][0])

    async def go_on(number: int) -> None:
        while not over.is_set():
            await asyncio.sleep(12.0)  # within what one talk may ask
            said[number].append(f"et encore le secret de Polichinelle {number}")
            await victims[number].ask(said[number][-1])

    talking = [asyncio.create_task(go_on(number)) for number in range(VICTIMS)]
    at_once, got = asyncio.Semaphore(AT_ONCE), []

    async def one(number: int) -> None:
        async with at_once:
            got.extend(await steal(servers, victims[number % VICTIMS], random.Random(f"{SEED} {number}"), tried))

    await asyncio.gather(*(one(number) for number in range(THIEVES)))
    over.set()
    await asyncio.gather(*talking)
    with capsys.disabled():
        print(f"\n{THIEVES} hostile sessions {dict(tried)}: {len(got)} got something")
    assert got == []
    assert len({victim.session.sender for victim in victims}) == VICTIMS
    for number, victim in enumerate(victims):
        again = await Widget(servers.url, victim.token).connect()
        await again.until(lambda again=again, number=number: len(again.lines) >= 2 * len(said[number]))  # type: ignore[misc]
        assert [line["texts"][0] if line.get("texts") else line.get("text") for line in again.lines if line["author"] == "visitor"] == said[
            number
        ]
        assert len([line for line in again.lines if line["author"] == "bot"]) == len(said[number])
        await again.close()
        await victim.close()
