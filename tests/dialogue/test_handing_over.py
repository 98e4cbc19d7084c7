"""The form that leads to a person."""

import datetime
from dataclasses import replace

import pytest
import yaml

from bot.dialogue.form import STEPS
from bot.dialogue.handing_over import press
from bot.dialogue.situation import Keeping, Kept, Situation
from bot.dialogue.understanding import Understanding
from bot.language.opening_hours import read_hours
from bot.settings import ROOT
from tests.dialogue.talking import Talk, said

QUESTION = "combien coûte une publicité ?"


def at(step: str) -> Talk:
    """Return a talk whose form is at `step`."""
    talk = Talk()
    talk.hears(said(QUESTION, "out_of_scope/near_miss"))
    talk.hears(said("je veux quelqu'un", "handoff"))
    for name, text in (("name", "Nadia"), ("contact", "nadia@exemple.fr"), ("question", "oui"), ("consent", "oui")):
        if name == step:
            break
        talk.hears(said(text, "nlu_fallback"))
    assert talk.context.form is not None
    assert talk.context.form.step == step
    return talk


def responses(talk: Talk) -> list[str]:
    assert talk.reply is not None
    return [s.response for s in talk.reply.says]


def test_the_whole_way_ends_in_a_request() -> None:
    talk = at("confirm")
    reply = talk.presses("Envoyer")
    assert reply.request is not None
    assert (reply.request.name, reply.request.contact, reply.request.question) == ("Nadia", "nadia@exemple.fr", QUESTION)
    assert talk.context.form is None


def test_who_made_three_requests_within_an_hour_is_told_to_come_back_later() -> None:
    talk = Talk(requests=2)
    assert talk.hears(said("je veux quelqu'un", "handoff")).says[0].response == "utter_handoff_why"
    talk = Talk(requests=3)
    reply = talk.hears(said("je veux quelqu'un", "handoff"))
    assert (responses(talk), reply.says[0].values["count"], talk.context.form) == (["utter_handoff_enough"], 3, None)
    assert talk.asked("faq/ventes").answers == ("faq/ventes",)


@pytest.mark.parametrize("step", ["name", "contact", "question", "consent", "confirm"])
@pytest.mark.parametrize("words", ["annuler", "laisse tomber", "stop", "finalement non laissez tomber", "tant pis"])
def test_it_can_be_left_at_any_time_and_keeps_nothing(step: str, words: str) -> None:
    talk = at(step)
    reply = talk.hears(said(words, "nlu_fallback"))
    assert responses(talk) == ["utter_handoff_cancelled"]
    assert talk.context.form is None
    assert reply.request is None


@pytest.mark.parametrize("step", ["name", "contact", "consent", "confirm"])
def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(step: str) -> None:
    talk = at(step)
    reply = talk.hears(said("au fait, et Zappos ?", candidates={"cas/zappos": 0.9}))
    assert reply.answers == ("cas/zappos",)
    assert talk.context.form is not None
    assert talk.context.form.step == step
    assert responses(talk)[-1].startswith("utter_handoff_")


def test_the_question_of_the_talk_stays_the_proposed_one_after_a_question_in_the_middle() -> None:
    talk = at("contact")
    talk.hears(said("au fait, et Zappos ?", candidates={"cas/zappos": 0.9}))
    reply = talk.hears(said("0612345678", "nlu_fallback"))
    assert reply.says[-1].values["question"] == QUESTION


def test_three_replies_that_do_not_fit_end_the_form_with_a_way_out() -> None:
    talk = at("contact")
    for _ in range(3):
        reply = talk.hears(said("euh bof", "nlu_fallback"))
    assert talk.context.form is None
    assert reply.choices


def test_a_name_that_cannot_be_read_does_not_stop_anybody() -> None:
    talk = at("name")
    for _ in range(3):
        talk.hears(said("&&& 123 &&&", "out_of_scope/gibberish"))
    assert talk.context.form is not None
    assert talk.context.form.step == "contact"


