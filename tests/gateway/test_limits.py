"""Rate limits: every part of a rule holds, waiting as told is enough, and who is gone is forgotten."""

from __future__ import annotations

import tracemalloc

import pytest

from bot.gateway.limits import SWEEP_SECONDS, Bucket, Limits, Places, network_of

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


async def test_who_asks_for_hours_takes_no_more_memory_than_a_rule_looks_back_on() -> None:
    clock = Clock()
    limits = Limits(clock)
    tracemalloc.start()
    held = []
    for _ in range(4):
        for _ in range(1000):
            clock.now += 1.0
            assert await limits.wait("6000/10minute", "network", "10.0.0.0/24") == 0
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert max(held[1:]) - held[0] < 4096, held  # 600 moments are 20 kB, three thousand more would be 100


async def test_who_comes_from_ever_new_addresses_does_not_fill_the_memory() -> None:
    limits = Limits(Clock(), most=10)
    for number in range(100):
        await limits.wait("1/minute", "address", str(number))
    assert limits.known == 10
    assert await limits.wait("1/minute", "address", "99") > 0


async def test_who_asks_all_the_time_is_not_forgotten_for_newcomers() -> None:
    limits = Limits(Clock(), most=3)
    await limits.wait("1/minute", "address", "pushing")
    for number in range(20):
        await limits.wait("1/minute", "address", str(number))
        assert await limits.wait("1/minute", "address", "pushing") > 0


def test_a_bucket_gives_at_once_what_it_holds_and_then_what_flows_in() -> None:
    clock = Clock()
    bucket = Bucket(2.0, 3, clock)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock.now += 1
    assert not bucket.take(3)
    assert bucket.take(2)
    assert not bucket.take()
    clock.now += 1000
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_a_network_of_many_addresses_has_ten_times_the_places_of_one() -> None:
    places = Places(2)
    taken = [address for number in range(1, 100) for address in [f"198.51.100.{number}"] * 3 if places.take(address)]
    assert len(taken) == 20
    assert max(taken.count(address) for address in taken) == 2
    assert places.take("203.0.113.1")
    places.give_back(taken[0])
    assert places.take("198.51.100.200")
    assert not places.take("198.51.100.201")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("198.51.100.7", "198.51.100.200", True),
        ("198.51.100.7", "198.51.101.7", False),
        ("2001:db8:1:2::/64", "2001:db8:1:ffff::/64", True),
        ("2001:db8:1:2::/64", "2001:db8:2:2::/64", False),
        ("", "", True),
        ("unix", "", False),
    ],
)
def test_neighbours_are_one_network(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same
