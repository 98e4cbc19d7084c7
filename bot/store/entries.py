"""Entries as the visitor gets them: file content with staff edits over it."""

from __future__ import annotations

import datetime
from collections import defaultdict

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.knowledge.entry import FACETS, Entry, Figure
from bot.knowledge.library import Library
from bot.language.folding import key
from bot.store.sessions import reading, writing
from bot.store.tables import EditRow, EntryRow, FacetRow, FigureRow, VersionRow

LISTS = (*FACETS, "examples", "related")
EDITABLE = ("title", "label", "question", "answer", "details")

_SCALARS = (
    "id", "title", "label", "question", "answer", "details", "theme", "section", "checked",
    "sector", "form", "year", "expert", "role", "pronoun",
)  # fmt: skip
_cache: dict[str, tuple[int, Library]] = {}


def content_version(session: Session) -> int:
    """Return the number that grows with each change of content; 0 before the first load."""
    return session.scalar(select(VersionRow.version).where(VersionRow.id == 1)) or 0


def bump_version(session: Session) -> None:
    """Tell every reader that content has changed."""
    if session.get(VersionRow, 1) is None:
        session.add(VersionRow(id=1, version=1))
    else:
        session.execute(update(VersionRow).where(VersionRow.id == 1).values(version=VersionRow.version + 1))


def library(url: str | None = None) -> Library:
    """Return all entries, read again only when content has changed since."""
    with reading(url) as session:
        version = content_version(session)
        name = str(session.get_bind().engine.url)
        cached = _cache.get(name)
        if cached and cached[0] == version:
            return cached[1]
        made = Library(_read(session))
        _cache[name] = (version, made)
        return made


def _read(session: Session) -> list[Entry]:
    lists: dict[tuple[str, str], list[str]] = defaultdict(list)
    for facet in session.scalars(select(FacetRow).order_by(FacetRow.entry_id, FacetRow.facet, FacetRow.position)):
        lists[facet.entry_id, facet.facet].append(facet.value)
    figures: dict[str, list[Figure]] = defaultdict(list)
    for row in session.scalars(select(FigureRow).order_by(FigureRow.entry_id, FigureRow.position)):
        figures[row.entry_id].append(Figure(row.value, row.text, row.source))
    edits: dict[str, dict[str, str]] = defaultdict(dict)
    for edit in session.scalars(select(EditRow)):
        edits[edit.entry_id][edit.field] = edit.value
    return [
        Entry(
            **{**{name: getattr(row, name) for name in _SCALARS}, **edits[row.id]},
            **{name: tuple(lists[row.id, name]) for name in LISTS},  # type: ignore[arg-type]
            figures=tuple(figures[row.id]),
        )
        for row in session.scalars(select(EntryRow).order_by(EntryRow.position))
    ]


def find(
    *, kind: str | None = None, platform: str | None = None, brand: str | None = None, sector: str | None = None,
    year: int | None = None, form: str | None = None, subject: str | None = None, expert: str | None = None,
    source: str | None = None, url: str | None = None,
) -> list[str]:  # fmt: skip
    """Return the ids of the entries for which everything stated holds, in catalogue order.

    `form` is what a case study is about, `subject` an id or a theme, `source` who published a figure.
    Names are compared folded; `sector` may be part of a longer one.
    """
    query = select(EntryRow.id).order_by(EntryRow.position)
    for column, value in ((EntryRow.kind, kind), (EntryRow.form, form), (EntryRow.year, year)):
        if value is not None:
            query = query.where(column == value)
    for facet, value in (("platforms", platform), ("brands", brand)):
        if value is not None:
            query = query.where(EntryRow.id.in_(_with_facet(facet, FacetRow.folded == key(value))))
    if sector is not None:
        query = query.where(EntryRow.sector.contains(sector.lower(), autoescape=True))
    if expert is not None:
        query = query.where(EntryRow.expert == expert)
    if subject is not None:
        linked = _with_facet("related", FacetRow.value == subject)
        query = query.where((EntryRow.theme == subject) | EntryRow.id.in_(linked) | (EntryRow.id == subject))
    if source is not None:
        query = query.where(EntryRow.id.in_(select(FigureRow.entry_id).where(FigureRow.source == source)))
    with reading(url) as session:
        return list(session.scalars(query))


def _with_facet(facet: str, condition):  # type: ignore[no-untyped-def]
    return select(FacetRow.entry_id).where(FacetRow.facet == facet, condition)


def edit(id: str, field: str, value: str, author: str, url: str | None = None) -> None:
    """Put a staff edit over one text of an entry; it shows in the next reply.

    Raises KeyError for an unknown id, ValueError for a text that cannot be edited or is empty.
    """
    if field not in EDITABLE:
        raise ValueError(f"« {field} » ne se corrige pas ; choisissez parmi {', '.join(EDITABLE)}")
    if not value.strip():
        raise ValueError("le nouveau texte est vide")
    with writing(url) as session:
        row = session.get(EntryRow, id)
        if row is None:
            raise KeyError(id)
        made = session.scalar(select(EditRow).where(EditRow.entry_id == id, EditRow.field == field)) or EditRow(entry_id=id, field=field)
        made.base, made.value, made.author = getattr(row, field), value.strip(), author
        made.made_at, made.conflict = datetime.datetime.utcnow(), False
        session.add(made)
        bump_version(session)
