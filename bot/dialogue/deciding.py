"""The whole decision of one turn: which of the ways to reply fits what was understood."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.dialogue import handing_over, listing, privacy, small_talk
from bot.dialogue.answering import answer_both, answer_question, bare_keyword, named_entry, refuse, tell, tell_examples, tell_more
from bot.dialogue.choices import Choice, pressed
from bot.dialogue.context import Context
from bot.dialogue.following import about_last, by_position, choose_listed, compare, follow, names_two
from bot.dialogue.reply import Reply, Say
from bot.dialogue.sides import source_of
from bot.dialogue.situation import Situation
from bot.dialogue.understanding import Understanding
from bot.knowledge.entry import KINDS, Entry
from bot.knowledge.library import Library
from bot.language.folding import key
from bot.language.positions import names_a_place, position
from bot.language.tokens import is_token

SURE_LABEL = 0.5
"""Confidence below which a label is doubted where the words or the context say otherwise."""

MOST_JUDGED = 20
"""Verdicts remembered, so that a second one on the same answer is told apart."""

LEAST_LEANING, SURE_OUTSIDE, LONGEST_LEANING = 0.08, 0.85, 6
"""A message of so few words that is perhaps out of scope, and perhaps a follow-up, is one while a talk is under way."""

NO_QUESTION = ("hostile", "gibberish", "other_language")
"""Kinds of messages out of scope that ask nothing the team could answer."""

_HELPED = re.compile(
    r"^(?!.*\b(?:pas|rien|peu|plus|moins|jamais)\b)(?:\w+ ){0,5}(?:utile|aidee?|clair|parfait|super|genial|exactement ca)\b(?: \w+){0,3}$"
)

REASONS = {"sujet": "Hors sujet", "vague": "Trop vague", "date": "Plus à jour", "autre": "Autre raison"}


def decide(said: Understanding, context: Context, library: Library, conversation: str, situation: Situation | None = None) -> Reply:
    """Return the reply to one understood message of `conversation`."""
    situation = situation or Situation()
    if context.form is None:
        return _with_turn(_decide(said, context, library, conversation, situation), said, situation)
    button = pressed(said.text, context.offered, context.fresh_choices, conversation)
    place = _typed_place(said, context)
    button = button or (context.fresh_choices[place] if place is not None else _about_erasing(said, context))
    if button is not None and button.command == "form":
        return handing_over.press(button.argument, context, situation)
    if button is not None or is_token(said.text):
        reply = press(button, context, library, situation) if button else Reply((Say("utter_button_expired"),), "talked", context)
        return handing_over.aside(reply, context) if reply.context.form else reply

    def otherwise(within: Context) -> Reply:
        return _decide(said, within, library, conversation, situation)

    return handing_over.take(said, context, situation, otherwise)


def _with_turn(reply: Reply, said: Understanding, situation: Situation) -> Reply:
    """Offer the reply's own buttons and no older ones; remember the question, for the form to propose; let an answer be judged."""
    context = reply.context.with_choices(reply.choices)
    if reply.outcome != "talked" and is_question(said) and not is_token(said.text) and sum(c.isalpha() for c in said.text) >= 3:
        context = replace(context, asked=said.text[: handing_over.LONGEST_QUESTION])
    if reply.outcome != "answered" or not reply.answers:
        return replace(reply, context=context)
    about = f"{situation.turn} {reply.answers[0]}"
    verdicts = (Choice("Utile", "useful", about), Choice("Pas utile", "not_useful", about))
    context = replace(context, answer_turn=situation.turn).with_verdicts(verdicts)
    return replace(reply, context=context, verdicts=verdicts)


