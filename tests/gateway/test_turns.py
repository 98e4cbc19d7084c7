"""Messages on their way through an assistant that may be slow, down or failing: none lost, each answered once, in order."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.gateway import turns as module
from bot.gateway.database import Database
from bot.gateway.rasa import NoActions, RasaDown, TurnFailed
from bot.gateway.turns import AT_ONCE, Messages, Turns, Written
from bot.store import handoffs, inbox, privacy, questions
from bot.store.inbox import Received
from bot.store.outbox import Part, lines_after
from bot.store.sessions import reading, writing
from bot.store.tables import InboxRow, QuestionRow


class Assistant:
    """Stands for Rasa: answers with what it was asked, after `seconds`; `troubles` come first."""

    def __init__(self, seconds: float = 0.0, troubles: Sequence[Exception] = ()):
        self.seconds, self.troubles = seconds, list(troubles)
        self.heard: list[str] = []
        self.forgotten: list[str] = []
        self.at_work, self.most = 0, 0

    async def ask(self, message: Received, text: str, metadata: Mapping[str, Any]) -> tuple[Messages, bool]:
        self.at_work += 1
        self.most = max(self.most, self.at_work)
        try:
            await asyncio.sleep(self.seconds)
            if self.troubles:
                raise self.troubles.pop(0)
            self.heard.append(text)
            return [{"text": f"Réponse à {text}"}], False
        finally:
            self.at_work -= 1

    async def forget(self, sender: str) -> None:
        self.forgotten.append(sender)


class Channel:
    """A channel that shows texts as they are."""

    patience, told_at_once = 5.0, True

    def asks(self, message: Received) -> tuple[str, Mapping[str, Any]] | Messages:
        return message.text, {}

    async def begins(self, message: Received) -> None: ...

    async def writes(self, reply: Messages, message: Received) -> Written:
        return Written([Part({"text": r["text"]}) for r in reply])

    async def done(self, message: Received) -> None: ...


def turns_of(assistant: Assistant, database: Database, replica: str = "1") -> Turns:
    made = Turns(assistant, database, replica)  # type: ignore[arg-type]
    made.serve("widget", Channel())
    return made


def taken(who: str, *texts: str, owner: str = "1") -> list[Received]:
    return inbox.receive_all([Received("widget", f"{who}:{text}", f"widget.{who}", text) for text in texts], owner)


def shown(who: str) -> list[str]:
    return [str(line.payload["text"]) for line in lines_after(0, f"widget.{who}")]


def states() -> dict[str, str]:
    with reading() as session:
        return {row.text: row.state for row in session.scalars(select(InboxRow))}


async def test_a_person_is_answered_in_order_while_others_are_answered_too(database: Database) -> None:
    assistant = Assistant(0.05)
    turns = turns_of(assistant, database)
    messages = [m for n in range(6) for who in "abcde" for m in taken(who, f"{who}{n}")]
    await asyncio.gather(*(turns.run(message) for message in messages))
    for who in "abcde":
        assert shown(who) == [f"Réponse à {who}{n}" for n in range(6)]
    assert assistant.most == AT_ONCE
    assert turns.waiting == 0
    assert set(states().values()) == {"answered"}


async def test_an_assistant_that_is_starting_is_asked_again_until_it_answers(database: Database) -> None:
    assistant = Assistant(troubles=[RasaDown(), RasaDown(), RasaDown()])
    turns = turns_of(assistant, database)
    (message,) = taken("a", "bonjour")
    await turns.run(message)
    assert shown("a") == ["Réponse à bonjour"]


async def test_after_two_failed_turns_there_is_an_apology_and_the_question_stays_for_the_staff(database: Database) -> None:
    assistant = Assistant(troubles=[TurnFailed("500"), TurnFailed("500")])
    turns = turns_of(assistant, database)
    first, second = taken("a", "quoi ?", "bonjour")
    await asyncio.gather(turns.run(first), turns.run(second))
    apology, answer = shown("a")
    assert "excuses" in apology
    assert answer == "Réponse à bonjour"
    assert states() == {"quoi ?": "failed", "bonjour": "answered"}


async def test_whoever_waits_too_long_gets_an_apology(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Channel, "patience", 0.6)
    turns = turns_of(Assistant(troubles=[RasaDown()] * 50), database)
    (message,) = taken("a", "bonjour")
    await asyncio.wait_for(turns.run(message), 5)
    assert ["excuses" in text for text in shown("a")] == [True]


async def test_what_a_run_left_is_answered_by_the_next_and_only_then(database: Database) -> None:
    taken("a", "un", "deux")
    assistant = Assistant()
    turns = turns_of(assistant, database)
    await turns.start()
    await turns.stop(5)
    assert shown("a") == ["Réponse à un", "Réponse à deux"]
    again = turns_of(assistant, database)
    await again.start()
    await again.stop(5)
    assert assistant.heard == ["un", "deux"]


async def test_another_gateways_messages_are_left_alone_until_it_is_gone(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SWEEP_SECONDS", 0.1)
    taken("a", "bonjour", owner="2")
    turns = turns_of(Assistant(), database)
    await turns.start()
    await asyncio.sleep(0.4)
    assert shown("a") == []
    with writing() as session:
        session.execute(update(InboxRow).values(lease_until=InboxRow.received_at))
    await asyncio.sleep(0.6)
    await turns.stop(5)
    assert shown("a") == ["Réponse à bonjour"]


async def test_what_waits_for_longer_than_its_lease_is_thought_once_here_and_by_nobody_else(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SWEEP_SECONDS", 0.05)
    monkeypatch.setattr(inbox, "LEASE", datetime.timedelta(seconds=0.3))
    assistant, other = Assistant(0.6), Assistant()
    turns, others = turns_of(assistant, database), turns_of(other, database, "2")
    await turns.start()
    await others.start()
    for message in taken("a", "un", "deux", "trois"):
        turns.run(message)
    await asyncio.sleep(2.2)
    await turns.stop(5)
    await others.stop(5)
    assert (assistant.heard, other.heard) == (["un", "deux", "trois"], [])
    assert shown("a") == ["Réponse à un", "Réponse à deux", "Réponse à trois"]


async def test_a_talk_that_is_erased_gets_no_further_answer(database: Database) -> None:
    assistant = Assistant(0.2)
    turns = turns_of(assistant, database)
    futures = [turns.run(message) for message in taken("a", "un", "deux", "trois")]
    await asyncio.sleep(0.05)
    async with turns.dropping("widget.a") as ended:
        assert ended
    assert assistant.heard == ["un"]
    assert [future.cancelled() for future in futures] == [False, True, True]
    assert turns.waiting == 0


async def test_who_wants_a_talk_erased_hears_that_a_turn_has_not_ended(database: Database) -> None:
    turns = turns_of(Assistant(0.5), database)
    (message,) = taken("a", "un")
    turns.run(message)
    await asyncio.sleep(0.05)
    for who, seconds, expected in (("a", 0.1, False), ("a", 5, True), ("b", 5, True)):
        async with turns.dropping(f"widget.{who}", seconds) as ended:
            assert ended == expected


@pytest.mark.parametrize(("seconds", "trouble"), [(0.1, None), (5.0, RasaDown())])
async def test_what_was_given_up_for_an_erasure_that_fails_is_answered_after_all(
    database: Database, seconds: float, trouble: Exception | None
) -> None:
    assistant = Assistant(0.3)
    turns = turns_of(assistant, database)
    for message in taken("a", "un", "deux", "trois"):
        turns.run(message)
    await asyncio.sleep(0.05)
    with suppress(RasaDown):
        async with turns.dropping("widget.a", seconds):
            if trouble:
                raise trouble
    await turns.stop(5)
    assert shown("a") == ["Réponse à un", "Réponse à deux", "Réponse à trois"]


async def test_a_talk_erased_while_it_is_thought_about_does_not_come_back(database: Database) -> None:
    assistant = Assistant(0.3)
    turns = turns_of(assistant, database)
    futures = [turns.run(message) for message in taken("a", "un", "deux")]
    await asyncio.sleep(0.1)
    privacy.erase("widget.a")
    await asyncio.gather(*futures)
    assert assistant.heard == ["un"]
    assert assistant.forgotten == ["widget.a"]
    assert shown("a") == []


async def test_a_failed_turn_of_a_talk_that_was_erased_is_not_thought_again(database: Database) -> None:
    assistant = Assistant(0.3, [TurnFailed("500")])
    turns = turns_of(assistant, database)
    (message,) = taken("a", "un")
    future = turns.run(message)
    await asyncio.sleep(0.1)
    privacy.erase("widget.a")
    assert ["supprimé" in message["text"] for message in await future] == [True]
    assert assistant.heard == []
    assert shown("a") == []


async def test_a_message_taken_back_while_it_waits_is_not_thought_about(database: Database) -> None:
    assistant = Assistant(0.3)
    turns = turns_of(assistant, database)
    futures = [turns.run(message) for message in taken("a", "un", "deux", "trois")]
    await asyncio.sleep(0.1)
    inbox.withdraw("widget", "a:deux", "widget.a")
    await asyncio.gather(*futures)
    assert assistant.heard == ["un", "trois"]
    assert assistant.forgotten == []


async def test_a_message_taken_back_while_it_is_thought_about_is_noted_nowhere(database: Database) -> None:
    class Noting(Assistant):
        async def ask(self, message: Received, text: str, metadata: Mapping[str, Any]) -> tuple[Messages, bool]:
            reply = await super().ask(message, text, metadata)
            questions.note_question(message.sender, "widget", text, "answered", turn=message.message_id)
            return reply

    turns = turns_of(Noting(0.3), database)
    futures = [turns.run(message) for message in taken("a", "un", "deux")]
    await asyncio.sleep(0.1)
    inbox.withdraw("widget", "a:un", "widget.a")
    await asyncio.gather(*futures)
    with reading() as session:
        assert session.scalars(select(QuestionRow.text)).all() == ["deux"]
    assert shown("a") == ["Réponse à deux"]


async def test_what_a_turn_notes_after_its_talk_was_erased_is_erased_too(database: Database) -> None:
    class Noting(Assistant):
        async def ask(self, message: Received, text: str, metadata: Mapping[str, Any]) -> tuple[Messages, bool]:
            reply = await super().ask(message, text, metadata)
            questions.note_question(message.sender, "widget", text, "answered", turn=message.message_id)
            handoffs.keep(message.sender, "widget", "Ana", "mail", "ana@exemple.fr", text, ["mail"], message.message_id)
            return reply

    turns = turns_of(Noting(0.3), database)
    (message,) = taken("a", "un")
    future = turns.run(message)
    await asyncio.sleep(0.1)
    privacy.erase("widget.a")
    await future
    assert privacy.count_kept("widget.a") == (0, 0, 0, 0)


async def test_without_its_action_server_rasa_is_not_asked_again(database: Database) -> None:
    assistant = Assistant(troubles=[NoActions()])
    turns = turns_of(assistant, database)
    (message,) = taken("a", "un")
    await turns.run(message)
    assert ["excuses" in text for text in shown("a")] == [True]
    assert assistant.heard == []


async def test_who_looks_at_no_dots_waits_for_an_action_server_that_comes_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Channel, "told_at_once", False)
    monkeypatch.setattr(module, "NO_ACTIONS_PAUSE", 0.01)
    assistant = Assistant(troubles=[NoActions(), NoActions()])
    turns = turns_of(assistant, database)
    (message,) = taken("a", "un")
    await turns.run(message)
    assert assistant.heard == ["un"]
    assert not [text for text in shown("a") if "excuses" in text]


async def test_a_new_message_does_not_overtake_what_a_run_left_however_much_that_was(database: Database) -> None:
    inbox.receive_all([Received("widget", f"m{n}", f"widget.{n % 7}", f"{n}") for n in range(1200)], "1")
    assistant = Assistant()
    turns = turns_of(assistant, database)
    await turns.start()
    (late,) = inbox.receive_all([Received("widget", "late", "widget.1", "late")], "1")
    await turns.run(late)
    left = [text for text in assistant.heard if text == "late" or int(text) % 7 == 1]
    assert left == [str(n) for n in range(1, 1200, 7)] + ["late"]
    await turns.stop(0)


async def test_stopping_finishes_the_turn_under_way_and_leaves_the_rest_to_the_next_start(database: Database) -> None:
    turns = turns_of(Assistant(0.3), database)
    messages = taken("a", "un", "deux", "trois")
    for message in messages:
        turns.run(message)
    await asyncio.sleep(0.05)
    await turns.stop(0.4)
    left = Assistant()
    following = turns_of(left, database)
    await following.start()
    await following.stop(5)
    assert shown("a") == ["Réponse à un", "Réponse à deux", "Réponse à trois"]
