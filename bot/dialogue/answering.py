"""Answers from one entry, suggestions when unsure, and a kind refusal."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.choices import Choice
from bot.dialogue.context import Context
from bot.dialogue.reply import Reply, Say
from bot.dialogue.understanding import Understanding
from bot.knowledge.choosing import Answered, Unsure, choose
from bot.knowledge.entry import Entry
from bot.knowledge.library import Library
from bot.knowledge.search import content_words, index
from bot.language.folding import words
from bot.language.sounds import sound

PLENTY = 2
"""Failures in a row after which a person is offered first."""

NEAR_SHARE = 0.1
"""Least share among the entries for being offered as near."""

SURE_WHOLE = 0.6
"""Probability from which a message as a whole asks for one entry, whatever its halves seem to ask for."""

LONGEST_AGAIN = 8
"""Words up to which a question that leads to the answer just given wants more of it rather than the same once more."""

LONGEST_KEYWORD = 6
"""Most words of a message that is a bare keyword: « bon dsl. c koi les influenceurs »."""

MOST_KEYWORD = 5
"""How many of the likeliest entries a bare keyword is looked for in."""

STARTERS = ("faq/ventes", "cas/nike-dream-crazy", "sujet/temps-ecran")
"""Entries offered to somebody who does not know what to ask."""


def answer_question(said: Understanding, context: Context, library: Library) -> Reply:
    """Answer the likeliest entry, or suggest, or refuse."""
    named = named_entry(said, library)
    if named is not None:
        return tell(named, context, library)
    chosen = choose([(c.id, c.probability) for c in said.candidates if c.id in library])
    if isinstance(chosen, Answered):
        again = chosen.id == context.last and context.told == "answer" and len(said.text.split()) <= LONGEST_AGAIN
        return (tell_more if again else tell)(library[chosen.id], context, library)
    keyword = bare_keyword(said, library)
    if keyword is not None:
        return tell(keyword, context, library)
    if isinstance(chosen, Unsure):
        return suggest([library[id] for id in chosen.ids], context)
    return refuse(said, context, library)


def answer_both(said: Understanding, context: Context, library: Library) -> Reply | None:
    """Answer two questions of one message: both where both are plainly asked, else the likelier with the other offered."""
    ids = [id for id in said.parts if id in library]
    best = said.best
    if len(ids) != 2 or (best is not None and best.probability >= SURE_WHOLE and best.id not in ids):
        return None
    if said.text.count("?") < 2 and best is not None and best.id in ids:
        first = tell(library[best.id], context, library)
        other = library[ids[0] if best.id == ids[1] else ids[1]]
        choices = (Choice(other.question, "open", other.id), *first.choices)
        return replace(first, context=first.context.with_choices(choices), choices=choices)
    says = tuple(Say("utter_answer", {"answer": library[id].answer, "source": library[id].source}) for id in ids)
    context = context.with_answer(tuple(ids))
    choices = tuple(Choice(f"Plus sur : {library[id].label}", "details", id) for id in ids)
    return Reply(says, "answered", context.with_choices(choices), tuple(ids), choices=choices, shown="both")


def named_entry(said: Understanding, library: Library, most_other_words: int = 2) -> Entry | None:
    """Return the entry that a message names outright: a name in it, and at most that many other words that count."""
    for name in said.names:
        if name.kind in ("platform", "sector", "source", "year"):
            continue
        ids = library.names.get(" ".join(words(name.value)).replace("#", "")) or []
        if not ids:
            continue
        rest = set(content_words(said.text)) - set(content_words(name.value)) - set(content_words(name.typed))
        if not rest:
            return library[ids[0]]  # a bare name means its story, not one figure of it
        likely = [c.id for c in said.candidates[:3] if c.id in ids]
        if likely:
            return library[likely[0]] if said.candidates[0].probability < 0.5 or said.candidates[0].id in ids else None
        if len(rest) <= most_other_words:
            return library[ids[0]]
    return None


def tell(entry: Entry, context: Context, library: Library, lead: str = "") -> Reply:
    """Give an entry's short answer with its source. `lead`: a response of the domain that goes before it.

    The list under way stays open when the entry is on it, so that « la deuxième » and « un autre » still work.
    """
    says: tuple[Say, ...] = (Say("utter_answer", {"answer": entry.answer, "source": entry.source}),)
    if lead:
        says = (Say(lead, {"title": entry.title}), *says)
    listing = context.listing if context.listing and entry.id in context.listing.ids else None
    context = context.with_answer((entry.id,), listing=listing)
    choices = (Choice("Dites-m’en plus", "details", entry.id), *onward(entry, context, library, 2))
    return Reply(says, "answered", context.with_choices(choices), context.last_ids, choices=choices, shown="answer")


def tell_more(entry: Entry, context: Context, library: Library) -> Reply:
    """Give what the short answer left out: details first, then examples and figures, then related entries."""
    if context.last == entry.id and context.told == "details" and entry.examples:
        return tell_examples(entry, context, library)
    if context.last == entry.id and context.told in ("details", "examples"):
        choices = (*onward(entry, context, library, 3), Choice("Poser à une personne", "human"))
        context = replace(context.with_choices(choices), failures=0)
        return Reply(
            (Say("utter_all_told", {"title": entry.title}),), "answered", context, (entry.id,), choices=choices, shown="all_told"
        )  # fmt: skip
    figures = " ".join(f.sentence() + "." for f in entry.figures if not f.stands_in(f"{entry.answer} {entry.details}"))
    details = f"{entry.details} {figures}".strip()
    context = context.with_answer((entry.id,), "details", context.listing)
    examples = (Choice("Un exemple", "example", entry.id),) if entry.examples else ()
    choices = (*examples, Choice("D’où ça vient ?", "source", entry.id), *onward(entry, context, library, 1))
    says = (Say("utter_answer", {"answer": details, "source": entry.source_for(details)}),)
    return Reply(says, "answered", context.with_choices(choices), (entry.id,), choices=choices, shown="details")


def tell_examples(entry: Entry, context: Context, library: Library) -> Reply:
    """Give the entry's concrete examples; a case study or a tip is its own example, so a related case is told."""
    if not entry.examples:
        cases = [library[id] for id in entry.related if id.startswith("cas/") and id not in context.given_ids]
        return tell(cases[0], context, library, lead="utter_example_case") if cases else tell_more(entry, context, library)
    context = context.with_answer((entry.id,), "examples", context.listing)
    choices = onward(entry, context, library, 3)
    text = " ".join(entry.examples) if len(entry.examples) == 1 else "\n".join(f"• {e}" for e in entry.examples)
    says = (Say("utter_answer", {"answer": text, "source": entry.source_for(text)}),)
    return Reply(says, "answered", context.with_choices(choices), (entry.id,), choices=choices, shown="examples")


