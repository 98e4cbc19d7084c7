"""What a process may know of the environment: of the secrets only those that it needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pydantic import SecretStr

from bot.settings import Settings

ADDRESSES = frozenset({"database_url", "webhook_url"})
"""Of the store and the team: they may hold a password. Rasa, which has a store of its own, asks nothing of either."""
SECRETS = ADDRESSES | {name for name, field in Settings.__fields__.items() if field.type_ is SecretStr}
"""Settings that are secrets, by name; a new one is kept from everybody who does not ask for it."""
OF_THE_TEAM = frozenset({"webhook_secret", "smtp_password"})
"""What telling the team takes, and nothing else does."""
OF_THE_GATEWAY = SECRETS - OF_THE_TEAM
OF_EVERYBODY = frozenset({"pseudonym_key"})
"""What every process of ours takes: two that named conversations by hashes of different keys would not know each other's rows, and
an erasure would leave what the other wrote."""


def without_secrets(environment: Mapping[str, str], but: Collection[str] = ()) -> dict[str, str]:
    """Return an environment without the secrets of the settings, `but` those named; pydantic reads them in any case of letters."""
    kept_back = {Settings.Config.env_prefix.lower() + name for name in SECRETS.difference(but)}
    return {name: value for name, value in environment.items() if name.lower() not in kept_back}
