"""A talk without servers: turns that are understood as stated, over a small library."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from bot.dialogue.context import Context
from bot.dialogue.deciding import decide
from bot.dialogue.reply import Reply
from bot.dialogue.situation import Keeping, Kept, Situation
from bot.dialogue.understanding import Candidate, Named, Understanding
from bot.knowledge.library import Library
from bot.language.opening_hours import Hours
from tests.conftest import a_library, an_entry

LIBRARY = a_library(
    an_entry("faq/ventes", related=["chiffre/achats", "cas/nike", "faq/avis"], examples=["Instagram vend."], platforms=["Instagram"]),
    an_entry("faq/avis", theme="service-client", related=["faq/ventes", "cas/zappos"], examples=["Un avis public."]),
    an_entry("conseil/analyses", expert="Jane Doe", role="stratège des réseaux sociaux", related=["faq/ventes", "conseil/equilibre"]),
    an_entry("conseil/equilibre", expert="Mark Lee", role="consultant", related=["conseil/analyses", "faq/ventes"]),
    an_entry(
        "cas/nike", brands=["Nike"], people=["Colin Kaepernick"], platforms=["Instagram", "Twitter"], year=2018, form="campagne",
        sector="sport", related=["chiffre/nike", "cas/wendys"], examples=["Des athlètes."],
        figures=[{"value": "30 %", "text": "de ventes en plus", "source": "l’article"}],
    ),  # fmt: skip
    an_entry("cas/wendys", brands=["Wendy’s"], platforms=["Twitter"], form="campagne", sector="restauration", related=["cas/nike"]),
    an_entry("cas/zappos", brands=["Zappos"], platforms=["Twitter"], form="service client", related=["faq/avis"]),
    an_entry("cas/sephora", brands=["Sephora"], platforms=["Facebook Messenger"], form="outil", related=["faq/ventes"]),
    an_entry("cas/metoo", hashtags=["#MeToo"], year=2017, form="mouvement", theme="changement-social", related=["cas/nike"]),
    an_entry("cas/ikea", brands=["IKEA"], form="outil", related=["cas/sephora"]),
    an_entry("chiffre/nike", brands=["Nike"], figures=[{"value": "30 %", "text": "de ventes", "source": "l’article"}], related=["cas/nike", "faq/ventes"]),
    an_entry("chiffre/achats", figures=[{"value": "71 %", "text": "recommandent", "source": "Hootsuite"}], related=["faq/ventes", "chiffre/nike"]),
)  # fmt: skip


def said(text: str, label: str = "", candidates: dict[str, float] | None = None, **names: str) -> Understanding:
    """Return an understood message: `names` gives kind=value."""
    ranked = sorted((candidates or {}).items(), key=lambda c: -c[1])
    first = ranked[0][0] if ranked else ""
    found = tuple(Named(kind, value) for kind, value in names.items())
    return Understanding(text, label or first, 0.9, tuple(Candidate(i, p) for i, p in ranked), found)


@dataclass
class Talk:
    """Keeps the context from turn to turn."""

    library: Library = LIBRARY
    context: Context = field(default_factory=Context)
    reply: Reply | None = None
    turns: int = 0
    hours: Hours | None = None
    now: datetime.datetime = datetime.datetime(2026, 11, 23, 10, 0)
    kept: Kept = field(default_factory=Kept)
    keeping: Keeping = field(default_factory=Keeping)
    requests: int = 0

    def hears(self, understanding: Understanding) -> Reply:
        """Take one turn; the context goes through its slots, as between two processes."""
        self.turns += 1
        situation = Situation(f"t{self.turns}", self.now, self.hours, lambda: self.kept, self.keeping, lambda: self.requests)
        self.reply = decide(understanding, self.context, self.library, "visiteur", situation)
        self.context = Context.from_slots(self.reply.context.to_slots())
        return self.reply

    def asked(self, id: str) -> Reply:
        """Take a turn that asks for `id` outright."""
        return self.hears(said(f"parlez-moi de {id}", candidates={id: 0.9}))

    def presses(self, title: str) -> Reply:
        """Press the button of that title."""
        assert self.reply is not None
        button = next(c for c in self.reply.choices if c.title == title)
        return self.hears(said(button.token("visiteur"), "choice/pressed"))
