"""What is kept about the visitor, said in words; and its erasure, once confirmed."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.choices import Choice
from bot.dialogue.context import Context
from bot.dialogue.reply import Reply, Say
from bot.dialogue.situation import Situation

ERASE = Choice("Supprimer mes données", "erase", "ask")


def tell_kept(context: Context, situation: Situation) -> Reply:
    """Say what is kept, why, how much of it there is and for how long."""
    kept, days = situation.kept(), situation.keeping
    lines = [
        _count(kept.messages, "message de vous"),
        _count(kept.questions, "question notée", "questions notées"),
        _count(kept.feedback, "avis donné", "avis donnés"),
        _count(kept.requests, "demande à l’équipe", "demandes à l’équipe"),
    ]
    values = {
        "lines": "\n".join(f"• {line}" for line in lines),
        "talks_days": days.talks, "questions_days": days.questions, "requests_days": days.requests,
    }  # fmt: skip
    choices = (ERASE, Choice("Voir les sujets", "topics"))
    return Reply((Say("utter_privacy", values),), "talked", context.with_choices(choices), choices=choices)


def ask_to_erase(context: Context) -> Reply:
    """Ask whether everything shall really be erased."""
    choices = (Choice("Oui, supprimer", "erase", "yes"), Choice("Non, garder", "erase", "no"))
    return Reply((Say("utter_erase"),), "talked", context.with_choices(choices), choices=choices)


def erase(argument: str, context: Context) -> Reply:
    """Do what a button about erasure stands for."""
    if argument == "ask":
        return ask_to_erase(context)
    if argument == "no":
        return Reply((Say("utter_erase_kept"),), "talked", context)
    return Reply((Say("utter_erased"),), "talked", replace(Context(), greeted=True), event="erase")


def _count(number: int, one: str, many: str = "") -> str:
    name = one if number < 2 else many or one.replace(" ", "s ", 1)
    return f"{number or 'aucun' + ('e' if one.split()[0] in ('question', 'demande') else '')}\u00a0{name}"
