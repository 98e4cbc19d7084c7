"""What a talk remembers: a few explicit slots, read from and written back to the tracker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.dialogue.choices import Choice
from bot.dialogue.form import Form

MOST_GIVEN = 80
MOST_OFFERED = 60
LONGEST_HISTORY = 20


@dataclass(frozen=True)
class Listing:
    """A list under way: what it was asked for, every id of it, how many were shown."""

    title: str
    ids: tuple[str, ...]
    shown: int
    wanted: dict[str, Any]
    on_page: int = 5

    @property
    def page(self) -> tuple[str, ...]:
        """The ids last shown."""
        return self.ids[max(0, self.shown - self.on_page) : self.shown]


@dataclass(frozen=True)
class Context:
    """The slots of a talk. Field names are slot names."""

    last_ids: tuple[str, ...] = ()
    """Entries of the latest answer, the primary one first."""
    given_ids: tuple[str, ...] = ()
    """Entries already given, oldest first."""
    told: str = ""
    """How much of the latest entry was told: answer, details or examples."""
    listing: Listing | None = None
    offered: tuple[Choice, ...] = ()
    """Buttons offered, newest last."""
    fresh: int = 0
    """How many of `offered` belong to the latest reply: those that a typed number means."""
    failures: int = 0
    """Messages in a row that got no answer."""
    answer_turn: str = ""
    """Message id of the latest answered question: what feedback is about."""
    judged: tuple[str, ...] = ()
    """Turns whose answers have their verdict, newest last: one for each answer."""
    asked: str = ""
    """The latest question, as typed: what the form for a person proposes."""
    greeted: bool = False
    """Whether the talk had its greeting."""
    form: Form | None = None
    """The request to the team under way."""

    @property
    def last(self) -> str | None:
        """The latest primary entry."""
        return self.last_ids[0] if self.last_ids else None

    def with_answer(self, ids: tuple[str, ...], told: str = "answer", listing: Listing | None = None) -> Context:
        """Return the context after an answer with `ids`."""
        told_whole = () if told == "list" else ids
        given = tuple(i for i in self.given_ids if i not in told_whole) + told_whole
        return replace(self, last_ids=ids, given_ids=given[-MOST_GIVEN:], told=told, listing=listing, failures=0)

    def with_choices(self, choices: tuple[Choice, ...]) -> Context:
        """Return the context after offering `choices`."""
        kept = tuple(c for c in self.offered if c not in choices)
        return replace(self, offered=(kept + choices)[-MOST_OFFERED:], fresh=len(choices))

    def with_verdicts(self, verdicts: tuple[Choice, ...]) -> Context:
        """Return the context with the two verdict buttons of an answer, which no typed number means."""
        at = len(self.offered) - self.fresh
        return replace(self, offered=(*self.offered[:at], *verdicts, *self.offered[at:])[-MOST_OFFERED:])

    @property
    def fresh_choices(self) -> tuple[Choice, ...]:
        """The buttons of the latest reply, in the order shown."""
        return self.offered[len(self.offered) - self.fresh :] if self.fresh else ()

    @property
    def was_unsure(self) -> bool:
        """Whether the latest reply offered likely entries, rather than answering or refusing."""
        commands = {c.command for c in self.fresh_choices}
        return self.failures > 0 and "open" in commands and "topics" not in commands

    @classmethod
    def from_slots(cls, slots: Mapping[str, Any]) -> Context:
        """Read a context from slot values; what is missing or malformed becomes the default."""
        listing = slots.get("listing")
        try:
            return cls(
                last_ids=tuple(slots.get("last_ids") or ()),
                given_ids=tuple(slots.get("given_ids") or ()),
                told=str(slots.get("told") or ""),
                listing=Listing(
                    listing["title"], tuple(listing["ids"]), int(listing["shown"]), dict(listing["wanted"]), int(listing["on_page"])
                )
                if listing
                else None,
                offered=tuple(Choice(*c) for c in slots.get("offered") or ()),
                fresh=int(slots.get("fresh") or 0),
                failures=int(slots.get("failures") or 0),
                answer_turn=str(slots.get("answer_turn") or ""),
                judged=tuple(slots.get("judged") or ()),
                asked=str(slots.get("asked") or ""),
                greeted=bool(slots.get("greeted")),
                form=Form.from_slot(slots.get("form")),
            )
        except (KeyError, TypeError, ValueError):
            return cls()

    def to_slots(self) -> dict[str, Any]:
        """Return slot values that JSON can carry."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values |= {name: list(values[name]) for name in ("last_ids", "given_ids", "judged")}
        values["offered"] = [[c.title, c.command, c.argument] for c in self.offered]
        values["form"] = self.form.to_slot() if self.form else None
        values["listing"] = {**asdict(self.listing), "ids": list(self.listing.ids)} if self.listing else None
        return values
