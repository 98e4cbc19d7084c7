"""Hides personal data in what is kept for statistics and in logs: contacts, accounts, numbers, names, addresses. Pure.

Prefers hiding too much to too little, except where a figure is plainly none of a person's: « 1 200 000 000 vues », years,
dates. Every pattern starts at a place that the text offers at most once and goes a bounded way from there, so that the
time taken grows with the length of the text, whatever the text is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

EMAIL, IBAN, CARD, PHONE, NUMBER, NAME, ADDRESS = "[e-mail]", "[IBAN]", "[carte]", "[téléphone]", "[numéro]", "[nom]", "[adresse]"

IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27,
    "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22,
    "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25,
    "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
"""Characters of an IBAN by country: SWIFT, IBAN Registry, release 99 (2024)."""

FEWEST_DIGITS = 7
"""Digits of an IBAN; « de 30 minutes … » passes the check of mod 97 once in a hundred times."""

_GAP = r"[ \u00a0\u202f.\-]"
_AROUND = r"[ \u00a0\u202f]{0,2}"

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+(?: ?@ ?|@)[\w-]{1,63}(?:\.[\w-]{1,63})+", re.I)
_DOT = r"(?: ?\. ?| (?:point|dot) )"
_DICTATED = re.compile(
    rf"(?<![\w.+-])[\w.+-]+(?: (?:point|tiret(?: du bas)?|underscore) [\w+-]{{1,40}}){{0,4}}"
    rf" ?(?:\(at\)|\[at\]|\barr?oba[sz]e?s?\b|\ba(?:ro)? ?roba[sz]e\b) ?"
    rf"[\w-]{{1,63}}(?: tiret [\w-]{{1,63}})?(?:{_DOT}[\w-]{{1,63}}){{1,3}}",
    re.I,
)
_IBAN = re.compile(rf"(?<![A-Za-z0-9])([A-Z]{{2}}){_GAP}?\d{{2}}(?:{_GAP}?[A-Z0-9]){{11,30}}", re.I)
_CARD = re.compile(
    rf"(?<!\d)(?:\d{{13,19}}|\d{{4}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}\d{{1,3}})?|\d{{4}}{_GAP}\d{{6}}{_GAP}\d{{4,5}}"
    rf"|\d{{2}}(?:{_GAP}\d{{2}}){{7}})(?!\d)"
)
_SEP = r"[ \u00a0\u202f.\-/()_]{0,3}"
_PART_OF_NUMBER = r"(?<!\d)(?<!\d[ .\-/\u00a0\u202f])"
_PHONES = [
    re.compile(rf"(?<!\w)(?:\+|{_PART_OF_NUMBER}00[ ]?(?=[1-9]))[ (]?\d(?:{_SEP}\d){{6,14}}"),
    re.compile(r"(?<!\d)(?:[0oO]?[1-9](?:[ .\-/_\u00a0\u202f]{1,3}\d\d){4}|0[1-9]\d{8})(?!\d)"),
    re.compile(rf"{_PART_OF_NUMBER}(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .\-])\d{{3}}[ .\-]\d{{4}}(?!\d)"),
    re.compile(rf"{_PART_OF_NUMBER}\d\d[ .\-]\d{{3}}[ .\-]\d\d[ .\-]\d\d(?!\d)"),
    re.compile(rf"(?<![\w+]){_PART_OF_NUMBER}[0oO][1-9](?:{_SEP}[\doO]){{7,10}}(?!\w)"),
]
"""International; French in pairs or on end; North America; West Africa in groups of 2, 3, 2, 2; any other with a 0 first."""
_CALLED = re.compile(
    r"((?<!\[)\b(?:num[ée]ro|n°|num|t[ée]l(?:[ée]phone)?|portable|whatsapp|appel(?:er|ez|le)(?:[- ]moi)?|rappel(?:er|ez|le)(?:[- ]moi)?|joindre)\b"
    r"[^\d\n\[]{0,20})(\d(?:[ .\-]?\d){7,})",
    re.I,
)
_DATE = re.compile(r"\d{1,2}[/.\- ]\d{1,2}[/.\- ](?:19|20)\d\d(?!\d)|(?:19|20)\d\d-\d\d-\d\d")
_LONG = re.compile(rf"(?<!\d)(?<!\d,)\d(?:{_GAP}?\d){{8,}}")
_THOUSANDS = re.compile(r"\d{1,3}(?:[ \u00a0\u202f.]\d{3})+")
_YEARS = re.compile(rf"(?:19|20)\d\d(?:{_GAP}(?:19|20)\d\d)*")

_NOT_NAMES = frozenset(
    "a ai ait alors après as au aussi aux avant avec avez avoir bien bon bonjour bonsoir c ca car ce celle celui ces cest cet cette combien comme comment "
    "contre d dans de depuis des dire directement dites dois donc du elle en encore enfin est et etait etes eu euh faire fait faut g grave hello i ici idem il "
    "ils inconnu ja jai je jle j juste jveux jvoudrais kel kelle l la le les leur lol lui m ma mais mal me merci mes mieux mo moi mon moyen mtn n ne ni non nos "
    "notre nous nul occupé on ou oui où pareil par parce pas personne pk plus pk plutôt pour pourquoi pouvez pr pq que quel quelle quelles quels qui quoi "
    "numero numéro nom prénom prenom mail email tel téléphone adresse âge rien s sa salut sans se ses si simple slt son souvent sous suis sujet sur svp stp ta tard te tes toi ton toujours tous tout toute trop très tu un une urgent "
    "va vais veux vers via voici voila voilà vos votre voudrais vous vraiment wesh y à ça écrit êtes mr mme mlle monsieur madame mademoiselle messieurs mesdames "
    "client cliente".split()
)
"""Folded to lower case: words that do not begin a name after « moi c'est », or go on after one."""
_ELIDED = frozenset("c g j l m n qu s t".split())
_PARTICLES = frozenset("de du des da di el al ben bin bint la le van von der den dos abu ould".split())
_WORD = re.compile(r"[ \u00a0\u202f]{0,3}([^\W\d_][\w\u0300-\u036f’'\-]*\.?)")
_MOST_WORDS = 4

