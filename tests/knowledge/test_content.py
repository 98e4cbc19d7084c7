"""Knowledge files: what is wrong is said with file, line and what to do."""

from pathlib import Path

import pytest

from bot.knowledge.content import fix_typography, read_folder
from tests.conftest import an_entry

GOOD = """title: Ventes
label: Vendre
question: Est-ce que ça fait vendre\u202f?
answer: Oui, cela aide. Les profils vendent directement.
details: La publicité ciblée aide aussi.
theme: marketing
related: [faq/notoriete]
section: FAQs 3
checked: 2026-11-23
"""


def a_folder(tmp_path: Path, **files: str) -> Path:
    for name, text in {"ventes": GOOD, "notoriete": GOOD.replace("faq/notoriete", "faq/ventes"), **files}.items():
        file = tmp_path / "faq" / f"{name}.yml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def test_good_files_have_no_fault(tmp_path: Path) -> None:
    entries, faults = read_folder(a_folder(tmp_path), {"faq/ventes", "faq/notoriete"})
    assert [e.id for e in entries] == ["faq/notoriete", "faq/ventes"]
    assert faults == []


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("theme: marketing", "theme: magie", 6, "thème inconnu"),
        ("related: [faq/notoriete]", "related: [faq/rien]", 7, "lien mort"),
        ("title: Ventes", "title: " + "V" * 61, 1, "60 au plus"),
        ("Oui, cela aide. Les profils vendent directement.", "Oui.", 4, "de 2 à 5"),
        ("Oui, cela aide.", "Oui, c'est utile.", 4, "typographie"),
        ("checked: 2026-11-23", "checked: hier", 9, "date"),
        ("label: Vendre\n", "", 1, "« label » manque"),
        ("label: Vendre", "label: Vendre\nprix: 3", 1, "clé inconnue"),
        ("title: Ventes", "title: [", 1, "YAML illisible"),
    ],
)
def test_each_fault_names_file_line_and_cure(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    _, faults = read_folder(a_folder(tmp_path, ventes=GOOD.replace(old, new)))
    told = [f for f in faults if f.file.name == "ventes.yml" and said in f.message]
    assert told, [str(f) for f in faults]
    assert said == "YAML illisible" or told[0].line == line


def test_a_catalogue_id_without_a_file_is_reported(tmp_path: Path) -> None:
    _, faults = read_folder(a_folder(tmp_path), {"cas/zappos"})
    assert any("cas/zappos" in str(f.file) for f in faults)


def test_a_file_that_is_not_utf8_is_reported(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    (folder / "faq" / "ventes.yml").write_bytes("title: été".encode("latin-1"))
    assert any("UTF-8" in f.message for f in read_folder(folder)[1])


def test_typography_is_put_right_in_place(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, ventes=GOOD.replace("Oui, cela aide.", "Oui, c'est « utile » !"))
    assert fix_typography(folder / "faq" / "ventes.yml")
    assert read_folder(folder)[1] == []


def test_a_part_of_an_entry_names_a_publisher_by_figure_or_by_name_and_always_the_expert() -> None:
    figures = [
        {"value": "plus de 3 millions", "text": "de messages", "source": "Hootsuite"},
        {"value": "5 %", "text": "de tout", "source": "Sprout"},
    ]
    entry = an_entry(figures=figures, expert="Jane Doe", role="stratège")
    assert "Hootsuite et Sprout" in entry.source
    assert "Hootsuite" in entry.source_for("Les 3 millions y sont.")
    assert "Sprout" not in entry.source_for("Il y en a 15 %.")
    assert "Sprout" in entry.source_for("C’est Sprout qui le dit.")
    assert entry.source_for("Rien de tel.").startswith("Jane Doe, stratège, d’après l’article")
