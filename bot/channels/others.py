"""Rasa's own connectors for Slack, Mattermost and Teams, made to carry Réso's replies; see docs/channels/autres.md.

As Rasa ships them, what a person types can be an intent (« /… »), and what Réso tells programs beside an answer is sent
as a message: Slack refuses it (no_text), and the answer behind it is lost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.botframework import BotFrameworkInput
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.channels.mattermost import MattermostInput
from rasa.core.channels.slack import SlackInput
from sanic import Blueprint

from bot.language.cleaning import MAX_CHARACTERS, clean, disarm

Handler = Callable[[UserMessage], Awaitable[Any]]


class _ForPeople(InputChannel):
    """Cleans what comes in, keeps back what only programs read."""

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the connector's routes."""

        async def handle(message: UserMessage) -> Any:
            message.text = disarm(clean(message.text)[:MAX_CHARACTERS])
            setattr(message.output_channel, "send_custom_json", _keep_back)  # noqa: B010
            return await on_new_message(message)

        return super().blueprint(handle)


async def _keep_back(recipient: str, content: Any, **more: Any) -> None:
    return


class Slack(_ForPeople, SlackInput):
    """Slack's Events API; keys as for Rasa's `slack`."""


class Mattermost(_ForPeople, MattermostInput):
    """Mattermost's outgoing webhooks; keys as for Rasa's `mattermost`."""


class Teams(_ForPeople, BotFrameworkInput):
    """Microsoft Bot Framework; keys as for Rasa's `botframework`."""
