"""Personal data do not stay in what is kept for statistics; what is no personal data stays readable."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.masking import IBAN_LENGTHS, is_card, is_iban, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("écrivez à awa.diop+pub@mail.exemple.fr.", "écrivez à [e-mail]."),
        ("nadia @ exemple.fr", "[e-mail]"),
        ("nadia point diop arobase gmail point com", "[e-mail]"),
        ("j’ai FR76 3000 6000 0112 3456 7890 189 et voilà", "j’ai [IBAN] et voilà"),
        ("fr7630006000011234567890189", "[IBAN]"),
        ("be68 5390 0754 7034 merci", "[IBAN] merci"),
        ("ma carte 4970 1012 3456 7893", "ma carte [carte]"),
        ("4111111111111111", "[carte]"),
        ("4111-1111-1111-1111 123", "[carte] 123"),
        ("3782 822463 10005", "[carte]"),
        ("une référence 1234567890123", "une référence [numéro]"),
        ("1 85 05 78 006 084 36", "[numéro]"),
    ],
)
def test_accounts_and_addresses(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "number",
    [
        "0612345678", "06 12 34 56 78", "06.12.34.56.78", "06/12/34/56/78", "06-12-34-56-78", "O6 12 34 56 78", "06 123 456 78", "06 - 12 - 34 - 56 - 78",
        "6 12 34 56 78", "+33612345678", "+33 (0)6 12 34 56 78", "0033 6 12 34 56 78", "+221 77 123 45 67", "77 123 45 67", "+1 514-555-0199",
        "(514) 555-0199", "514-555-0199", "0470 12 34 56", "079 123 45 67", "+44 20 7946 0018", "07 08 09 10 11", "06\u202f12\u202f34\u202f56\u202f78",
    ],
)  # fmt: skip
def test_phones_of_the_places_where_french_is_spoken(number: str) -> None:
    assert mask(f"mon tel {number} merci") == "mon tel [téléphone] merci"
    assert mask(f"{number} ou {number}") == "[téléphone] ou [téléphone]"


def test_a_number_without_form_is_a_phone_where_it_is_said_to_be() -> None:
    assert mask("mon numéro est 612345678") == "mon numéro est [téléphone]"
    assert mask("elle a 612345678 abonnés") == "elle a 612345678 abonnés"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Je m’appelle Marie. Comment faire ?", "Je m’appelle [nom]. Comment faire ?"),
        ("je m'appelle Awa Diop et je vends", "je m'appelle [nom] et je vends"),
        ("jmapel nadia diop et je vends", "jmapel [nom] et je vends"),
        ("g m'appelle Karim", "g m'appelle [nom]"),
        ("je mappelle jean-paul de la tour, bonjour", "je mappelle [nom], bonjour"),
        ("jm'apelle kevin stp répondez", "jm'apelle [nom] stp répondez"),
        ("moi c'est Zoé", "moi c'est [nom]"),
        ("moi c nadia", "moi c [nom]"),
        ("Mon prénom c’est Léa", "Mon prénom c’est [nom]"),
        ("mon nom est O'Brien", "mon nom est [nom]"),
        ("prénom: nadia nom: diop", "prénom: [nom] nom: [nom]"),
        ("je suis Mme Lefèvre-Dupont", "je suis Mme [nom]"),
        ("je suis mr diallo", "je suis mr [nom]"),
        ("Mme Ba m'a dit", "Mme [nom] m'a dit"),
        ("M. A. Diop", "M. [nom]"),
        ("madame Diop m'a dit", "madame [nom] m'a dit"),
        ("Je suis Nadia Diop", "Je suis [nom]"),
        ("Merci. Cordialement,\nNadia Diop", "Merci. Cordialement,\n[nom]"),
    ],
)
def test_names_after_the_words_that_give_them(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("j'habite 12 bis rue des Lilas, 75011 Paris et je vends", "j'habite [adresse] et je vends"),
        ("10 rue victor hugo", "[adresse]"),
        ("je suis au 3, avenue de la République", "je suis au [adresse]"),
    ],
)
def test_postal_addresses(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "1 200 000 000 vues en 2019 2020 2021 2022",
        "1\u202f200\u202f000\u202f000 vues",
        "le 01/02/2026 à 12h30, ou le 2026-11-23 08:49",
        "10 000 abonnés, 25 % de 3,5 millions, 4 à 5 fois",
        "la marque @nike sur Instagram",
        "moi c'est pareil",
        "moi c'est la pub qui m'intéresse",
        "je suis sur instagram",
        "Bonjour monsieur, est-ce que ça fait vendre ?",
        "bonjour madame je veux un devis",
        "comment s'appelle le patron de Meta ?",
        "une place de marché, 1 place de marché",
        "je m'appelle",
        "bloquer lappli au bout de 30 minute cest faisable",
        "On appelle guide spirituel le premier coach venu",
        "expliquez-moi Twitch",
        "je suis LARGUÉE, tout change",
        "Facebook sait tout de moi, c'est dangereux ?",
        "se faire un nom : marketing creux ou vraie méthode ?",
        "que faire quand un monsieur râle",
        "annuler la commande numéro 4587712",
        "3,14159265358979",
        "La Redoute, 24 h sur 24",
    ],
)
def test_questions_stay_as_they_are(text: str) -> None:
    assert mask(text) == text


def test_what_only_looks_like_an_account_is_not_called_one() -> None:
    assert not is_iban("FR7630006000011234567890188")
    assert not is_card("4111111111111112")
    assert "[carte]" not in mask("4111 1111 1111 1112")
    assert "[IBAN]" not in mask("FR76 3000 6000 0112 3456 7890 188")


def an_iban(country: str, account: int) -> str:
    """Return a valid IBAN of digits: its check digits make the whole 1 mod 97."""
    rest = str(account).zfill(IBAN_LENGTHS[country] - 4)[: IBAN_LENGTHS[country] - 4]
    check = 98 - int(rest + "".join(str(int(c, 36)) for c in country) + "00") % 97
    return f"{country}{check:02}{rest}"


def a_card(digits: str) -> str:
    """Return digits with the check digit behind them."""
    return next(digits + str(last) for last in range(10) if is_card(digits + str(last)))


around = st.sampled_from(["", "bonjour ", "voici : ", "(", "IBAN ", "c’est le "])
grouping = st.sampled_from(["", " ", "-", "\u00a0", "\u202f"])


def grouped(text: str, sign: str) -> str:
    """Return text in groups of four."""
    return sign.join(text[i : i + 4] for i in range(0, len(text), 4))


@given(around, st.sampled_from(sorted(IBAN_LENGTHS)), st.integers(0, 10**26), grouping, st.booleans())
def test_no_valid_iban_stays(before: str, country: str, account: int, sign: str, small: bool) -> None:
    iban = grouped(an_iban(country, 10**9 + account), sign)
    assert mask(f"{before}{iban.lower() if small else iban}, merci") == f"{before}[IBAN], merci"


@given(around, st.text("0123456789", min_size=14, max_size=14), st.sampled_from("23456"), grouping)
def test_no_valid_card_stays(before: str, digits: str, first: str, sign: str) -> None:
    card = grouped(a_card(first + digits), sign)
    masked = mask(f"{before}{card} merci")
    assert masked == f"{before}[carte] merci" or all(part[:2] in ("19", "20") for part in card.split(sign or "x"))


@given(
    around,
    st.text("0123456789", min_size=8, max_size=8),
    st.sampled_from("123456789"),
    st.sampled_from(["", " ", ".", "-", "\u00a0", " - "]),
)
def test_no_french_phone_stays(before: str, digits: str, kind: str, sign: str) -> None:
    number = sign.join(["0" + kind, *(digits[i : i + 2] for i in range(0, 8, 2))])
    assert mask(f"{before}{number} merci") == f"{before}[téléphone] merci"


@given(st.from_regex(r"[a-z][a-z0-9._+-]{0,20}@[a-z][a-z0-9-]{0,10}(\.[a-z]{2,6}){1,2}", fullmatch=True), around)
def test_no_address_stays(address: str, before: str) -> None:
    assert mask(f"{before}{address} merci") == f"{before}[e-mail] merci"


@given(st.text())
def test_any_text_can_be_masked(text: str) -> None:
    masked = mask(text)
    assert isinstance(masked, str)
    assert ("\n" in masked) <= ("\n" in text)


@pytest.mark.parametrize(
    "unit",
    [
        "a", "1", "1 ", "a.", "a@", "+1", "0", "06 ", "FR76 ", "FR76", "je m'appelle ", "A ", "12 rue ", "a-", "mon nom ", " ", "(", "4111 ", "a point ",
        "arobase ", "numéro ", "a@b.c ", "\u0300", "m'", "Mme A", "jjj", "1.2", "appelle ",
    ],
)  # fmt: skip
def test_the_time_grows_with_the_length_only(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * length)[:length]
        times = []
        for _ in range(3):
            started = time.process_time()
            mask(text)
            times.append(time.process_time() - started)
        return min(times)

    # Four times the text: four times the time where it grows with the length, sixteen where with its square.
    assert seconds(20_000) < 8 * seconds(5_000) + 0.01
