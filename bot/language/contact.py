"""E-mail addresses and phone numbers as people type them in a chat: read, checked, written in one way. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from bot.language.folding import strip_accents

HOME = "FR"
"""Region of numbers without a country code; a number that does not fit is tried in the other francophone ones."""

NEIGHBOURS = ("BE", "CH", "CA", "SN", "CI", "CM", "MA", "TN", "DZ", "ML", "BF", "BJ", "TG", "CD", "MG", "RE", "GP", "MQ", "GF", "LU")
"""Regions tried after HOME, in this order."""

FEWEST_DIGITS = 6
"""Digits from which a message is an attempt at a phone number."""


@dataclass(frozen=True)
class Contact:
    """A checked way to reach somebody: `kind` is email or phone; `value` is the address or the E.164 number."""

    kind: str
    value: str

    @property
    def shown(self) -> str:
        """How a person reads it: numbers in international groups."""
        if self.kind == "email":
            return self.value
        written = phonenumbers.format_number(phonenumbers.parse(self.value), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        return written.replace(" ", "\u00a0").replace("-", "\u00a0")


_DICTATED = [
    (re.compile(r"\s*(?:\(at\)|\[at\]|\barr?oba(?:ss?|z)e?s?\b|\baro ba[sz]e\b|\ba roba[sz]e\b)\s*", re.I), "@"),
    (re.compile(r"\s+(?:point|dot)\s+", re.I), "."),
    (re.compile(r"\s+(?:tiret du bas|underscore)\s+", re.I), "_"),
    (re.compile(r"\s+tiret\s+", re.I), "-"),
    (re.compile(r"\s*@\s*"), "@"),
]
_ENCODED = "=?"
"""Begins a word that mail programs decode (RFC 2047): to whom the team's answer would go is not what they read."""
_EMAIL = re.compile(r"[^\s<>(),;:\"']+@[^\s<>(),;:\"']+")
_PHONE = re.compile(r"(?:\+|00)?\(?\d[\d\s./()-]{4,}\d")
_SHORT = re.compile(r"0\d(?:\s+\d\d?){4}|0[67]\d{7}")
"""A French number in pairs, or a mobile one in one piece; with nine digits, one is missing: it is no Belgian number (02 123 45 67)."""
_DATE = re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b")
_OH = re.compile(r"(?<=[\d+])[oO](?=[\d ])|\b[oO](?=\d)")


def read_contact(text: str) -> Contact | None:
    """Return the first valid e-mail address or phone number in `text`, or None."""
    spelt = text
    for pattern, sign in _DICTATED:
        spelt = pattern.sub(sign, spelt)
    for found in (address for address in _EMAIL.findall(spelt) if _ENCODED not in address):
        try:
            checked = validate_email(strip_accents(found.strip(".!?…«»")), check_deliverability=False)
        except EmailNotValidError:
            continue
        return Contact("email", checked.normalized)
    for match in _PHONE.finditer(_OH.sub("0", _DATE.sub(" ", text))):
        number = _number(match.group())
        if number:
            return Contact("phone", number)
    return None


def tries_contact(text: str) -> str | None:
    """Return « email » or « phone » where `text` looks like an attempt at one, else None."""
    if "@" in text or re.search(r"\barr?oba[sz]", text, re.I):
        return "email"
    return "phone" if sum(c.isdigit() for c in text) >= FEWEST_DIGITS else None


def _number(typed: str) -> str | None:
    digits = re.sub(r"[./()-]", " ", typed)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if _SHORT.fullmatch(digits) and sum(c.isdigit() for c in digits) == 9:
        return None
    # Where national numbers are typed with a 0 first (France, Belgium …) one without it is somebody's from elsewhere.
    zero = digits.strip(" ")[:1] in "0+"
    for region in (r for r in (HOME, *NEIGHBOURS) if zero or not _starts_with_zero(r)):
        try:
            number = phonenumbers.parse(digits, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if digits.startswith("+"):
            return None
    return None


def _starts_with_zero(region: str) -> bool:
    return phonenumbers.ndd_prefix_for_region(region, True) == "0"
