"""Tokens end, whatever is done to keep them alive; the secret that signs them is whole or not there."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest

from bot.channels.widget.sessions import ALGORITHM, AUDIENCE, SECRET_FILE, Session, Sessions, kept_secret

DAY = 86400
SECRET = "s" * 64


def read_at(monkeypatch: pytest.MonkeyPatch, sessions: Sessions, token: str, moment: float) -> Session | None:
    """Return what a token is worth at a moment, by the clock of the sessions and by that of PyJWT."""
    monkeypatch.setattr(time, "time", lambda: moment)
    claims = jwt.decode(token, SECRET, [ALGORITHM], audience=AUDIENCE, options={"verify_exp": False})
    return sessions.read(token) if claims["exp"] > moment else None


def test_a_talk_can_be_renewed_up_to_its_greatest_age_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    now, days = time.time(), 0
    sessions = Sessions(SECRET, 7 * DAY, 30 * DAY)
    token = sessions.token(sessions.begin())
    while (session := read_at(monkeypatch, sessions, token, now + days * DAY)) is not None:
        token = sessions.token(sessions.renewed(session))
        days += 1
        assert days < 100, "the thief renews for ever"
    assert days == 30


def test_a_visitor_who_comes_back_within_the_week_keeps_the_talk() -> None:
    sessions = Sessions(SECRET, 7 * DAY, 30 * DAY)
    session = sessions.begin()
    again = sessions.renewed(Session(session.sender, session.expires - 6 * DAY, session.begun - 6 * DAY))
    assert again.sender == session.sender
    assert again.expires == pytest.approx(time.time() + 7 * DAY, abs=2)
    assert sessions.read(sessions.token(again)) == again


@pytest.mark.parametrize("begun", [None, "hier", 1.5, [], 0])
def test_a_token_that_does_not_say_when_it_began_is_worth_nothing(begun: object) -> None:
    claims = {"sub": f"widget.{'a' * 32}", "exp": int(time.time()) + 100, "iat": begun, "aud": AUDIENCE}
    assert Sessions(SECRET, DAY, 30 * DAY).read(jwt.encode(claims, SECRET, ALGORITHM)) is None
    del claims["iat"]
    assert Sessions(SECRET, DAY, 30 * DAY).read(jwt.encode(claims, SECRET, ALGORITHM)) is None


def test_talks_older_than_the_settings_now_allow_are_over() -> None:
    lax, strict = Sessions(SECRET, 7 * DAY, 30 * DAY), Sessions(SECRET, 7 * DAY, 7 * DAY)
    begun = int(time.time()) - 8 * DAY
    token = lax.token(lax.renewed(Session(f"widget.{'a' * 32}", 0, begun)))
    assert lax.read(token) is not None
    assert strict.read(token) is None


def test_a_clock_set_back_ends_no_talk() -> None:
    sessions = Sessions(SECRET, DAY, 30 * DAY)
    session = Session(f"widget.{'a' * 32}", int(time.time()) + DAY, int(time.time()) + 3600)
    assert sessions.read(sessions.token(session)) == session


def test_the_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    made = kept_secret(folder)
    assert len(made) == 64
    assert kept_secret(folder) == made
    assert [file.name for file in folder.iterdir()] == [SECRET_FILE]
    assert (folder / SECRET_FILE).stat().st_mode & 0o077 == 0


def test_gateways_that_start_at_the_same_time_have_one_secret(tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).touch()
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(lambda _: kept_secret(tmp_path), range(64)))) == 1


@pytest.mark.parametrize("left", [b"", b"\n", b"0123456789abcdef", b"\0" * 64, b"\xff" * 64, b" " * 64])
def test_a_secret_that_was_left_half_written_is_made_anew(tmp_path: Path, left: bytes) -> None:
    (tmp_path / SECRET_FILE).write_bytes(left)
    sessions = Sessions(kept_secret(tmp_path), DAY, 30 * DAY)
    session = sessions.begin()
    assert sessions.read(sessions.token(session)) == session
    assert len(kept_secret(tmp_path)) == 64
    assert (tmp_path / SECRET_FILE).stat().st_mode & 0o077 == 0


def test_a_secret_of_the_operators_own_is_kept(tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).write_text("un-secret-assez-long-de-quelqu-un-d-autre\n")
    assert kept_secret(tmp_path) == "un-secret-assez-long-de-quelqu-un-d-autre"
