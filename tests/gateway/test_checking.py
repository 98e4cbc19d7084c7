"""`make channels-check` against the stand-in for the vendors: what is printed, and what the exit code says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.gateway.checking import check_channels
from bot.settings import settings
from tests.channels.vendors.server import Vendors, serving


@pytest.fixture
def vendors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendors]:
    """The stand-in, with four channels set up as the guides say."""
    with serving() as made:
        given = made.accounts.environment(made.url) | {"RESO_PUBLIC_URL": "https://reso.exemple.fr"}
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        made.webhook = {
            "url": "https://reso.exemple.fr/webhooks/telegram/webhook",
            "allowed_updates": ["message", "edited_message", "callback_query", "message_reaction"],
        }
        settings.cache_clear()
        yield made
    settings.cache_clear()


async def test_four_channels_set_up_as_the_guides_say_have_no_fault(vendors: Vendors, capsys: pytest.CaptureFixture[str]) -> None:
    assert await check_channels() == 0
    shown = capsys.readouterr().out
    assert [name for name in ("Messenger", "Instagram", "Whatsapp", "Telegram") if f"\n{name}\n  ✓" not in shown] == []
    assert "✗" not in shown


async def test_set_registers_telegrams_webhook_and_renews_instagrams_token(vendors: Vendors, capsys: pytest.CaptureFixture[str]) -> None:
    vendors.webhook = {"url": ""}
    assert await check_channels(set_up=True) == 0
    assert vendors.webhook["url"] == "https://reso.exemple.fr/webhooks/telegram/webhook"
    assert f"RESO_INSTAGRAM_TOKEN={vendors.accounts.instagram_token}2" in capsys.readouterr().out


@pytest.mark.parametrize("odd", [["what"], {"data": [7]}, {"data": {"granular_scopes": "x", "scopes": 7, "is_valid": True}}, 7])
async def test_an_odd_answer_of_one_vendor_does_not_keep_the_others_from_being_asked(
    vendors: Vendors, capsys: pytest.CaptureFixture[str], odd: object
) -> None:
    vendors.odd = {"debug_token": odd, "subscribed_apps": odd}
    assert await check_channels() == 1
    shown = capsys.readouterr().out
    assert "Traceback" not in shown
    telegram = shown.partition("\nTelegram\n")[2]
    assert "✓" in telegram
    assert "✗" not in telegram


async def test_subscriptions_of_another_app_are_none_of_ours(vendors: Vendors, capsys: pytest.CaptureFixture[str]) -> None:
    vendors.apps = [{"id": "999", "name": "Autre CRM"}]
    assert await check_channels() == 1
    messenger, _, rest = capsys.readouterr().out.partition("\nInstagram\n")
    whatsapp = rest.partition("\nWhatsapp\n")[2].partition("\nTelegram\n")[0]
    assert "La page n’est pas abonnée" in messenger
    assert "pas celle du jeton" in whatsapp


async def test_an_app_whose_webhook_goes_elsewhere_receives_nothing(vendors: Vendors, capsys: pytest.CaptureFixture[str]) -> None:
    vendors.app_webhooks["page"]["address"] = "https://ailleurs.exemple.fr"
    vendors.app_webhooks["whatsapp_business_account"]["fields"] = ["account_update"]
    assert await check_channels() == 1
    shown = capsys.readouterr().out
    assert "enregistré ailleurs\u00a0: https://ailleurs.exemple.fr" in shown
    assert "pas abonnée à\u00a0: messages." in shown


async def test_a_token_that_names_no_account_is_no_proof_of_a_subscription(vendors: Vendors, capsys: pytest.CaptureFixture[str]) -> None:
    vendors.names_targets = False
    assert await check_channels() == 1
    assert "✗ L’abonnement du compte WhatsApp ne peut pas être vérifié" in capsys.readouterr().out
