"""The two actions of the stock assistant."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher


class Order(Action):
    """Takes an order."""

    def name(self) -> str:
        """Return its name in the domain."""
        return "action_commander"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Do nothing: what counts is whether it was reached."""
        return []


class Slow(Action):
    """Takes its time."""

    def name(self) -> str:
        """Return its name in the domain."""
        return "action_patienter"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Wait, without keeping others from being served."""
        await asyncio.sleep(float(os.environ["STOCK_SLOW_SECONDS"]))
        return []
