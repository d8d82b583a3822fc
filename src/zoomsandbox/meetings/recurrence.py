"""A recurrence rule as instants. Pure: rule, first start and zone in, starts out (zoom-api: Create, recurrence)."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from zoomsandbox.core import zones

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

DAILY, WEEKLY, MONTHLY = 1, 2, 3
MOST_OCCURRENCES = 60
LONGEST_INTERVAL = {DAILY: 99, WEEKLY: 50, MONTHLY: 10}
_LAST_YEAR = 9000


def starts(rule: dict[str, Any], first: int, zone: tzinfo) -> list[int]:
    """The instants of a series, at most 60, that begins at or after `first` and keeps its wall time in `zone`.

    `rule` is a checked recurrence: ``end_date_time`` (seconds since the epoch) or ``end_times`` (0: without end).
    """
    wall = zones.wall_of(first, zone)
    until = rule.get("end_date_time")
    count = MOST_OCCURRENCES if until is not None else rule.get("end_times", 1) or MOST_OCCURRENCES
    found: list[int] = []
    for day in islice(_days(rule, wall.date()), 10 * MOST_OCCURRENCES):
        instant = zones.instant_of(datetime.combine(day, wall.time()), zone)
        if until is not None and instant > until:
            break
        found.append(instant)
        if len(found) == count:
            break
    return found


def _days(rule: dict[str, Any], first: date) -> Iterator[date]:
    interval = rule.get("repeat_interval") or 1
    if rule["type"] == DAILY:
        day = first
        while day.year < _LAST_YEAR:
            yield day
            day += timedelta(days=interval)
    elif rule["type"] == WEEKLY:
        yield from _weekly(rule, first, interval)
    else:
        yield from _monthly(rule, first, interval)


def _weekly(rule: dict[str, Any], first: date, interval: int) -> Iterator[date]:
    # Zoom counts 1 as Sunday, and its weeks begin there
    wanted = sorted(int(day) - 1 for day in rule.get("weekly_days", "1").split(","))
    sunday = first - timedelta(days=first.isoweekday() % 7)
    while sunday.year < _LAST_YEAR:
        for offset in wanted:
            day = sunday + timedelta(days=offset)
            if day >= first:
                yield day
        sunday += timedelta(weeks=interval)


def _monthly(rule: dict[str, Any], first: date, interval: int) -> Iterator[date]:
    year, month = first.year, first.month
    while year < _LAST_YEAR:
        day = _day_in(rule, year, month)
        if day is not None and day >= first:
            yield day
        month += interval
        year, month = year + (month - 1) // 12, (month - 1) % 12 + 1


def _day_in(rule: dict[str, Any], year: int, month: int) -> date | None:
    """The rule's day in a month; None when the month has no such day (the 31st of April)."""
    length = calendar.monthrange(year, month)[1]
    week = rule.get("monthly_week")
    if week is None or "monthly_week_day" not in rule:
        number = rule.get("monthly_day", 1)
        return date(year, month, number) if number <= length else None
    weekday = (rule["monthly_week_day"] + 5) % 7  # Zoom's 1 = Sunday as Python's 6
    days = [day for day in range(1, length + 1) if calendar.weekday(year, month, day) == weekday]
    return date(year, month, days[-1] if week == -1 else days[week - 1])
