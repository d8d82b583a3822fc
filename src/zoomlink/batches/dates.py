"""Dates, times of day and lengths as people and spreadsheets write them, made exact. Pure; no clock, no zones.

A date such as 03/04/2031 is read only where it is known which of its numbers is the day.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from zoomlink.batches.table import Cell, text_of
from zoomlink.errors import InvalidInputError, tidy
from zoomlink.zoom.recurrence.lexicon import DAYS, MONTHS

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Order", "date_of", "minutes_of", "order_in", "split_start", "time_of"]

Order: TypeAlias = Literal["dmy", "mdy"]

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_EXACT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?(?:[Zz]|UTC|[+-]\d{2}:?\d{2}))?", re.ASCII
)
_CLOCK = re.compile(
    r"(\d{1,2})(?:[:.](\d{2})(?:[:.](\d{2})(?:[.,]0+)?)?|h(\d{2})?(?:m|min)?)?\s*(h|hs|hrs|[ap]\.?\s?m\.?)?", re.ASCII
)
_LENGTHS = (
    re.compile(r"(?P<minutes>\d{1,6})(?:[.,]0+)?\s*(?:m|min|mins|minutes?|minutos?|')?"),
    re.compile(r"(?P<hours>\d{1,3})\s*(?:h|hs|hrs?|hours?|horas?)(?:\s*(?:e|y|and)?\s*(?P<more>\d{1,2})\s*(?:m|min|mins|minutes?|minutos?)?)?"),
    re.compile(r"(?P<hours>\d{1,3}):(?P<more>\d{2})(?::00)?(?:\s*h)?"),
    re.compile(r"(?P<part>\d{1,3}[.,]\d{1,2})\s*(?:h|hs|hrs?|hours?|horas?)"),
)  # fmt: skip
_SERIALS = range(20_000, 80_000)
"""What Excel counts days as, from 1954 to 2119."""
_EPOCH = date(1899, 12, 30)
_FILLERS = {"de", "of", "del", "the", "el", "dia"}


def order_in(cells: Iterable[Cell]) -> Order | None:
    """The order of day and month that the dates of a file show; None where none does, or both."""
    seen: set[Order] = set()
    for cell in cells:
        if not isinstance(cell, str) or ("/" not in cell and "-" not in cell):
            continue
        found = _DAY_FIRST.match(cell.strip())
        if found and found[2] != ".":
            if int(found[1]) > 12:
                seen.add("dmy")
            if int(found[3]) > 12:
                seen.add("mdy")
    return seen.pop() if len(seen) == 1 else None


def split_start(cell: Cell) -> tuple[Cell, Cell, str | None]:
    """Take a start apart: (date, time, None), or (None, None, text) for one that is exact as it stands.

    Raises InvalidInputError.
    """
    if isinstance(cell, datetime):
        if cell.tzinfo is not None:
            return None, None, cell.isoformat(timespec="seconds")
        rounded = _to_second(cell)
        return rounded.date(), rounded.time(), None
    if isinstance(cell, date):
        raise InvalidInputError("It has no time of day.", field="start", hint="Write it as 2031-12-01 18:24.")
    if isinstance(cell, float):
        days, part = divmod(cell, 1)
        if int(days) in _SERIALS:
            return int(days), part, None
    text = text_of(cell)
    if _EXACT.fullmatch(text):
        plain = re.sub(r"[.,]0+(?=$|[^\d])", "", text)
        return None, None, re.sub(r" ?(?:UTC|(Z|z|[+-]\d{2}:?\d{2}))$", lambda found: found[1] or "Z", plain)
    if not text:
        raise InvalidInputError("The start is empty.", field="start", hint="Write it as 2031-12-01 18:24.")
    found = re.fullmatch(
        r"(?P<date>.*?\d{4}|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?:\s*,)?(?:\s+|T)(?:(?:às|as|at|a las|a la)\s+)?"
        r"(?P<time>\d{1,2}\s*[:.h\dapm][^/]*?)",
        text,
        re.IGNORECASE,
    )
    if found:
        return found["date"], found["time"], None
    if re.fullmatch(r".*\d{4}|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}", text):
        raise InvalidInputError(
            f"{tidy(text, 40)!r} has no time of day.", field="start", hint="Write it as 2031-12-01 18:24."
        )
    raise InvalidInputError(
        f"{tidy(text, 60)!r} is not a start that can be read.", field="start", hint="Write it as 2031-12-01 18:24."
    )


def date_of(cell: Cell, order: Order | None) -> date:
    """Read a day. Raises InvalidInputError, also for one that could be two."""
    if isinstance(cell, datetime):
        return _to_second(cell).date()
    if isinstance(cell, date):
        return cell
    text = text_of(cell)
    if not text:
        raise InvalidInputError("The date is empty.", field="date", hint="Write it as 2031-12-01.")
    if re.fullmatch(r"\d{5}(?:[.,]0+)?", text) and int(text[:5]) in _SERIALS:
        return _EPOCH + timedelta(days=int(text[:5]))
    text = re.sub(r"[T ]00:00(?::00(?:\.0+)?)?$", "", text)  # how a day comes out of a database
    if found := _YEAR_FIRST.fullmatch(text):
        return _day(text, int(found[1]), int(found[3]), int(found[4]))
    if found := _DAY_FIRST.fullmatch(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        if found[2] == ".":  # with dots the day comes first wherever it is written so
            return _day(text, year, second, first)
        if order is None and first <= 12 and second <= 12 and first != second:
            raise InvalidInputError(
                f"{text} could be two days, {year}-{second:02}-{first:02} or {year}-{first:02}-{second:02}.",
                field="date",
                hint="Say which: --dates dmy, or --dates mdy.",
            )
        if order == "mdy" or (order is None and second > 12):
            return _day(text, year, first, second)
        return _day(text, year, second, first)
    named = _named(text)
    if named is not None:
        return _day(text, *named)
    if re.fullmatch(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2}", text):
        raise InvalidInputError(
            f"{text} has a year of two digits.", field="date", hint="Write all four, as in 2031-12-01."
        )
    raise InvalidInputError(f"{tidy(text, 40)!r} is not a date.", field="date", hint="Write dates as 2031-12-01.")


def _named(text: str) -> tuple[int, int, int] | None:
    """A date with the month's name: year, month, day."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    words = [word for word in re.findall(r"[a-z]+|\d+", bare) if word not in _FILLERS]
    weekday = [word for word in words if word in DAYS and word not in MONTHS and not word.isdigit()]
    words = [word for word in words if word not in {*weekday, "feira", "st", "nd", "rd", "th"}]
    months = [word for word in words if word in MONTHS]
    numbers = [word for word in words if word.isdigit()]
    if len(words) != 3 or len(months) != 1 or len(numbers) != 2:
        return None
    day, year = numbers if len(numbers[1]) == 4 else numbers[::-1]
    return (int(year), MONTHS[months[0]], int(day)) if len(year) == 4 and len(day) <= 2 else None


