"""Loading is idempotent and never overwrites the staff's words."""

from dataclasses import replace

import pytest

from bot.store.entries import edit, find, library
from bot.store.loading import load
from tests.conftest import an_entry

VENTES = an_entry("faq/ventes", platforms=["Instagram"], figures=[{"value": "54 %", "text": "parcourent", "source": "Hootsuite"}])
NIKE = an_entry(
    "cas/nike", platforms=["Instagram", "Twitter"], brands=["Nike"], sector="sport", form="campagne", year=2018, related=["faq/ventes"]
)
JANE = an_entry("conseil/analyses", expert="Jane Doe", role="stratège", theme="technologie")


def test_what_was_loaded_comes_back_equal(store: str) -> None:
    load([VENTES, NIKE, JANE])
    assert list(library()) == [VENTES, NIKE, JANE]


def test_loading_twice_changes_nothing(store: str) -> None:
    load([VENTES, NIKE])
    report = load([VENTES, NIKE])
    assert (report.added, report.changed, report.removed, report.kept) == ([], [], [], 2)


def test_a_changed_file_shows_and_a_missing_one_goes(store: str) -> None:
    load([VENTES, NIKE])
    report = load([replace(VENTES, answer="Nouveau. Vraiment.")])
    assert (report.changed, report.removed) == (["faq/ventes"], ["cas/nike"])
    assert library()["faq/ventes"].answer == "Nouveau. Vraiment."
    assert "cas/nike" not in library()


def test_an_edit_shows_at_once_and_survives_a_load(store: str) -> None:
    load([VENTES])
    edit("faq/ventes", "answer", "Corrigé par l’équipe. Voilà.", "claire")
    assert library()["faq/ventes"].answer == "Corrigé par l’équipe. Voilà."
    assert load([VENTES]).conflicts == []
    assert library()["faq/ventes"].answer == "Corrigé par l’équipe. Voilà."


def test_a_file_that_moved_under_an_edit_is_a_conflict(store: str) -> None:
    load([VENTES])
    edit("faq/ventes", "answer", "Corrigé par l’équipe. Voilà.", "claire")
    report = load([replace(VENTES, answer="Le fichier a changé. Lui aussi.")])
    assert len(report.conflicts) == 1
    assert "claire" in report.conflicts[0]
    assert library()["faq/ventes"].answer == "Corrigé par l’équipe. Voilà."


def test_an_edited_entry_is_kept_when_its_file_goes(store: str) -> None:
    load([VENTES, NIKE])
    edit("cas/nike", "answer", "Gardé. Oui.", "claire")
    report = load([VENTES])
    assert report.removed == []
    assert len(report.conflicts) == 1
    assert library()["cas/nike"].answer == "Gardé. Oui."


def test_bad_edits_are_refused(store: str) -> None:
    load([VENTES])
    with pytest.raises(KeyError):
        edit("faq/rien", "answer", "x", "claire")
    with pytest.raises(ValueError, match="theme"):
        edit("faq/ventes", "theme", "x", "claire")


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({"kind": "cas", "platform": "twitter"}, ["cas/nike"]),
        ({"brand": "NIKE"}, ["cas/nike"]),
        ({"sector": "sport"}, ["cas/nike"]),
        ({"year": 2018}, ["cas/nike"]),
        ({"form": "campagne"}, ["cas/nike"]),
        ({"subject": "faq/ventes", "kind": "cas"}, ["cas/nike"]),
        ({"expert": "Jane Doe"}, ["conseil/analyses"]),
        ({"subject": "technologie"}, ["conseil/analyses"]),
        ({"source": "Hootsuite"}, ["faq/ventes"]),
        ({"platform": "instagram"}, ["faq/ventes", "cas/nike"]),
        ({"platform": "minitel"}, []),
    ],
)
def test_entries_are_found_by_what_they_carry(store: str, asked: dict[str, object], ids: list[str]) -> None:
    load([VENTES, NIKE, JANE])
    assert find(**asked) == ids  # type: ignore[arg-type]
