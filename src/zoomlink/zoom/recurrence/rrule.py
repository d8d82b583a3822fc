"""A series as an RFC 5545 recurrence rule (3.3.10), read and written. What Zoom cannot make of one is refused here."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from zoomlink.errors import tidy
from zoomlink.zoom.recurrence import WEEKDAYS, Recurrence, refused
from zoomlink.zoom.recurrence.dates import last_moment, place

if TYPE_CHECKING:
    from zoomlink.times import When

__all__ = ["read_rrule", "write_rrule"]

_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCIES = {"DAILY": "daily", "WEEKLY": "weekly", "MONTHLY": "monthly"}
_OTHER_FREQUENCIES = {"YEARLY": "year", "HOURLY": "hour", "MINUTELY": "minute", "SECONDLY": "second"}
_OTHER_PARTS = {"BYSETPOS", "BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYHOUR", "BYMINUTE", "BYSECOND", "RSCALE", "SKIP"}
_ENDS = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)


def write_rrule(series: Recurrence, start: When | datetime | None) -> str:
    """Write a checked series as a rule; `start` turns a last day into the instant it ends at, in UTC."""
    parts = [f"FREQ={str(series.frequency).upper()}"]
    if series.until is not None:
        parts.append(f"UNTIL={_write_end(series.until, start)}")
    elif series.count is not None:
        parts.append(f"COUNT={series.count}")
    if series.every != 1:
        parts.append(f"INTERVAL={series.every}")
    if series.weekdays:
        parts.append("BYDAY=" + ",".join(_CODES[WEEKDAYS.index(day)] for day in series.weekdays))
    if series.day is not None:
        parts.append(f"BYMONTHDAY={series.day}")
    if series.weekday is not None:
        parts.append(f"BYDAY={series.week}{_CODES[WEEKDAYS.index(series.weekday)]}")
    return ";".join(parts)


def read_rrule(text: str, *, endless: bool) -> dict[str, Any]:
    """Read a rule into the fields of a `Recurrence`.

    Raises InvalidInputError that says which part Zoom cannot make, or cannot be read.
    """
    parts = _split(text)
    frequency = _frequency(parts.pop("FREQ", ""))
    found: dict[str, Any] = {"frequency": frequency, "every": _integer("INTERVAL", parts.pop("INTERVAL", "1"))}
    count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    if count is not None and until is not None:
        raise refused("The rule has both COUNT and UNTIL.", "RFC 5545 allows one of them.")
    if count is None and until is None and not endless:
        raise refused("The rule has no end.", "Give COUNT=… or UNTIL=….")
    if count is not None:
        found["count"] = _integer("COUNT", count)
    elif until is not None:
        found["until"] = _read_end(until)
    else:
        found["endless"] = True
    days = _by_day(parts.pop("BYDAY", None))
    month_days = parts.pop("BYMONTHDAY", None)
    week_start = parts.pop("WKST", "MO")
    for name in parts:
        raise refused(
            f"The rule's {tidy(name, 20)} is "
            + ("something Zoom cannot express." if name in _OTHER_PARTS else "no part of RFC 5545."),
            "Zoom takes days, weeks with days of the week, and months with one day or one weekday.",
        )
    if frequency == "weekly":
        found["weekdays"] = _days_of_the_week(days)
        _check_week_start(week_start, found)
    elif frequency == "monthly":
        found.update(_day_of_the_month(days))
    elif days:
        # "Daily, but only on these days" is a weekly rule in other words, as long as no day is jumped over.
        if found["every"] != 1:
            raise refused("Zoom cannot limit every second (third, …) day to days of the week.", "Use FREQ=WEEKLY.")
        found.update(frequency="weekly", weekdays=_days_of_the_week(days))
    if month_days is not None:
        found["day"] = _month_day(month_days, frequency, found)
    return found


def _split(text: str) -> dict[str, str]:
    if not isinstance(text, str) or len(text) > 500:
        raise refused("The rule is not text, or too long.", "Write it as FREQ=WEEKLY;BYDAY=TU,TH;COUNT=10.")
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not name or not equals or not value:
            raise refused(
                f'"{tidy(part or text, 60)}" is no part of a recurrence rule.',
                "Write it as FREQ=WEEKLY;BYDAY=TU,TH;COUNT=10.",
            )
        if name in parts:
            raise refused(f"The rule has {tidy(name, 20)} twice.")
        parts[name] = value
    return parts


def _frequency(name: str) -> str:
    if name in _FREQUENCIES:
        return _FREQUENCIES[name]
    if name in _OTHER_FREQUENCIES:
        raise refused(f"Zoom has no series by the {_OTHER_FREQUENCIES[name]}.", "It repeats by day, week or month.")
    raise refused("The rule has no FREQ that is known.", "It is FREQ=DAILY, FREQ=WEEKLY or FREQ=MONTHLY.")


def _integer(name: str, value: str) -> int:
    if not re.fullmatch(r"\+?[0-9]{1,6}", value, re.ASCII) or int(value) < 1:
        raise refused(f"The rule's {name} is {tidy(value, 20)}, not a number from 1 on.")
    return int(value)


def _read_end(value: str) -> date | datetime:
    found = _ENDS.fullmatch(value)
    try:
        if found and found[2] is None:
            return datetime.strptime(value, "%Y%m%d").replace(tzinfo=UTC).date()
        if found and found[3]:
            return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if found and found[2].startswith("2359"):
            # Many programs write the end of the last day without a zone.
            return datetime.strptime(value, "%Y%m%dT%H%M%S").replace(tzinfo=UTC).date()
    except ValueError:
        found = None
    if found:
        raise refused(
            f"The rule's UNTIL, {value}, has a time but no zone.", "End it in Z, for UTC, or give the date alone."
        )
    raise refused(f"The rule's UNTIL is {tidy(value, 30)}, which is no date.", "Write UNTIL=20310620.")


def _write_end(until: date | datetime, start: When | datetime | None) -> str:
    if isinstance(until, datetime):
        return until.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    if start is None:
        return until.isoformat().replace("-", "")
    return last_moment(until, place(start)[1]).strftime("%Y%m%dT%H%M%SZ")


def _by_day(value: str | None) -> list[tuple[int | None, str]]:
    days: list[tuple[int | None, str]] = []
    for part in value.split(",") if value else []:
        found = re.fullmatch(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)", part.strip(), re.ASCII)
        if not found:
            raise refused(f"The rule's BYDAY has {tidy(part, 20)}, which is no day of the week.")
        days.append((int(found[1]) if found[1] else None, WEEKDAYS[_CODES.index(found[2])]))
    return days


def _days_of_the_week(days: list[tuple[int | None, str]]) -> tuple[str, ...]:
    if any(week is not None for week, _ in days):
        raise refused("The rule numbers a day of the week (BYDAY=1MO), which only FREQ=MONTHLY can do.")
    return tuple(name for name in WEEKDAYS if name in {day for _, day in days})


def _day_of_the_month(days: list[tuple[int | None, str]]) -> dict[str, Any]:
    if not days:
        return {}
    (week, weekday), *more = days
    if more:
        raise refused("Zoom takes one weekday of the month, not several.", "Make a series of each.")
    if week is None:
        raise refused(
            "A monthly rule on each such weekday is more than Zoom can express.",
            "Number it (BYDAY=1MO, BYDAY=-1FR), or use FREQ=WEEKLY.",
        )
    return {"week": week, "weekday": weekday}


def _month_day(value: str, frequency: str, found: dict[str, Any]) -> int:
    if frequency != "monthly":
        raise refused(f"Zoom cannot limit a {frequency} series to days of the month.", "Use FREQ=MONTHLY.")
    if "weekday" in found:
        raise refused("Zoom cannot combine BYDAY with BYMONTHDAY.", "Leave one of them out.")
    if "," in value:
        raise refused("Zoom takes one day of the month, not several.", "Make a series of each.")
    if value.startswith("-"):
        raise refused("Zoom does not count days from the end of the month.", "Use a day from 1 to 28.")
    return _integer("BYMONTHDAY", value)


def _check_week_start(week_start: str, found: dict[str, Any]) -> None:
    if week_start not in _CODES:
        raise refused(f"The rule's WKST is {tidy(week_start, 20)}, which is no day of the week.")
    turn = _CODES.index(week_start)
    before = {WEEKDAYS.index(day) < turn for day in found["weekdays"]}
    # The week's first day matters only where weeks are jumped over and the days lie on both sides of it.
    if found["every"] != 1 and turn != _CODES.index("SU") and len(before) == 2:
        raise refused(
            f"The rule's weeks begin on another day (WKST={week_start}) than Zoom's.", "Make a series of each day."
        )
