"""Follow-ups lean on what was said before."""

import pytest

from bot.dialogue.understanding import Named, Understanding
from bot.knowledge.library import Library
from tests.conftest import a_library, an_entry
from tests.dialogue.talking import Talk, said


def test_more_tells_details_then_examples_then_says_that_all_was_told() -> None:
    talk = Talk()
    talk.asked("faq/ventes")
    assert talk.hears(said("dis-m'en plus", "follow_up/more")).shown == "details"
    assert talk.hears(said("encore", "follow_up/more")).shown == "examples"
    assert talk.hears(said("et puis ?", "follow_up/more")).shown == "all_told"


def test_another_never_repeats_and_says_when_there_are_no_more() -> None:
    talk = Talk()
    given = [talk.asked("cas/nike").answers[0]]
    for _ in range(5):
        given.append(talk.hears(said("un autre ?", "follow_up/another")).answers[0])
    assert sorted(given) == ["cas/ikea", "cas/metoo", "cas/nike", "cas/sephora", "cas/wendys", "cas/zappos"]
    assert talk.hears(said("encore un", "follow_up/another")).says[0].response == "utter_no_more"


def test_the_closest_case_comes_next() -> None:
    talk = Talk()
    talk.asked("cas/nike")
    assert talk.hears(said("du même genre ?", "follow_up/another")).answers == ("cas/wendys",)


@pytest.mark.parametrize(
    ("label", "shown", "values"),
    [
        ("ask_who", "who", "Nike, Colin Kaepernick"),
        ("ask_when", "when", "2018"),
        ("ask_where", "where", "Instagram et Twitter"),
        ("ask_result", "result", "30 %"),
        ("ask_source", "source", "l’article"),
    ],
)
def test_each_side_of_a_case_can_be_asked(label: str, shown: str, values: str) -> None:
    talk = Talk()
    talk.asked("cas/nike")
    reply = talk.hears(said("et ça ?", f"follow_up/{label}"))
    assert (reply.answers, reply.shown) == (("cas/nike",), shown)
    assert any(values in str(v) for v in reply.says[0].values.values())


def test_the_role_of_an_expert() -> None:
    talk = Talk()
    talk.asked("conseil/analyses")
    reply = talk.hears(said("elle fait quoi dans la vie ?", "follow_up/ask_who"))
    assert reply.says[0].values == {"name": "Jane Doe", "role": "stratège des réseaux sociaux"}


def test_a_pronoun_stays_with_the_last_entry() -> None:
    talk = Talk()
    talk.asked("cas/zappos")
    assert talk.hears(said("et qu'est-ce qu'ils y font ?", candidates={"faq/avis": 0.3})).answers == ("cas/zappos",)


@pytest.mark.parametrize(
    "text",
    ["et comment on sen protege", "Comment s’en protéger ?", "on peut s'en sortir ?", "comment y remédier ?", "et comment y faire face"],
)
def test_what_helps_against_it_is_told_by_the_last_entry(text: str) -> None:
    talk = Talk()
    talk.asked("faq/ventes")
    assert talk.hears(said(text, candidates={"faq/avis": 0.9})).answers == ("faq/ventes",)
    assert talk.reply is not None
    assert talk.reply.shown == "details"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("donne moi un exemple de marque qui a raté sa com", True),
        ("Un exemple d’influenceur qui a eu des ennuis ?", True),
        ("un exemple d'entreprise qui l'a fait ?", False),
        ("t'as un exemple de boîte qui fait ça ?", False),
        ("un exemple pour une petite entreprise", False),
    ],
)
def test_an_example_that_says_itself_of_what_is_a_question_of_its_own(text: str, own: bool) -> None:
    talk = Talk()
    talk.asked("faq/ventes")
    reply = talk.hears(said(text, "follow_up/example", candidates={"cas/wendys": 0.02, "cas/zappos": 0.01}))
    assert (reply.outcome, reply.shown) == (("unsure", "") if own else ("answered", "examples"))
    assert ("cas/wendys" in reply.suggestions) == own


@pytest.mark.parametrize("text", ["comment protéger mes données ?", "comment sortir de chez soi ?", "comment s'en servir pour vendre ?"])
def test_to_protect_something_named_is_a_question_of_its_own(text: str) -> None:
    talk = Talk()
    talk.asked("faq/ventes")
    assert talk.hears(said(text, candidates={"faq/avis": 0.9})).answers == ("faq/avis",)


