"""From a reply to Rasa messages: the one place that builds texts, buttons and `custom`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from bot.dialogue.reply import Reply
from bot.knowledge.entry import Entry, section_title
from bot.knowledge.library import Library


def send(reply: Reply, dispatcher: CollectingDispatcher, library: Library, conversation: str) -> None:
    """Hand a reply to Rasa: first `custom` (answers, fallback, feedback), then the bubbles; buttons go on the last one.

    `custom` comes first so that the shell, which makes only the last message's buttons selectable, shows them.
    """
    custom = custom_of(reply, library)
    if reply.verdicts:
        custom["feedback"] = {c.command: c.token(conversation) for c in reply.verdicts}
    if custom:
        dispatcher.utter_message(json_message=custom)
    buttons = [{"title": c.title, "payload": c.token(conversation)} for c in reply.choices]
    for number, say in enumerate(reply.says, 1):
        last = number == len(reply.says)
        dispatcher.utter_message(response=say.response, buttons=buttons if last else None, **say.values)


def custom_of(reply: Reply, library: Library) -> dict[str, Any]:
    """Return what programs read of a reply: the evaluation's contract (FORMAT.md) and the widget's layout."""
    custom: dict[str, Any] = {}
    if reply.answers:
        custom["answers"] = [
            brief(library[id]) | {"source": source_of(reply, library[id]), "card": card(library[id])}
            for id in reply.answers
            if id in library
        ]
        custom["shown"] = reply.shown
    if reply.event == "erase":
        custom["erased"] = True
    if reply.context.form is not None:
        custom["form"] = reply.context.form.step
    if reply.outcome in ("unsure", "refused") or reply.suggestions:
        suggestions = [brief(library[id]) for id in reply.suggestions if id in library]
        custom["fallback"] = {"outcome": reply.outcome, "suggestions": suggestions}
    return custom


def source_of(reply: Reply, entry: Entry) -> str:
    """Return the source that goes with an answer: the one that its text names, which may be of a part of the entry only."""
    named = [str(say.values["source"]) for say in reply.says if "source" in say.values] if len(reply.answers) == 1 else []
    return named[0] if named else entry.source


def brief(entry: Entry) -> dict[str, Any]:
    """Return an entry's id, kind and title."""
    return {"id": entry.id, "kind": entry.kind, "title": entry.title}


def card(entry: Entry) -> dict[str, Any]:
    """Return what a channel may show of an entry beside its text; a figure goes with its own source."""
    shown: dict[str, Any] = {"section": section_title(entry.section), "checked": entry.checked}
    if entry.kind == "cas":
        shown |= {"brands": list(entry.brands), "year": entry.year, "platforms": list(entry.platforms)}
    if entry.kind in ("cas", "chiffre") and entry.figures:
        shown["figure"] = asdict(entry.figures[0])
    return shown
