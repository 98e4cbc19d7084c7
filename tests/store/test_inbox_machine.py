"""Whatever vendors deliver, gateways do and visitors erase, in any order: each message is answered once, each answer sent once (T27)."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import create_engine, delete, select, update
from sqlalchemy.pool import StaticPool

from bot.store import inbox, outbox, privacy, sessions
from bot.store.inbox import Received
from bot.store.outbox import Part
from bot.store.tables import Base, InboxRow, OutboxRow

EXAMPLES = int(os.environ.get("RESO_EXAMPLES", "60"))
URL = "sqlite://"
GATEWAYS = st.sampled_from(("un", "deux"))
PEOPLE = ("anne", "bob", "chloé")
MESSAGES = st.builds(
    lambda channel, number, person: Received(channel, f"m{number}-{person}", f"{channel}.{person}", "C’est quoi BookTok ?"),
    st.sampled_from(("messenger", "telegram")), st.integers(0, 4), st.sampled_from(PEOPLE),
)  # fmt: skip
LATER = datetime.timedelta(days=1)


@dataclass
class Known:
    """What a message should be by now."""

    message: Received
    owner: str
    state: str = "received"


class Deliveries(RuleBasedStateMachine):
    """The inbox and the outbox beside a plain account of what was promised."""

    def __init__(self) -> None:
        super().__init__()
        with sessions.writing(URL) as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(delete(table))
        self.known: dict[tuple[str, str], Known] = {}
        self.to_send: dict[str, list[str]] = {}
        self.sent: dict[str, list[str]] = {}

    def waiting(self) -> list[Known]:
        return [known for known in self.known.values() if known.state == "received"]

    @rule(batch=st.lists(MESSAGES, max_size=6), gateway=GATEWAYS)
    def deliver(self, batch: list[Received], gateway: str) -> None:
        wanted = []
        for message in batch:
            if (message.channel, message.message_id) not in self.known:
                self.known[message.channel, message.message_id] = Known(message, gateway)
                wanted.append(message)
        assert inbox.receive_all(batch, gateway, URL) == wanted

    @precondition(lambda self: self.known)
    @rule(data=st.data(), parts=st.integers(1, 3), worked=st.booleans())
    def answer(self, data: st.DataObject, parts: int, worked: bool) -> None:
        known = data.draw(st.sampled_from(list(self.known.values())))
        message = known.message
        texts = [f"{message.message_id} {n}" for n in range(parts)]
        kept = outbox.answer(message, [Part({"text": text}) for text in texts], worked, "pending", url=URL)
        assert kept == (known.state == "received")
        if kept:
            known.state = "answered"
            self.to_send.setdefault(message.sender, []).extend(texts)

    @rule(gateway=GATEWAYS)
    def start_again(self, gateway: str) -> None:
        taken = inbox.take_up(gateway, starting=True, url=URL)
        assert taken == [known.message for known in self.waiting() if known.owner == gateway]

    @rule(gateway=GATEWAYS)
    def take_over_from_a_gateway_that_is_gone(self, gateway: str) -> None:
        with sessions.writing(URL) as session:
            session.execute(update(InboxRow).where(InboxRow.lease_until.is_not(None)).values(lease_until=datetime.datetime(2000, 1, 1)))
        assert inbox.take_up(gateway, url=URL) == [known.message for known in self.waiting()]
        assert inbox.take_up(gateway, url=URL) == []
        for known in self.waiting():
            known.owner = gateway

    @rule(taken=st.lists(st.booleans(), min_size=4, max_size=4))
    def send(self, taken: list[bool]) -> None:
        calls = outbox.due(datetime.datetime.utcnow() + LATER, ("messenger", "telegram"), URL)
        assert {call.sender: call.payload["text"] for call in calls} == {who: texts[0] for who, texts in self.to_send.items() if texts}
        for call, vendor_took_it in zip(calls, taken):
            again_at = datetime.datetime.utcnow()
            assert outbox.begin(call, again_at, URL)
            assert not outbox.begin(call, again_at, URL), "two gateways are at it"
            if vendor_took_it:
                outbox.sent(call.number, f"v{call.number}", URL)
                self.sent.setdefault(call.sender, []).append(self.to_send[call.sender].pop(0))
            else:
                outbox.later(call.number, call.tries + 1, again_at, "500", URL)

    @rule(channel=st.sampled_from(("messenger", "telegram")), person=st.sampled_from(PEOPLE))
    def erase(self, channel: str, person: str) -> None:
        sender = f"{channel}.{person}"
        privacy.erase(sender, URL)
        self.to_send.pop(sender, None)
        self.sent.pop(sender, None)
        for known in self.known.values():
            if known.message.sender == sender:
                known.state = "erased"

    @invariant()
    def what_went_out_is_what_was_answered_once_and_in_order(self) -> None:
        with sessions.reading(URL) as session:
            rows = session.execute(
                select(OutboxRow.sender, OutboxRow.payload).where(OutboxRow.state == "sent").order_by(OutboxRow.id)
            ).all()
        found: dict[str, list[str]] = {}
        for sender, payload in rows:
            found.setdefault(sender, []).append(payload["text"])
        assert found == {who: texts for who, texts in self.sent.items() if texts}

    @invariant()
    def who_was_erased_is_in_no_row(self) -> None:
        gone = {k.message.sender for k in self.known.values()} - {k.message.sender for k in self.known.values() if k.state != "erased"}
        with sessions.reading(URL) as session:
            for table in (InboxRow, OutboxRow):
                assert not set(session.scalars(select(table.sender))) & gone


@pytest.fixture
def in_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store in memory, for thousands of commits."""
    made = create_engine(URL, future=True, poolclass=StaticPool, connect_args={"check_same_thread": False})
    Base.metadata.create_all(made)
    monkeypatch.setattr(sessions, "engine", lambda _: made)
    yield
    made.dispose()


@pytest.mark.usefixtures("in_memory")
def test_each_message_is_answered_once_and_each_answer_is_sent_once_whatever_happens() -> None:
    run_state_machine_as_test(
        Deliveries,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)),
    )
