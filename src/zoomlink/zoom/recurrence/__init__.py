"""A series of meetings as a value, strict on the way in, bending where it comes from Zoom. No clock and no I/O.

What a series is, and what Zoom can make. Its dates are worked out in :mod:`zoomlink.zoom.recurrence.dates`; Zoom's
JSON, RFC 5545 and plain words are read and written in `api`, `rrule` and `words` beside it.

Facts: https://developers.zoom.us/docs/api/meetings/ (create a meeting, `recurrence`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Self, TypeGuard

from zoomlink.errors import InvalidInputError, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from zoomlink.times import When

__all__ = ["MAX_EVERY", "MAX_OCCURRENCES", "WEEKDAYS", "Recurrence"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""How a day of the week is written in a `Recurrence`, Monday first."""

MAX_OCCURRENCES = 60
"""The most occurrences Zoom makes of one series (`end_times`)."""

MAX_EVERY = {"daily": 99, "weekly": 50, "monthly": 10}
"""The longest interval Zoom takes: days, weeks, months."""

_UNITS = {"daily": "days", "weekly": "weeks", "monthly": "months"}
_FULL_NAMES = {
    name: name[:3] for name in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """When a meeting repeats. Make one with `daily`, `weekly`, `monthly`, `from_rrule` or `parse`.

    It repeats at the same time on the wall in the zone of its start, over changes of the clock. The start is the
    first occurrence. A month that lacks the day asked for (the 31st) is left out, as in RFC 5545.

    Every way in raises InvalidInputError (field ``recurrence``) for what Zoom cannot do, but `from_api`, which takes
    what it gets; using such a value then raises where it is incomplete.
    """

    frequency: str | None
    """``daily``, ``weekly`` or ``monthly``; None when Zoom answered a kind we do not know."""
    every: int | None = 1
    """Interval in days (at most 99), weeks (50) or months (10)."""
    weekdays: tuple[str, ...] = ()
    """Weekly: names out of `WEEKDAYS`, in that order; empty means the day of the week of the start."""
    day: int | None = None
    """Monthly: day of the month, 1 to 31. With no `week` either: the start's own day."""
    week: int | None = None
    """Monthly: which `weekday` of the month, 1 to 4, or -1 for the last."""
    weekday: str | None = None
    count: int | None = None
    """How many occurrences, 1 to 60. Exactly one of `count`, `until` and `endless` is given."""
    until: date | datetime | None = None
    """The last day, in the series' own zone; or, where that is how it was written, an instant in UTC. Inclusive."""
    endless: bool = False
    raw: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    """What Zoom answered, when this was read from an answer."""

    def __post_init__(self) -> None:
        if self.raw is None:
            self.check()

    @classmethod
    def daily(
        cls,
        *,
        every: int = 1,
        count: int | None = None,
        until: date | datetime | str | None = None,
        endless: bool = False,
    ) -> Self:
        """Every day, or every `every` days. Give one of `count`, `until` (a date or ``2031-06-20``) and `endless`."""
        return cls(frequency="daily", every=every, count=count, until=_until(until), endless=endless)

    @classmethod
    def weekly(
        cls,
        *weekdays: str,
        every: int = 1,
        count: int | None = None,
        until: date | datetime | str | None = None,
        endless: bool = False,
    ) -> Self:
        """On these days (``"tue"`` or ``"tuesday"``) of every week, or of every `every` weeks.

        Without a day it is the start's own.
        """
        days = tuple(sorted({_weekday(day) for day in weekdays}, key=WEEKDAYS.index))
        return cls(frequency="weekly", every=every, weekdays=days, count=count, until=_until(until), endless=endless)

    @classmethod
    def monthly(
        cls,
        *,
        day: int | None = None,
        weekday: str | None = None,
        week: int | None = None,
        every: int = 1,
        count: int | None = None,
        until: date | datetime | str | None = None,
        endless: bool = False,
    ) -> Self:
        """On a `day` of the month, or on a `weekday` of a `week` (1 to 4; -1 is the last one).

        With neither it is the start's own day of the month.
        """
        return cls(
            frequency="monthly",
            every=every,
            day=day,
            week=week,
            weekday=None if weekday is None else _weekday(weekday),
            count=count,
            until=_until(until),
            endless=endless,
        )

    @classmethod
    def from_rrule(cls, text: str, *, endless: bool = False) -> Self:
        """Read an RFC 5545 rule, such as ``FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20310620``.

        A rule without COUNT and UNTIL is taken only with ``endless=True``. Raises InvalidInputError, saying why, for
        rules Zoom cannot express.
        """
        from zoomlink.zoom.recurrence.rrule import read_rrule

        return cls(**read_rrule(text, endless=endless))

    @classmethod
    def parse(cls, text: str, start: When | date | None = None) -> Self:
        """Read words in English, Portuguese or Spanish, such as ``every Tuesday and Thursday until 20 June 2031``.

        `start` is needed when the year of the last day is left out: then it is the next such date. An RFC 5545 rule
        is taken too. Echo the result with `describe`. Raises InvalidInputError naming the word that was not
        understood.
        """
        from zoomlink.zoom.recurrence.words import read_words

        if isinstance(text, str) and "FREQ=" in text.upper():
            return cls.from_rrule(text)
        return cls(**read_words(text, start))

    @classmethod
    def from_request(cls, body: Mapping[str, Any], zone: ZoneInfo | str | None = None) -> Self:
        """Read Zoom's own object as a caller wrote it, strictly: nothing unknown, unreadable or out of place.

        Raises InvalidInputError naming the field.
        """
        from zoomlink.zoom.recurrence.api import read_request

        return cls(**read_request(body, zone))

    @classmethod
    def from_api(cls, body: Mapping[str, Any], zone: ZoneInfo | str | None = None) -> Self:
        """Read Zoom's answer; never raises. What is missing or unknown is None, and all of it is in `raw`.

        With the meeting's `zone`, the end becomes the date it is there; without, it stays an instant.
        """
        from zoomlink.zoom.recurrence.api import read_answer

        return cls(**read_answer(body, zone), raw=dict(body) if isinstance(body, dict) else {})

    def to_api(self, zone: ZoneInfo | str | None, start: When | datetime) -> dict[str, Any]:
        """Return Zoom's object for a series that begins at `start`, in `zone` (None: the zone of `start`).

        The last day goes out as its last second, in UTC. Raises InvalidInputError as `occurrences` does: what could
        not be carried out is not sent.
        """
        from zoomlink.zoom.recurrence.api import write_request

        return write_request(self, self.occurrences(start, zone=zone))

    def to_rrule(self, start: When | datetime | None = None) -> str:
        """Return the rule as RFC 5545 has it, without ``RRULE:``.

        With `start`, which RFC 5545 asks for when the start has a zone, the end is an instant in UTC; without, a date.
        """
        from zoomlink.zoom.recurrence.rrule import write_rrule

        self.check()
        return write_rrule(self, start)

    def occurrences(
        self, start: When | datetime, limit: int | None = None, *, zone: ZoneInfo | str | None = None
    ) -> tuple[datetime, ...]:
        """Return the starts the series makes: aware datetimes in its zone, at the same time on the wall.

        `start` is a checked start, or a datetime whose zone is an IANA one (or UTC); `zone` overrides it. `limit`
        shortens the answer, not the checks. An endless series shows its first 60.

        Raises InvalidInputError when the start is not an occurrence, when there are more than 60, and, with the
        dates, when the clock change of a day leaves the time out or brings it twice.
        """
        from zoomlink.zoom.recurrence.dates import instants

        self.check()
        return instants(self, start, zone)[:limit]

    def describe(self) -> str:
        """Say it in English: ``every Tuesday and Thursday until 20 June 2031``. Never raises."""
        from zoomlink.zoom.recurrence.english import describe

        return describe(self)

    def check(self) -> None:
        """Raise InvalidInputError unless this is a series Zoom can make."""
        if self.frequency not in MAX_EVERY:
            raise refused("The series repeats in a way that is not known.", "Zoom repeats by day, week or month.")
        frequency, most = self.frequency, MAX_EVERY[self.frequency]
        if not whole(self.every) or not 1 <= self.every <= most:
            raise refused(
                f"A series every {tidy(str(self.every), 20)} {_UNITS[frequency]} is not possible.",
                f"Zoom takes 1 to {most} {_UNITS[frequency]}.",
            )
        self._check_days(frequency)
        ends = (self.count is not None) + (self.until is not None) + bool(self.endless)
        if ends != 1:
            raise refused(
                "The series has no end." if not ends else "The series has more than one end.",
                "Give a number of times or a last day"
                + (" (or say that it has no end)." if not ends else ", not both."),
            )
        if self.count is not None and not (whole(self.count) and 1 <= self.count <= MAX_OCCURRENCES):
            raise refused(
                f"A series of {tidy(str(self.count), 20)} meetings is not possible.",
                f"Zoom makes 1 to {MAX_OCCURRENCES} of one series.",
            )
        if self.until is not None and not isinstance(self.until, date):
            raise refused("The last day is not a date.", "Give a date, such as date(2031, 6, 20).")
        if isinstance(self.until, datetime) and self.until.utcoffset() is None:
            raise refused("The end of the series has a time but no zone.", "Give a date, or an aware datetime.")

    def _check_days(self, frequency: str) -> None:
        if self.weekdays and frequency != "weekly":
            raise refused(f"A {frequency} series has no days of the week.", "Use Recurrence.weekly.")
        if frequency != "monthly" and (self.day, self.week, self.weekday) != (None, None, None):
            raise refused(f"A {frequency} series has no day or week of the month.", "Use Recurrence.monthly.")
        if any(day not in WEEKDAYS for day in (*self.weekdays, self.weekday or "mon")):
            raise refused("A day of the week is not known.", f"They are {', '.join(WEEKDAYS)}.")
        if self.every != 1 and len(self.weekdays) > 1 and "sun" in self.weekdays:
            raise refused(
                f"Every {self.every} weeks on Sunday and another day can be read in two ways, and Zoom does not say "
                "whether its weeks begin on Sunday or on Monday.",
                "Make Sunday a series of its own.",
            )
        if self.day is not None and (self.week is not None or self.weekday is not None):
            raise refused("A monthly series falls on a day or on a weekday, not both.", "Leave one of them out.")
        if (self.week is None) != (self.weekday is None):
            raise refused(
                "A weekday of the month needs to be said which one.", 'Give both, such as weekday="mon", week=1.'
            )
        if self.day is not None and not (whole(self.day) and 1 <= self.day <= 31):
            raise refused(f"There is no day {tidy(str(self.day), 20)} of the month.", "Days run from 1 to 31.")
        if self.week is not None and not (whole(self.week) and self.week in {-1, 1, 2, 3, 4}):
            raise refused(
                f"Zoom has no week {tidy(str(self.week), 20)} of the month.", "Use 1 to 4, or -1 for the last one."
            )


def _until(value: date | datetime | str | None) -> date | datetime | None:
    if isinstance(value, str):
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        raise refused(f'"{tidy(value, 40)}" is not a last day.', "Write it as 2031-06-20.")
    if isinstance(value, datetime) and value.utcoffset() is not None:
        return value.astimezone(UTC)
    return value


def _weekday(name: str) -> str:
    day = name.strip().lower() if isinstance(name, str) else ""
    day = _FULL_NAMES.get(day, day)
    if day not in WEEKDAYS:
        raise refused(f'"{tidy(str(name), 40)}" is not a day of the week.', f"They are {', '.join(WEEKDAYS)}.")
    return day


def whole(value: object) -> TypeGuard[int]:
    """True for an integer that is not a truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def refused(message: str, hint: str | None = None) -> InvalidInputError:
    """Make the error that refuses a series."""
    return InvalidInputError(message, field="recurrence", hint=hint)
