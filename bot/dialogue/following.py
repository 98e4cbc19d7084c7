"""Follow-ups: more, an example, another, a side of the last entry, another filter, a position, a correction, a return."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from bot.dialogue import listing
from bot.dialogue.answering import answer_question, named_entry, near, refuse, suggest, tell, tell_examples, tell_more
from bot.dialogue.choices import Choice
from bot.dialogue.context import Context
from bot.dialogue.reply import Reply, Say
from bot.dialogue.sides import SAID_BY, SIDES, in_year, result_of, said_by, source_of, when_of, where_of, who_of
from bot.dialogue.understanding import Understanding
from bot.knowledge.entry import Entry
from bot.knowledge.library import Filter, Library
from bot.knowledge.search import index
from bot.language.folding import key
from bot.language.positions import position

SURE_NEW = 0.45
"""Probability from which a message with a pronoun is a question of its own rather than about the last answer."""

LONGEST_ABOUT = 11
"""Most words of a message with a pronoun that is about the last answer."""

LIKELY_SHARE = 0.25
"""Least share among the entries for going where a correction or a return points."""

LEAST_POINTED = 0.03
"""Least probability of an entry for being where a correction or a return points: below, nothing is meant."""

LEAST_LISTED = 0.05
"""The same among the entries of the list just shown."""

_ANAPHORA = re.compile(
    r"\b(il|elle|ils|elles|eux|lui|leur|leurs|ca|cela|celui|celle|ceux|celles|chacune?|cette|cet|ces|y|la dessus|dedans|laquelle|lequel)\b"
    r"|\best ce (?:un|une) (?:bon|bonne|bel|belle|mauvais|mauvaise)\b|^(?:et |mais )?pourquoi (?:ca|lui|elle|eux)$"
    r"|\bce (?:chiffre|resultat|nombre|pourcentage|taux|cas|conseil|sujet|exemple|point|mouvement|hashtag|scandale|montant)\b|\bsa$|\bsa (?:vien|sort)\w*"
)
_REMEDY = re.compile(
    r"\b(?:[smtd] ?|nous |vous |on )en (?:proteg|preserv|premun|defend|sor[ts]|debarrass)\w*|\by (?:remedi|echapp)\w*|\by faire face\b"
)
"""Words for what helps against « en » or « y », which is what was just told of, however sure a question about « protéger » seems."""
_OF_ITS_OWN = re.compile(r"\bexemples? (?:de |d |du |des )(?:\w+ ){1,4}qui (?!l |le |la |les |y |en |fai(?:t|sai\w*|re) ca\b)")
"""« Un exemple de marque qui a raté sa communication » says itself of what."""
_WHICH = re.compile(
    r"^(?:et |juste |plutot |ouvre |montre )?(?:laquelle|lequel|lesquels|lesquelles|celui|celle|ceux|celles|quel conseil|quelle histoire|quel exemple|qui)\b"
)
_FOLLOWS = re.compile(r"^(?:et|mais|ok et|d accord et|alors|sinon|pareil|plutot|donc|et puis|seulement|juste|uniquement|que)\b")


def follow(said: Understanding, context: Context, library: Library) -> Reply:
    """Answer a message whose label is a follow-up."""
    entry = library.get(context.last or "")
    if said.move == "position":
        return by_position(said, context, library) or _else(said, context, library)
    if said.move in ("narrow", "correct", "back"):
        return _turn_to(said, context, library)
    if said.move == "another":
        return another(said, context, library)
    if said.move in ("more", "example", "ask_source") and context.was_unsure:
        offered = next((c.argument for c in context.fresh_choices if c.command == "open"), "")
        if offered in library:
            return tell(library[offered], context, library)
    if entry is None:
        return _else(said, context, library)
    if context.told == "list" and said.move in ("more", "example") and context.listing:
        return listing.next_page(context, library) if context.listing.shown < len(context.listing.ids) else tell(entry, context, library)
    tellers = {
        "more": tell_more,
        "example": tell_examples,
        "ask_source": source_of,
        "ask_when": when_of,
        "ask_where": where_of,
        "ask_result": result_of,
    }
    if said.move == "example" and _OF_ITS_OWN.search(key(said.text)) and not _ANAPHORA.search(key(said.text)):
        return suggest(near(said, library), context)
    if said.move == "example" and said.named("sector"):
        reply = in_sector(said, context, library)
        if reply is not None:
            return reply
    if said.move == "ask_who":
        return _who(key(said.text), named_entry(said, library) or entry, context, library)
    if said.move in tellers:
        return tellers[said.move](named_entry(said, library) or entry, context, library)
    if said.move == "recap":
        return recap(context, library)
    return tell(entry, context, library)


def _who(folded: str, entry: Entry, context: Context, library: Library) -> Reply:
    """Reply to « qui ? »; « qui le dit ? » is about the source, and « ils vendent quoi, eux ? » wants more than a name."""
    if SAID_BY.search(folded):
        return said_by(entry, context, library)
    return who_of(entry, context if _WHO.search(folded) else replace(context, told=""), library)


_WHO = re.compile(r"\b(?:qui|ki|quel|quelle|quels|quelles|kel|nom|noms)\b")
_AGAINST = re.compile(r"\b(?:ou|vs|versus|entre|lequel|laquelle|lesquels|difference|compar\w*|mieux|plus|meilleur\w*)\b")
_COMPARES = re.compile(r"\b(?:difference|compar\w*|par rapport|versus|vs|contrairement|a cote de)\b")


def about_last(said: Understanding, context: Context, library: Library) -> Reply | None:
    """Return the reply to a question that leans on what was just said, or None where it stands on its own.

    « qu'est-ce qu'elle y publie ? » stays with the last entry; « et sur Messenger ? » changes the filter.
    """
    entry = library.get(context.last or "")
    if entry is None:
        return None
    folded = key(said.text)
    size = len(folded.split())
    if (_FOLLOWS.match(folded) and size <= 6) or (context.told == "list" and size <= 7):
        reply = narrowed(said, context, library)
        if reply is not None:
            return reply
        listed = _listed(said, context, library)
        if listed is not None:
            return tell(listed, context, library)
    if size <= LONGEST_ABOUT and _COMPARES.search(folded) and named_entry(said, library) not in (None, entry):
        return compare(said, context, library)
    best = said.best
    unsure = best is None or best.probability < SURE_NEW
    side = next((tell_side for words, tell_side in SIDES if words.search(folded)), None)
    leans = _ANAPHORA.search(folded) or (side and _FOLLOWS.match(folded))
    if size > LONGEST_ABOUT or named_entry(said, library) is not None:
        return None
    if _REMEDY.search(folded):
        return tell_more(entry, context, library)
    return (side or tell_more)(entry, context, library) if unsure and leans else None


def choose_listed(said: Understanding, context: Context, library: Library) -> Reply | None:
    """Return the entry of the list just shown that « laquelle parle de … » means, or None where that is not asked."""
    if context.told != "list" or context.listing is None or not _WHICH.match(key(said.text)):
        return None
    within = [c for c in said.candidates if c.id in context.listing.ids]
    if within:
        return tell(library[within[0].id], context, library)
    found = [id for id, _ in index(library).search(said.text, most=len(library)) if id in context.listing.ids]
    return tell(library[found[0]], context, library) if found else None


def narrowed(said: Understanding, context: Context, library: Library) -> Reply | None:
    """Return the reply to a changed filter (« et sur TikTok ? », « et Wendy's ? »), or None where none is stated."""
    named = named_entry(said, library)
    if named is not None:
        return tell(named, context, library)
    stated: dict[str, Any] = {k: v for k, v in listing.wanted_by(said, None).stated().items() if k in ("platform", "sector", "year")}
    if not stated:
        return None
    last = library.get(context.last or "")
    if last is not None and set(stated) == {"year"} and context.told != "list":
        reply = in_year(str(stated["year"]), last, context, library)
        if reply is not None:
            return reply
    kind = (context.listing.wanted.get("kind") if context.listing else None) or (last.kind if last else "cas")
    tried = [{**(context.listing.wanted if context.listing else {}), **stated}, {"kind": kind, **stated}, {"kind": "cas", **stated}]
    for wanted in tried:
        found = library.select(Filter(**wanted))
        if found and wanted.get("kind") in ("cas", "sujet", "faq"):
            return tell(found[0], context, library) if len(found) == 1 else listing.show(Filter(**wanted), context, library)
    return listing.show(Filter(kind="cas", **stated), context, library)


def in_sector(said: Understanding, context: Context, library: Library) -> Reply | None:
    """Return the cases of the sector that an example is asked from (« avec des meubles »), or None where there are none."""
    found = library.select(Filter(kind="cas", sector=said.named("sector")))
    if not found:
        return None
    return tell(found[0], context, library) if len(found) == 1 else listing.show(listing.wanted_by(said, "cas"), context, library)


def by_position(said: Understanding, context: Context, library: Library) -> Reply | None:
    """Open the entry at the stated place of the latest list or of the buttons just offered."""
    ids = context.listing.page if context.listing else tuple(c.argument for c in context.fresh_choices if c.command == "open")
    place = position(said.text, len(ids))
    return tell(library[ids[place]], context, library) if place is not None and ids[place] in library else None


_ANY_LEFT = re.compile(r"\b(?:y en a|ya|en reste|reste t il|c est tout|c tout|encore d autres?|d autres)\b")


def another(said: Understanding, context: Context, library: Library) -> Reply:
    """Give another entry of the kind under discussion, never one already given; say so when there are no more."""
    listed = context.listing if context.told == "list" else None
    if listed and (listed.shown < len(listed.ids) or _ANY_LEFT.search(key(said.text))):
        return listing.next_page(context, library)
    if context.listing:
        unread = [id for id in context.listing.ids if id not in context.given_ids and id in library]
        if unread:
            return tell(library[unread[0]], context, library)
    last = library.get(context.last or "")
    if last is None:
        return listing.topics(context)
    if last.kind in ("cas", "conseil", "chiffre"):
        fresh = [e for e in library.of_kind(last.kind) if e.id not in context.given_ids]
        fresh.sort(key=lambda e: -closeness(e, last))
    else:
        fresh = [library[id] for id in last.related if id in library and id not in context.given_ids]
        fresh.sort(key=lambda e: e.kind != "cas")
        fresh = fresh or [e for e in library if e.theme == last.theme and e.id not in context.given_ids]
    if fresh:
        return tell(fresh[0], context, library)
    choices = (Choice("Voir les sujets", "topics"),)
    name = listing.KIND_NAMES[last.kind]
    return Reply((Say("utter_no_more", {"kind": name}),), "talked", context.with_choices(choices), choices=choices)


def linked(entry: Entry, other: Entry) -> bool:
    """Tell whether one of two entries names the other as related."""
    return entry.id in other.related or other.id in entry.related


def closeness(entry: Entry, other: Entry) -> float:
    """Return how alike two entries are: theme, form, shared platforms, links."""
    return (
        2.0 * (entry.form is not None and entry.form == other.form)
        + 1.5 * (entry.theme == other.theme)
        + 2.0 * linked(entry, other)
        + 0.3 * len(set(entry.platforms) & set(other.platforms))
    )


def recap(context: Context, library: Library) -> Reply:
    """Sum up the entries given lately, one line each."""
    entries = [library[id] for id in (context.given_ids or context.last_ids)[-5:] if id in library]
    lines = "\n".join(f"• {e.title} : {first_sentence(e.answer)}" for e in entries)
    context = replace(context, failures=0)
    last = context.last_ids or tuple(e.id for e in entries[-1:])
    ids = tuple(dict.fromkeys((*last[:1], *(e.id for e in entries))))
    source = listing.sources(entries)
    return Reply((Say("utter_recap", {"lines": lines, "source": source}),), "answered", context, ids, shown="recap")


def names_two(said: Understanding, library: Library) -> bool:
    """Tell whether a message sets two entries against each other by name: « Nike ou Wendy's, lequel … »."""
    ids = {library.names.get(key(n.value), [""])[0] for n in said.names if n.kind not in ("platform", "sector", "source")} - {""}
    return len(ids) >= 2 and _AGAINST.search(key(said.text)) is not None


def compare(said: Understanding, context: Context, library: Library) -> Reply:
    """Put two named entries side by side; with fewer than two names, answer what is likeliest."""
    ids: list[str] = []
    for name in said.names:
        carriers = library.names.get(key(name.value), []) if name.kind not in ("platform", "sector") else []
        ids += [id for id in carriers[:1] if id not in ids]
    if len(ids) == 1 and context.last and context.last not in ids:
        ids.insert(0, context.last)
    if len(ids) < 2:
        ids += [c.id for c in said.candidates if c.id not in ids and c.probability >= 0.15 and ids]
    if len(ids) < 2:
        return answer_question(said, context, library)
    pair = [library[id] for id in ids[:2]]
    lines = "\n".join(f"• {e.title} : {e.answer}" for e in pair)
    context = context.with_answer(tuple(e.id for e in pair))
    choices = tuple(Choice(e.label, "details", e.id) for e in pair)
    values = {"lines": lines, "source": listing.sources(pair)}
    return Reply(
        (Say("utter_compare", values),), "answered", context.with_choices(choices), context.last_ids, choices=choices, shown="compare"
    )


def first_sentence(text: str) -> str:
    """Return the first sentence of a text that says something: at least 40 characters."""
    end = re.match(r"(?s).{40,}?[.!?…](?=\s)", text)
    return text[: end.end()] if end else text


def _turn_to(said: Understanding, context: Context, library: Library) -> Reply:
    """Go where a correction, a return or a changed filter points."""
    reply = narrowed(said, context, library) if said.move == "narrow" else None
    if reply is not None:
        return reply
    named = named_entry(_without_denied(said) if said.move == "correct" else said, library)
    if named is not None:
        return tell(named, context, library)
    listed = _listed(said, context, library) if said.move == "narrow" else None
    if listed is not None:
        return tell(listed, context, library)
    if said.move == "narrow" and not said.names:
        return _narrow(said, context, library)
    total = sum(c.probability for c in said.candidates) or 1.0
    likely = [c.id for c in said.candidates if c.id in library and c.probability / total >= LIKELY_SHARE and c.probability >= LEAST_POINTED]
    if said.move == "back":
        before = [c.id for c in said.candidates if c.id in context.given_ids and c.probability / total >= LIKELY_SHARE / 4]
        likely = before or likely
    if likely:
        return tell(library[likely[0]], context, library)
    if said.move == "back" and len(context.given_ids) > 1:
        return tell(library[context.given_ids[-2]], context, library)
    if said.move == "correct":
        return suggest(near(said, library, 3), context, lead="utter_correct")
    return _else(said, context, library)


def _narrow(said: Understanding, context: Context, library: Library) -> Reply:
    """Tell what « et le sommeil, dans tout ça ? » leads to: for sure, or not far from what was told last; else what is near."""
    best, last = said.best, library.get(context.last or "")
    entry = library.get(best.id) if best else None
    akin = entry is not None and last is not None and (entry == last or linked(entry, last))
    if best is None or entry is None or best.probability < (LEAST_POINTED if akin else SURE_NEW):
        return suggest(near(said, library), context)
    return tell(entry, context, library)


def _listed(said: Understanding, context: Context, library: Library) -> Entry | None:
    """Return the likeliest entry of the list just shown, or None where there is no list, or none of it is likely at all."""
    ids = context.listing.ids if context.told == "list" and context.listing else ()
    return next((library[c.id] for c in said.candidates if c.id in ids and c.probability >= LEAST_LISTED), None)


def _without_denied(said: Understanding) -> Understanding:
    """Return a correction without the names that it denies: « non, pas Nike. Sephora »."""
    folded = key(said.text)
    denied = r"\b(?:pas|plutot que|au lieu)(?: d| de| du| des| l| la| le| les)? "
    kept = tuple(name for name in said.names if not re.search(denied + re.escape(key(name.typed or name.value)) + r"\b", folded))
    return replace(said, names=kept or said.names)


def _else(said: Understanding, context: Context, library: Library) -> Reply:
    """Answer a follow-up that has nothing to follow: as a question if it is one, else say what can be asked."""
    best = said.best
    if best is not None and best.probability >= 0.2:
        return answer_question(said, context, library)
    return refuse(said, context, library, lead="utter_nothing_to_follow")
