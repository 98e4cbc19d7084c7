"""The opening words of a correction, a return or a changed filter, taken off so that the subject shows. Pure."""

import re

_OPENERS = [
    re.compile(pattern, re.I)
    for pattern in (
        r"^(?:ah |oh |euh |bon |ben |mais |ok |d['’]accord )*(?:non|nan|nn|pas [çc]a|rien [àa] voir|erreur|pardon|d[ée]sol[ée]e?|oups)\b[\s,;:.!—-]*",
        r"^(?:je )?m(?:e|['’])\s?(?:suis|sui)\s+(?:mal exprim\w+|tromp\w+|plant\w+)[\s,;:.!]*",
        r"^c['’ ]?(?:est|[ée]tait)?\s*(?:pas|plut[ôo]t)\s+(?:[çc]a|ma question|ce que je (?:demand|voul|cherch)\w+)[\s,;:.!]*",
        r"^(?:je|j['’]|jte|jv)\s?(?:te |vous )?(?:parl\w+|voul\w+ (?:dire|parler)|demand\w+|cherch\w+|pens\w+)\s*(?:plut[ôo]t )?(?:[àa] |de |des |du |d['’]|pour |sur )*",
        r"^(?:on |je |nous )?(?:re(?:venons|vient|viens|part|pars|partons|prend|prenons|parlons|parle|tourne\w*)|retour(?:nons)?|revenir)\s*(?:un peu |plut[ôo]t )?(?:[àa]u?x? |sur |de |des |du |d['’])*",
        r"^(?:et|ou|alors|sinon|ok et|mais|pareil(?: mais)?|plut[ôo]t|maintenant)\s+",
        r"^(?:pour|sur|dans|chez|avec|concernant|c[ôo]t[ée]|niveau|en)\s+(?:le |la |les |l['’])?",
    )
]
_PREAMBLE = re.compile(
    r"^(?:(?:bon|ok(?:ay)?|d['’]accord|merci(?: beaucoup| bien)?|tr[èe]s bien|parfait|super|g[ée]nial|bonjour|bjr|salut|slt|coucou|cc|hello|bonsoir|hey|"
    r"sinon|au fait|d['’]ailleurs|par contre|rien [àa] voir|autre (?:sujet|question|chose)|changeons de sujet|"
    r"(?:une |petite |encore une |derni[èe]re |autre |nouvelle )*question(?: rapide| b[êe]te)?)"
    r"(?: (?:[àa] tous|r[ée]so|madame|monsieur|l['’][ée]quipe|alors|encore))?\s*[:,.!;…—-]+\s*)+",
    re.I,
)
_BACK = re.compile(
    r"^(?:bon |ok |alors |et |on |je |nous |peut |peux |peut-on |peux-tu |pouvez-vous |pourrait-on )*(?:re(?:venons|vient|viens|venir|part|pars|partons|tourne\w*|parl\w+)|retour(?:nons)?)\s+"
    r"(?:un peu |plut[ôo]t )?(?:[àa] |au |aux |sur |de |des |du |d['’])",
    re.I,
)
_TAIL = re.compile(r"\s*(?:que je (?:voulais|demandais|cherchais)(?: dire)?|que je parlais|plut[ôo]t|(?:pas|et pas) .*)\s*[.!?]*$", re.I)


def without_opener(text: str) -> str:
    """Return `text` without its opening words; « » where nothing is left."""
    rest = text.strip()
    for pattern in _OPENERS:
        rest = pattern.sub("", rest, count=1)
    rest = re.sub(r"^c['’ ]?est\s+", "", rest, flags=re.I)
    return _TAIL.sub("", rest).strip(" ,;:.!?…")


def without_preamble(text: str) -> str:
    """Return `text` without the greeting, thanks or change of subject before a question of three words or more."""
    rest = _PREAMBLE.sub("", text.strip(), count=1).strip()
    return rest if len(rest.split()) >= 3 else text


def turns_back(text: str) -> bool:
    """Tell whether a message opens by going back to something: « revenons à … », « on repart sur … »."""
    return _BACK.match(text.strip()) is not None