def test_a_sure_new_question_leaves_the_last_entry() -> None:
    talk = Talk()
    talk.asked("cas/zappos")
    assert talk.hears(said("et les avis, ça compte ?", candidates={"faq/avis": 0.8})).answers == ("faq/avis",)


def test_a_changed_platform_changes_the_list() -> None:
    talk = Talk()
    assert set(talk.hears(said("des exemples sur twitter", "list/cases", platform="Twitter")).answers) == {
        "cas/nike",
        "cas/wendys",
        "cas/zappos",
    }
    assert talk.hears(said("et sur messenger ?", "follow_up/narrow", platform="Facebook Messenger")).answers == ("cas/sephora",)


def test_a_place_opens_the_entry_and_the_list_stays_open() -> None:
    talk = Talk()
    listed = talk.hears(said("montre des cas", "list/cases")).answers
    assert talk.hears(said("la deuxième", "follow_up/position")).answers == (listed[1],)
    assert talk.hears(said("la quatrième", "follow_up/position")).answers == (listed[3],)


def test_lists_come_in_pages_of_five() -> None:
    talk = Talk()
    first = talk.hears(said("tous les cas", "list/cases"))
    assert len(first.answers) == 5
    second = talk.hears(said("la suite", "follow_up/another"))
    assert len(second.answers) == 1
    assert not set(first.answers) & set(second.answers)


def test_a_typed_number_opens_from_the_list_or_presses_the_button() -> None:
    talk = Talk()
    listed = talk.hears(said("les conseils", "list/tips")).answers
    assert talk.hears(said("2", "out_of_scope/gibberish")).answers == (listed[1],)
    talk = Talk()
    talk.hears(said("les clients", candidates={"faq/ventes": 0.2, "faq/avis": 0.18}))
    assert talk.hears(said("2", "out_of_scope/gibberish")).answers == ("faq/avis",)


def test_a_typed_number_reaches_the_button_behind_the_list() -> None:
    """Where buttons are read as a numbered list, « La suite » is the sixth."""
    talk = Talk()
    first = talk.hears(said("tous les cas", "list/cases"))
    assert [choice.title for choice in first.choices][5:] == ["La suite"]
    second = talk.hears(said("6", "out_of_scope/gibberish"))
    assert second.answers
    assert not set(first.answers) & set(second.answers)


def test_which_of_them_chooses_in_the_list() -> None:
    talk = Talk()
    talk.hears(said("les conseils", "list/tips"))
    reply = talk.hears(said("laquelle parle de statistiques", candidates={"faq/ventes": 0.5, "conseil/analyses": 0.3}))
    assert reply.answers == ("conseil/analyses",)


def test_a_correction_goes_where_it_points() -> None:
    talk = Talk()
    talk.asked("cas/ikea")
    reply = talk.hears(said("je me suis trompé c'est zappos", "follow_up/correct", {"cas/ikea": 0.3}, brand="Zappos"))
    assert reply.answers == ("cas/zappos",)


def test_a_return_goes_back() -> None:
    talk = Talk()
    talk.asked("faq/avis")
    talk.asked("cas/nike")
    assert talk.hears(said("revenons aux avis", "follow_up/back", {"faq/avis": 0.4})).answers == ("faq/avis",)


def test_a_comparison_gives_both() -> None:
    reply = Talk().hears(said("nike ou wendy's ?", "list/compare", {"cas/nike": 0.5, "cas/wendys": 0.4}, brand="Nike"))
    assert reply.answers == ("cas/nike", "cas/wendys")


def test_a_recap_names_what_was_given() -> None:
    talk = Talk()
    talk.asked("faq/ventes")
    talk.asked("cas/nike")
    lines = talk.hears(said("résume", "follow_up/recap")).says[0].values["lines"]
    assert "Titre de faq/ventes" in lines
    assert "Titre de cas/nike" in lines


def test_a_follow_up_with_nothing_before_is_no_dead_end() -> None:
    for label in ("more", "another", "ask_source", "ask_who", "position", "back", "recap", "narrow", "correct", "repeat"):
        reply = Talk().hears(said("et alors ?", f"follow_up/{label}"))
        assert reply.says
        assert reply.choices, label


