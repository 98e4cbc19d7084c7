"""Sides of the entry under discussion: who, when, where, what came of it, and where all that is from."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.dialogue.answering import onward, tell, tell_more
from bot.dialogue.choices import Choice
from bot.dialogue.context import Context
from bot.dialogue.reply import Reply, Say
from bot.knowledge.entry import Entry
from bot.knowledge.library import Library

_YEAR = re.compile(r"\b20\d\d\b")
SAID_BY = re.compile(
    r"\b(?:qui|ki)\b(?: (?!me\b)\w+){0,3} (?:dit|di|dire|affirm\w*|racont\w*|pretend\w*)\b|\b(?:dit|affirme|raconte|pretendu) par (?:qui|ki)\b"
)


def source_of(entry: Entry, context: Context, library: Library) -> Reply:
    """Say where an entry comes from, who published its figures, and when it was last checked."""
    response = "utter_source_figures" if entry.figures else "utter_source"
    figures = "\n".join(f"{f.value} : {f.source if f.published else 'chiffre donné par l’article lui-même'}." for f in entry.figures)
    values = {"title": entry.title, "source": entry.source, "figures": figures, "checked": french_date(entry.checked)}
    return _about(entry, context, Say(response, values), library, "source")


def who_of(entry: Entry, context: Context, library: Library) -> Reply:
    """Say who is behind an entry: the expert with the role, the brand and the people of a case, else who published the figures."""
    if entry.expert:
        return _about(entry, context, Say("utter_who_expert", {"name": entry.expert, "role": entry.role or ""}), library, "who")
    behind = (*entry.brands, *entry.people) if entry.kind in ("cas", "chiffre") else ()
    who = ", ".join(dict.fromkeys(behind or (f.source for f in entry.figures if f.published)))
    if not who:
        return source_of(entry, context, library)
    just_told = context.last == entry.id and context.told == "answer"
    text = {"who": who, "answer": entry.answer, "source": entry.source}
    return _about(entry, context, Say("utter_who_only" if just_told else "utter_who", text), library, "who")


def said_by(entry: Entry, context: Context, library: Library) -> Reply:
    """Say who says so: the expert of a tip, else the source. The brand of a case did something and said nothing."""
    return (who_of if entry.expert else source_of)(entry, context, library)


def when_of(entry: Entry, context: Context, library: Library) -> Reply:
    """Say the year of an entry, or tell what holds one, or that the article gives none."""
    if entry.year is None:
        year = _YEAR.search(" ".join((*(f.text for f in entry.figures), entry.details, entry.answer)))
        dated = in_year(year.group(), entry, context, library) if year else None
        if dated is not None:
            return dated
        return _about(entry, context, Say("utter_no_year", {"title": entry.title, "details": entry.details}), library, "when")
    return _about(entry, context, Say("utter_year", {"title": entry.title, "year": entry.year, "details": entry.details}), library, "when")


def in_year(year: str, entry: Entry, context: Context, library: Library) -> Reply | None:
    """Return what an entry says of a year (« et en 2020 ? » after a market's size), or None where it says nothing of it."""
    if any(year in figure.text for figure in entry.figures):
        return result_of(entry, context, library)
    if year in entry.details:
        return tell_more(entry, replace(context, told=""), library)  # also where they were told before: they hold the year
    return tell(entry, context, library) if year in entry.answer else None


def where_of(entry: Entry, context: Context, library: Library) -> Reply:
    """Say on which platforms an entry takes place."""
    if not entry.platforms:
        return tell_more(entry, context, library)
    values = {"title": entry.title, "platforms": _and(entry.platforms), "source": entry.source_for("")}
    return _about(entry, context, Say("utter_where" if entry.kind == "cas" else "utter_where_named", values), library, "where")


def result_of(entry: Entry, context: Context, library: Library) -> Reply:
    """Say what came of it: figures where there are some, the details otherwise."""
    if entry.figures:
        figures = " ".join(f"{f.sentence()}." for f in entry.figures)
        return _about(
            entry, context, Say("utter_result", {"title": entry.title, "figures": figures, "source": entry.source}), library, "result"
        )
    figure = next((library[id] for id in entry.related if id.startswith("chiffre/") and id in library), None)
    return tell(figure, context, library) if figure and entry.kind == "cas" else tell_more(entry, context, library)


def french_date(day: str) -> str:
    """Return « 23/11/2026 » for « 2026-11-23 »."""
    return "/".join(reversed(day.split("-")))


def _about(entry: Entry, context: Context, say: Say, library: Library, shown: str) -> Reply:
    """Return a reply about one side of an entry; the entry stays the one under discussion."""
    given = context.with_answer((entry.id,), context.told or "answer", context.listing)
    choices = (Choice("Dites-m’en plus", "details", entry.id), *onward(entry, given, library, 2))
    return Reply((say,), "answered", given.with_choices(choices), (entry.id,), choices=choices, shown=shown)


def _and(names: tuple[str, ...]) -> str:
    """Return « Facebook, Instagram et Twitter »."""
    return " et ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


SIDES: list[tuple[re.Pattern[str], Callable[[Entry, Context, Library], Reply]]] = [
    (re.compile(r"\b(?:quand|annee|date|date[sz]?|depuis)\b"), when_of),
    (
        re.compile(r"\b(?:source|reference|preuve|etude|enquete|fiable|d ?ou (?:vien\w*|sort\w*|tenez|tiens|tu|[cs]a|vous))\b"),
        source_of,
    ),
    (SAID_BY, said_by),
    (re.compile(r"\b(?:metier|profession|boulot|s appelle|qui est|c est qui|qui ca|qui y)\b"), who_of),
    (re.compile(r"\b(?:combien|resultat|marche|rapporte|gagne)\b"), result_of),
    (
        re.compile(
            r"\b(?:quel reseau|quelle plateforme|quelle appli|quels reseaux)\b|^ou\b|\bou$|\b(?:circule|passe|passee|diffusee?|eu lieu) ou\b"
        ),
        where_of,
    ),
]
"""What is asked about the last entry, by the words used; details otherwise."""
