"""A series said in English: short, exact, and read back the same by :mod:`zoomlink.zoom.recurrence.words`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from zoomlink.zoom.recurrence import WEEKDAYS

if TYPE_CHECKING:
    from zoomlink.zoom.recurrence import Recurrence

__all__ = ["describe", "describe_days"]

SKIPPED = "(months without it are left out)"
FULL_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
WHICH = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}


def describe(series: Recurrence) -> str:
    """Say a series in English; what an answer of Zoom left out is left out here. Never raises."""
    said = describe_days(series)
    if series.until is not None:
        return f"{said} until {_say_end(series.until)}"
    if series.count is not None:
        return f"{said}, {series.count} {'time' if series.count == 1 else 'times'}"
    return f"{said}, without end" if series.endless else said


def describe_days(series: Recurrence) -> str:
    """Say on which days a series falls, without its end."""
    unit = {"daily": "day", "weekly": "week", "monthly": "month"}.get(series.frequency or "")
    if unit is None:
        return "in a way that is not known"
    every = f"every {unit}" if series.every in {1, None} else f"every {series.every} {unit}s"
    if series.weekdays:
        days = _listed([FULL_NAMES[WEEKDAYS.index(day)] for day in series.weekdays])
        return f"every {days}" if series.every in {1, None} else f"{every} on {days}"
    if series.weekday is not None:
        which = WHICH.get(series.week or 0, f"number {series.week}")
        return f"{every} on the {which} {FULL_NAMES[WEEKDAYS.index(series.weekday)]}"
    if series.day is not None:
        return f"{every} on the {_nth(series.day)}" + (f" {SKIPPED}" if series.day > 28 else "")
    return every


def _say_end(until: date | datetime) -> str:
    if isinstance(until, datetime):
        return f"{_say_day(until)} {until.astimezone(UTC):%H:%M} UTC"
    return _say_day(until)


def _say_day(day: date) -> str:
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def _nth(day: int) -> str:
    ending = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
