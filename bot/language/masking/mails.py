"""E-mail addresses, written, taken apart by spaces, or dictated: « nadia point diop arobase gmail point com »."""

from __future__ import annotations

import re

EMAIL = "[e-mail]"

_SPACE = r"[ \u00a0\u202f]"
_SIGN = "[@\uff20\ufe6b]"
_SURE = r"com|fr|net|org|be|ch|eu|lu|sn|info|uk|pro|edu"
"""Ends of addresses that are no French words: they may follow a comma, or a full stop and a space."""
_ENDS = (
    rf"(?:{_SURE}|ca|ci|ma|tn|dz|cm|bf|ml|ne|tg|bj|ga|cg|cd|mg|re|gp|mq|gf|yt|nc|pf|ht|mc|mu|km|dj|de|es|it|pt|nl|us|io|co|me|tv|ai"
    r"|app|dev|biz|gouv|asso|shop|store|online|site|club|live|email|bzh|paris|africa|quebec)"
)
_PROVIDERS = r"(?:gmail|hotmail|outlook|yahoo|icloud|orange|wanadoo|laposte|free|sfr|bbox|live|msn|gmx|proton(?:mail)?|aol|yopmail|zoho)"

_LABEL = r"[\w-]{1,63}"
_SAID_DOT = r"(?: (?:point|dot) | ?[\[({](?:point|dot|\.)[\])}] ?)"
_JOINED = rf"(?: (?:point|dot|tiret(?: du (?:bas|6|six|8|huit))?|underscore|plus) | \. ?|{_SAID_DOT})"
_LOCAL = rf"(?:\"[^\"\n@]{{1,64}}\"|(?<![\w.+-])(?:[\w.+-]{{2,64}}['’])?[\w.+-]+(?:{_JOINED}[\w+-]{{1,40}}){{0,4}})"

_COMPACT = rf"{_LABEL}(?:\.{_LABEL})+"
_APART = (
    rf"{_LABEL}(?:{_SPACE}{{0,2}}\.{_SPACE}{{0,2}}{_LABEL}){{0,2}}"
    rf"(?:{_SPACE}{{1,2}}\.{_SPACE}{{0,2}}{_ENDS}|\.{_ENDS}|(?:\.{_SPACE}{{1,2}}|,)(?:{_SURE}))(?![\w-]|\.\w)"
)
_SAID = rf"{_LABEL}(?: tiret {_LABEL})?(?:(?:{_SAID_DOT}|\.){_LABEL}){{1,3}}"
_SAID_APART = rf"{_LABEL}(?:(?:{_SAID_DOT}|\.){_LABEL}){{0,2}}(?:{_SAID_DOT}|\.){_ENDS}\b"
_SAID_AT = r"(?:[\[({<]? ?(?:\barr?oba(?:ss?|z)(?:e|que)?s?\b|\ba(?:ro)? ?roba[sz]e\b) ?[\])}>]?|[\[({<] ?(?:at|a|@) ?[\])}>])"

_HINT = re.compile(rf"{_SIGN}|roba|\bat\b|\bchez\b|\bà {_PROVIDERS}\b|[\[({{<] ?a ?[\])}}>]", re.I)
"""Without any of these a text holds no address."""
_MAILS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"{_LOCAL}{_SIGN}(?:{_APART}|{_SAID}|{_COMPACT})",
        rf"(?<![\w.+-])[\w.+-]{{2,}}{_SIGN}[\w-]{{2,63}}",
        # Spaces around the sign: « RT @nike.officiel » is no address, « nadia @gmail.com » is one.
        rf"{_LOCAL}{_SPACE}{{0,2}}{_SIGN}{_SPACE}{{0,2}}(?:{_APART}|{_SAID_APART}|{_PROVIDERS}\b)",
        rf"{_LOCAL} ?{_SAID_AT} ?(?:{_APART}|{_SAID}|{_PROVIDERS}\b)",
        rf"{_LOCAL} (?:at {_SAID_APART}|(?:chez|à) {_PROVIDERS}(?:{_SAID_DOT}|\.){_ENDS}\b)",
        # Spelt: « n a d i a @ g m a i l . c o m ».
        rf"(?<!\S)(?:[\w.+-] ){{3,40}}{_SIGN}(?: [\w.-]){{4,60}}(?!\w)",
    )
)


def hide_mails(text: str) -> str:
    """Return `text` with addresses replaced."""
    if _HINT.search(text):
        for pattern in _MAILS:
            text = pattern.sub(EMAIL, text)
    return text
