"""What stands for a conversation cannot be turned back into a phone number, and finds everything that was kept before it had a key."""

from __future__ import annotations

import datetime
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from bot.settings import ROOT, SettingsError, settings
from bot.store import handoffs, inbox, privacy, pseudonyms, questions
from bot.store.inbox import Received
from bot.store.migrating import configuration, upgrade
from bot.store.pseudonyms import KEY_FILE, conversation_key
from bot.store.sessions import engine, writing

NUMBER = "whatsapp.33612345678"


def without_key(sender: str) -> str:
    """Return the hash that versions before migration 0004 stored."""
    return hashlib.blake2b(sender.encode(), digest_size=16).hexdigest()


def another_installation(folder: Path, monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    monkeypatch.setenv("RESO_FOLDER", str(folder))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()


def test_two_installations_know_a_visitor_by_different_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for name in ("une", "autre"):
        another_installation(tmp_path / name, monkeypatch)
        made.append(conversation_key(NUMBER))
        assert conversation_key(NUMBER) == made[-1]
    assert len({*made, without_key(NUMBER)}) == 3
    settings.cache_clear()


def test_a_second_machine_joins_with_the_content_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    another_installation(tmp_path / "une", monkeypatch)
    first = conversation_key(NUMBER)
    another_installation(tmp_path / "autre", monkeypatch, RESO_PSEUDONYM_KEY=(tmp_path / "une" / KEY_FILE).read_text())
    assert conversation_key(NUMBER) == first
    assert not (tmp_path / "autre" / KEY_FILE).exists()
    settings.cache_clear()


def test_a_key_that_is_too_short_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESO_PSEUDONYM_KEY", "court")
    settings.cache_clear()
    with pytest.raises(SettingsError, match="RESO_PSEUDONYM_KEY.*32"):
        settings()
    settings.cache_clear()


def test_only_its_owner_reads_the_key(store: str) -> None:
    assert (settings().folder / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    code = f"from pathlib import Path; from bot.store.pseudonyms import kept_key; print(kept_key(Path({str(tmp_path)!r})))"
    started = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    keys = {process.communicate()[0] for process in started}
    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == [KEY_FILE]


def test_a_damaged_key_is_told_with_advice(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("")
    with pytest.raises(SettingsError, match="python -m bot restore"):
        pseudonyms.kept_key(tmp_path)


@pytest.fixture
def old_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str) -> str:
    """A store as the version before the key left it, with a question, a request and an erased talk."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    config = configuration(url)
    config.attributes["pseudonym_key"] = b"unused"
    command.upgrade(config, "0003")
    now = datetime.datetime(2026, 11, 1)
    with writing(url) as session:
        for sender in (NUMBER, "widget.1"):
            session.execute(
                text("insert into questions (asked_at, conversation, channel, text, outcome, suggestions) values (:now, :of, 'whatsapp', '?', 'refused', '[]')"),
                {"now": now, "of": without_key(sender)},
            )  # fmt: skip
        session.execute(
            text(
                "insert into handoffs (conversation, sender, channel, name, contact_kind, contact, question, state, consented_at) "
                "values (:of, :sender, 'whatsapp', '', 'phone', '+33612345678', '?', 'new', :now)"
            ),
            {"now": now, "of": without_key(NUMBER), "sender": NUMBER},
        )
        session.execute(text("insert into notices (handoff_id, medium, tries, due_at) values (1, 'mail', 0, :now)"), {"now": now})
        session.execute(text("insert into erased values (:of, :now)"), {"of": without_key("widget.2"), "now": now})
    return url


WAMID = "wamid.HBgLMzM2MTIzNDU2NzgVAgASGBQzQTdGMEI="
"""As WhatsApp makes them: in base64, with the person's number."""


def test_no_statistic_names_a_message_by_an_id_that_holds_a_number(store: str) -> None:
    questions.note_question(NUMBER, "whatsapp", "?", "answered", turn=WAMID)
    assert not questions.note_question(NUMBER, "whatsapp", "?", "answered", turn=WAMID)
    questions.note_feedback(NUMBER, WAMID, "faq/ventes", True)
    questions.replace_feedback(NUMBER, WAMID, "faq/ventes", False, datetime.datetime.utcnow())
    with writing() as session:
        kept = [list(session.execute(text(f"select turn from {table}")).scalars()) for table in ("questions", "feedback")]
    assert [len(turns) for turns in kept] == [1, 1]
    assert kept[0] == kept[1]
    assert "wamid" not in str(kept)
    questions.forget(NUMBER, [WAMID])
    questions.withdraw_feedback(NUMBER, WAMID, datetime.datetime.utcnow())
    assert privacy.count_kept(NUMBER) == (0, 0, 0, 0)


def test_ids_of_messages_that_were_kept_as_they_are_get_hashed_too(tmp_path: Path, store: str) -> None:
    url = f"sqlite:///{tmp_path / 'older.db'}"
    config = configuration(url)
    config.attributes["pseudonym_key"] = pseudonyms.pseudonym_key(settings())
    command.upgrade(config, "0004")
    with writing(url) as session:
        for turn in (WAMID, None, "m2"):
            session.execute(
                text("insert into questions (asked_at, conversation, channel, text, outcome, suggestions, turn) values (:now, :of, 'whatsapp', '?', 'refused', '[]', :turn)"),
                {"now": datetime.datetime(2026, 11, 1), "of": conversation_key(NUMBER), "turn": turn},
            )  # fmt: skip
    upgrade(url)
    assert not questions.note_question(NUMBER, "whatsapp", "?", "refused", turn=WAMID, url=url), "known as the one that is there"
    questions.forget(NUMBER, [WAMID, "m2"], url)
    assert privacy.count_kept(NUMBER, url) == (0, 1, 0, 0)


def test_what_was_kept_without_a_key_is_found_with_it(old_store: str) -> None:
    upgrade(old_store)
    assert privacy.count_kept(NUMBER, old_store)[1::2] == (1, 1)
    assert privacy.was_erased("widget.2", old_store)
    assert len(handoffs.due(datetime.datetime(2026, 12, 1), url=old_store)) == 1
    with engine(old_store).connect() as connection:
        kept = connection.execute(text("select conversation from questions union select conversation from handoffs")).scalars().all()
    assert not {without_key(NUMBER), without_key("widget.1")} & set(kept)
    privacy.erase(NUMBER, old_store)
    assert privacy.count_kept(NUMBER, old_store)[1::2] == (0, 0)


def test_a_migration_that_fails_leaves_everything_as_it_was(old_store: str) -> None:
    with writing(old_store) as session:
        session.execute(text("update erased set conversation = 'é'"))
    with pytest.raises(UnicodeEncodeError):
        upgrade(old_store)
    with engine(old_store).connect() as connection:
        assert connection.execute(text("select version_num from alembic_version")).scalar() == "0003"
        assert connection.execute(text("select conversation from handoffs")).scalar() == without_key(NUMBER)
        columns = [row[1] for row in connection.execute(text("pragma table_info(handoffs)"))]
    assert "turn" not in columns


def test_a_message_that_is_thought_twice_is_one_question_and_one_request(store: str) -> None:
    for _ in range(2):
        questions.note_question(NUMBER, "whatsapp", "ça fait vendre ?", "refused", turn="m1")
    asked = [handoffs.keep(NUMBER, "whatsapp", "", "phone", "+33612345678", "Rappelez-moi", ("mail",), turn) for turn in ("m2", "m2", "m3")]
    assert asked[0] == asked[1] != asked[2]
    assert len(questions.unanswered()) == 1
    assert [due.handoff.reference for due in handoffs.due(datetime.datetime(2100, 1, 1))] == [asked[0], asked[2]]
    assert handoffs.keep("whatsapp.33600000000", "whatsapp", "", "phone", "+33600000000", "Moi aussi", (), "m2") not in asked


def test_the_number_of_a_request_that_was_erased_is_never_anothers(old_store: str) -> None:
    upgrade(old_store)
    (before,) = handoffs.due(datetime.datetime(2026, 12, 1), url=old_store)
    privacy.erase(NUMBER, old_store)
    after = handoffs.keep("rest.bruno", "rest", "Bruno", "email", "bruno@exemple.fr", "?", ("mail",), url=old_store)
    assert after > before.handoff.reference
    (notice,) = handoffs.due(datetime.datetime(2100, 1, 1), url=old_store)
    assert notice.id > before.id, "what is noted of the first must not be noted of this one"


def test_what_is_left_of_an_erased_message_cannot_be_guessed_but_is_known(store: str) -> None:
    message = Received("telegram", "m98761:12:bonjour", "telegram.98761", "bonjour", {})
    assert inbox.receive_all([message], "1") != []
    privacy.erase(message.sender)
    with writing() as session:
        (left,) = session.execute(text("select message_id from inbox")).scalars()
    guesses = (hashlib.blake2b(f"{message.channel} {message.message_id}".encode(), digest_size=size).hexdigest() for size in (16, 20))
    assert not any(guess in left for guess in guesses)
    assert inbox.receive_all([message], "1") == []


def test_what_was_left_without_a_key_is_still_known(tmp_path: Path, store: str) -> None:
    url = f"sqlite:///{tmp_path / 'older.db'}"
    config = configuration(url)
    config.attributes["pseudonym_key"] = pseudonyms.pseudonym_key(settings())
    command.upgrade(config, "0005")
    left = "erased:" + hashlib.blake2b(f"whatsapp {WAMID}".encode(), digest_size=20).hexdigest()
    with writing(url) as session:
        session.execute(
            text("insert into inbox (channel, message_id, sender, text, state, received_at, extra) values ('whatsapp', :id, '', '', 'erased', :now, '{}')"),
            {"id": left, "now": datetime.datetime(2026, 11, 1)},
        )  # fmt: skip
    upgrade(url)
    assert inbox.receive_all([Received("whatsapp", WAMID, NUMBER, "bonjour", {})], "1", url=url) == []


def test_a_request_from_before_the_installation_had_todays_key_is_still_its_visitors(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handoffs.keep("widget.anna", "widget", "Anna", "email", "anna@exemple.fr", "?", ("mail",))
    another_installation(settings().folder, monkeypatch, RESO_PSEUDONYM_KEY="k" * 40)
    assert privacy.count_kept("widget.anna") == (0, 0, 0, 1)
    privacy.erase("widget.anna")
    assert handoffs.open_requests() == []