def _decide(said: Understanding, context: Context, library: Library, conversation: str, situation: Situation) -> Reply:
    button = pressed(said.text, context.offered, context.fresh_choices, conversation)
    if button is not None:
        return press(button, context, library, situation)
    if is_token(said.text):
        return Reply((Say("utter_button_expired"),), "talked", context)
    typed = _typed_number(said, context, library, situation)
    if typed is not None:
        return typed
    label, family = said.label, said.label.partition("/")[0]
    if label == "handoff":
        return handing_over.start(context, situation)
    if label in ("thank", "nlu_fallback") and context.answer_turn and _HELPED.match(key(said.text)):
        return feedback(True, context)
    if names_two(said, library):
        return compare(said, context, library)
    if family in ("out_of_scope", "nlu_fallback") and leans(said, context):
        return follow(replace(said, label=said.leaning[0]), context, library)
    if label == "ask_privacy":
        return privacy.tell_kept(context, situation)
    if label == "erase_data":
        return privacy.ask_to_erase(context)
    if label == "out_of_scope/other_language":
        return small_talk.converse("other_language", context, said.text)
    if label in small_talk.SENTENCES or label == "greet":
        return small_talk.converse(label, context, said.text)
    among = choose_listed(said, context, library)
    if among is not None:
        return among
    if family != "list" and said.confidence < SURE_LABEL:
        listed = listing.asked_outright(said, context, library)
        if listed is not None:
            return listed
    if family in ("feedback", "list", "choice") and said.confidence < SURE_LABEL:
        leaning = about_last(said, context, library)
        if leaning is not None:
            return leaning
    if label in ("choice/affirm", "choice/deny"):
        return yes_or_no(label == "choice/affirm", context, library, situation)
    if label == "choice/none_of_these":
        return none_of_these(context)
    if label == "list/compare":
        return compare(said, context, library)
    about_subjects = label == "list/subjects" and listing.wanted_by(said, "sujet").theme is None
    keyword = bare_keyword(said, library) if about_subjects else None
    if keyword is not None:
        return tell(keyword, context, library)
    if family == "list":
        return listing.list_entries(said, context, library)
    if family == "feedback":
        return feedback(label == "feedback/useful", context)
    if family == "follow_up":
        return follow(said, context, library)
    reply = answer_both(said, context, library) if said.parts else None
    if reply is None and not (family == "out_of_scope" and said.confidence >= SURE_OUTSIDE):
        reply = about_last(said, context, library)
    if reply is not None:
        return reply
    if family in KINDS:
        return answer_question(said, context, library)
    named = named_entry(said, library, most_other_words=1)
    if named is not None and label == "out_of_scope/near_miss" and said.confidence >= SURE_LABEL:
        return refuse(said, context, library, lead="utter_refuse_detail", first=named)
    if named is not None and label != "out_of_scope/hostile":
        return tell(named, context, library)
    if label == "out_of_scope/gibberish":
        return refuse(said, context, library, lead="utter_not_understood")
    return refuse(said, context, library)


def is_question(said: Understanding) -> bool:
    """Tell whether a message asks something that makes sense on its own, as « et un autre ? » does not."""
    family, _, kind = said.label.partition("/")
    if family == "follow_up":
        return bool(said.names)  # « quel résultat a eu la campagne de Nike ? »
    if family == "out_of_scope" and kind in NO_QUESTION:
        return said.confidence < SURE_LABEL
    return family in (*KINDS, "list", "out_of_scope", "nlu_fallback")


def leans(said: Understanding, context: Context) -> bool:
    """Tell whether a short message that nothing claims is likelier about what was just said."""
    label, likely = said.leaning
    short = len(key(said.text).split()) <= LONGEST_LEANING
    return bool(context.last_ids) and short and likely >= LEAST_LEANING and said.confidence < SURE_OUTSIDE and label != "follow_up/narrow"


def press(button: Choice, context: Context, library: Library, situation: Situation) -> Reply:
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
    other: dict[str, Callable[[], Reply]] = {
        "next": lambda: listing.next_page(context, library),
        "list": lambda: listing.open_list(button.argument, context, library),
        "useful": lambda: feedback(True, context, button.argument),
        "not_useful": lambda: feedback(False, context, button.argument),
        "reason": lambda: reason(button.argument, context, library),
        "none": lambda: none_of_these(context),
        "human": lambda: handing_over.start(context, situation),
        "form": lambda: handing_over.press(button.argument, context, situation),
        "erase": lambda: privacy.erase(button.argument, context),
        "capabilities": lambda: small_talk.converse("ask_capabilities", context),
    }
    return other.get(button.command, lambda: listing.topics(context))()


