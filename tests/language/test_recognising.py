"""Messages that need no model."""

import pytest

from bot.language.masking import mask
from bot.language.recognising import recognise


@pytest.mark.parametrize(
    "text",
    [
        "je veux mourir",
        "jai envie d'en finir",
        "je pense au suicide",
        "je vais me suicider ce soir",
        "je n'ai plus envie de vivre",
        "je me scarifie",
    ],
)
def test_a_cry_for_help_is_heard(text: str) -> None:
    assert recognise(text) == "distress"


@pytest.mark.parametrize(
    "text", ["l'article parle de suicide ?", "mon ado déprime à cause d'instagram", "mourir de rire sur tiktok", "les ventes vont mourir"]
)
def test_a_question_is_not_a_cry_for_help(text: str) -> None:
    assert recognise(text) != "distress"


@pytest.mark.parametrize(
    "text",
    [
        "What time do you open on Saturdays?",
        "¿Cuánto cuesta una campaña en las redes sociales?",
        "Wie kann ich mein Konto löschen?",
        "كيف حالك",
        "как дела",
    ],
)
def test_other_languages_are_told_apart(text: str) -> None:
    assert recognise(text) == "other_language"


@pytest.mark.parametrize(
    "text",
    [
        "C'est quoi le hashtag #WeAccept ?",
        "le community management, ça sert à quoi",
        "Black Lives Matter",
        "Dream Crazy",
        "ROI et brand awareness sur les réseaux ?",
        "Fridays for Future c'est quoi",
        "Ice Bucket Challenge",
        "National Alliance on Mental Illness",
    ],
)
def test_english_names_stay_french_questions(text: str) -> None:
    assert recognise(text) is None


@pytest.mark.parametrize(
    ("emoji", "label"),
    [("👍", "feedback/useful"), ("👎", "feedback/not_useful"), ("😂😂", "out_of_scope/gibberish"), ("???", "out_of_scope/gibberish")],
)
def test_lone_signs_have_a_meaning(emoji: str, label: str) -> None:
    assert recognise(emoji) == label


@pytest.mark.parametrize(
    "text",
    [
        "t'es vraiment qu'un abruti",
        "connard",
        "ta gueule le robot",
        "espèce de débile",
        "quel tocard ce bot",
        "vous êtes tous des imbéciles",
    ],
)
def test_insults_are_recognised(text: str) -> None:
    assert recognise(text) == "insult"


@pytest.mark.parametrize(
    "text",
    ["un client m'a traité d'abruti en commentaire, je réponds quoi ?", "ma marque se fait insulter", "les gens sont débiles sur twitter"],
)
def test_talk_about_insults_is_not_one(text: str) -> None:
    assert recognise(text) != "insult"


def test_personal_data_are_masked() -> None:
    masked = mask("Je m'appelle Awa Diop, awa.diop@exemple.fr, 06 12 34 56 78, FR76 3000 6000 0112 3456 7890 189")
    for secret in ("Awa", "Diop", "@", "06 12", "3000"):
        assert secret not in masked
