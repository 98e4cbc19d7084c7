"""Answer, suggest, refuse, and never a dead end."""

from bot.dialogue.context import Context
from tests.conftest import a_library, an_entry
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


def test_a_reply_without_buttons_leaves_none_of_the_one_before_to_be_taken_for_yes() -> None:
    talk = Talk()
    talk.hears(said("supprime mes données", "erase_data"))
    talk.presses("Non, garder")
    assert talk.hears(said("ok", "choice/affirm")).event == ""


def test_every_button_shown_can_be_pressed() -> None:
    talk = Talk()
    talk.hears(said("non", "choice/deny"))
    assert talk.presses("Voir les sujets").says[0].response == "utter_topics"
    talk.hears(said("les conseils", "list/tips"))
    assert talk.hears(said("il en reste ?", "follow_up/another")).says[0].response == "utter_list_end"
    assert talk.presses("Voir les sujets").says[0].response == "utter_topics"


def test_all_was_told_of_an_entry_without_examples_after_its_details() -> None:
    talk = Talk()
    talk.asked("chiffre/achats")
    assert talk.hears(said("dis-m'en plus", "follow_up/more")).shown == "details"
    assert talk.hears(said("dis-m'en plus", "follow_up/more")).shown == "all_told"
    assert talk.hears(said("encore", "follow_up/more")).shown == "all_told"


FIGURES = [{"value": "71 %", "text": "des clients recommandent", "source": "Hootsuite"}]


def test_details_repeat_no_figure_that_the_answer_gave() -> None:
    library = a_library(
        an_entry("faq/ventes", figures=FIGURES, answer="Soit 71 % des clients. Voilà."), an_entry("faq/avis", figures=FIGURES)
    )
    for id, times in (("faq/ventes", 0), ("faq/avis", 1)):
        talk = Talk(library)
        talk.asked(id)
        details = talk.hears(said("dis-m'en plus", "follow_up/more")).says[0].values["answer"]
        assert details.count("71 % des clients recommandent (source : Hootsuite)") == times


def test_details_and_examples_name_a_publisher_only_where_they_hold_its_figure() -> None:
    entry = an_entry("faq/ventes", figures=FIGURES, answer="Soit 71 % des clients. Voilà.", examples=["Une boutique."])
    talk = Talk(a_library(entry))
    assert "Hootsuite" in talk.asked("faq/ventes").says[0].values["source"]
    for label in ("more", "example"):
        source = talk.hears(said("et encore ?", f"follow_up/{label}")).says[0].values["source"]
        assert "Hootsuite" not in source
        assert "FAQ, question 3" in source