_NOT_OF = r"(?<!-)(?<!de )(?<!pour )(?<!chez )(?<!avec )(?<!à )(?<!sur )"
_STATED = re.compile(
    r"(?:\b(?:j|je|g|ge|on)[ '’]{0,2}me?[ '’]{0,2}m?[ '’]{0,2}a?p{1,2}e?l{1,2}e?[sz]?\b|\bm[ '’]?ap+el+e?[sz]?\b"
    r"|\bmon (?:petit |vrai )?(?:pr[ée]nom|pr?nom|nom)(?: de famille| complet)?(?: et (?:mon )?(?:pr[ée]nom|nom))? ?(?:est|c['’ ]?(?:est|é)?|s[ée]|ces|cé)\b"
    rf"|{_NOT_OF}\bmoi[ ,]{{1,2}}(?:c['’ ]?est|c['’]?é|c|cé|s[ée]|ces|ses)\b|(?<!un )(?<!le )(?<!du )(?<!son )\b(?:pr[ée])?nom ?[:=]"
    r"|\bje (?:suis|m['’]appelle) (?:m(?:r|me|lle|onsieur|adame|ademoiselle)?\b\.?))",
    re.I,
)
_TITLED = re.compile(r"\b(?:M\.|Mr\.?|Mme\.?|Mlle\.?|Mr|mr|mme|mlle|Dr\.?)(?=[ \u00a0\u202f])")
_CAPITALS = re.compile(
    r"\b(?:(?:[Jj]e|[Jj])[ ]?suis|"
    + _NOT_OF
    + r"[Mm]oi|[Mm](?:onsieur|adame|ademoiselle)|[Ss]ign[ée] ?:?|(?i:cordialement|bien à vous|c(?:or)?d(?:ia)?l?t|salutations)[ ,.!\n\-]{0,4})(?=[ \n]?[A-ZÀ-Ý])[ \n]?"
)
_STREET = re.compile(
    r"(?<!\d)\d{1,4}(?: ?(?:bis|ter|quater)\b)? ?,? ?\b(?:rue|avenue|av\b\.?|boulevard|b(?:l|ou)?v?d\b\.?|place\b(?! de march)|chemin|impasse|all[ée]e|quai|square"
    r"|route|rte|passage|r[ée]sidence|rond-point|sentier|cit[ée]|faubourg|fbg|esplanade|chauss[ée]e|lotissement)\b[ \u00a0]"
    r"(?:(?:de la|de l['’]|du|des|de|d['’]|la|le|les|l['’])[ ]?){0,2}",
    re.I,
)
_TOWN = re.compile(r"[ ,]{0,3}(?:(?:à|a) )?\d{5}(?: [^\W\d_][\w’'\-]*(?: [A-ZÀ-Ý][\w’'\-]*)?)|[ ,]{1,3}\d{5}(?!\d)")


def mask(text: str) -> str:
    """Return `text` with personal data replaced by what they were: [e-mail], [IBAN], [carte], [téléphone], [numéro], [nom], [adresse].

    What is hidden says nothing of what it was but its kind; everything else stays as it is.
    """
    text = _DICTATED.sub(EMAIL, _EMAIL.sub(EMAIL, text))
    text = _replace(_IBAN, _iban, text)
    text = _replace(_CARD, _card, text)
    text = _streets(text)
    for pattern in _PHONES + _PHONES[2:]:  # twice: what stands beside a number that is hidden by now may be one of its own
        text = pattern.sub(lambda m: m.group() if _DATE.match(m.group()) else PHONE, text)
    text = _CALLED.sub(rf"\1{PHONE}", text)
    text = _LONG.sub(lambda m: _long(m.group()), text)
    return _names(text)


