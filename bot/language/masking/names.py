"""Names of people, after the words that give one: « je m’appelle », « Mme », « Cordialement, »."""

from __future__ import annotations

import re
from collections.abc import Set

from bot.language.folding import key
from bot.language.masking.common_words import ELIDED, NOT_NAMES, PARTICLES, ROLES

NAME = "[nom]"

MOST_WORDS = 6
"""Words of a name, particles apart."""
MOST_PARTICLES = 4
MOST_SMALL = 2
"""Words of a name in lower case, but for those after a particle, and a third one that ends the sentence."""

_APOSTROPHE = "['’‘`´ʼ′]"
_SPACE = r"[ \u00a0\u202f]"
_WORD = re.compile(rf"{_SPACE}{{0,3}}([^\W\d_](?:[\w\u0300-\u036f\-]|{_APOSTROPHE})*\.?)")
_ELIDED_PARTICLE = re.compile(rf"[dl]{_APOSTROPHE}[A-ZÀ-Ý]")
_ENDED = re.compile(r"\s*(?:$|[,.!?;:\n)»\"]|et\b)")
_MARKS = r"[ \u00a0\u202f,:;*_~\"'«»“”‘’(…\-]{0,4}"
_LEAD = re.compile(
    rf"{_MARKS}(?:\.{{2,3}})?(?:(?:e+u+h+|h+e+u+|hum+|donc|en fait|en vrai|juste|tout simplement|simplement|alors|bah|ben|bon|bien|hein|du coup|enfin"
    rf"|voilà|moi|genre)\b(?:\.{{2,3}})?{_MARKS}){{0,3}}",
    re.I,
)
"""What may stand between « je m’appelle » and the name: « : », « , euh, », « tout simplement », an opening quotation mark."""
_PLAIN_LEAD = re.compile(_MARKS)
_NO_LEAD = re.compile("")

_MY = r"\bmon (?:petit |vrai )?(?:pr[ée]nom|pr?nom|nom)(?: de famille| de jeune fille| de naissance| d['’]usage| complet)?(?: et (?:mon )?(?:pr[ée]nom|nom))?"
_NOT_OF = r"(?<!-)(?<!de )(?<!pour )(?<!chez )(?<!avec )(?<!à )(?<!sur )"
_STATED = re.compile(
    rf"(?:\b(?:j|je|g|ge|on){_SPACE}{{0,2}}{_APOSTROPHE}?{_SPACE}?me?{_SPACE}{{0,2}}{_APOSTROPHE}?{_SPACE}?m?{_SPACE}{{0,2}}{_APOSTROPHE}?{_SPACE}?"
    rf"a?p{{1,2}}e?l{{1,2}}e?[sz]?\b|\bm(?: |{_APOSTROPHE})?ap+el+e?(?:[sz]|nt)?\b|\bj(?:e|{_APOSTROPHE})? ?m(?:e|{_APOSTROPHE}) ?(?:(?:pr[ée])?nom+e\b|fais appell?er\b)"
    rf"|\bappel(?:l?e|l?ez|é)[ -]moi\b|\b(?:pouvez|pourrez|peux|peut|pourras)(?: aussi| juste)? m(?: |{_APOSTROPHE})?appell?er\b"
    rf"|{_MY} ?(?:est|c(?:{_APOSTROPHE}| )?(?:est|é)?|s[ée]|ces|cé)\b(?!{_APOSTROPHE})"
    r"|(?<!un )(?<!le )(?<!du )(?<!son )\b(?:pr[ée])?nom(?: de famille)? ?[:=]"
    r"|\bpr[ée]nom(?= [\w’'\-]{1,40},? (?:et )?nom \w)|\bnom(?= [\w’'\-]{1,40},? (?:et )?pr[ée]nom \w))",
    re.I,
)
"""Before the writer's own name, for certain."""
_SECOND = re.compile(r"\b(?:pr[ée])?nom\b", re.I)
"""« prénom marie nom dupont », the first being hidden by now."""
_JOINTS = (" ", ", ", " et ", " et mon ")
"""Between that and the first."""
_PRESENTED = re.compile(
    rf"{_NOT_OF}\bmoi[ ,]{{1,2}}(?:c(?: |{_APOSTROPHE})?est|c{_APOSTROPHE}?é|c|cé|s[ée]|ces|ses)\b(?!{_APOSTROPHE})"
    rf"|\bje (?:suis|m{_APOSTROPHE}appelle) (?:m(?:r|me|lle|onsieur|adame|ademoiselle)?\b\.?)",
    re.I,
)
_TITLED = re.compile(r"\b(?:M\.|Mr\.?|Mme\.?|Mlle\.?|mr|mme|mlle|Dr\.?)(?=[ \u00a0\u202f])")
_CAPITALS = re.compile(
    rf"(?:\b(?:(?:[Jj]e|[Jj]{_APOSTROPHE}?)[ ]?suis|[Cc]huis|"
    r"[Jj]e me présente ?[,:]?|"
    + _NOT_OF
    + r"[Mm]oi|[Mm](?:onsieur|adame|ademoiselle)|[Ss]ign[ée] ?:?|(?i:cordialement|bien à vous|c(?:or)?d(?:ia)?l?t|salutations)[ ,.!\n\-]{0,4})"
    rf"|\b[Cc]{_APOSTROPHE}est(?=(?: [A-ZÀ-Ý][\w’'\-]{{1,40}}){{1,4}} (?:qui (?:vous|te|t{_APOSTROPHE}) ?\w|à l{_APOSTROPHE}appareil)))(?=[ \n]?[A-ZÀ-Ý])(?! ?(?:M|Mr|Mme|Mlle|Dr)\b)[ \n]?"
)
"""Before a name only where it has capitals, each word of it."""
_SHOUTED = ("suis", "chuis", "moi")
"""Ends of those cues behind which a word in capitals is a way to shout: « je suis SEULE »; « Madame DUPONT » is a way to write."""