def yes_or_no(yes: bool, context: Context, library: Library, situation: Situation) -> Reply:
    """Take « oui » for the first thing offered, « non » for nothing of it."""
    if yes and context.fresh_choices:
        return press(context.fresh_choices[0], context, library, situation)
    if not yes and any(c.command == "erase" for c in context.fresh_choices):
        return privacy.erase("no", context)
    if not yes and any(c.command == "none" for c in context.fresh_choices):
        return none_of_these(context)
    return Reply((Say("utter_go_on"),), "talked", context, choices=(Choice("Voir les sujets", "topics"),))


def feedback(useful: bool, context: Context, about: str = "") -> Reply:
    """Take a verdict on an answer, once; ask why when it did not help. `about`: turn and entry; empty: the latest."""
    turn, _, entry = about.partition(" ") if about else (context.answer_turn, "", context.last or "")
    if not turn or not entry:
        return Reply((Say("utter_thanks_useful"),), "talked", context) if useful else none_of_these(context)
    if turn in context.judged:
        return Reply((Say("utter_feedback_already"),), "talked", context)
    context = replace(context, judged=(*context.judged, turn)[-MOST_JUDGED:])
    if useful:
        return Reply((Say("utter_thanks_useful"),), "talked", context, event=f"useful:{turn} {entry}")
    choices = tuple(Choice(title, "reason", code) for code, title in REASONS.items())
    choices += (Choice("Parler à une personne", "human"),)
    return Reply((Say("utter_ask_reason"),), "talked", context.with_choices(choices), choices=choices, event=f"not_useful:{turn} {entry}")


def reason(code: str, context: Context, library: Library) -> Reply:
    """Thank for the reason and offer the next best thing."""
    last = library.get(context.last or "")
    nearest = [library[id] for id in last.related if id in library][:3] if last else []
    choices = tuple(Choice(e.question, "open", e.id) for e in nearest) + (Choice("Parler à une personne", "human"),)
    ids = tuple(e.id for e in nearest)
    return Reply(
        (Say("utter_thanks_reason"),), "talked", context.with_choices(choices), suggestions=ids, choices=choices, event=f"reason:{code}"
    )  # fmt: skip


def none_of_these(context: Context) -> Reply:
    """Ask to rephrase once; the next time, offer a person."""
    context = replace(context, failures=context.failures + 1)
    human = Choice("Parler à une personne", "human")
    choices = (human, Choice("Voir les sujets", "topics")) if context.failures > 1 else (Choice("Voir les sujets", "topics"), human)
    return Reply((Say("utter_rephrase"),), "refused", context.with_choices(choices), choices=choices)


def _typed_place(said: Understanding, context: Context) -> int | None:
    """Return which of the latest buttons a bare « 2 » means, counted from 0."""
    words = key(said.text).split()
    if not words or len(words) > 2 or not words[-1].isdigit() or len(words[-1]) > 2:
        return None
    return position(said.text, len(context.fresh_choices))


def _about_erasing(said: Understanding, context: Context) -> Choice | None:
    """Return the button that « oui » or « non » means where erasing was just asked about: the form's own question comes after it."""
    folded = key(said.text)
    wanted = "no" if handing_over.refuses(said, folded) else "yes" if handing_over.agrees(said, folded) else ""
    return next((c for c in context.fresh_choices if c.command == "erase" and c.argument == wanted), None)


def _typed_number(said: Understanding, context: Context, library: Library, situation: Situation) -> Reply | None:
    """Return what a bare « 2 » or « la deuxième » chooses among the latest list or buttons."""
    words = key(said.text).split()
    if context.listing and context.told == "list" and words and (names_a_place(said.text) or said.move == "position"):
        entry = by_position(said, context, library)
        if entry is not None:
            return entry
    place = _typed_place(said, context)
    return press(context.fresh_choices[place], context, library, situation) if place is not None else None
