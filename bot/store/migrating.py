"""Brings the database to the newest shape, with Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from bot.settings import Settings, settings
from bot.store.pseudonyms import pseudonym_key


def configuration(url: str | None = None) -> Config:
    """Return Alembic's configuration for one database; there is no alembic.ini to keep in step."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = url or settings().store_url
    return config


def upgrade(url: str | None = None, given: Settings | None = None) -> None:
    """Run the migrations that the database lacks, all or none; hashes get the key of `given`, or of the settings."""
    config = configuration(url)
    config.attributes["pseudonym_key"] = pseudonym_key(given or settings())
    command.upgrade(config, "head")
