"""Every line is pushed once, also one whose number is seen later than a higher one."""

from __future__ import annotations

from bot.gateway.seen_lines import SeenLines


def pushed(seen: SeenLines, visible: list[int], now: float) -> list[int]:
    """Return what one look pushes, of the lines that are visible then."""
    after = seen.after(now)
    return [number for number in visible if number > after and seen.is_new(number, now)]


def test_a_line_that_appears_below_one_that_was_pushed_is_pushed_too_and_none_twice() -> None:
    seen = SeenLines(98, 10.0)
    assert pushed(seen, [97, 98, 99, 101], 0.0) == [99, 101]
    assert pushed(seen, [97, 98, 99, 100, 101], 3.0) == [100]
    assert pushed(seen, [99, 100, 101, 102], 9.0) == [102]
    assert pushed(seen, [99, 100, 101, 102, 103], 30.0) == [103]


def test_where_lines_appear_in_order_nothing_is_looked_at_again() -> None:
    seen = SeenLines(0, 0.0)
    assert pushed(seen, [1, 2], 1.0) == [1, 2]
    assert seen.after(1.0) == 2
