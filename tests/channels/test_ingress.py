"""A turn through Rasa never ends in silence."""

import asyncio

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from bot.channels.ingress import APOLOGY, ask


def a_message() -> UserMessage:
    return UserMessage("ça fait vendre ?", CollectingOutputChannel(), "v1")


async def test_silence_becomes_an_apology() -> None:
    message = a_message()

    async def silent(message: UserMessage) -> None:
        return None

    assert not await ask(silent, message, 1)
    assert message.output_channel.messages[0]["text"] == APOLOGY


async def test_an_error_becomes_an_apology() -> None:
    message = a_message()

    async def broken(message: UserMessage) -> None:
        raise RuntimeError("secret de la base")

    assert not await ask(broken, message, 1)
    assert [m["text"] for m in message.output_channel.messages] == [APOLOGY]


async def test_a_turn_that_hangs_is_cut() -> None:
    message = a_message()

    async def slow(message: UserMessage) -> None:
        await asyncio.sleep(60)

    assert not await ask(slow, message, 0.05)
    assert message.output_channel.messages[0]["text"] == APOLOGY


async def test_an_answer_passes() -> None:
    message = a_message()

    async def good(message: UserMessage) -> None:
        await message.output_channel.send_text_message("v1", "Oui.")

    assert await ask(good, message, 1)
    assert [m["text"] for m in message.output_channel.messages] == ["Oui."]
