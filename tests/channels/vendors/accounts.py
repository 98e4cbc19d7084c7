"""The company's accounts with the vendors, all made up."""

from __future__ import annotations

from dataclasses import dataclass

CHANNELS = ("messenger", "instagram", "whatsapp", "telegram")


@dataclass(frozen=True)
class Accounts:
    """Ids, tokens and secrets as their consoles would show them."""

    version: str = "v25.0"
    app_id: str = "670843887433847"
    app_secret: str = "secret-de-l-application-de-test"
    verify_token: str = "mot-de-verification"
    page_id: str = "104561234567890"
    messenger_token: str = "EAAGjetonDeTestDeLaPage"
    instagram_id: str = "17841400000000042"
    instagram_token: str = "IGAAjetonDeTestDuCompte"
    phone_id: str = "106540352242922"
    business_id: str = "102290129340398"
    whatsapp_token: str = "EAAWjetonDeTestDuNumero"
    telegram_token: str = "123456789:jeton-de-test-du-bot_0123456789abcd"
    telegram_secret: str = "secret_du-webhook"
    bot_name: str = "reso_test_bot"

    def environment(self, url: str) -> dict[str, str]:
        """Return the variables that point Réso at the stand-in served at `url`."""
        return {
            "RESO_META_APP_SECRET": self.app_secret,
            "RESO_META_VERIFY_TOKEN": self.verify_token,
            "RESO_META_API_URL": url,
            "RESO_META_VERSION": self.version,
            "RESO_INSTAGRAM_API_URL": url,
            "RESO_MESSENGER_TOKEN": self.messenger_token,
            "RESO_MESSENGER_PAGE_ID": self.page_id,
            "RESO_INSTAGRAM_TOKEN": self.instagram_token,
            "RESO_INSTAGRAM_ID": self.instagram_id,
            "RESO_WHATSAPP_TOKEN": self.whatsapp_token,
            "RESO_WHATSAPP_PHONE_ID": self.phone_id,
            "RESO_TELEGRAM_TOKEN": self.telegram_token,
            "RESO_TELEGRAM_SECRET": self.telegram_secret,
            "RESO_TELEGRAM_API_URL": url,
        }

    @property
    def bot_id(self) -> int:
        """The bot's own id: what stands before the colon of its token."""
        return int(self.telegram_token.partition(":")[0])
