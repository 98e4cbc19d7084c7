"""The whole decision of one turn: which of the ways to reply fits what was understood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.dialogue import listing
from bot.dialogue.answering import answer_question, named_entry, refuse, tell, tell_examples, tell_more
from bot.dialogue.choices import Choice, is_token, pressed
from bot.dialogue.context import Context
from bot.dialogue.following import about_last, by_position, choose_listed, compare, follow, source_of
from bot.dialogue.reply import Reply, Say
from bot.dialogue.understanding import Understanding
from bot.knowledge.entry import KINDS, Entry
from bot.knowledge.library import Library
from bot.language.folding import key
from bot.language.positions import position

SURE_LABEL = 0.5
"""Confidence below which a label is doubted where the words or the context say otherwise."""

REASONS = {"sujet": "Hors sujet", "vague": "Trop vague", "date": "Plus à jour", "autre": "Autre raison"}


def decide(said: Understanding, context: Context, library: Library, conversation: str) -> Reply:
    """Return the reply to one understood message of `conversation`."""
    button = pressed(said.text, context.offered, context.fresh_choices, conversation)
    if button is not None:
        return press(button, context, library)
    if is_token(said.text):
        return Reply((Say("utter_button_expired"),), "talked", context)
    typed = _typed_number(said, context, library)
    if typed is not None:
        return typed
    label, family = said.label, said.label.partition("/")[0]
    among = choose_listed(said, context, library)
    if among is not None:
        return among
    if family != "list" and said.confidence < SURE_LABEL and listing.asks_for_cases(said):
        return listing.show(listing.wanted_by(said, "cas"), context, library)
    if family in ("feedback", "list", "choice") and said.confidence < SURE_LABEL:
        leaning = about_last(said, context, library)
        if leaning is not None:
            return leaning
    if label in ("choice/affirm", "choice/deny"):
        return yes_or_no(label == "choice/affirm", context, library)
    if label == "choice/none_of_these":
        return none_of_these(context, library)
    if label == "list/compare":
        return compare(said, context, library)
    if family == "list":
        return listing.list_entries(said, context, library)
    if family == "feedback":
        return feedback(label == "feedback/useful", context, library)
    if family == "follow_up":
        return follow(said, context, library)
    reply = about_last(said, context, library)
    if reply is not None:
        return reply
    if family in KINDS:
        return answer_question(said, context, library)
    named = named_entry(said, library, most_other_words=1)
    if named is not None and label != "out_of_scope/hostile":
        return tell(named, context, library)
    if label == "out_of_scope/gibberish":
        return refuse(said, context, library, lead="utter_not_understood")
    return refuse(said, context, library)


def press(button: Choice, context: Context, library: Library) -> Reply:
    """Do what a button stands for."""
    entry = library.get(button.argument)
    tellers: dict[str, Callable[[Entry, Context, Library], Reply]] = {
        "open": tell,
        "details": tell_more,
        "example": tell_examples,
        "source": source_of,
    }
    if button.command in tellers and entry is not None:
        if button.command == "details" and context.last != entry.id:
            context = replace(context, told="")
        return tellers[button.command](entry, context, library)
    if button.command == "next":
        return listing.next_page(context, library)
    if button.command == "list":
        return listing.open_list(button.argument, context, library)
    if button.command in ("useful", "not_useful"):
        return feedback(button.command == "useful", context, library)
    if button.command == "reason":
        return reason(button.argument, context, library)
    if button.command == "none":
        return none_of_these(context, library)
    if button.command == "human":
        return Reply((Say("utter_handoff"),), "talked", replace(context, failures=0), event="human")
    return listing.topics(context)


def yes_or_no(yes: bool, context: Context, library: Library) -> Reply:
    """Take « oui » for the first thing offered, « non » for nothing of it."""
    if yes and context.fresh_choices:
        return press(context.fresh_choices[0], context, library)
    if not yes and any(c.command == "none" for c in context.fresh_choices):
        return none_of_these(context, library)
    return Reply((Say("utter_go_on"),), "talked", context, choices=(Choice("Voir les sujets", "topics"),))


def feedback(useful: bool, context: Context, library: Library) -> Reply:
    """Take a verdict on the latest answer; ask why when it did not help."""
    if context.last is None or not context.answer_turn:
        return Reply((Say("utter_thanks_useful" if useful else "utter_sorry_rephrase"),), "talked", context)
    if useful:
        return Reply((Say("utter_thanks_useful"),), "talked", context, event=f"useful:{context.last}")
    choices = tuple(Choice(title, "reason", code) for code, title in REASONS.items())
    choices += (Choice("Parler à une personne", "human"),)
    return Reply((Say("utter_ask_reason"),), "talked", context.with_choices(choices), choices=choices, event=f"not_useful:{context.last}")


def reason(code: str, context: Context, library: Library) -> Reply:
    """Thank for the reason and offer the next best thing."""
    last = library.get(context.last or "")
    nearest = [library[id] for id in last.related if id in library][:3] if last else []
    choices = tuple(Choice(e.question, "open", e.id) for e in nearest) + (Choice("Parler à une personne", "human"),)
    ids = tuple(e.id for e in nearest)
    return Reply(
        (Say("utter_thanks_reason"),), "talked", context.with_choices(choices), suggestions=ids, choices=choices, event=f"reason:{code}"
    )  # fmt: skip


def none_of_these(context: Context, library: Library) -> Reply:
    """Ask to rephrase once; the next time, offer a person."""
    context = replace(context, failures=context.failures + 1)
    human = Choice("Parler à une personne", "human")
    choices = (human, Choice("Voir les sujets", "topics")) if context.failures > 1 else (Choice("Voir les sujets", "topics"), human)
    return Reply((Say("utter_rephrase"),), "refused", context.with_choices(choices), choices=choices)


def _typed_number(said: Understanding, context: Context, library: Library) -> Reply | None:
    """Return what a bare « 2 » or « la deuxième » chooses among the latest list or buttons."""
    words = key(said.text).split()
    if not words or len(words) > 3:
        return None
    if context.listing and context.told == "list":
        return by_position(said, context, library) if said.move == "position" or words[-1].isdigit() else None
    if words[-1].isdigit() and len(words) <= 2:
        place = position(said.text, len(context.fresh_choices))
        return press(context.fresh_choices[place], context, library) if place is not None else None
    return None
