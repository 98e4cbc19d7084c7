"""What must not stay of a text that is kept, and what must: one line each. « <nom:Marie> » is to become « [nom] »."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.language.masking import mask

PUBLIC = frozenset({"nike", "instagram", "tiktok", "zara", "la redoute", "mrbeast", "brene brown", "mark zuckerberg"})
_MARKED = re.compile(r"<([^:<>]+):([^<>]*)>")

HIDDEN = """
je m'appelle <nom:Yann Le Goff>
Je m’appelle <nom:Marine Le Gall>, bonjour
je m'appelle <nom:yann le goff>
je m'appelle <nom:Jean de La Fontaine>
je m'appelle <nom:Jean de la Fontaine>
je m'appelle <nom:Jean La Fontaine>
je m'appelle <nom:Jean d'Ormesson>
je m'appelle <nom:D’Artagnan>
je m'appelle <nom:L'Hermitte>
je m'appelle <nom:Fatou N'Diaye> et je vends
je m'appelle <nom:N'Golo Kanté>
je m'appelle <nom:Ben>
je m'appelle <nom:Ludwig Van Beethoven>
mon nom est <nom:Le Bihan>
mon nom de famille c'est <nom:De Souza>
je m'appelle <nom:marie de la tour du pin>
je m'appelle <nom:mamadou lamine diallo>
je m'appelle <nom:mamadou lamine diallo> et je vends
je m'appelle <nom:Sidi Mohamed Cheikh Ould Ahmed>
je m'appelle <nom:Maria Da Silva Dos Santos>
JE M'APPELLE <nom:MARIE DUPONT>
je m'appelle: <nom:Marie>
je m'appelle : <nom:Marie>
je m'appelle, euh, <nom:Marie>
je m'appelle euuuh <nom:marie>
je m'appelle donc <nom:Marie>
je m'appelle en fait <nom:Marie>
je m'appelle juste <nom:Marie>
je m'appelle tout simplement <nom:Marie>
je m'appelle, du coup, <nom:nadia>
je m'appelle « <nom:Marie> »
je m'appelle "<nom:Marie Dupont>"
je m'appelle “<nom:Marie>”
je m'appelle *<nom:Marie>*
je m'appelle **<nom:Marie>**
je m‘appelle <nom:Marie>
je m`appelle <nom:Marie>
je m´appelle <nom:Marie>
je mʼappelle <nom:Marie>
je me nomme <nom:Marie>
Je me prénomme <nom:Marie>
je me fais appeler <nom:nadia>
je me présente, <nom:Marie Dupont>
Je me présente : <nom:Marie Dupont>, coach
appelez-moi <nom:Marie>
appelle moi <nom:marie>
vous pouvez m'appeler <nom:nadia>
tu peux m’appeler <nom:Nadia>
on m'appelle <nom:Marie>
mes amis m'appellent <nom:nadia>
prénom <nom:marie> nom <nom:dupont>
nom <nom:dupont> prénom <nom:marie>
Prénom <nom:Marie>, nom <nom:Le Goff>
Nom de famille : <nom:Dupont>, prénom : <nom:Marie>
C'est <nom:Marie Dupont> qui vous écrit
C’est <nom:Marie Dupont> à l’appareil
moi, c'est <nom:Marie>
moi c'est juste <nom:nadia>
moi c'est <nom:Zara Diop>
Je suis <nom:Zara Diop>
je m'appelle <nom:Zara>
je suis M. <nom:Le Goff>
Mme <nom:Le Goff> m'a dit
Madame <nom:De La Tour>
Cordialement, <nom:Jean-Paul Le Gall>
Je suis <nom:Karim BENALI>, gérant
Cordialement, <nom:Karim BENALI>
Bien à vous <nom:SOPHIE MARTIN>
Je me présente : <nom:Sophie MARTIN>
Madame <nom:Sophie MARTIN> m'a répondu
Monsieur <nom:DUPONT> m'a répondu
C'est <nom:Karim BENALI> qui vous écrit
j'suis <nom:Karim Benali>
chuis <nom:Karim Benali>
mon prénom est <nom:karim> et mon nom <nom:benali>
écrivez à <e-mail:nadia@gmail. com>
écrivez à <e-mail:nadia@gmail .com>
écrivez à <e-mail:nadia@gmail,com>
écrivez à <e-mail:nadia@gmail . com> merci
<e-mail:nadia . diop @ gmail . com>
mail <e-mail:nadia.diop @gmail.com>
mail <e-mail:nadia.diop@ gmail.com>
mail <e-mail:nadia@gmail>
<e-mail:nadia (arobase) gmail.com>
<e-mail:nadia [arobase] gmail [point] com>
<e-mail:nadia arobase gmail>
<e-mail:nadia arobase gmail . com>
<e-mail:NADIA ARROBASE GMAIL POINT COM>
<e-mail:nadia [at] gmail [dot] com>
<e-mail:nadia arobasse gmail.com>
<e-mail:nadia arrobasse gmail point com>
<e-mail:nadia à gmail point com>
<e-mail:nadia AT gmail DOT com>
<e-mail:nadia at gmail dot com>
<e-mail:nadia(a)gmail.com>
<e-mail:nadia (a) gmail.com>
<e-mail:nadia[@]gmail.com>
<e-mail:nadia＠gmail.com>
<e-mail:"nadia diop"@gmail.com>
<e-mail:jean.o'brien@exemple.fr>
<e-mail:nadia point diop @ gmail point com>
<e-mail:nadia tiret du 6 diop arobase gmail point com>
mon mail c'est <e-mail:nadia tiret du bas diop arobase gmail point com>
<e-mail:nadia underscore diop arobase hotmail point fr>
mon gsm : <téléphone:470 12 34 56>
mon mobile <téléphone:612345678>
joignable au <téléphone:612345678>
contactez-moi au <téléphone:612345678>
tel <téléphone:0 6 1 2 3 4 5 6 7 8> merci
tel <téléphone:0.6.1.2.3.4.5.6.7.8>
tel <téléphone:0-6-1-2-3-4-5-6-7-8>
tel <téléphone:06 1 2 3 4 5 6 7 8>
tel <téléphone:6 1 2 3 4 5 6 7 8>
tel <téléphone:0 6 12 34 56 78>
tel <téléphone:06:12:34:56:78>
tel <téléphone:06 : 12 : 34 : 56 : 78>
tel <téléphone:06,12,34,56,78>
tel <téléphone:06, 12, 34, 56, 78>
tel <téléphone:06;12;34;56;78>
tel <téléphone:06|12|34|56|78>
tel <téléphone:06 | 12 | 34 | 56 | 78>
tel <téléphone:06*12*34*56*78>
tel <téléphone:06–12–34–56–78>
tel <téléphone:06—12—34—56—78>
tel <téléphone:06_12_34_56_78>
tel <téléphone:06 . 12 . 34 . 56 . 78>
tel <téléphone:06 12.34-56/78>
tel <téléphone:+33 6|12|34|56|78>
tel <téléphone:+33–6–12–34–56–78>
tel <téléphone:+33 612 345 678>
tel <téléphone:o6 i2 34 56 78>
tel <téléphone:O6 l2 34 56 78>
tel <téléphone:o612345678>
tel <téléphone:zéro six douze trente-quatre cinquante-six soixante-dix-huit> merci
tel <téléphone:Zero six, douze, trente quatre, cinquante six, soixante dix huit>
tel <téléphone:zéro six un deux trois quatre cinq six sept huit>
tel <téléphone:zéro un quatre-vingt-deux soixante et onze vingt et un quatre-vingts>
tel <téléphone:zéro quatre septante-deux nonante-neuf vingt et un dix>
tel <téléphone:six douze trente-quatre cinquante-six soixante-dix-huit>
plus <téléphone:trente-trois six douze trente-quatre cinquante-six soixante-dix-huit>
tel <téléphone:06 douze 34 cinquante-six 78>
tel <téléphone:zéro six douze 34 56 78>
tel <téléphone:6 12 34 56 78>
tel <téléphone:1 23 45 67 89>
tel <téléphone:06\u200b12\u200b34\u200b56\u200b78>
appelez-moi au 33 <téléphone:6 12 34 56 78>
je m'appelle bien <nom:Marie>
mon nom de jeune fille est <nom:Le Goff>
j'me prénomme <nom:nadia>
<e-mail:nadia chez gmail point com>
<e-mail:n a d i a @ g m a i l . c o m> merci
<e-mail:nadia(arobase)exemple(point)fr>
<IBAN:FR76/3000/6000/0112/3456/7890/189>
<IBAN:FR76_3000_6000_0112_3456_7890_189>
<IBAN:FR76–3000–6000–0112–3456–7890–189>
<IBAN:BE68/5390/0754/7034>
<carte:4970/1012/3456/7893>
<carte:4970_1012_3456_7893>
<carte:4970–1012–3456–7893>
j'habite <adresse:12 chemin des Vignes>
""".strip().splitlines()

STAYS = """
je suis SEULE face à ça
Je suis PERDU
moi AUSSI je veux vendre
je poste à chaque fois sur orange
12 345 678 vues sur mobile
mes cibles : 18-24 25-34 35-44 45-54 55-64
de 18-24 ans, 25-34, 35-44, 45-54 et 55-64 ans
18 24 25 34 35 44
5 10 15 20 25 minutes
6 12 18 24 30 jours
0 6 12 18 24 30
10 20 30 40 50 60
1 2 3 4 5 6 7 8 9 10
+10 000 000 vues
+12 345 678 vues
+2 500 000 000 d'utilisateurs
2500000000 utilisateurs
2500000000
elle a 1234567890 abonnés
1 000 000 000
en 2014 17 000 000 de vidéos
entre 2014 et 2015 17 000 000 vues
numéro 2023 2024 2025
les années 2019, 2020, 2021 et 2022
numéro 20 000 000
le 01/02/2026, le 12/03/2026 et le 05/06/2026
08:30 12:30 14:00 18:00
08:30-12:30, 14:00-18:00
posts à 9h 12h 15h 18h 21h
2026-11-28 08:49:12.123456
0,05 %, 0,10 %, 0,15 %
ratio 16:9, 4:5 et 1:1
1080x1920 1080x1080
un deux trois quatre cinq six sept huit neuf
vingt trente quarante cinquante soixante abonnés de plus
de zéro à dix mille abonnés
1. un 2. deux 3. trois 4. quatre 5. cinq 6. six 7. sept 8. huit
six sept huit neuf dix onze douze treize
trente six mille cinq cents
prix : 1 500,00 2 000,00 3 500,00 €
je poste le 3, 10, 17, 24 et 31
mon prénom est obligatoire ?
moi c'est instagram
moi c'est tiktok surtout
moi c'est surtout tiktok
moi c'est genre instagram
moi c'est les réseaux
moi ces réseaux
moi ces posts qui marchent pas
moi c'était l'engagement
Je suis Community Manager
Je suis Social Media Manager
Je suis Étudiante en marketing
je suis étudiante
Je suis Nike
je suis La Redoute
qui est Mme Brené Brown
Mr Beast fait quoi
C'est Mark Zuckerberg qui a créé Facebook
C'est Nike qui a fait la pub
mon nom est déjà pris sur insta
mon nom est utilisé par une marque
mon nom est partout
appelez-moi demain
appelez moi svp
appelez-moi quand vous pouvez
vous pouvez m'appeler maintenant
Prénom et nom obligatoires
quel est le nom de la marque
nom de domaine : quel choix
comment je m'appelle sur insta ?
« je m'appelle » en anglais
5 chemin de vie
RT @nike.officiel
RT @nike.officiel super
suivez @nike, la marque
c'est quoi l'arobase sur Instagram
une arobase gratuite. Merci
je veux un @ pour insta
""".strip().splitlines()


@pytest.mark.parametrize("marked", HIDDEN)
def test_what_is_a_persons_goes(marked: str) -> None:
    assert _MARKED.search(marked)
    assert mask(_MARKED.sub(r"\2", marked), PUBLIC) == _MARKED.sub(r"[\1]", marked)


@pytest.mark.parametrize("text", STAYS)
def test_what_is_nobodys_stays(text: str) -> None:
    assert mask(text, PUBLIC) == text


def test_the_table_is_long_enough_and_says_nothing_twice() -> None:
    assert len({*HIDDEN, *STAYS}) == len(HIDDEN) + len(STAYS) >= 150


def test_a_public_name_stays_only_where_it_is_given_as_one() -> None:
    assert mask("Je suis Nike") == "Je suis [nom]"
    assert mask("Je suis Nike", PUBLIC) == "Je suis Nike"
    assert mask("Je suis Nike Dupont", PUBLIC) == "Je suis [nom]"


before = st.sampled_from(["", "bonjour ", "mon mail : ", "(", "c’est ", "06 12 34 56 78 "])
words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=9)
at = st.sampled_from(
    ["@", " @ ", "@ ", " @", "＠", "(at)", " [at] ", " (a) ", " AT ", " at ", " arobase ", " (arobase) ", " [arobase] ", " arrobase "]
)
dot = st.sampled_from([".", " .", " . ", ". ", ",", " point ", " dot ", " [point] ", " (dot) "])


@given(before, words, at, words, dot, st.sampled_from(["com", "fr", "net", "org", "be", "sn"]))
def test_no_address_stays_however_it_is_taken_apart(start: str, name: str, sign: str, host: str, stop: str, end: str) -> None:
    # « at » and « AT » are words of English too, and need a dot that is said or written close.
    if sign.strip().lower() == "at" and stop.strip(" ") != stop and stop.strip() in (".", ","):
        stop = "."
    if sign.strip().lower() == "at" and stop == ",":
        stop = "."
    masked = mask(f"{start}xq{name}{sign}wz{host}{stop}{end}")
    assert f"xq{name}" not in masked
    assert f"wz{host}" not in masked


_SIGNS = ["", " ", ".", "-", "/", "_", ":", ",", "|", "*", "–", ", ", " - ", " | ", " : "]


@given(
    before.filter(lambda b: "06" not in b),
    st.text("0123456789", min_size=8, max_size=8),
    st.sampled_from("1234567"),
    st.sampled_from(_SIGNS),
)
def test_no_phone_stays_whatever_stands_between_its_pairs(start: str, digits: str, kind: str, sign: str) -> None:
    number = sign.join(["0" + kind, *(digits[i : i + 2] for i in range(0, 8, 2))])
    assert mask(f"{start}{number} merci") == f"{start}[téléphone] merci"


@given(st.text("0123456789", min_size=8, max_size=8), st.sampled_from("1234567"), st.sampled_from([" ", ".", "-", "/", ","]))
@example("00000000", "1", " ")
def test_no_phone_stays_that_is_given_digit_by_digit(digits: str, kind: str, sign: str) -> None:
    masked = mask(f"tel {sign.join('0' + kind + digits)} merci")
    assert masked == "tel [téléphone] merci"


pieces = st.sampled_from(
    "je m'appelle|je suis|moi c'est|Mme|M.|prénom|nom|:|,|Marie|le|Le Goff|de la|dupont|et|12 rue|Victor Hugo|75011|Paris|06|12|34|6|0612345678|+33|"
    "zéro|six|trente-quatre|@|nadia|gmail|.|.com|arobase|point|FR76|3000|4111|1111|17 000 000|2024|vues|numéro|[nom]|[e-mail]|«|»|\n".split(
        "|"
    )
)


@given(st.lists(pieces, max_size=14))
@example("je m'appelle|Victor Hugo|prénom|M.|prénom|M.".split("|"))
def test_what_is_masked_is_masked_the_same_again(parts: list[str]) -> None:
    once = mask(" ".join(parts))
    assert mask(once) == once


@pytest.mark.parametrize(
    "unit",
    [
        "06 ", "06:", "0,", "18-24 ", "+1", "FR76/", "4111_", "a@", "a . ", "a at ", "a point ", "[at] ", '"a', "zéro six ", "quatre-vingt-", "vingt et ",
        "je m'appelle ", "je m'appelle Le de la ", "m'appelle, euh, ", "prénom a nom a ", "C'est A ", "12 rue ", "(", " ",
    ],
)  # fmt: skip
def test_a_message_made_to_be_slow_is_masked_in_no_time(unit: str) -> None:
    text = (unit * 1000)[:1000]
    times = []
    for _ in range(3):
        started = time.process_time()
        mask(text)
        times.append(time.process_time() - started)
    assert min(times) < 0.05
