"""Lists: tips, cases, figures, subjects; by platform, brand, sector, year or theme; in pages of five."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from bot.dialogue.choices import Choice
from bot.dialogue.context import Context, Listing
from bot.dialogue.reply import Reply, Say
from bot.dialogue.understanding import Understanding
from bot.knowledge.entry import THEMES, Entry
from bot.knowledge.library import Filter, Library
from bot.language.folding import key

PAGE = 5
LONGEST_ASKING = 12
"""Most words of a message that asks for a list in so many words."""

LEAST_LIKENESS = 80.0
"""Least ratio (0 to 100) between a misspelt word of a theme and the real one."""

KIND_OF_LIST = {"tips": "conseil", "cases": "cas", "figures": "chiffre", "subjects": "sujet"}
KIND_NAMES = {
    "conseil": "conseils d’experts",
    "cas": "études de cas",
    "chiffre": "chiffres",
    "sujet": "sujets",
    "faq": "questions fréquentes",
}

_THEME_WORDS = {
    "communication": "communication communiquer liens",
    "marketing": "marketing affaires business marques publicite pub ventes",
    "education": "education educatif educatifs apprendre apprentissage ecole formation etudes",
    "croissance-personnelle": "personnel personnelle developpement creativite",
    "service-client": "client clients sav",
    "changement-social": "social societe causes militant militants mouvement mouvements engagement politique",
    "divertissement": "divertissement loisirs musique videos jeux",
    "economie": "economie economique economiques emploi emplois metiers argent",
    "technologie": "technologie technologies technologique technologiques techno avenir futur ia",
    "defis": "risque risques danger dangers defi defis inconvenient inconvenients probleme problemes negatif negatifs mauvais cotes",
}
_FORM_WORDS = {
    "campagne": "campagne campagnes",
    "mouvement": "mouvement mouvements militant militants",
    "scandale": "scandale scandales",
    "gestion de crise": "crise crises",
    "service client": "sav",
    "phénomène viral": "viral virale virales viraux buzz",
}
_YEAR = re.compile(r"\b(20[012]\d)\b")


def wanted_by(said: Understanding, kind: str | None) -> Filter:
    """Return the filter that a message states."""
    heard = set(key(said.text).split())
    theme = _meant(heard, _THEME_WORDS) if kind in ("sujet", "faq", None) else None
    form = _meant(heard, _FORM_WORDS) if kind == "cas" else None
    year = _YEAR.search(said.text)
    return Filter(
        kind=kind,
        platform=said.named("platform"),
        brand=said.named("brand"),
        sector=said.named("sector"),
        theme=theme,
        form=form,
        year=int(year.group(1)) if year else None,
    )


def _meant(typed: set[str], table: dict[str, str]) -> str | None:
    """Return the first name of a table one of whose words was typed, a slip allowed in longer words."""
    for name, listed in table.items():
        for word in listed.split():
            if word in typed or (len(word) >= 6 and any(fuzz.ratio(word, w) >= LEAST_LIKENESS for w in typed if len(w) >= 5)):
                return name
    return None


def list_entries(said: Understanding, context: Context, library: Library) -> Reply:
    """Show the first page of the list that a message asks for."""
    kind = KIND_OF_LIST.get(said.move, "cas")
    if kind == "sujet" and wanted_by(said, kind).theme is None:
        return topics(context)
    return show(wanted_by(said, kind), context, library)


def show(wanted: Filter, context: Context, library: Library) -> Reply:
    """Show the first page of what `wanted` holds for; with nothing there, drop filters one by one and say so."""
    found = library.select(wanted)
    if wanted.kind == "sujet" and wanted.theme:
        found = [e for e in library if e.theme == wanted.theme and e.kind in ("sujet", "faq")]
    if found:
        return page(Listing(describe(wanted), tuple(e.id for e in found), 0, wanted.stated()), context, library)
    for name in ("form", "theme", "sector", "year", "brand", "platform"):
        if wanted.stated().get(name) is not None and len(wanted.stated()) > 2:
            looser = Filter(**{**wanted.stated(), name: None})  # type: ignore[arg-type]
            found = library.select(looser)
            if found:
                listing = Listing(describe(looser), tuple(e.id for e in found), 0, looser.stated())
                return page(listing, context, library, lead="utter_list_looser")
    kind = wanted.kind or "cas"
    listing = Listing(KIND_NAMES[kind], tuple(e.id for e in library.of_kind(kind)), 0, {"kind": kind})
    return page(listing, context, library, lead="utter_list_none")


def page(listing: Listing, context: Context, library: Library, lead: str = "") -> Reply:
    """Show the next five entries of a list; one entry alone is told whole by the caller's buttons."""
    ids = listing.ids[listing.shown : listing.shown + PAGE]
    entries = [library[id] for id in ids if id in library]
    if not entries:
        return Reply((Say("utter_list_end"),), "talked", context, choices=(Choice("Voir les sujets", "topics"),))
    listing = Listing(listing.title, listing.ids, listing.shown + len(ids), listing.wanted, len(ids))
    lines = "\n".join(f"{n}. {line(e)}" for n, e in enumerate(entries, 1))
    left = len(listing.ids) - listing.shown
    count = f"{listing.shown} sur {len(listing.ids)}" if len(listing.ids) > len(ids) else str(len(listing.ids))
    says: tuple[Say, ...] = (
        Say("utter_list", {"title": capital(listing.title), "count": count, "lines": lines, "source": sources(entries)}),
    )
    if lead:
        says = (Say(lead), *says)
    context = context.with_answer(tuple(e.id for e in entries), "list", listing)
    choices = tuple(Choice(e.label, "open", e.id) for e in entries)
    choices += (Choice("La suite", "next"),) if left > 0 else ()
    return Reply(says, "answered", context.with_choices(choices), tuple(e.id for e in entries), choices=choices, shown="list")