@pytest.mark.parametrize(
    ("typed", "name"),
    [("je m'appelle Antoine Delcourt", "Antoine Delcourt"), ("moi c'est zoé", "Zoé"), ("Nadia", "Nadia"), ("jean-marc", "Jean-Marc")],
)
def test_names_as_they_are_given(typed: str, name: str) -> None:
    talk = at("name")
    talk.hears(said(typed, "nlu_fallback"))
    assert talk.context.form is not None
    assert talk.context.form.name == name


@pytest.mark.parametrize(
    ("words", "step"), [("change mon nom", "name"), ("le mail est faux", "contact"), ("je veux reformuler ma question", "question")]
)
def test_each_field_can_be_changed_by_words_and_the_summary_comes_back(words: str, step: str) -> None:
    talk = at("confirm")
    talk.hears(said(words, "nlu_fallback"))
    assert talk.context.form is not None
    assert talk.context.form.step == step
    talk.hears(said({"name": "Léa", "contact": "lea@exemple.fr", "question": "Autre chose"}[step], "nlu_fallback"))
    assert responses(talk)[-1] == "utter_handoff_summary"


def test_without_consent_nothing_goes_out() -> None:
    talk = at("consent")
    reply = talk.presses("Je refuse")
    assert (reply.request, talk.context.form, responses(talk)) == (None, None, ["utter_handoff_refused"])


@pytest.mark.parametrize("words", ["bonjour", "Bonjour Réso", "salut !"])
def test_a_greeting_is_no_question_to_the_team(words: str) -> None:
    """Channels send one for « opened the talk again », by a link or an ad."""
    talk = at("question")
    talk.hears(said(words, "greet"))
    assert talk.context.form is not None
    assert (talk.context.form.step, talk.context.form.question) == ("question", "")
    assert responses(talk)[-1] == "utter_handoff_proposed"


@pytest.mark.parametrize(
    ("words", "contact"),
    [("nadia@exemple.com", "nadia@exemple.com"), ("c'est nadia@exemple.com", "nadia@exemple.com"), ("06 12 34 56 78", "+33612345678")],
)
def test_a_contact_corrected_too_late_is_no_question_and_takes_the_place_of_the_first(words: str, contact: str) -> None:
    talk = at("question")
    talk.hears(said(words, "nlu_fallback"))
    assert talk.context.form is not None
    assert (talk.context.form.step, talk.context.form.contact, talk.context.form.question) == ("question", contact, "")


def test_a_question_may_hold_an_address() -> None:
    talk = at("question")
    talk.hears(said("Pourquoi nadia@exemple.fr ne reçoit-elle rien de vous", "nlu_fallback"))
    assert talk.context.form is not None
    assert talk.context.form.question.startswith("Pourquoi nadia")


def test_a_bad_number_is_explained() -> None:
    talk = at("contact")
    talk.hears(said("06 12", "nlu_fallback"))
    talk.hears(said("06 12 34 5", "nlu_fallback"))
    assert responses(talk)[0] == "utter_handoff_bad_phone"


def test_typed_numbers_press_the_buttons_of_the_form() -> None:
    talk = at("consent")
    talk.hears(said("1", "nlu_fallback"))
    assert responses(talk)[-1] == "utter_handoff_summary"


def test_outside_the_hours_it_says_when_somebody_answers() -> None:
    talk = Talk(hours=read_hours("lun-ven 9:00-18:00"), now=datetime.datetime(2026, 11, 21, 20, 0))
    reply = talk.hears(said("un humain svp", "handoff"))
    assert "lundi à partir de 9" in reply.says[0].values["when"]


def test_two_failures_in_a_row_offer_a_person_first() -> None:
    talk = Talk()
    talk.hears(said("météo ?", "out_of_scope/off_topic"))
    assert talk.hears(said("et demain ?", "out_of_scope/off_topic")).choices[0].command == "human"


def test_it_is_told_for_how_long_things_are_kept() -> None:
    talk = Talk(keeping=Keeping(talks=14, questions=90, requests=60))
    (say,) = talk.hears(said("que savez-vous de moi ?", "ask_privacy")).says
    (response,) = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"][say.response]
    text = response["text"].format(**say.values)
    assert all(f"au bout de {days} jours" in text for days in (14, 90, 60))
    assert "une copie" in text


