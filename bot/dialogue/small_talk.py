"""Moves that one sentence answers: greetings, thanks, who Réso is, what it can do."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.choices import Choice
from bot.dialogue.context import Context
from bot.dialogue.reply import Reply, Say
from bot.language.recognising import other_language

STARTERS = (
    Choice("Est-ce que ça fait vendre ?", "open", "faq/ventes"),
    Choice("Quels sont les risques ?", "list", "defis"),
    Choice("Des exemples de marques", "list", "cas"),
)
"""Three ways to begin, offered with the first greeting."""

LISTS = (
    Choice("Les sujets", "topics"),
    Choice("Les conseils d’experts", "list", "conseil"),
    Choice("Les études de cas", "list", "cas"),
    Choice("Les chiffres", "list", "chiffre"),
)

SENTENCES = {
    "thank": "utter_thank",
    "goodbye": "utter_goodbye",
    "chitchat": "utter_chitchat",
    "ask_identity": "utter_identity",
    "ask_capabilities": "utter_capabilities",
    "cancel": "utter_cancel",
    "insult": "utter_insult",
    "other_language": "utter_other_language",
}
"""Label to sentence of the domain."""

SPOKEN = {
    "en": "utter_other_language_en", "es": "utter_other_language_es", "de": "utter_other_language_de", "it": "utter_other_language_it",
    "pt": "utter_other_language_pt", "nl": "utter_other_language_nl", "ar": "utter_other_language_ar", "ru": "utter_other_language_ru",
    "zh": "utter_other_language_zh",
}  # fmt: skip
"""Language code to the sentence, in that language, that Réso speaks French; English for the others."""


def greet(context: Context) -> Reply:
    """Say in one breath what Réso can do; to somebody greeted before, say less."""
    if context.greeted:
        choices: tuple[Choice, ...] = (Choice("Voir les sujets", "topics"),)
        return Reply((Say("utter_greet_again"),), "talked", context.with_choices(choices), choices=choices)
    context = replace(context, greeted=True)
    return Reply((Say("utter_greet"),), "talked", context.with_choices(STARTERS), choices=STARTERS)


def converse(label: str, context: Context, text: str = "") -> Reply:
    """Reply to a move that no entry answers."""
    if label == "greet":
        return greet(context)
    if label == "other_language":
        return Reply((Say(SPOKEN.get(other_language(text) or "", SENTENCES[label])),), "refused", context)
    choices: tuple[Choice, ...] = {
        "ask_capabilities": LISTS,
        "insult": (Choice("Parler à une personne", "human"), Choice("Voir les sujets", "topics")),
        "cancel": (Choice("Voir les sujets", "topics"),),
        "chitchat": STARTERS,
        "ask_identity": (Choice("Que savez-vous faire ?", "capabilities"), Choice("Parler à une personne", "human")),
    }.get(label, ())
    context = context.with_choices(choices) if choices else context
    return Reply((Say(SENTENCES[label]),), "talked", context, choices=choices)