def hide_names(text: str, public: Set[str]) -> str:
    """Return `text` with names replaced; those in `public` (folded) stay, but for those that `_STATED` says are the writer's own."""
    joined = {name.replace(" ", "") for name in public}
    text = _hide(text, _STATED, (_LEAD, _PLAIN_LEAD), frozenset())
    text = _hide(text, _PRESENTED, (_LEAD, _PLAIN_LEAD), joined)
    text = _hide(text, _TITLED, (_NO_LEAD,), joined)
    text = _hide(text, _CAPITALS, (_NO_LEAD,), joined, capitals=True)
    return _hide(text, _SECOND, (_PLAIN_LEAD,), frozenset(), second=True)


def _hide(
    text: str, cue: re.Pattern[str], leads: tuple[re.Pattern[str], ...], public: Set[str], capitals: bool = False, second: bool = False
) -> str:
    """Return `text` with the names behind a cue replaced; `second`: behind those cues only that follow a name, replaced or just now."""
    out, done = [], 0
    for match in cue.finditer(text):
        if match.start() < done or (second and not _follows_name(text, match.start(), done)):
            continue
        start, end = _find(text, match.end(), leads, capitals, capitals and match.group().rstrip().lower().endswith(_SHOUTED))
        if end == start or (public and _is_public(match.group(), text[start:end], public)):
            continue
        gap = "" if text[start - 1].isspace() or start > match.end() else " "
        out += [text[done:start], gap, NAME]
        done = end
    return "".join([*out, text[done:]])


def _follows_name(text: str, at: int, done: int) -> bool:
    return (done > 0 and text[done:at] in _JOINTS) or text.endswith(tuple(NAME + joint for joint in _JOINTS), 0, at)


def _find(text: str, after: int, leads: tuple[re.Pattern[str], ...], capitals: bool, shouted: bool) -> tuple[int, int]:
    """Return where a name begins and ends behind its cue, the same place twice where there is none."""
    for lead in leads:
        found = lead.match(text, after)
        start = found.end() if found else after
        end = end_of_name(text, start, MOST_WORDS, capitals, shouted)
        if end > start:
            return start, end
    return after, after


def _is_public(cue: str, name: str, public: Set[str]) -> bool:
    """Tell whether a name, alone, with its title (« Mr Beast ») or before words in lower case, is one that everybody knows."""
    words = name.split()
    for count in range(len(words), 0, -1):
        joined = key(" ".join(words[:count])).replace(" ", "")
        if joined in public or key(cue).replace(" ", "") + joined in public:
            return all(word[0].islower() for word in words[count:])
    return False


def end_of_name(text: str, start: int, most: int, capitals: bool = False, shouted: bool = False) -> int:
    """Return where a name of at most `most` words that may stand at `start` ends, `start` itself where there is none.

    A name with a capital goes on with capitals, or behind a particle with any word: « Jean de la Fontaine ». One in lower
    case is of few words, and no common ones. `capitals`: no word without; `shouted`: the first not of capitals only.
    """
    end = at = start
    words = particles = small = 0
    capital = behind = False
    while words < most:
        word = _WORD.match(text, at)
        if word is None:
            break
        said = word.group(1).rstrip(".")
        stop = word.group(1).endswith(".")
        initial = stop and len(said) == 1
        folded, upper = said.lower(), said[0].isupper() or (bool(words) and _ELIDED_PARTICLE.match(said) is not None)
        if folded in PARTICLES and not stop and (not upper or folded in NOT_NAMES) and (words or upper) and particles < MOST_PARTICLES:
            particles, at, behind = particles + 1, word.end(), True
            continue
        if upper:
            shout = shouted and not words and len(said) > 1 and said.isupper()
            if not initial and (shout or folded in NOT_NAMES or (not words and folded in ROLES)):
                break
            capital = True
        else:
            # « Le Bihan » is a name, « Le seul » is none.
            if capitals or said in NOT_NAMES or (not words and (behind or said in ROLES)) or re.split(_APOSTROPHE, said)[0] in ELIDED:
                break
            if capital and not behind:
                break
            end_of_word = word.end() - (stop and not initial)
            if small >= MOST_SMALL and not behind and not (small == MOST_SMALL and _ENDED.match(text, end_of_word)):
                break
            small += 1
        words, behind = words + 1, False
        end = at = word.end() - (stop and not initial)
        if stop and not initial:
            break
    return end
