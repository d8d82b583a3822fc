"""A series as Zoom's `recurrence` object: read from a caller (strictly), from an answer (bending), and written.

Facts: https://developers.zoom.us/docs/api/meetings/ (create a meeting, `recurrence`).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zoomlink.errors import tidy
from zoomlink.times import parse_instant
from zoomlink.zoom.recurrence import WEEKDAYS, Recurrence, refused, whole
from zoomlink.zoom.recurrence.dates import day_ended_by, last_moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

__all__ = ["read_answer", "read_request", "write_request"]

_TYPES = {1: "daily", 2: "weekly", 3: "monthly"}
_FIELDS: dict[str, set[str]] = {
    "daily": set(),
    "weekly": {"weekly_days"},
    "monthly": {"monthly_day", "monthly_week", "monthly_week_day"},
}
_COMMON = {"type", "repeat_interval", "end_times", "end_date_time"}


def write_request(series: Recurrence, times: Sequence[datetime]) -> dict[str, Any]:
    """Build Zoom's object for a series whose occurrences are `times`."""
    first = times[0]
    body: dict[str, Any] = {
        "type": next(number for number, name in _TYPES.items() if name == series.frequency),
        "repeat_interval": series.every,
    }
    if series.frequency == "weekly":
        days = series.weekdays or (WEEKDAYS[first.weekday()],)
        body["weekly_days"] = ",".join(str(number) for number in sorted(map(_to_zoom_day, days)))
    elif series.frequency == "monthly" and series.weekday is not None:
        body["monthly_week"] = series.week
        body["monthly_week_day"] = _to_zoom_day(series.weekday)
    elif series.frequency == "monthly":
        body["monthly_day"] = series.day or first.day
    if series.until is None:
        body["end_times"] = 0 if series.endless else series.count
    else:
        # Zoom speaks of a final date. An instant within a day could be taken either way, so the last day on which
        # the series still meets is sent whole.
        last = times[-1].date() if isinstance(series.until, datetime) else series.until
        body["end_date_time"] = last_moment(last, first.tzinfo).strftime("%Y-%m-%dT%H:%M:%SZ")
    return body


def read_request(body: Mapping[str, Any], zone: ZoneInfo | str | None) -> dict[str, Any]:
    """Read an object a caller wrote into the fields of a `Recurrence`.

    Raises InvalidInputError for what is unknown, unreadable or out of place.
    """
    if not isinstance(body, dict):
        raise refused("The recurrence is not an object.")
    found = read_answer(body, zone)
    frequency = found["frequency"]
    if frequency is None:
        raise refused("The recurrence's type is none of 1 (daily), 2 (weekly) and 3 (monthly).")
    for name, value in body.items():
        if name not in _COMMON | _FIELDS[frequency]:
            raise refused(f'A {frequency} recurrence has no field "{tidy(str(name), 60)}".')
        if not _understood(name, value, found):
            raise refused(f"The recurrence's {name} is {tidy(repr(value), 60)}, which is no value for it.")
    if "end_times" in body and "end_date_time" in body:
        raise refused("The recurrence has both end_times and end_date_time.", "Give one of them.")
    if "monthly_day" in body and "monthly_week" in body:
        raise refused("The recurrence has both monthly_day and monthly_week.", "Give one of them.")
    return found


def read_answer(body: Mapping[str, Any], zone: ZoneInfo | str | None) -> dict[str, Any]:
    """Read Zoom's object into the fields of a `Recurrence`, None where there is nothing to read; never raises."""
    if not isinstance(body, dict):
        return {"frequency": None, "every": None}
    frequency = _TYPES.get(_number(body.get("type")) or 0)
    found: dict[str, Any] = {"frequency": frequency, "every": _number(body.get("repeat_interval", 1))}
    if frequency == "weekly":
        found["weekdays"] = _days(body.get("weekly_days"))
    elif frequency == "monthly":
        found["week"] = _number(body.get("monthly_week")) or None
        found["weekday"] = _from_zoom_day(_number(body.get("monthly_week_day")))
        # An answer may carry a default day beside the week; the week is then what was asked for.
        found["day"] = _number(body.get("monthly_day")) if found["week"] is None else None
    end, times = parse_instant(body.get("end_date_time")), _number(body.get("end_times"))
    if end is not None:
        found["until"] = day_ended_by(end, zone) or end
    elif times == 0:
        found["endless"] = True
    else:
        found["count"] = times
    return found


def _understood(name: str, value: object, found: Mapping[str, Any]) -> bool:
    if name == "weekly_days":
        return isinstance(value, str) and all(re.fullmatch("[1-7]", part.strip()) for part in value.split(","))
    if name == "end_date_time":
        return found.get("until") is not None
    if name == "monthly_week_day":
        return whole(value) and 1 <= value <= 7
    return whole(value) and (name != "monthly_week" or value != 0)


def _days(value: object) -> tuple[str, ...]:
    parts = str(value).split(",") if isinstance(value, str) or whole(value) else []
    found = {_from_zoom_day(_number(part.strip())) for part in parts}
    return tuple(day for day in WEEKDAYS if day in found)


def _to_zoom_day(day: str) -> int:
    return (WEEKDAYS.index(day) + 1) % 7 + 1  # Zoom counts from Sunday, 1


def _from_zoom_day(number: int | None) -> str | None:
    return WEEKDAYS[(number - 2) % 7] if number is not None and 1 <= number <= 7 else None


def _number(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value, re.ASCII):
        return int(value)
    return value if whole(value) else None