def test_yes_takes_the_first_thing_offered() -> None:
    talk = Talk()
    talk.asked("faq/ventes")
    assert talk.hears(said("oui", "choice/affirm")).shown == "details"


def test_feedback_asks_why_and_offers_the_next_best() -> None:
    talk = Talk()
    talk.asked("faq/ventes")
    reply = talk.hears(said("ça ne m'aide pas", "feedback/not_useful"))
    assert reply.event == "not_useful:t1 faq/ventes"
    reply = talk.presses("Trop vague")
    assert reply.event == "reason:vague"
    assert reply.suggestions


def test_more_after_an_offer_opens_the_likeliest_and_after_a_refusal_stays_with_the_answer() -> None:
    talk = Talk()
    talk.asked("cas/nike")
    talk.hears(said("les clients", candidates={"faq/ventes": 0.2, "faq/avis": 0.18}))
    assert talk.hears(said("vous pouvez préciser ?", "follow_up/more")).answers == ("faq/ventes",)
    talk.asked("cas/nike")
    talk.hears(said("quel temps demain", "out_of_scope/off_topic"))
    assert talk.hears(said("dis-m'en plus", "follow_up/more")).answers == ("cas/nike",)


def test_a_correction_goes_to_the_name_that_is_not_denied() -> None:
    talk = Talk()
    talk.asked("cas/nike")
    names = (Named("brand", "Nike", "Nike"), Named("brand", "Sephora", "Sephora"))
    corrected = Understanding("non, pas Nike. Sephora", "follow_up/correct", 0.9, names=names)
    assert talk.hears(corrected).answers == ("cas/sephora",)


def test_a_bare_name_means_its_story_rather_than_a_figure_of_it() -> None:
    assert Talk().hears(said("nike", "follow_up/narrow", {"chiffre/nike": 0.4}, brand="Nike")).answers == ("cas/nike",)


def test_a_year_that_the_last_answer_speaks_of_stays_with_it() -> None:
    library = a_library(
        an_entry("chiffre/marche", figures=[{"value": "9 milliards", "text": "de dollars en 2020", "source": "Influencer Hub"}]),
        an_entry("cas/nike", year=2020, brands=["Nike"]),
    )
    talk = Talk(library)
    talk.asked("chiffre/marche")
    reply = talk.hears(said("et en 2020 ?", "follow_up/narrow"))
    assert (reply.answers, "9 milliards" in str(reply.says)) == (("chiffre/marche",), True)
    talk.asked("chiffre/marche")
    assert talk.hears(said("et en 2020 pour Nike ?", "follow_up/narrow", brand="Nike")).answers == ("cas/nike",)


def test_an_example_from_a_sector_is_a_case_of_that_sector() -> None:
    talk = Talk()
    talk.asked("faq/ventes")
    assert talk.hears(said("un exemple dans le sport ?", "follow_up/example", sector="sport")).answers == ("cas/nike",)
    talk.asked("faq/ventes")
    assert talk.hears(said("un exemple dans l’agriculture ?", "follow_up/example", sector="agriculture")).answers == ("faq/ventes",)


def test_why_it_is_a_good_example_is_about_the_example() -> None:
    talk = Talk()
    talk.asked("cas/zappos")
    assert talk.hears(said("pourquoi est-ce un bon exemple ?", candidates={"faq/avis": 0.2})).answers == ("cas/zappos",)


@pytest.mark.parametrize("words", ["et qui l'a dit ?", "qui a dit ça", "qui affirme ça ?", "qui prétend ça", "qui raconte ça"])
@pytest.mark.parametrize(("id", "shown"), [("cas/nike", "source"), ("faq/ventes", "source"), ("conseil/analyses", "who")])
def test_who_says_so_is_the_expert_or_else_the_source(words: str, id: str, shown: str) -> None:
    for label in ("follow_up/ask_who", "faq/avis"):
        talk = Talk()
        talk.asked(id)
        reply = talk.hears(said(words, label, {"faq/avis": 0.1}))
        assert (reply.answers, reply.shown) == ((id,), shown)


