"""Rate limits: every part of a rule holds, waiting as told is enough, and who is gone is forgotten."""

from __future__ import annotations

from bot.gateway.limits import SWEEP_SECONDS, Limits

RULE = "3/5second;5/1minute"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_every_part_of_a_rule_holds_and_waiting_as_told_is_enough() -> None:
    clock = Clock()
    limits = Limits(clock)
    assert [await limits.wait(RULE, "talk", "a") for _ in range(4)] == [0, 0, 0, 5]
    clock.now += 5
    assert [await limits.wait(RULE, "talk", "a") for _ in range(3)] == [0, 0, 55]
    clock.now += 54
    assert await limits.wait(RULE, "talk", "a") == 1
    clock.now += 1
    assert [await limits.wait(RULE, "talk", "a") for _ in range(4)] == [0, 0, 0, 5]


async def test_what_is_refused_does_not_count() -> None:
    clock = Clock()
    limits = Limits(clock)
    for _ in range(50):
        await limits.wait(RULE, "talk", "a")
    clock.now += 5
    assert await limits.wait(RULE, "talk", "a") == 0


async def test_nobody_uses_up_what_is_anothers() -> None:
    limits = Limits(Clock())
    for _ in range(4):
        await limits.wait(RULE, "talk", "a")
    assert await limits.wait(RULE, "talk", "b") == 0
    assert await limits.wait(RULE, "address", "a") == 0


async def test_who_is_gone_is_forgotten() -> None:
    clock = Clock()
    limits = Limits(clock)
    for number in range(1000):
        await limits.wait(RULE, "address", str(number))
    clock.now += SWEEP_SECONDS
    await limits.wait(RULE, "address", "new")
    assert limits.known == 1


async def test_who_comes_from_ever_new_addresses_does_not_fill_the_memory() -> None:
    limits = Limits(Clock(), most=10)
    for number in range(100):
        await limits.wait("1/minute", "address", str(number))
    assert limits.known == 10
    assert await limits.wait("1/minute", "address", "99") > 0
