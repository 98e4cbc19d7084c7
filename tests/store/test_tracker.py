"""Rasa's tracker store: a long talk stays short to read, and a visitor can be forgotten."""

import asyncio
import datetime
import time
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.inner.channel import first_reply
from bot.settings import ROOT, settings
from bot.store.migrating import upgrade
from bot.store.retention import Keep, purge
from bot.store.tracker import FORGET, TURNS_A_SESSION, TrackerStore


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load(str(ROOT / "domain.yml"))


def talk(store: TrackerStore, domain: Domain, turns: int, first: int = 0) -> DialogueStateTracker:
    """Take some turns as Rasa does: fetch, update, save."""
    for n in range(first, first + turns):
        tracker = asyncio.run(store.get_or_create_tracker("visiteur-1"))
        for event in (
            UserUttered(f"question {n}", message_id=f"m{n}"),
            ActionExecuted("action_answer"),
            BotUttered(f"réponse {n}"),
            SlotSet("asked", f"question {n}"),
            ActionExecuted("action_listen"),
        ):
            tracker.update(event, domain)
        asyncio.run(store.save(tracker))
    return asyncio.run(store.get_or_create_tracker("visiteur-1"))


def test_a_long_talk_is_read_in_short_pieces_and_forgets_no_slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, domain: Domain) -> None:
    monkeypatch.setenv("RESO_FOLDER", str(tmp_path))
    settings.cache_clear()
    store = TrackerStore(domain)
    for turns in range(1, 3 * TURNS_A_SESSION):
        tracker = talk(store, domain, 1, first=turns)
        assert len(tracker.events) <= 5 * TURNS_A_SESSION + len(domain.slots) + 3
        assert tracker.get_slot("asked") == f"question {turns}"
    settings.cache_clear()


def test_a_reply_that_the_gateway_may_not_have_heard_is_still_there_whatever_turn_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, domain: Domain
) -> None:
    monkeypatch.setenv("RESO_FOLDER", str(tmp_path))
    settings.cache_clear()
    store = TrackerStore(domain)
    for turn in range(3 * TURNS_A_SESSION):
        tracker = talk(store, domain, 1, first=turn)
        assert [said["text"] for said in first_reply(tracker, f"m{turn}")] == [f"réponse {turn}"]
    settings.cache_clear()


def test_after_the_clock_was_set_back_a_talk_goes_on_from_its_last_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, domain: Domain
) -> None:
    monkeypatch.setenv("RESO_FOLDER", str(tmp_path))
    settings.cache_clear()
    store, hour, real = TrackerStore(domain), 3600, time.time
    talk(store, domain, TURNS_A_SESSION)
    monkeypatch.setattr(time, "time", lambda: real() - hour)
    tracker = talk(store, domain, 2, first=TURNS_A_SESSION)
    assert tracker.get_slot("asked") == f"question {TURNS_A_SESSION + 1}"
    said = [event.text for event in tracker.events if isinstance(event, UserUttered)]
    assert said[-2:] == [f"question {TURNS_A_SESSION}", f"question {TURNS_A_SESSION + 1}"]
    settings.cache_clear()


def test_nothing_is_left_of_a_visitor_who_asks_to_be_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, domain: Domain) -> None:
    monkeypatch.setenv("RESO_FOLDER", str(tmp_path))
    settings.cache_clear()
    store = TrackerStore(domain)
    tracker = talk(store, domain, 12)
    tracker.update(SlotSet(FORGET, True), domain)
    asyncio.run(store.save(tracker))
    assert "visiteur-1" not in asyncio.run(store.keys())
    settings.cache_clear()


def test_who_writes_once_a_month_is_remembered_but_not_what_they_wrote_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, domain: Domain
) -> None:
    monkeypatch.setenv("RESO_FOLDER", str(tmp_path))
    settings.cache_clear()
    upgrade()
    store, real, days = TrackerStore(domain), time.time, 86400
    for month in (2, 1, 0):
        monkeypatch.setattr(time, "time", lambda month=month: real() - 32 * month * days)
        talk(store, domain, TURNS_A_SESSION, first=100 * month)
    purge(datetime.datetime.utcnow(), Keep())
    held = b"".join(file.read_bytes() for file in tmp_path.glob("tracker.db*"))
    assert b"question 203" not in held
    assert b"question 103" not in held
    assert b"question 3" in held
    tracker = talk(store, domain, 1, first=50)
    assert tracker.get_slot("asked") == "question 50"
    assert [event.text for event in tracker.events if isinstance(event, UserUttered)][-1] == "question 50"
    assert tracker.latest_message is not None
    settings.cache_clear()
