"""Hides personal data in what is kept for statistics and in logs: contacts, accounts, numbers, names, addresses. Pure.

Prefers hiding too much to too little, except where a figure is plainly none of a person's: « 1 200 000 000 vues », years,
dates, age ranges. Every pattern starts at a place that the text offers at most once and goes a bounded way from there, so
that the time taken grows with the length of the text, whatever the text is.

mails     e-mail addresses, written or dictated
accounts  IBAN and payment cards, by their check digits
phones    phone numbers in figures or in words, and other long numbers
streets   postal addresses
names     names of people, after the words that give one
"""

from __future__ import annotations

from collections.abc import Set

from bot.language.masking.accounts import IBAN_LENGTHS, hide_accounts, is_card, is_iban
from bot.language.masking.mails import hide_mails
from bot.language.masking.names import hide_names
from bot.language.masking.phones import hide_numbers
from bot.language.masking.streets import hide_streets

__all__ = ["IBAN_LENGTHS", "is_card", "is_iban", "mask"]


def mask(text: str, public: Set[str] = frozenset()) -> str:
    """Return `text` with personal data replaced by what they were: [e-mail], [IBAN], [carte], [téléphone], [numéro], [nom], [adresse].

    What is hidden says nothing of what it was but its kind; everything else stays as it is. `public`: names of brands and
    of people known to everybody, as `bot.language.folding.key` folds them; they stay where the words before them do not
    say for certain that they are the writer's own (« je suis Nike », but « je m’appelle [nom] »).
    """
    return hide_names(hide_numbers(hide_streets(hide_accounts(hide_mails(text)))), public)
