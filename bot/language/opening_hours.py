"""When somebody of the team answers: opening hours from one line of the settings, and how to say them in French. Pure."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_SHORT = {day[:3]: n for n, day in enumerate(DAYS)}
_RULE = re.compile(r"\s*([a-zé]{3})(?:\s*-\s*([a-zé]{3}))?\s+(.+)", re.I)
_SPAN = re.compile(r"(\d{1,2})[h:](\d{2})?\s*-\s*(\d{1,2})[h:](\d{2})?")


class HoursError(ValueError):
    """The line of opening hours cannot be read; the message says where, in French."""


@dataclass(frozen=True)
class Hours:
    """Opening times: for each weekday (0 is Monday) the spans as pairs of minutes since midnight."""

    spans: tuple[tuple[tuple[int, int], ...], ...]

    def is_open(self, now: datetime.datetime) -> bool:
        """Tell whether somebody is there at `now`, in the team's time zone."""
        minute = now.hour * 60 + now.minute
        return any(start <= minute < end for start, end in self.spans[now.weekday()])

    def next_opening(self, now: datetime.datetime) -> datetime.datetime | None:
        """Return the next time somebody comes, or None where the team never opens."""
        minute = now.hour * 60 + now.minute
        for days in range(8):
            day = now + datetime.timedelta(days=days)
            for start, _ in self.spans[day.weekday()]:
                if days or start > minute:
                    return day.replace(hour=start // 60, minute=start % 60, second=0, microsecond=0)
        return None


def read_hours(line: str) -> Hours | None:
    """Read « lun-ven 9:00-12:30 13:30-18:00; sam 9:00-12:00 »; an empty line is None: no hours are promised.

    Raises HoursError.
    """
    if not line.strip():
        return None
    spans: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for rule in line.split(";"):
        match = _RULE.fullmatch(rule)
        if match is None or match[1].lower() not in _SHORT or (match[2] or match[1]).lower() not in _SHORT:
            raise HoursError(f"horaires illisibles : « {rule.strip()} » ; exemple : lun-ven 9:00-18:00; sam 9:00-12:00")
        first, last = _SHORT[match[1].lower()], _SHORT[(match[2] or match[1]).lower()]
        times = [tuple(int(n or 0) for n in span) for span in _SPAN.findall(match[3])]
        if not times:
            raise HoursError(f"horaires sans heures : « {rule.strip()} » ; exemple : lun-ven 9:00-18:00")
        for h1, m1, h2, m2 in times:
            start, end = h1 * 60 + m1, h2 * 60 + m2
            if not 0 <= start < end <= 24 * 60 or m1 > 59 or m2 > 59:
                raise HoursError(f"heures impossibles dans « {rule.strip()} »")
            for day in range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1)):
                spans[day].append((start, end))
    return Hours(tuple(tuple(sorted(day)) for day in spans))


def say_when(hours: Hours | None, now: datetime.datetime) -> str:
    """Return when an answer can be expected, as the end of a sentence: « demain mardi à partir de 9 h »."""
    if hours is None:
        return "dès que possible"
    if hours.is_open(now):
        return "dès que possible, l’équipe est là en ce moment"
    then = hours.next_opening(now)
    if then is None:
        return "dès que possible"
    clock = f"{then.hour}\u00a0h" + (f"\u00a0{then.minute:02d}" if then.minute else "")
    days = (then.date() - now.date()).days
    day = {0: "aujourd’hui", 1: f"demain {DAYS[then.weekday()]}"}.get(days, DAYS[then.weekday()])
    return f"{day} à partir de {clock} (l’équipe n’est pas là en ce moment)"
