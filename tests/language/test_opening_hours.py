"""When somebody of the team answers."""

import datetime

import pytest

from bot.language.opening_hours import HoursError, read_hours, say_when

HOURS = read_hours("lun-ven 9:00-12:30 13h30-18h; sam 9:00-12:00")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ((2026, 11, 23, 8, 0), "aujourd’hui à partir de 9\u00a0h"),
        ((2026, 11, 23, 10, 0), "l’équipe est là en ce moment"),
        ((2026, 11, 23, 12, 45), "aujourd’hui à partir de 13\u00a0h\u00a030"),
        ((2026, 11, 23, 19, 0), "demain mardi à partir de 9\u00a0h"),
        ((2026, 11, 21, 13, 0), "lundi à partir de 9\u00a0h"),
    ],
)
def test_says_when_somebody_answers(now: tuple[int, ...], said: str) -> None:
    assert said in say_when(HOURS, datetime.datetime(*now))  # type: ignore[arg-type]


def test_without_hours_nothing_is_promised() -> None:
    assert read_hours("  ") is None
    assert say_when(None, datetime.datetime(2026, 11, 23)) == "dès que possible"


@pytest.mark.parametrize("line", ["toujours", "lun 18:00-9:00", "lun-xyz 9:00-10:00", "lun neuf heures", "lun 9:75-10:00"])
def test_hours_that_cannot_be_read_are_refused_in_french(line: str) -> None:
    with pytest.raises(HoursError, match="heures|horaires"):
        read_hours(line)
