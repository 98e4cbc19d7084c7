"""Loads the knowledge files into the store: idempotent, one transaction, staff edits kept apart."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.knowledge.entry import FACETS, Entry
from bot.language.folding import key
from bot.store.entries import LISTS, bump_version
from bot.store.sessions import writing
from bot.store.tables import EditRow, EntryRow, FacetRow, FigureRow


@dataclass
class LoadReport:
    """What a load changed, by id; `conflicts`: "id, field" of edits whose file text has moved on."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: int = 0
    conflicts: list[str] = field(default_factory=list)
    edits: int = 0


def load(entries: list[Entry], url: str | None = None) -> LoadReport:
    """Make the stored file content equal to `entries`; staff edits stay in force and are reported on.

    An entry that has an edit is not removed with its file: it is reported as a conflict instead.
    """
    with writing(url) as session:
        return load_into(session, entries)


def load_into(session: Session, entries: list[Entry]) -> LoadReport:
    """Do the work of `load` in a running transaction."""
    report = LoadReport()
    stored = {row.id: row for row in session.scalars(select(EntryRow))}
    edited = session.scalars(select(EditRow)).all()
    for position, entry in enumerate(entries):
        digest = content_digest(entry)
        row = stored.pop(entry.id, None)
        if row is not None and row.digest == digest and row.position == position:
            report.kept += 1
            continue
        (report.changed if row is not None else report.added).append(entry.id)
        _write(session, entry, position, digest)
    held = {edit.entry_id for edit in edited}
    for id in stored:
        if id in held:
            report.conflicts.append(f"{id} : fichier disparu, fiche gardée pour sa correction")
        else:
            report.removed.append(id)
            session.execute(delete(EntryRow).where(EntryRow.id == id))
    by_id = {entry.id: entry for entry in entries}
    for edit in edited:
        report.edits += 1
        now = by_id.get(edit.entry_id)
        edit.conflict = now is not None and getattr(now, edit.field) != edit.base
        if edit.conflict:
            report.conflicts.append(f"{edit.entry_id}, {edit.field} : le fichier a changé depuis la correction de {edit.author}")
    if report.added or report.changed or report.removed:
        bump_version(session)
    return report


def content_digest(entry: Entry) -> str:
    """Return a digest of everything in an entry."""
    return hashlib.sha256(json.dumps(asdict(entry), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _write(session: Session, entry: Entry, position: int, digest: str) -> None:
    columns = {c.name for c in EntryRow.__table__.columns}
    values = {k: v for k, v in asdict(entry).items() if k in columns}
    session.merge(EntryRow(**values, kind=entry.kind, position=position, digest=digest))
    session.flush()
    session.execute(delete(FacetRow).where(FacetRow.entry_id == entry.id))
    session.execute(delete(FigureRow).where(FigureRow.entry_id == entry.id))
    for facet in LISTS:
        for number, value in enumerate(getattr(entry, facet)):
            folded = key(value) if facet in FACETS else ""
            session.add(FacetRow(entry_id=entry.id, facet=facet, position=number, value=value, folded=folded))
    for number, figure in enumerate(entry.figures):
        session.add(FigureRow(entry_id=entry.id, position=number, **asdict(figure)))