def test_what_is_kept_is_told_and_erased_only_after_a_yes() -> None:
    talk = Talk(kept=Kept(messages=3, questions=2, feedback=0, requests=1))
    told = talk.hears(said("que savez-vous de moi ?", "ask_privacy")).says[0].values["lines"]
    assert "3\u00a0messages" in told
    assert "aucun\u00a0avis" in told
    talk.presses("Supprimer mes données")
    assert talk.hears(said("non", "choice/deny")).event == ""
    talk.hears(said("supprime tout", "erase_data"))
    assert talk.hears(said("oui", "choice/affirm")).event == "erase"
    assert talk.context.last_ids == ()


def named(label: str, text: str, confidence: float = 0.95) -> Understanding:
    """Return a message whose label is as sure as stated."""
    return replace(said(text, label), confidence=confidence)


@pytest.mark.parametrize(
    "words",
    [
        "envoyez ma demande", "envoie ma demande", "envoyez la demande svp", "transmettez ma demande", "envoyez le message",
        "non c'est bon envoyez", "c'est bon tu peux envoyer", "je confirme ma demande", "oui envoie-la merci",
    ],
)  # fmt: skip
@pytest.mark.parametrize("label", ["cancel", "nlu_fallback", "choice/deny"])
def test_send_my_request_sends_it_whatever_its_label(words: str, label: str) -> None:
    reply = at("confirm").hears(named(label, words, 0.98))
    assert reply.request is not None
    assert reply.request.question == QUESTION


@pytest.mark.parametrize(
    "words",
    [
        "envoyez à une autre adresse", "n'envoyez pas ma demande", "envoyez ma demande ?", "changez ma demande et envoyez", "corrigez et envoyez",
        "pouvez-vous me l'envoyer", "tu peux me l'envoyer", "envoyez-moi le message", "non envoyé",
        "envoyez une autre question", "envoyez mon nom", "envoyez ma demande au 06 12 34 56 79",
    ],
)  # fmt: skip
def test_what_only_speaks_of_sending_sends_nothing(words: str) -> None:
    talk = at("confirm")
    assert talk.hears(said(words, "nlu_fallback")).request is None
    assert talk.context.form is not None


def test_a_contact_beside_send_is_the_corrected_contact() -> None:
    talk = at("confirm")
    talk.hears(said("envoyez ma demande à lea@exemple.fr", "nlu_fallback"))
    assert talk.context.form is not None
    assert (talk.context.form.step, talk.context.form.contact) == ("confirm", "lea@exemple.fr")


OLD_BUTTONS = {"skip": ["name"], "proposed": ["question"], "accept": ["consent"], "change name": ["confirm"], "send": ["confirm"]}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("argument", OLD_BUTTONS)
def test_a_button_of_another_step_only_has_the_step_asked_again(step: str, argument: str) -> None:
    talk = at(step)
    before = talk.context.form
    reply = press(argument, talk.context, Situation())
    assert (reply.context.form == before and reply.request is None) is (step not in OLD_BUTTONS[argument])


def test_another_field_can_be_changed_while_one_is() -> None:
    talk = at("confirm")
    talk.presses("Changer le nom")
    reply = press("change contact", talk.context, Situation())
    assert reply.context.form is not None
    assert reply.context.form.step == "contact"


@pytest.mark.parametrize("end", ["Envoyer", "Annuler"])
def test_a_second_press_on_send_opens_no_new_form(end: str) -> None:
    talk = at("confirm")
    summary = talk.reply
    talk.presses(end)
    talk.reply = summary
    reply = talk.presses("Envoyer")
    assert (talk.context.form, reply.request, responses(talk)) == (None, None, ["utter_handoff_over"])


@pytest.mark.parametrize(("label", "words"), [("goodbye", "au revoir"), ("cancel", "finalement non")])
def test_who_leaves_at_the_step_of_the_name_is_not_called_so(label: str, words: str) -> None:
    talk = at("name")
    talk.hears(named(label, words))
    assert (talk.context.form, responses(talk)) == (None, ["utter_handoff_cancelled"])


