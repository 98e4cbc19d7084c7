"""What a talk remembers stays small, however long it gets, and survives the way through the slots."""

from bot.dialogue.choices import Choice
from bot.dialogue.context import MOST_OFFERED, Context, Listing
from bot.dialogue.form import Form


def test_a_talk_of_a_thousand_turns_remembers_no_more_than_a_short_one() -> None:
    context = Context()
    for n in range(1000):
        context = context.with_answer((f"cas/{n}",)).with_choices((Choice(f"c{n}", "open", f"cas/{n}"),))
        context = context.with_verdicts((Choice("Utile", "useful", str(n)),))
    assert len(context.offered) == MOST_OFFERED
    assert len(str(context.to_slots())) < 10_000


def test_a_context_survives_the_way_through_the_slots() -> None:
    context = Context(
        last_ids=("faq/ventes",), told="list", listing=Listing("t", ("a", "b"), 1, {"kind": "cas"}), judged=("t1",), asked="?", greeted=True,
        form=Form(step="contact", name="Nadia", tries=1),
    )  # fmt: skip
    assert Context.from_slots(context.to_slots()) == context


def test_slots_that_make_no_sense_begin_anew() -> None:
    assert Context.from_slots({"listing": {"title": "x"}, "form": {"step": "nowhere"}}) == Context()


def test_verdict_buttons_are_pressed_but_not_counted() -> None:
    context = Context().with_choices((Choice("Un", "open", "a"), Choice("Deux", "open", "b")))
    context = context.with_verdicts((Choice("Utile", "useful", "t a"),))
    assert [c.title for c in context.fresh_choices] == ["Un", "Deux"]
    assert "Utile" in [c.title for c in context.offered]