def _day(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        pass
    if not 1 <= month <= 12:
        raise InvalidInputError(f"{text}: there is no month {month}.", field="date", hint="Write dates as 2031-12-01.")
    raise InvalidInputError(f"{text} does not exist: the month has no day {day}.", field="date")


def time_of(cell: Cell) -> time:
    """Read a time of day. Raises InvalidInputError."""
    if isinstance(cell, datetime):
        return _to_second(cell).time()
    if isinstance(cell, time):
        return _to_second(datetime(2000, 1, 1, cell.hour, cell.minute, cell.second, cell.microsecond)).time()  # noqa: DTZ001 - no zone is meant
    if isinstance(cell, timedelta):
        cell = cell / timedelta(days=1)
    text = text_of(cell)
    if re.fullmatch(r"0[.,]\d{1,20}|0", text) and not isinstance(cell, int):
        return _part_of_day(float(text.replace(",", ".")))
    if not text:
        raise InvalidInputError("The time of day is empty.", field="time", hint="Write it as 18:24.")
    found = _CLOCK.fullmatch(text.lower())
    if found is None or (found[2] is None and "h" not in text.lower() and not found[5]):
        raise InvalidInputError(
            f"{tidy(text, 40)!r} is not a time of day.", field="time", hint="Write times as 18:24, on a 24-hour clock."
        )
    hour, minute, second = int(found[1]), int(found[2] or found[4] or 0), int(found[3] or 0)
    half = (found[5] or "")[:1]
    if half in {"a", "p"}:
        if not 1 <= hour <= 12:
            raise InvalidInputError(f"There is no time {tidy(text, 40)}.", field="time", hint="Write it as 18:24.")
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour == 24 and not minute and not second:
        raise InvalidInputError(
            f"{text} is the next day's midnight.", field="time", hint="Write 00:00 and the next day's date."
        )
    if hour > 23 or minute > 59 or second > 59:
        raise InvalidInputError(
            f"There is no time {tidy(text, 40)}.", field="time", hint="The clock runs from 00:00 to 23:59."
        )
    return time(hour, minute, second)


def _part_of_day(part: float) -> time:
    seconds = round(part * 86_400)
    if seconds >= 86_400:
        raise InvalidInputError("The time of day is not within a day.", field="time", hint="Write it as 18:24.")
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def _to_second(moment: datetime) -> datetime:
    """Spreadsheets keep times as parts of a day, which are a few microseconds off."""
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)


def minutes_of(cell: Cell) -> int:
    """Read a length in minutes: 90, "90 min", "1h30", "1:30", 1.5 h. Raises InvalidInputError."""
    if isinstance(cell, datetime):
        cell = cell.time()
    if isinstance(cell, time):
        cell = timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second)
    if isinstance(cell, timedelta):
        minutes = cell / timedelta(minutes=1)
        if abs(minutes - round(minutes)) < 0.02:
            return round(minutes)
        raise InvalidInputError("The duration is not a whole number of minutes.", field="duration")
    text = "".join(
        char for char in unicodedata.normalize("NFKD", text_of(cell).casefold()) if not unicodedata.combining(char)
    )
    for form in _LENGTHS:
        if found := form.fullmatch(text):
            said = {name: value for name, value in found.groupdict().items() if value is not None}
            if "minutes" in said:
                return int(said["minutes"])
            if "part" in said:
                minutes = float(said["part"].replace(",", ".")) * 60
                if minutes.is_integer():
                    return int(minutes)
                break
            if int(said.get("more", "0")) < 60:
                return int(said["hours"]) * 60 + int(said.get("more", "0"))
    raise InvalidInputError(
        f"{tidy(text_of(cell), 40)!r} is not a length in minutes.", field="duration", hint="Write 90, or 1h30."
    )