def test_who_is_behind_what_is_no_case_is_who_published_its_figures() -> None:
    library = a_library(
        an_entry("sujet/ventes", people=["Trayvon Martin"], figures=[{"value": "7 %", "text": "de plus", "source": "Hootsuite"}]),
        an_entry(
            "sujet/causes",
            people=["Trayvon Martin"],
            names=["COVID-19"],
            figures=[{"value": "7 %", "text": "de plus", "source": "l’article"}],
        ),
    )
    talk = Talk(library)
    talk.asked("sujet/ventes")
    assert talk.hears(said("c'est qui ?", "follow_up/ask_who")).says[0].values["who"] == "Hootsuite"
    talk.asked("sujet/causes")
    assert talk.hears(said("c'est qui ?", "follow_up/ask_who")).shown == "source"


def test_who_repeats_no_answer_that_was_just_given() -> None:
    talk = Talk()
    talk.asked("cas/nike")
    assert talk.hears(said("c'est qui ?", "follow_up/ask_who")).says[0].response == "utter_who_only"
    talk.hears(said("dis-m'en plus", "follow_up/more"))
    assert talk.hears(said("c'est qui ?", "follow_up/ask_who")).says[0].response == "utter_who"


def test_nobody_of_the_real_knowledge_is_behind_a_movement_that_only_names_them(known: Library) -> None:
    for id in ("cas/black-lives-matter", "sujet/plaidoyer"):
        talk = Talk(known)
        talk.asked(id)
        assert "Zimmerman" not in str(talk.hears(said("c'est qui ?", "follow_up/ask_who")).says[0].values)
    assert "cas/black-lives-matter" in known.names["trayvon martin"]


@pytest.mark.parametrize(("probability", "outcome"), [(0.16, "unsure"), (0.5, "answered")])
def test_a_narrower_question_without_name_or_filter_is_answered_only_where_it_is_sure(probability: float, outcome: str) -> None:
    talk = Talk()
    talk.asked("faq/avis")
    reply = talk.hears(said("et pour les ados ?", "follow_up/narrow", {"cas/metoo": probability}))
    assert reply.outcome == outcome
    assert "cas/metoo" in (reply.answers or reply.suggestions)


def test_what_is_near_to_what_was_told_last_needs_to_be_less_sure() -> None:
    talk = Talk()
    talk.asked("faq/ventes")
    assert talk.hears(said("et les avis, dans tout ça ?", "follow_up/narrow", {"faq/avis": 0.16})).answers == ("faq/avis",)


def test_what_does_not_ask_for_a_name_gets_more_than_one() -> None:
    talk = Talk()
    talk.asked("cas/zappos")
    assert talk.hears(said("ils vendent quoi, eux ?", "follow_up/ask_who")).says[0].response == "utter_who"


@pytest.mark.parametrize(("field", "shown"), [("answer", "answer"), ("details", "details"), ("figures", "result")])
def test_the_year_that_a_text_holds_is_told_where_the_entry_has_none_of_its_own(field: str, shown: str) -> None:
    text = "Le marché double en 2021. Il croît encore."
    given = {field: [{"value": "9", "text": text, "source": "l’article"}] if field == "figures" else text}
    talk = Talk(a_library(an_entry("sujet/marche", **given)))
    talk.asked("sujet/marche")
    talk.hears(said("dis-m'en plus", "follow_up/more"))
    reply = talk.hears(said("c'était quand ?", "follow_up/ask_when"))
    assert (reply.shown, "2021" in str(reply.says)) == (shown, True)


def test_only_a_case_takes_place_somewhere() -> None:
    talk = Talk()
    talk.asked("cas/nike")
    assert talk.hears(said("où ça ?", "follow_up/ask_where")).says[0].response == "utter_where"
    talk.asked("faq/ventes")
    (say,) = talk.hears(said("où ça ?", "follow_up/ask_where")).says
    assert (say.response, say.values["platforms"], "FAQ, question 3" in say.values["source"]) == ("utter_where_named", "Instagram", True)


def test_a_list_on_the_screen_is_no_reason_to_answer_with_whatever_is_on_it() -> None:
    for probability, outcome in ((0.003, "unsure"), (0.1, "answered")):
        talk = Talk()
        talk.hears(said("les conseils", "list/tips"))
        assert talk.hears(said("et pour un plombier ?", "follow_up/narrow", {"conseil/equilibre": probability})).outcome == outcome


def test_behind_a_figure_is_its_brand() -> None:
    talk = Talk()
    talk.asked("chiffre/nike")
    assert "Nike" in talk.hears(said("qui est derrière ?", "follow_up/ask_who")).says[0].values["who"]
