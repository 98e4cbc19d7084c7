"""Brings the database to the newest shape, with Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from bot.settings import settings


def configuration(url: str | None = None) -> Config:
    """Return Alembic's configuration for one database; there is no alembic.ini to keep in step."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = url or settings().store_url
    return config


def upgrade(url: str | None = None) -> None:
    """Run the migrations that the database lacks."""
    command.upgrade(configuration(url), "head")
