"""Answer, suggest, refuse, and never a dead end."""

from bot.dialogue.context import Context
from tests.dialogue.talking import LIBRARY, Talk, said


def test_a_sure_question_gets_the_answer_with_its_source_and_ways_on() -> None:
    reply = Talk().asked("faq/ventes")
    assert reply.answers == ("faq/ventes",)
    assert reply.says[-1].values["answer"].startswith("Réponse de faq/ventes")
    assert "FAQ, question 3" in reply.says[-1].values["source"]
    assert [c.command for c in reply.choices] == ["details", "open", "open"]


def test_a_doubtful_question_gets_buttons_not_an_answer() -> None:
    reply = Talk().hears(said("les clients", candidates={"faq/ventes": 0.2, "faq/avis": 0.18}))
    assert reply.answers == ()
    assert reply.suggestions == ("faq/ventes", "faq/avis")
    assert reply.choices[-1].command == "none"


def test_an_unknown_question_is_refused_with_something_near() -> None:
    reply = Talk().hears(said("quel temps demain", "out_of_scope/off_topic"))
    assert reply.outcome == "refused"
    assert reply.answers == ()
    assert reply.choices


def test_a_person_is_offered_after_two_failures() -> None:
    talk = Talk()
    first = talk.hears(said("blabla", "out_of_scope/off_topic"))
    second = talk.hears(said("blibli", "out_of_scope/off_topic"))
    assert "human" not in [c.command for c in first.choices]
    assert second.choices[0].command == "human"


def test_none_of_these_leads_to_rephrasing_then_to_a_person() -> None:
    talk = Talk()
    talk.hears(said("les clients", candidates={"faq/ventes": 0.2, "faq/avis": 0.18}))
    reply = talk.presses("Aucun de ces sujets")
    assert reply.says[0].response == "utter_rephrase"
    assert reply.choices[0].command == "human"


def test_a_name_alone_is_a_question() -> None:
    assert Talk().hears(said("zappos", candidates={"faq/avis": 0.3}, brand="Zappos")).answers == ("cas/zappos",)


def test_a_button_of_another_talk_does_nothing() -> None:
    talk = Talk()
    reply = talk.asked("faq/ventes")
    stolen = reply.choices[0].token("quelqu’un d’autre")
    assert talk.hears(said(stolen, "choice/pressed")).says[0].response == "utter_button_expired"
    assert talk.hears(said("choix:0000000000", "choice/pressed")).answers == ()


def test_an_old_button_still_works() -> None:
    talk = Talk()
    first = talk.asked("faq/ventes")
    talk.asked("cas/nike")
    talk.reply = first
    assert talk.presses("Dites-m’en plus").answers == ("faq/ventes",)


def test_a_context_that_cannot_be_read_is_a_fresh_one() -> None:
    assert Context.from_slots({"offered": 3, "listing": "x"}) == Context()
    assert Context.from_slots({}) == Context()


def test_every_reply_of_the_real_knowledge_has_a_way_on() -> None:
    for entry in LIBRARY:
        talk = Talk()
        assert talk.asked(entry.id).choices
        for _ in range(4):
            reply = talk.hears(said("et encore ?", "follow_up/more"))
            assert reply.says
            assert reply.choices