def bare_keyword(said: Understanding, library: Library) -> Entry | None:
    """Return the likely entry whose title holds every word of a message of one or two words that count, by ear."""
    if len(said.text.split()) > LONGEST_KEYWORD or said.named("platform") is not None:
        return None
    heard = {sound(w.rstrip("s")) for w in content_words(said.text) if len(w) > 3}
    if not 1 <= len(heard) <= 2:
        return None
    for candidate in said.candidates[:MOST_KEYWORD]:
        entry = library.get(candidate.id)
        if entry and heard <= {sound(w.rstrip("s")) for w in content_words(f"{entry.title} {entry.label}")}:
            return entry
    return None


def suggest(entries: list[Entry], context: Context, lead: str = "utter_unsure") -> Reply:
    """Offer the likeliest entries as buttons; the second time in a row, a person as well."""
    context = replace(context, failures=context.failures + 1)
    choices = tuple(Choice(e.question, "open", e.id) for e in entries[:4])
    last = Choice("Parler à une personne", "human") if context.failures >= PLENTY else Choice("Aucun de ces sujets", "none")
    choices = (*choices, last)
    ids = tuple(e.id for e in entries[:4])
    return Reply((Say(lead),), "unsure", context.with_choices(choices), suggestions=ids, choices=choices)


def refuse(said: Understanding, context: Context, library: Library, lead: str = "utter_refuse", first: Entry | None = None) -> Reply:
    """Say kindly that Réso does not know, with the nearest thing that it does know (`first`); then the way to a person."""
    context = replace(context, failures=context.failures + 1)
    nearest = ([first] if first else []) + [e for e in near(said, library) if e is not first][: 2 if first else 3]
    choices = tuple(Choice(e.question, "open", e.id) for e in nearest)
    choices += (Choice("Voir les sujets", "topics"),)
    if context.failures >= PLENTY:
        lead = "utter_refuse_again"
        choices = (Choice("Parler à une personne", "human"), *choices)
    ids = tuple(e.id for e in nearest)
    return Reply((Say(lead),), "refused", context.with_choices(choices), suggestions=ids, choices=choices)


def near(said: Understanding, library: Library, most: int = 3) -> list[Entry]:
    """Return the entries nearest to a message: likely ones first, then those that share its words, then starters.

    Likely is meant among the entries: how sure it is that any entry answers does not count here.
    """
    total = sum(c.probability for c in said.candidates) or 1.0
    likely = [c.id for c in said.candidates[:3] if c.probability / total >= NEAR_SHARE]
    sharing = [id for id, score in index(library).search(said.text) if score >= 3.0]
    ids = dict.fromkeys(id for id in (*likely, *sharing, *STARTERS) if id in library)
    return [library[id] for id in list(ids)[:most]]


def onward(entry: Entry, context: Context, library: Library, most: int) -> tuple[Choice, ...]:
    """Return buttons to related entries that were not given yet, a case study before others."""
    fresh = [id for id in entry.related if id in library and id not in context.given_ids]
    fresh.sort(key=lambda id: not id.startswith("cas/") if not entry.id.startswith("cas/") else id.startswith("cas/"))
    return tuple(Choice(library[id].title, "open", id) for id in fresh[:most])
