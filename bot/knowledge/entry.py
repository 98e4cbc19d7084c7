"""One entry of the knowledge base, as a plain value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

KINDS = ("faq", "conseil", "cas", "sujet", "chiffre")

THEMES = {
    "communication": "Communication",
    "marketing": "Marketing et affaires",
    "education": "Éducation",
    "croissance-personnelle": "Croissance personnelle",
    "service-client": "Service client",
    "changement-social": "Changement social",
    "divertissement": "Divertissement",
    "economie": "Économie et emploi",
    "technologie": "Technologies",
    "defis": "Risques et défis",
}
"""Theme of an entry to its French name: the article's chapters."""

FORMS = (
    "campagne", "service client", "gestion de crise", "outil", "mouvement",
    "phénomène viral", "scandale", "communauté",
)  # fmt: skip
"""What a case study is about."""

FACETS = ("platforms", "brands", "people", "hashtags", "names")
"""List fields by which entries are found."""

_NUMBER = re.compile(r"\d[\d,]*\s*\S*")

ARTICLE = "article «\u00a0Les avantages des réseaux sociaux\u00a0»"


@dataclass(frozen=True)
class Figure:
    """A figure and what it counts. `source` names who published it, or « l’article »."""

    value: str
    text: str
    source: str

    @property
    def published(self) -> bool:
        """Whether somebody else than the article gave the figure."""
        return not self.source.startswith("l’article")

    def sentence(self) -> str:
        """Return « 54 % des utilisateurs … (source : Hootsuite) »."""
        return f"{self.value} {self.text} (source : {self.source})"

    def stands_in(self, text: str) -> bool:
        """Tell whether `text` holds the number with its unit: « plus de 3 millions » stands in « les 3 millions »."""
        number = _NUMBER.search(self.value)
        return re.search(rf"(?<![\d,]){re.escape(number.group() if number else self.value)}", text) is not None


@dataclass(frozen=True)
class Entry:
    """What Réso can say about one id of the catalogue. Texts are French, typeset, without markup."""

    id: str
    title: str
    label: str
    question: str
    answer: str
    details: str
    theme: str
    section: str
    checked: str
    examples: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    platforms: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    sector: str | None = None
    form: str | None = None
    year: int | None = None
    expert: str | None = None
    role: str | None = None
    pronoun: str | None = None

    @property
    def kind(self) -> str:
        """The first part of the id: faq, conseil, cas, sujet or chiffre."""
        return self.id.partition("/")[0]

    @property
    def source(self) -> str:
        """Where the entry comes from, in French: who published the figures, then the article and its section."""
        return self._source([f.source for f in self.figures if f.published])

    def source_for(self, text: str) -> str:
        """Return the source of a part of the entry: who published a figure is named where the figure or the name stands in `text`."""
        return self._source([f.source for f in self.figures if f.published and (f.stands_in(text) or f.source in text)])

    def _source(self, publishers: list[str]) -> str:
        place = f"{ARTICLE}, section «\u00a0{section_title(self.section)}\u00a0»"
        said_by = list(dict.fromkeys(publishers))
        if self.expert:
            said_by.insert(0, f"{self.expert}, {self.role}")
        return f"{' et '.join(said_by)}, d’après l’{place}" if said_by else place

    @classmethod
    def from_mapping(cls, id: str, values: Mapping[str, Any]) -> Entry:
        """Build an entry from file content or a stored row. Unknown keys raise TypeError, missing ones too."""
        known = {f.name for f in fields(cls)}
        given = dict(values)
        unknown = set(given) - known
        if unknown:
            raise TypeError(f"clé inconnue : {', '.join(sorted(unknown))}")
        for name in (*FACETS, "examples", "related"):
            given[name] = tuple(str(v) for v in given.get(name) or ())
        given["figures"] = tuple(Figure(**{k: str(v) for k, v in f.items()}) for f in given.get("figures") or ())
        given["checked"] = str(given.get("checked", ""))
        return cls(id=id, **given)


def section_title(section: str) -> str:
    """Return the heading of the article for a catalogue section: « FAQs 3 » gives « FAQ, question 3 »."""
    name, _, number = section.rpartition(" ")
    if name == "FAQs":
        return f"FAQ, question {number}"
    if name.startswith("Réponses et Conseils"):
        return f"Conseils d’experts, n° {number}"
    return section[:1].upper() + section[1:]
