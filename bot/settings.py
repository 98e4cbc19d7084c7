"""The only reader of the environment. Defaults expose nothing beyond this machine.

Each field is the variable RESO_<NAME>. A value that does not fit fails at start and names the variable.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseSettings, Field, SecretStr, ValidationError, validator
from pydantic.fields import ModelField

from bot.language.opening_hours import read_hours
from bot.language.sites import read_networks, read_sites

LEAST_SIGNING = 32
"""Characters of the secret that signs sessions: whoever has one can try secrets at home (RFC 7518, section 3.2: 256 bits)."""
LEAST_SECRET = 16
"""Characters of any other secret that is made up here: each try is a request."""

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Frozen settings of one process."""

    folder: Path = Field(ROOT / "var", description="where stores, logs and built files live")
    models: Path = Field(ROOT / "models", description="where the trained model lies")
    database_url: str = Field("", description="SQLAlchemy address of the store; empty: SQLite in the folder")
    host: str = Field("127.0.0.1", description="address that the assistant listens on")
    port: int = Field(5005, ge=1, le=65535, description="port of the assistant (page, REST)")
    actions_port: int = Field(5055, ge=1, le=65535, description="port of the action server, on loopback only")
    rasa_port: int = Field(0, ge=0, le=65535, description="port of Rasa behind the gateway, on loopback only; 0: any free one")
    inner_key: SecretStr = Field(SecretStr(""), description="made by `make run`: what its processes show to each other")
    supervisor: int = Field(0, ge=0, description="made by `make run`: its number as a process; who was started by it ends with it")
    replica: str = Field("1", regex=r"^[A-Za-z0-9_.-]{1,40}$", description="name of this gateway among several")
    turn_seconds: float = Field(15.0, gt=0, le=60, description="longest time a visitor waits for a reply")

    opening_hours: str = Field("", description="when the team answers, e.g. lun-ven 9:00-18:00; sam 9:00-12:00; empty: no promise")
    timezone: str = Field("Europe/Paris", description="time zone of the opening hours")
    webhook_url: str = Field("", description="where a request to the team is posted as JSON; empty: nowhere")
    webhook_secret: SecretStr = Field(SecretStr(""), description="signs these posts (HMAC-SHA256)")
    mail_to: str = Field("", description="address that gets a mail for each request; empty: none")
    mail_from: str = Field("reso@localhost", description="sender of these mails")
    smtp_host: str = Field("localhost", description="mail server")
    smtp_port: int = Field(587, ge=1, le=65535, description="its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="how the connection is protected")
    smtp_user: str = Field("", description="account on the mail server; empty: none")
    smtp_password: SecretStr = Field(SecretStr(""), description="its password")

    sites: str = Field(
        "", description="sites that may show the widget, e.g. https://www.exemple.fr, separated by spaces; the own address always may"
    )
    proxies: str = Field(
        "", description="addresses or networks of your reverse proxies, separated by spaces; this machine's own are always believed"
    )
    secret: SecretStr = Field(SecretStr(""), description="signs the widget's sessions; empty: one is made and kept in the folder")
    session_days: float = Field(7.0, gt=0, le=90, description="how long a visitor's session lasts without a visit")
    pseudonym_key: SecretStr = Field(
        SecretStr(""), description="for several machines: key of the hashes that stand for conversations; empty: kept in the folder"
    )
    keep_talks_days: int = Field(30, ge=7, description="days that conversations are kept; vendors deliver again for 7")
    keep_questions_days: int = Field(365, ge=7, description="days that masked questions and verdicts are kept")
    keep_requests_days: int = Field(180, ge=7, description="days that closed requests are kept")
    keep_backups_days: int = Field(30, ge=7, description="days that backups are kept; the newest always stays")
    rest_key: SecretStr = Field(
        SecretStr(""),
        description="key of the REST interface; empty: only programs on this machine, and none once public_url or sites is set",
    )
    metrics_key: SecretStr = Field(
        SecretStr(""),
        description="key of /metrics; empty: only programs on this machine; set one behind a proxy that keeps quiet and renames Host",
    )
    public_url: str = Field("", description="address of the assistant as the internet sees it, for webhooks")

    meta_app_secret: SecretStr = Field(SecretStr(""), description="Meta: secret of the app; signs the webhooks of all three channels")
    meta_verify_token: SecretStr = Field(SecretStr(""), description="Meta: word of your choice, given when the webhook is registered")
    meta_api_url: str = Field("https://graph.facebook.com", description="Meta: address of the API")
    meta_version: str = Field("v25.0", regex=r"^v\d+\.\d+$", description="Meta: version of the API")
    messenger_token: SecretStr = Field(SecretStr(""), description="Messenger: access token of the page")
    messenger_page_id: str = Field("", description="Messenger: id of the page")
    instagram_app_secret: SecretStr = Field(SecretStr(""), description="Instagram: secret of the Instagram app; empty: Meta's")
    instagram_token: SecretStr = Field(SecretStr(""), description="Instagram: access token")
    instagram_id: str = Field("", description="Instagram: id of the professional account")
    instagram_api_url: str = Field("https://graph.instagram.com", description="Instagram: address of the API")
    whatsapp_token: SecretStr = Field(SecretStr(""), description="WhatsApp: access token")
    whatsapp_phone_id: str = Field("", description="WhatsApp: id of the phone number")
    telegram_token: SecretStr = Field(SecretStr(""), description="Telegram: token of the bot")
    telegram_secret: SecretStr = Field(SecretStr(""), description="Telegram: secret of the webhook, A-Z a-z 0-9 _ -")
    telegram_api_url: str = Field("https://api.telegram.org", description="Telegram: address of the API")

    @validator("opening_hours")
    def _readable_hours(cls, line: str) -> str:
        read_hours(line)
        return line

    @validator("sites")
    def _readable_sites(cls, line: str) -> str:
        read_sites(line)
        return line

    @validator("proxies")
    def _readable_networks(cls, line: str) -> str:
        read_networks(line)
        return line

    @validator("secret", "inner_key", "rest_key", "metrics_key", "webhook_secret", "meta_verify_token", "telegram_secret")
    def _hard_to_guess(cls, secret: SecretStr, field: ModelField) -> SecretStr:
        least = LEAST_SIGNING if field.name == "secret" else LEAST_SECRET
        if 0 < len(secret.get_secret_value()) < least:
            raise ValueError(f"{least} caractères au moins, au hasard, par exemple ceux que donne «\u00a0openssl rand -hex 32\u00a0»")
        return secret

    @validator("telegram_secret")
    def _telegram_takes(cls, secret: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret.get_secret_value()):
            raise ValueError("lettres sans accent, chiffres, « _ » et « - » seulement")
        return secret

    @validator("pseudonym_key")
    def _long_enough(cls, key: SecretStr) -> SecretStr:
        if 0 < len(key.get_secret_value()) < 32:
            raise ValueError("la clé doit avoir au moins 32 caractères")
        return key

    @validator("timezone")
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, KeyError, OSError):
            raise ValueError(f"fuseau horaire inconnu : {name}") from None
        return name

    @validator("webhook_url")
    def _web_address(cls, address: str) -> str:
        if address and not re.match(r"https?://[^\s/]+", address):
            raise ValueError("l’adresse doit commencer par https:// ou http://")
        return address

    class Config:
        env_prefix = "RESO_"
        allow_mutation = False

    @property
    def store_url(self) -> str:
        """The SQLAlchemy address of the store."""
        return self.database_url or f"sqlite:///{self.folder / 'reso.db'}"

    @property
    def model(self) -> Path:
        """The archive of the trained model."""
        return self.models / "reso.tar.gz"

    @property
    def backups(self) -> Path:
        """Return the folder that backups go to, in it or in folders of it."""
        return self.folder / "sauvegardes"

    @property
    def widget_folder(self) -> Path:
        """Where the widget's built files are."""
        return ROOT / "var" / "widget"

    @property
    def rest_without_key(self) -> bool:
        """Tell whether programs on this machine may use REST without a key: none is set, and nothing is public."""
        return not (self.rest_key.get_secret_value() or self.public_url or self.sites)

    @property
    def media(self) -> tuple[str, ...]:
        """How the team is told of a request: webhook, mail, both or neither."""
        return tuple(medium for medium, address in (("webhook", self.webhook_url), ("mail", self.mail_to)) if address)

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
