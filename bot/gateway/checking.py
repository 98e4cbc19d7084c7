"""`make channels-check`: asks each vendor whether tokens, permissions and webhooks are right; prints what is missing."""

from __future__ import annotations

import asyncio

import aiohttp

from bot.channels.contract import Check
from bot.channels.telegram.channel import TelegramChannel
from bot.gateway.app import channels_of
from bot.settings import settings

LONGEST = 60.0
"""Seconds for all questions to one vendor."""


async def check_channels(set_webhook: bool = False) -> int:
    """Print a line for each thing checked; return 1 where a configured channel has a fault. `set_webhook`: declare Telegram's first."""
    wrong = 0
    async with aiohttp.ClientSession() as session:
        for channel in channels_of(settings(), session):
            print(f"\n{channel.name.capitalize()}")
            if channel.missing:
                print(f"  – non configuré ; il manque : {', '.join(channel.missing)}")
                continue
            try:
                checks = [await channel.set_webhook()] if set_webhook and isinstance(channel, TelegramChannel) else []
                checks += await asyncio.wait_for(channel.check(), LONGEST)
            except asyncio.TimeoutError:
                checks = [Check(False, "pas de réponse", "Vérifiez l’accès à internet de cette machine, puis réessayez.")]
            for check in checks:
                print(f"  {'✓' if check.good else '✗'} {check.what}" + (f"\n      → {check.advice}" if check.advice else ""))
            wrong += sum(not check.good for check in checks)
    return 1 if wrong else 0
