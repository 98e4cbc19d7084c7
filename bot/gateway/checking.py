"""`make channels-check`: asks each vendor whether tokens, permissions and webhooks are right; prints what is missing."""

from __future__ import annotations

import asyncio
import traceback

import aiohttp

from bot.channels.contract import Channel, Check
from bot.channels.instagram.channel import InstagramChannel
from bot.channels.telegram.channel import TelegramChannel
from bot.gateway.app import channels_of
from bot.settings import settings

LONGEST = 60.0
"""Seconds for all questions to one vendor."""


async def check_channels(set_up: bool = False) -> int:
    """Print a line for each thing checked; return 1 where a configured channel has a fault.

    `set_up`: declare Telegram's webhook and renew Instagram's token first.
    """
    wrong = 0
    async with aiohttp.ClientSession() as session:
        for channel in channels_of(settings(), session):
            print(f"\n{channel.name.capitalize()}")
            if channel.missing:
                print(f"  – non configuré\u202f; il manque\u00a0: {', '.join(channel.missing)}")
                continue
            checks = await _asked(channel, set_up)
            for check in checks:
                print(f"  {'✓' if check.good else '✗'} {check.what}" + (f"\n      → {check.advice}" if check.advice else ""))
            wrong += sum(not check.good for check in checks)
    return 1 if wrong else 0


async def _asked(channel: Channel, set_up: bool) -> list[Check]:
    """Return the lines of one channel; whatever its vendor answers, the others are still asked."""
    try:
        checks = await asyncio.wait_for(_set_up(channel), LONGEST) if set_up else []
        return checks + await asyncio.wait_for(channel.check(), LONGEST)
    except asyncio.TimeoutError:
        return [Check(False, "pas de réponse", "Vérifiez l’accès à internet de cette machine, puis réessayez.")]
    except Exception as error:  # an answer of a shape that nobody thought of
        place = traceback.extract_tb(error.__traceback__)[-1]
        what = f"réponse que Réso ne comprend pas ({type(error).__name__}, {place.name}, ligne {place.lineno})"
        return [Check(False, what, "Réessayez plus tard\u202f; si cela dure, transmettez cette ligne à la personne qui s’occupe de Réso.")]


async def _set_up(channel: Channel) -> list[Check]:
    if isinstance(channel, TelegramChannel):
        return [await channel.set_webhook()]
    return [await channel.renew()] if isinstance(channel, InstagramChannel) else []
