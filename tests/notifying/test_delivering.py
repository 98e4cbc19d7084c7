"""A request reaches the team, however often its servers fail: a real HTTP server and a real SMTP conversation."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import hashlib
import hmac
import json
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_string

import pytest
from sqlalchemy.exc import OperationalError

from bot.notifying.delivering import deliver_due, pause_after
from bot.settings import Settings, SettingsError, settings
from bot.store import handoffs, privacy
from bot.store.sessions import engine
from tests.notifying.team import Team

SECRET = "un secret assez long"


class Postman(socketserver.StreamRequestHandler):
    """A mail server as plain as RFC 5321 allows; keeps each message."""

    server: PostOffice

    def handle(self) -> None:
        self.wfile.write(b"220 poste\r\n")
        lines: list[bytes] | None = None
        for line in self.rfile:
            if lines is not None:
                if line == b".\r\n":
                    self.server.mails.append(b"".join(lines).decode())
                    lines = None
                    self.wfile.write(b"250 ok\r\n")
                else:
                    lines.append(line)
            elif line[:4].upper() == b"DATA":
                lines = []
                self.wfile.write(b"354 allez\r\n")
            elif line[:4].upper() == b"QUIT":
                self.wfile.write(f"{self.server.goodbye}\r\n".encode())
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class PostOffice(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Postman)
        self.mails: list[str] = []
        self.goodbye = "221 au revoir"


def serving(server: socketserver.BaseServer) -> None:
    threading.Thread(target=server.serve_forever, daemon=True).start()


@pytest.fixture
def team() -> Iterator[Team]:
    server = Team()
    serving(server)
    yield server
    server.shutdown()


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    server = PostOffice()
    serving(server)
    yield server
    server.shutdown()


def given(**values: object) -> Settings:
    return Settings(**{**settings().dict(), **values})


def request(media: tuple[str, ...]) -> int:
    return handoffs.keep("visiteur-1", "rest", "Nadia", "email", "nadia@exemple.fr", "Combien coûte une pub ?", media)


def hurry(store: str) -> None:
    """Make every notice due now."""
    with engine(store).begin() as connection:
        connection.exec_driver_sql("update notices set due_at = '2020-01-01 00:00:00'")


def test_a_webhook_that_fails_twice_gets_the_request_once(store: str, team: Team) -> None:
    team.statuses = [500, 503]
    reference = request(("webhook",))
    configured = given(webhook_url=f"http://127.0.0.1:{team.server_port}/equipe", webhook_secret=SECRET)
    taken = []
    for _ in range(4):
        taken.append(asyncio.run(deliver_due(configured)))
        hurry(store)
    assert taken == [0, 0, 1, 0]
    body, signature = team.taken[0]
    assert signature == "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    told = json.loads(body)
    assert (told["id"], told["contact"]["value"], told["question"]) == (reference, "nadia@exemple.fr", "Combien coûte une pub ?")


def test_a_webhook_that_nobody_answers_loses_nothing(store: str) -> None:
    request(("webhook",))
    assert asyncio.run(deliver_due(given(webhook_url="http://127.0.0.1:9/"))) == 0
    assert handoffs.due(datetime.datetime.utcnow()) == []
    later = datetime.datetime.utcnow() + datetime.timedelta(minutes=1)
    assert [n.tries for n in handoffs.due(later)] == [1]
    assert [h.contact for h in handoffs.open_requests()] == ["nadia@exemple.fr"]


def test_the_mail_says_who_asked_what_and_answers_go_to_them(store: str, post_office: PostOffice) -> None:
    request(("mail",))
    port = post_office.server_address[1]
    configured = given(mail_to="equipe@exemple.fr", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
    assert asyncio.run(deliver_due(configured)) == 1
    assert "Reply-To: nadia@exemple.fr" in post_office.mails[0]
    assert "Nadia" in post_office.mails[0]


def test_the_mail_is_text_whatever_is_written_in_it(store: str, post_office: PostOffice) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    handoffs.keep("visiteur-1", "rest", hostile, "email", "a@exemple.fr", hostile, ("mail",))
    port = post_office.server_address[1]
    assert asyncio.run(deliver_due(given(mail_to="equipe@exemple.fr", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none"))) == 1
    mail = message_from_string(post_office.mails[0])
    assert [part.get_content_type() for part in mail.walk()] == ["text/plain"]
    assert hostile in post_office.mails[0]


def test_both_ways_are_tried_apart(store: str, post_office: PostOffice) -> None:
    request(("webhook", "mail"))
    configured = given(
        webhook_url="http://127.0.0.1:9/", mail_to="equipe@exemple.fr", smtp_host="127.0.0.1",
        smtp_port=post_office.server_address[1], smtp_security="none",
    )  # fmt: skip
    assert asyncio.run(deliver_due(configured)) == 1
    later = datetime.datetime.utcnow() + datetime.timedelta(days=1)
    assert [n.medium for n in handoffs.due(later)] == ["webhook"]


def test_a_request_that_is_erased_while_others_are_sent_is_not_sent(store: str, team: Team) -> None:
    for visitor in ("visiteur-1", "visiteur-2"):
        handoffs.keep(visitor, "rest", "", "email", f"{visitor}@exemple.fr", "?", ("webhook",))
    team.before_answering = lambda: privacy.erase("visiteur-2")
    assert asyncio.run(deliver_due(given(webhook_url=f"http://127.0.0.1:{team.server_port}/equipe"))) == 1
    assert [json.loads(body)["contact"]["value"] for body, _ in team.taken] == ["visiteur-1@exemple.fr"]


def test_an_address_that_no_header_can_carry_stops_nobody(store: str, post_office: PostOffice) -> None:
    odd = "=?utf-8?b?Cg==?=@exemple.fr"
    handoffs.keep("visiteur-1", "rest", "", "email", odd, "?", ("mail",))
    handoffs.keep("visiteur-2", "rest", "Nadia", "email", "nadia@exemple.fr", "?", ("mail",))
    configured = given(mail_to="equipe@exemple.fr", smtp_host="127.0.0.1", smtp_port=post_office.server_address[1], smtp_security="none")
    assert asyncio.run(deliver_due(configured)) == 2
    assert odd in post_office.mails[0]
    assert "Reply-To: nadia@exemple.fr" in post_office.mails[1]


def test_a_mail_server_that_is_set_wrong_keeps_no_webhook_from_its_request(store: str, team: Team) -> None:
    request(("mail",))
    handoffs.keep("visiteur-2", "rest", "", "email", "b@exemple.fr", "?", ("webhook",))
    hook = f"http://127.0.0.1:{team.server_port}/equipe"
    configured = given(webhook_url=hook, mail_to="equipe@exemple.fr", smtp_host="smtp..exemple.fr", smtp_security="none")
    assert asyncio.run(deliver_due(configured)) == 1
    assert [json.loads(body)["contact"]["value"] for body, _ in team.taken] == ["b@exemple.fr"]
    (left,) = handoffs.due(datetime.datetime.utcnow() + datetime.timedelta(minutes=1))
    assert (left.medium, left.tries) == ("mail", 1)


@pytest.mark.parametrize("broken", ["begin", "settle"])
def test_a_store_that_cannot_be_written_gives_the_team_no_copies(
    store: str, team: Team, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    request(("webhook",))
    configured = given(webhook_url=f"http://127.0.0.1:{team.server_port}/equipe")

    def full(*_: object) -> None:
        raise OperationalError("update", {}, Exception("database or disk is full"))

    with monkeypatch.context() as patched:
        patched.setattr(handoffs, broken, full)
        for _ in range(5):
            with contextlib.suppress(OperationalError):
                asyncio.run(deliver_due(configured))
        assert len(team.taken) == (0 if broken == "begin" else 1)
    hurry(store)
    assert asyncio.run(deliver_due(configured)) == 1


def test_another_machine_leaves_a_notice_to_who_has_been_sending_it_for_a_minute(store: str, team: Team) -> None:
    request(("webhook",))
    configured = given(webhook_url=f"http://127.0.0.1:{team.server_port}/equipe")
    other: list[int] = []

    def look_a_minute_later() -> None:
        with engine(store).begin() as connection:
            connection.exec_driver_sql("update notices set due_at = datetime(due_at, '-60 seconds')")
        other.append(asyncio.run(deliver_due(configured)))

    team.before_answering = look_a_minute_later
    assert asyncio.run(deliver_due(configured)) == 1
    assert (other, len(team.taken)) == ([0], 1)


@pytest.mark.parametrize("goodbye", ["421 4.7.0 fermeture", "250 ok"])
def test_a_mail_that_was_taken_is_not_sent_again_for_a_bad_goodbye(store: str, post_office: PostOffice, goodbye: str) -> None:
    post_office.goodbye = goodbye
    request(("mail",))
    port = post_office.server_address[1]
    configured = given(mail_to="equipe@exemple.fr", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
    assert asyncio.run(deliver_due(configured)) == 1
    hurry(store)
    assert asyncio.run(deliver_due(configured)) == 0
    assert len(post_office.mails) == 1


def test_pauses_double_up_to_an_hour() -> None:
    assert [pause_after(n).total_seconds() for n in (0, 1, 2, 30)] == [5, 10, 20, 3600]


@pytest.mark.parametrize(
    ("name", "value"), [("RESO_WEBHOOK_URL", "ftp://exemple.fr"), ("RESO_OPENING_HOURS", "toujours"), ("RESO_TIMEZONE", "Paris")]
)
def test_settings_that_do_not_fit_are_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    settings.cache_clear()
    with pytest.raises(SettingsError, match=name):
        settings()
    settings.cache_clear()