def next_page(context: Context, library: Library) -> Reply:
    """Show the next page of the list under way, or say that it is at its end."""
    if context.listing is None:
        return topics(context)
    return page(context.listing, context, library)


def topics(context: Context) -> Reply:
    """Show the families of subjects, each a button."""
    choices = tuple(Choice(name, "list", theme) for theme, name in THEMES.items())
    choices += (
        Choice("Conseils d’experts", "list", "conseil"),
        Choice("Études de cas", "list", "cas"),
        Choice("Chiffres", "list", "chiffre"),
    )
    return Reply((Say("utter_topics"),), "talked", context.with_choices(choices), choices=choices)


def open_list(argument: str, context: Context, library: Library) -> Reply:
    """Show the list behind a topics button: a theme or a kind."""
    wanted = Filter(kind="sujet", theme=argument) if argument in THEMES else Filter(kind=argument)
    return show(wanted, context, library)


def line(entry: Entry) -> str:
    """Return an entry in one line of a list: its title, with expert or year and platforms."""
    if entry.kind == "conseil":
        return f"{entry.expert} : {lower(entry.title)}"
    if entry.kind == "cas":
        where = f", {', '.join(entry.platforms[:3])}" if entry.platforms else ""
        year = f" ({entry.year}{where})" if entry.year else (f" ({', '.join(entry.platforms[:3])})" if where else "")
        return f"{entry.title}{year}"
    if entry.kind == "chiffre" and entry.figures:
        return f"{entry.title} (source : {entry.figures[0].source})"
    return entry.title


def sources(entries: list[Entry]) -> str:
    """Return the common source line of a page."""
    return "article « Les avantages des réseaux sociaux », sections de chaque fiche" if len(entries) > 1 else entries[0].source


_ASKS_FOR_CASES = re.compile(r"\b(?:exemples?|histoires?|cas|campagnes?|marques?|entreprises?|etudes?|mouvements?|illustrations?)\b")


_SHOW = re.compile(
    r"\b(?:list\w*|enumer\w*|montr\w*|affich\w*|donn\w*|cite[rsz]?|quels sont|quelles sont|quel sont|tous les|tout les|toutes les|toute les)\b"
)
_SHOWN = {
    "conseil": re.compile(r"\bconseils?\b"),
    "chiffre": re.compile(r"\b(?:chiffres|stats?|statistiques?)\b"),
    "sujet": re.compile(r"\b(?:risques?|dangers?|inconvenients?|defis)\b"),
}


def asked_outright(said: Understanding, context: Context, library: Library) -> Reply | None:
    """Return the list that a message asks for in so many words, whatever its label; None where it does not."""
    if asks_for_cases(said):
        return show(wanted_by(said, "cas"), context, library)
    folded = key(said.text)
    if not _SHOW.search(folded) or len(folded.split()) > LONGEST_ASKING:
        return None
    kind = next((kind for kind, words in _SHOWN.items() if words.search(folded)), None)
    return show(wanted_by(said, kind), context, library) if kind else None


def asks_for_cases(said: Understanding) -> bool:
    """Tell whether a message asks for examples on a platform, in a sector or of a year, whatever its label."""
    folded = key(said.text)
    filtered = said.named("platform", "sector") is not None or _YEAR.search(said.text) is not None
    return filtered and _ASKS_FOR_CASES.search(folded) is not None and len(folded.split()) <= LONGEST_ASKING


def describe(wanted: Filter) -> str:
    """Return what a list holds, in French: « études de cas sur Instagram »."""
    if wanted.kind == "sujet" and wanted.theme:
        return f"{KIND_NAMES['sujet']} : {lower(THEMES[wanted.theme])}"
    parts = [KIND_NAMES.get(wanted.kind or "", "fiches")]
    if wanted.form:
        parts.append(f"({wanted.form})")
    if wanted.brand:
        parts.append(f"de {wanted.brand}")
    if wanted.platform:
        parts.append(f"sur {wanted.platform}")
    if wanted.sector:
        parts.append(f"dans le secteur « {wanted.sector} »")
    if wanted.year:
        parts.append(f"en {wanted.year}")
    return " ".join(parts)


def capital(text: str) -> str:
    """Return `text` with a capital."""
    return text[:1].upper() + text[1:]


def lower(text: str) -> str:
    """Return `text` without its capital, unless it starts with an acronym."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
