"""A case study as lines of text, for channels whose messages can be formatted. Pure."""

from __future__ import annotations

from bot.channels.message import Reply


def heading(reply: Reply) -> str:
    """Return what stands above the text of a case study: « **Nike** · 2018 · Instagram », then its key figure with its source.

    Bold as in docs/widget-protocol.md. Empty where the reply is not a case study given as an answer.
    """
    if reply.shown != "answer" or not reply.answers or reply.answers[0].kind != "cas":
        return ""
    case = reply.answers[0]
    facts = [f"**{', '.join(case.brands) or case.title}**"]
    if case.year:
        facts.append(str(case.year))
    if case.platforms:
        facts.append(", ".join(case.platforms))
    lines = [" · ".join(facts)]
    if case.figure:
        lines.append(f"**{case.figure.value}** {case.figure.text} ({case.figure.source})")
    return "\n".join(lines)
