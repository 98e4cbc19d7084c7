"""Requests to the team, as the store counts them."""

from __future__ import annotations

import datetime

from sqlalchemy import update

from bot.store import handoffs
from bot.store.sessions import writing
from bot.store.tables import HandoffRow


def test_requests_of_the_last_hour_are_those_of_one_talk(store: str) -> None:
    for sender, question in (("widget.a", "un"), ("widget.a", "deux"), ("widget.a", "hier"), ("widget.b", "trois")):
        handoffs.keep(sender, "widget", "", "email", "nadia@exemple.fr", question, (), turn=question)
    now = datetime.datetime.utcnow()
    with writing() as session:
        session.execute(update(HandoffRow).where(HandoffRow.question == "hier").values(consented_at=now - datetime.timedelta(days=1)))
    assert handoffs.made_since("widget.a", now - datetime.timedelta(hours=1)) == 2
    assert handoffs.made_since("widget.c", now - datetime.timedelta(hours=1)) == 0