def is_iban(compact: str) -> bool:
    """Tell whether capitals and digits without spaces are an IBAN: its country's length, and ISO 13616's check of mod 97."""
    if len(compact) != IBAN_LENGTHS.get(compact[:2]):
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def is_card(digits: str) -> bool:
    """Tell whether digits can be a payment card: 13 to 19, an issuer's first digit, ISO/IEC 7812-1's Luhn check."""
    if not 13 <= len(digits) <= 19 or digits[0] not in "23456":
        return False
    doubled = (int(d) if place % 2 == 0 else sum(divmod(2 * int(d), 10)) for place, d in enumerate(reversed(digits)))
    return sum(doubled) % 10 == 0


def _replace(pattern: re.Pattern[str], judge: Callable[[str], tuple[str, int] | None], text: str) -> str:
    """Replace what `judge` accepts: it returns what stands for a match and how many of its characters that covers."""
    out, done, at = [], 0, 0
    while match := pattern.search(text, at):
        judged = judge(match.group())
        if judged is None:
            at = match.start() + 1
            continue
        name, length = judged
        out += [text[done : match.start()], name]
        done = at = match.start() + length
    return "".join([*out, text[done:]])


def _iban(found: str) -> tuple[str, int] | None:
    wanted = IBAN_LENGTHS.get(found[:2].upper())
    places = [place for place, c in enumerate(found) if c.isalnum()]
    if wanted is None or len(places) < wanted:
        return None
    length = places[wanted - 1] + 1
    if sum(c.isdigit() for c in found[:length]) < FEWEST_DIGITS:
        return None
    compact = "".join(c for c in found[:length] if c.isalnum()).upper()
    return (IBAN, length) if compact.isascii() and is_iban(compact) else None


def _card(found: str) -> tuple[str, int] | None:
    places = [place for place, c in enumerate(found) if c.isdigit()]
    if _YEARS.fullmatch(found):
        return None
    # A card in groups may have its three digits of the back right behind it.
    for wanted in (len(places), 16)[: 1 + (16 < len(places) < len(found))]:
        length = places[wanted - 1] + 1
        if is_card("".join(c for c in found[:length] if c.isdigit())):
            return CARD, length
    return None


def _long(found: str) -> str:
    """Hide ten digits on end, or twelve in groups that are neither thousands nor dates; ten are as many as a sender's id has."""
    digits = sum(c.isdigit() for c in found)
    harmless = _THOUSANDS.fullmatch(found) or _YEARS.fullmatch(found) or _DATE.match(found)
    return found if harmless or digits < (10 if digits == len(found) else 12) else NUMBER


def _streets(text: str) -> str:
    out, done = [], 0
    for match in _STREET.finditer(text):
        if match.start() < done:
            continue
        end = _end_of_name(text, match.end(), most=3)
        if end == match.end():
            continue
        town = _TOWN.match(text, end)
        out += [text[done : match.start()], ADDRESS]
        done = town.end() if town else end
    return "".join([*out, text[done:]])


def _names(text: str) -> str:
    for pattern, capitals in ((_STATED, False), (_TITLED, False), (_CAPITALS, True)):
        out, done = [], 0
        for match in pattern.finditer(text):
            if match.start() < done:
                continue
            end = _end_of_name(text, match.end(), most=_MOST_WORDS, capitals=capitals)
            if end > match.end():
                gap = "" if text[match.end() - 1 : match.end()].isspace() else " "
                out += [text[done : match.end()], gap, NAME]
                done = end
        text = "".join([*out, text[done:]])
    return text


def _end_of_name(text: str, start: int, most: int, capitals: bool = False) -> int:
    """Return where a name that may stand at `start` ends, `start` itself where there is none.

    Words in lower case are of a name where none before has a capital, at most two, and no common ones; `capitals`: none is.
    """
    end, at, small, capital = start, start, 0, False
    for number in range(most):
        word = _WORD.match(text, at)
        if word is None:
            break
        said = word.group(1).rstrip(".")
        stop = word.group(1).endswith(".")
        initial = stop and len(said) == 1
        if said[0].isupper():
            # « je suis SEULE » is a way to shout.
            if not initial and (said.lower() in _NOT_NAMES or (capitals and said.isupper())):
                break
            capital = True
        elif said.lower() in _PARTICLES and number:
            at = word.end()
            continue
        elif capitals or capital or small == 2 or said in _NOT_NAMES or re.split("['’]", said)[0] in _ELIDED:
            break
        else:
            small += 1
        end = at = word.end() - (stop and not initial)
        if stop and not initial:
            break
    return end
