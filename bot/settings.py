"""The only reader of the environment. Defaults expose nothing beyond this machine.

Each field is the variable RESO_<NAME>. A value that does not fit fails at start and names the variable.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseSettings, Field, ValidationError

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Frozen settings of one process."""

    folder: Path = Field(ROOT / "var", description="where stores, logs and built files live")
    database_url: str = Field("", description="SQLAlchemy address of the store; empty: SQLite in the folder")
    host: str = Field("127.0.0.1", description="address that the assistant listens on")
    port: int = Field(5005, ge=1, le=65535, description="port of the assistant (page, REST)")
    actions_port: int = Field(5055, ge=1, le=65535, description="port of the action server, on loopback only")
    turn_seconds: float = Field(15.0, gt=0, le=60, description="longest time a visitor waits for a reply")

    class Config:
        env_prefix = "RESO_"
        allow_mutation = False

    @property
    def store_url(self) -> str:
        """The SQLAlchemy address of the store."""
        return self.database_url or f"sqlite:///{self.folder / 'reso.db'}"

    @property
    def actions_url(self) -> str:
        """Where Rasa calls the actions."""
        return f"http://127.0.0.1:{self.actions_port}/webhook"


class SettingsError(ValueError):
    """A variable of the environment does not fit; the message names it, in French."""


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process, read once.

    Raises SettingsError naming each variable that does not fit.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"RESO_{str(e['loc'][0]).upper()} ne convient pas : {e['msg']}" for e in error.errors()]
        raise SettingsError("\n".join(lines)) from None
