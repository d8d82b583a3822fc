"""On which days a series falls, and the instants that makes. Dates and zones; no text, no Zoom.

A month without the day asked for is left out, as RFC 5545 (3.3.10) has it. A wall time that a change of the clock
leaves out or brings twice is refused with its dates: Zoom says nowhere what it makes of one, and a meeting must not
be moved silently.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from zoomlink.errors import InvalidInputError
from zoomlink.times import When, parse_zone
from zoomlink.zoom.recurrence import MAX_OCCURRENCES, WEEKDAYS, Recurrence, refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

__all__ = ["day_ended_by", "falls", "instants", "last_moment", "place"]


def instants(series: Recurrence, start: When | datetime, zone: ZoneInfo | str | None = None) -> tuple[datetime, ...]:
    """Return all starts of a checked series as aware datetimes in its zone; an endless one shows its first 60.

    Raises InvalidInputError as `Recurrence.occurrences` says.
    """
    wall, where = place(start, zone)
    # One more than allowed is enough to see that there are too many.
    most = series.count or (MAX_OCCURRENCES if series.endless else MAX_OCCURRENCES + 1)
    days: list[date] = []
    try:
        for day in falls(series, wall.date()):
            if len(days) == most or _is_over(series, datetime.combine(day, wall.time(), where)):
                break
            days.append(day)
            if day != wall.date() and len(days) == 1:
                break
    except (OverflowError, ValueError):
        raise refused("The series goes beyond the years that can be counted.", "Let it end sooner.") from None
    _check_first(series, wall, days)
    if len(days) > MAX_OCCURRENCES:
        raise refused(
            f"The series has more than {MAX_OCCURRENCES} meetings, which is all Zoom makes of one.",
            f"Let it end by {days[MAX_OCCURRENCES - 1]}, and begin another one after that.",
        )
    times = [datetime.combine(day, wall.time(), where) for day in days]
    _check_clock(times, where)
    return tuple(times)


def falls(series: Recurrence, first: date) -> Iterator[date]:
    """Yield the days of a checked series from `first` on, without an end.

    `first` itself comes only if the pattern falls on it. Runs into OverflowError or ValueError after the year 9999.
    """
    every = series.every or 1
    if series.frequency == "daily":
        yield from (first + timedelta(days=n * every) for n in count())
    elif series.frequency == "weekly":
        monday = first - timedelta(days=first.weekday())
        days = [WEEKDAYS.index(name) for name in series.weekdays] or [first.weekday()]
        for n in count():
            for day in days:
                if (found := monday + timedelta(weeks=n * every, days=day)) >= first:
                    yield found
    else:
        for n in count():
            years, month = divmod(first.month - 1 + n * every, 12)
            in_month = _day_of_month(series, first.year + years, month + 1, first.day)
            if in_month is not None and in_month >= first:
                yield in_month


def place(start: When | datetime, zone: ZoneInfo | str | None = None) -> tuple[datetime, ZoneInfo]:
    """Return the time on the wall at which a series begins (naive), and its zone.

    Raises InvalidInputError (field ``timezone``) when there is no zone whose clock the series could follow.
    """
    moment: datetime = start.local if isinstance(start, When) else start
    if isinstance(zone, str):
        zone = parse_zone(zone)
    if zone is None:
        if isinstance(start, When):
            zone = parse_zone(start.zone) if start.zone is not None else None
        elif isinstance(start.tzinfo, ZoneInfo):
            zone = start.tzinfo
        elif start.tzinfo is UTC:
            zone = ZoneInfo("UTC")
    if zone is None:
        raise InvalidInputError(
            "A series needs a time zone: an offset does not tell when the clocks change.",
            field="timezone",
            hint='Give one, such as "America/Sao_Paulo", or "UTC".',
        )
    # Within one zone the wall time is kept as given: converting would move one that does not exist.
    if moment.tzinfo is not None and str(moment.tzinfo) != str(zone):
        moment = moment.astimezone(zone)
    return moment.replace(microsecond=0, tzinfo=None, fold=0), zone


def last_moment(day: date, zone: tzinfo | None) -> datetime:
    """Return the last second of a day in `zone`, in UTC."""
    # Where the clocks go back at midnight that second comes twice; the later one ends the day.
    return datetime.combine(day, time(23, 59, 59), zone).replace(fold=1).astimezone(UTC)


def day_ended_by(end: datetime, zone: ZoneInfo | str | None) -> date | None:
    """Return the day whose last minute `end` lies in, seen from `zone`; None when it lies elsewhere."""
    try:
        where = parse_zone(zone) if isinstance(zone, str) else zone
        local = end.astimezone(where) if where else None
    except (InvalidInputError, OverflowError, ValueError):
        return None
    return local.date() if local and (local.hour, local.minute) == (23, 59) else None


def _day_of_month(series: Recurrence, year: int, month: int, fallback: int) -> date | None:
    starts_on, length = monthrange(year, month)
    if series.weekday is None or series.week is None:
        day = series.day or fallback
        return date(year, month, day) if day <= length else None
    first = (WEEKDAYS.index(series.weekday) - starts_on) % 7 + 1
    if series.week == -1:
        return date(year, month, first + (length - first) // 7 * 7)
    return date(year, month, first + (series.week - 1) * 7)


def _is_over(series: Recurrence, moment: datetime) -> bool:
    if isinstance(series.until, datetime):
        return moment.astimezone(UTC) > series.until
    return series.until is not None and moment.date() > series.until


def _check_first(series: Recurrence, wall: datetime, days: list[date]) -> None:
    from zoomlink.zoom.recurrence.english import describe_days

    if not days:
        raise refused(
            f"The series has no meeting: from {wall:%A} {wall.date()} to its end there is no day it falls on.",
            "Begin sooner or end later.",
        )
    if days[0] != wall.date():
        raise refused(
            f"The start, {wall:%A} {wall.date()}, is not one of the days of a series that meets "
            f"{describe_days(series)}.",
            f"Begin on {days[0]:%A} {days[0]}.",
        )


def _check_clock(times: list[datetime], zone: ZoneInfo) -> None:
    missing: list[datetime] = []
    twice: list[datetime] = []
    for moment in times:
        if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment.replace(tzinfo=None):
            missing.append(moment)
        elif moment.utcoffset() != moment.replace(fold=1).utcoffset():
            twice.append(moment)
    said = []
    if missing:
        said.append(f"does not exist on {_listed(missing)} (the clocks are put forward then)")
    if twice:
        said.append(f"comes twice on {_listed(twice)} (the clocks go back then)")
    if said:
        raise refused(
            f"{times[0]:%H:%M} in {zone} {' and '.join(said)}.",
            "Choose another time of day, or end the series before that day and begin a new one after it.",
        )


def _listed(times: list[datetime]) -> str:
    shown = ", ".join(str(moment.date()) for moment in times[:10])
    return shown if len(times) <= 10 else f"{shown} and {len(times) - 10} more days"
