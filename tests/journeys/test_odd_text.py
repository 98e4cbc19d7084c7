"""Odd texts: one sensible reply, kept as they were said but for what nobody can see, and no trace in the stores' structure (T16, T17)."""

from __future__ import annotations

import sqlite3
import unicodedata
from contextlib import closing

import pytest

from bot.channels.sentences import APOLOGY, EMPTY
from tests.faults.watching import rows, trouble
from tests.journeys.serving import Servers, Visitor
from tests.journeys.trackers import heard

pytestmark = pytest.mark.servers

SALE = "Est-ce que ça fait vendre à Noël ?"
TEXTS = {
    "an emoji": ("😂", "😂"),
    "emoji of two parts": ("👍🏽👩‍🍳", "👍🏽👩🍳"),
    "letters of four bytes": ("𝓥𝓮𝓷𝓭𝓻𝓮 𠮷", "𝓥𝓮𝓷𝓭𝓻𝓮 𠮷"),
    "written from the right": ("\u202eerdnev \u2067rineti\u2069", "erdnev rineti"),
    "of no width": ("ven\u200bd\u200dre\ufeff ?", "vendre ?"),
    "soft hyphens": ("in\u00adflu\u00aden\u00adceurs", "influenceurs"),
    "control characters": ("ven\x00dre\x07 ?\x1b[31m\r\n\x7f", "ven dre ? [31m"),
    "lines and tabs": ("vendre\n\n\tplus\u2028loin", "vendre plus loin"),
    "apart": (unicodedata.normalize("NFD", SALE), SALE),
    "composed": (unicodedata.normalize("NFC", SALE), SALE),
    "a thousand accents": ("e" + "\u0301" * 1000, "é\u0301\u0301"),
    "half a character": ("vendre \ud83d ?", "vendre ?"),
    "punctuation": ("?!…", "?!…"),
    "another script": ("مرحبا كيف الحال", "مرحبا كيف الحال"),
}
"""What is sent, and what is kept: the same in NFC, without what has no shape; of accents on one letter three at the most."""
INJECTIONS = (
    "'; DROP TABLE entries; --", "' OR 1=1 --", '"; DELETE FROM inbox; --', "{slot}", "{answer}", "{0.__class__}", "%s %d %n", "%(text)s",
    "{{7*7}}", "${7*7}", "<%= 7*7 %>", "$(id)", "`id`", "; cat /etc/passwd", "__import__('os').system('id')", "\\u0027; DROP TABLE events; --",
)  # fmt: skip
DONE = ("49", "uid=", "root:", "<class", "Traceback")
"""What a reply would hold where one of these was carried out."""


@pytest.mark.parametrize("name", TEXTS)
def test_odd_text_is_kept_as_it_was_said_and_gets_one_reply(servers: Servers, visitor: Visitor, name: str) -> None:
    (said, kept), before = TEXTS[name], len(trouble(servers))
    visitor.says(said)
    assert visitor.text.strip()
    assert APOLOGY not in visitor.text
    assert rows(servers.folder / "reso.db", "select text, state from inbox where sender = ?", (visitor.conversation,)) == [
        (kept, "answered")
    ]
    assert heard(servers, visitor.conversation) == [kept]
    assert unicodedata.is_normalized("NFC", kept)
    assert visitor.says("C’est quoi #BookTok ?").answers == ["cas/booktok"]
    assert trouble(servers)[before:] == []


@pytest.mark.parametrize("said", ["", "   ", "\n\t", "\u200b\u202e\ufeff", "\x00\x1b", "\ud83d"])
def test_where_nothing_can_be_read_a_sentence_says_so_and_nothing_is_kept(servers: Servers, visitor: Visitor, said: str) -> None:
    assert visitor.says(said).text == EMPTY
    assert rows(servers.folder / "reso.db", "select text from inbox where sender = ?", (visitor.conversation,)) == []
    assert visitor.says("C’est quoi #BookTok ?").answers == ["cas/booktok"]


def structure(servers: Servers) -> dict[str, list[str]]:
    """Return how the stores are made, as SQLite has it."""
    made = {}
    for name in ("reso.db", "tracker.db"):
        with closing(sqlite3.connect(servers.folder / name)) as opened:
            made[name] = [str(sql) for (sql,) in opened.execute("select sql from sqlite_master order by name")]
    return made


def test_nothing_that_is_typed_is_carried_out(servers: Servers) -> None:
    before, known = structure(servers), rows(servers.folder / "reso.db", "select count(*) from entries")
    log = len(trouble(servers))
    assert all(before.values())
    for said in INJECTIONS:
        visitor = Visitor(servers.url).says(said)
        assert visitor.text.strip()
        assert APOLOGY not in visitor.text
        assert not [word for word in DONE if word in visitor.text]
        assert rows(servers.folder / "reso.db", "select text from inbox where sender = ?", (visitor.conversation,)) == [(said,)]
    assert structure(servers) == before
    assert rows(servers.folder / "reso.db", "select count(*) from entries") == known
    assert trouble(servers)[log:] == []