@pytest.mark.parametrize(
    ("label", "words", "name"), [("goodbye", "je m'appelle Salva", "Salva"), ("cancel", "je passe", ""), ("cancel", "Anulka", "Anulka")]
)
def test_a_name_that_resembles_leaving_is_a_name(label: str, words: str, name: str) -> None:
    talk = at("name")
    talk.hears(named(label, words, 0.95 if words != "Anulka" else 0.8))
    assert talk.context.form is not None
    assert (talk.context.form.step, talk.context.form.name) == ("contact", name)


@pytest.mark.parametrize("step", STEPS)
def test_erasing_can_be_asked_for_and_confirmed_in_the_middle(step: str) -> None:
    talk = at(step)
    talk.hears(named("erase_data", "supprime mes données"))
    assert responses(talk) == ["utter_erase"]
    reply = talk.hears(said("oui", "choice/affirm"))
    assert (reply.event, reply.request, talk.context.form) == ("erase", None, None)


@pytest.mark.parametrize("words", ["parfait", "confirmer", "valider", "vas y"])
def test_whatever_agrees_agrees_to_what_was_asked_last(words: str) -> None:
    talk = at("confirm")
    talk.hears(named("erase_data", "supprime mes données"))
    reply = talk.hears(said(words, "nlu_fallback"))
    assert (reply.event, reply.request) == ("erase", None)


def test_who_does_not_erase_goes_on_with_the_form() -> None:
    talk = at("confirm")
    talk.hears(named("erase_data", "supprime mes données"))
    talk.hears(said("non", "choice/deny"))
    assert responses(talk) == ["utter_erase_kept", "utter_handoff_summary"]


@pytest.mark.parametrize(("label", "words"), [("thank", "merci"), ("nlu_fallback", "je sais pas"), ("thank", "merci beaucoup")])
def test_nor_does_it_take_the_place_of_the_proposed_one(label: str, words: str) -> None:
    talk = at("question")
    talk.hears(said(words, label))
    assert talk.context.form is not None
    assert (talk.context.form.step, talk.context.form.question) == ("question", "")
    assert responses(talk)[-1] == "utter_handoff_proposed"


@pytest.mark.parametrize(
    ("label", "words"), [("thank", "merci"), ("choice/affirm", "oui"), ("nlu_fallback", "je sais pas"), ("thank", "ok merci")]
)
def test_what_asks_nothing_is_no_request_where_none_is_proposed(label: str, words: str) -> None:
    talk = at("question")
    talk.hears(said("non", "choice/deny"))
    talk.hears(said(words, label))
    assert talk.context.form is not None
    assert (talk.context.form.step, talk.context.form.question) == ("question", "")
    assert responses(talk)[-1] == "utter_handoff_question"


@pytest.mark.parametrize(
    ("label", "proposed"),
    [
        ("faq/ventes", True), ("out_of_scope/near_miss", True), ("nlu_fallback", True), ("follow_up/more", False), ("list/cases", True),
        ("choice/none_of_these", False), ("out_of_scope/gibberish", False), ("out_of_scope/hostile", False), ("out_of_scope/other_language", False),
    ],
)  # fmt: skip
def test_only_a_question_is_proposed_to_the_team(label: str, proposed: bool) -> None:
    talk = Talk()
    talk.hears(said("ceci ou cela", label))
    assert (talk.context.asked == "ceci ou cela") is proposed


def test_a_follow_up_that_names_what_it_is_about_is_proposed_too() -> None:
    talk = Talk()
    talk.asked("faq/ventes")
    talk.hears(said("quel résultat a eu Nike ?", "follow_up/ask_result", {"cas/nike": 0.9}, brand="Nike"))
    assert talk.context.asked == "quel résultat a eu Nike ?"


def test_what_a_reply_in_the_middle_offers_is_opened_by_its_number() -> None:
    for words, label in (("montre-moi les conseils", "list/tips"), ("quel temps fait-il demain ?", "out_of_scope/off_topic")):
        talk = at("contact")
        reply = talk.hears(said(words, label))
        first = reply.choices[0]
        assert first.command == "open"
        assert talk.hears(said("1", "nlu_fallback")).answers == (first.argument,)
        assert talk.context.form is not None


def test_asking_for_a_person_in_the_middle_asks_the_step_once() -> None:
    talk = at("contact")
    talk.hears(said("je veux parler à quelqu'un", "handoff"))
    assert responses(talk) == ["utter_handoff_contact"]
