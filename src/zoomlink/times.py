"""When a meeting starts and how long it lasts: from what people write to an instant that cannot be misread.

A wall time needs a zone, a zone is an IANA name, and a time that does not exist, exists twice, lies in the past or
contradicts its zone is refused with its own sentence; nothing is ever moved silently. No clock is read here: `now`
comes in as an argument. Words such as "tomorrow" do not belong here.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from zoomlink.errors import InvalidInputError, tidy

__all__ = ["MAX_DURATION", "When", "check_duration", "join_date_and_time", "parse_instant", "parse_start", "parse_zone"]

MAX_DURATION = 1440
"""Minutes. Zoom takes 1 to 1440 for a scheduled meeting."""

_LAST_YEAR = 2099
_HOUR = timedelta(hours=1)

_START = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[T ](?P<time>\d{2}:\d{2}(?::\d{2})?)(?P<offset>[Zz]|[+-]\d{2}:?\d{2})?", re.ASCII
)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:?\d{2})", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_TIME = re.compile(r"(\d{2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*", re.ASCII)
# Folders and special files of the time zone database that are not zones of any place: "right" counts leap seconds,
# "localtime" means whatever this machine was set to.
_NOT_ZONES = ("posix/", "right/", "localtime", "posixrules", "Factory", "leapseconds", "tzdata.zi")


@dataclass(frozen=True, slots=True)
class When:
    """A start that was checked: the instant, and the zone people think of it in."""

    instant: datetime
    """Aware, in UTC, whole seconds."""
    zone: str | None
    """IANA name; None when only an offset was given."""
    local: datetime
    """The same instant as people wrote it: aware, in `zone` or with the offset they gave."""

    @property
    def utc(self) -> str:
        """The instant as Zoom writes it: ``2031-12-01T21:24:00Z``."""
        return self.instant.strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def wall(self) -> str:
        """The time on the wall, without zone or offset: ``2031-12-01T18:24:00``."""
        return self.local.strftime("%Y-%m-%dT%H:%M:%S")


def parse_start(
    start: datetime | str,
    timezone: str | None = None,
    *,
    now: datetime,
    default_timezone: str | None = None,
    allow_past: bool = False,
) -> When:
    """Turn `start` into an instant, or say in one sentence why that cannot be done.

    `start`: an aware datetime; ``YYYY-MM-DD[T ]HH:MM[:SS]`` with a zone from `timezone` (or `default_timezone`); the
    same with ``Z`` or an offset such as ``-03:00``, which must be the zone's own if a `timezone` is given too; or
    ``now``, the next full minute. `now` is the present as an aware datetime.

    Raises InvalidInputError with `field` ``start`` or ``timezone``.
    """
    zone = parse_zone(timezone) if timezone is not None else None
    fallback = parse_zone(default_timezone) if default_timezone and zone is None else None
    if isinstance(start, datetime):
        when = _from_datetime(start, zone, fallback)
    elif isinstance(start, str):
        when = _from_text(start, zone, fallback, now)
    else:
        raise InvalidInputError(
            f"start is a {type(start).__name__}.",
            field="start",
            hint='Give an aware datetime, or text such as "2031-12-01T18:24".',
        )
    if when.instant.year > _LAST_YEAR:
        raise InvalidInputError(f"The year {when.local.year} is too far ahead to be meant.", field="start")
    if when.instant < now and not allow_past:
        present = When(now, when.zone, now.astimezone(when.local.tzinfo))
        raise InvalidInputError(
            f"{_spoken(when)} has passed; it is {_spoken(present)} now.",
            field="start",
            hint='Choose a time to come, or "now".',
        )
    return when


def parse_zone(name: str) -> ZoneInfo:
    """Return the zone of this IANA name, such as ``America/Sao_Paulo`` or ``UTC``.

    Raises InvalidInputError for anything else, with the nearest names as a hint.
    """
    if not isinstance(name, str):
        raise InvalidInputError(f"timezone is a {type(name).__name__}, not a zone's name.", field="timezone")
    if not name.strip():
        raise InvalidInputError(
            "The time zone is empty.",
            field="timezone",
            hint='Write it as the IANA database does, e.g. "Europe/Lisbon".',
        )
    if _ZONE.fullmatch(name) and not name.startswith(_NOT_ZONES):
        try:
            zone = ZoneInfo(name)
        except (
            OSError,
            ValueError,
            KeyError,
        ):  # a folder ("America") is an OSError, an unknown name a KeyError
            pass
        else:
            return zone
    raise InvalidInputError(f'There is no time zone "{tidy(name, 60)}".', field="timezone", hint=_zone_hint(name))


def join_date_and_time(date: str, time: str) -> str:
    """Join the article's separate ``2031-12-01`` and ``18:24`` into ``2031-12-01T18:24``, checking each by itself.

    Raises InvalidInputError with `field` ``start_date`` or ``start_time``.
    """
    if not isinstance(date, str) or not _DATE.fullmatch(date):
        raise InvalidInputError(
            f'"{tidy(str(date), 60)}" is not a date.', field="start_date", hint="Write dates as 2031-12-01."
        )
    if not isinstance(time, str) or not _TIME.fullmatch(time):
        raise InvalidInputError(
            f'"{tidy(str(time), 60)}" is not a time of day.',
            field="start_time",
            hint="Write times on a 24-hour clock with two digits each, such as 18:24.",
        )
    return f"{date}T{time}"


def check_duration(duration: int | str) -> int:
    """Return the duration in minutes, 1 to 1440; digits in a string will do.

    Raises InvalidInputError with `field` ``duration``.
    """
    minutes: int | None = None
    if isinstance(duration, int) and not isinstance(duration, bool):
        minutes = duration
    elif isinstance(duration, str) and re.fullmatch(r"[0-9]{1,6}", duration.strip(), re.ASCII):
        minutes = int(duration)
    if minutes is None:
        raise InvalidInputError(
            f"The duration {tidy(repr(duration), 60)} is not a whole number of minutes.",
            field="duration",
            hint="Give minutes, such as 60.",
        )
    if not 1 <= minutes <= MAX_DURATION:
        # Python itself refuses to print a number of many thousand digits.
        said = f"{minutes} minutes" if abs(minutes) < 10**18 else "that many minutes"
        raise InvalidInputError(
            f"A duration of {said} is not possible.",
            field="duration",
            hint=f"Zoom takes 1 to {MAX_DURATION} minutes (24 hours).",
        )
    return minutes


def parse_instant(text: object) -> datetime | None:
    """Read an instant as Zoom writes it (``2031-12-01T21:24:00Z``); None when it is not one."""
    if not isinstance(text, str):
        return None
    if not _INSTANT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def _from_datetime(start: datetime, zone: ZoneInfo | None, fallback: ZoneInfo | None) -> When:
    start = start.replace(microsecond=0)
    if start.tzinfo is None or start.utcoffset() is None:
        place = zone or fallback
        if place is None:
            raise _no_zone(start.isoformat())
        return _on_the_wall(start.replace(fold=0), place)
    own = start.tzinfo
    if isinstance(own, ZoneInfo) and own.key:
        # The caller may have computed this wall time; one that does not exist would be moved by any conversion.
        _refuse_gap(start.replace(tzinfo=None), own)
        if zone is None or zone.key == own.key:
            return _when(start, own)
    # UTC says "this instant" (databases hand datetimes out that way); any other offset claims to be the zone's own,
    # even where it happens to be zero, as London's is in winter.
    return _with_offset(start, zone or fallback, strict=zone is not None and start.tzname() != "UTC")


def _from_text(start: str, zone: ZoneInfo | None, fallback: ZoneInfo | None, now: datetime) -> When:
    text = start.strip()
    if text.lower() == "now":
        minute = (now + timedelta(seconds=59, microseconds=999_999)).replace(second=0, microsecond=0)
        place = zone or fallback
        return _when(minute, place) if place else When(minute.astimezone(UTC), None, minute.astimezone(UTC))
    found = _START.fullmatch(text)
    if not found:
        raise InvalidInputError(
            f'"{tidy(start, 60)}" is not a start that can be read.' if text else "The start is empty.",
            field="start",
            hint="Write it as 2031-12-01T18:24 (24-hour clock), with a time zone.",
        )
    _check_date(found["date"])
    _check_time(found["date"], found["time"])
    wall = datetime.fromisoformat(f"{found['date']}T{found['time']}")
    if not found["offset"]:
        place = zone or fallback
        if place is None:
            raise _no_zone(text)
        return _on_the_wall(wall, place)
    if found["offset"] not in {"Z", "z"} and int(found["offset"][-2:]) > 59:
        raise _no_offset(found["offset"])
    aware = datetime.fromisoformat(f"{wall.isoformat()}{found['offset'].upper()}")
    # "Z" says "this instant", which holds beside any zone; a written offset claims to be the zone's own.
    return _with_offset(aware, zone or fallback, strict=zone is not None and found["offset"] not in {"Z", "z"})


def _check_date(date: str) -> None:
    year, month, day = (int(part) for part in date.split("-"))
    if year < 1:
        raise InvalidInputError(f"There is no year {date[:4]}.", field="start")
    if not 1 <= month <= 12:
        raise InvalidInputError(f"There is no month {month}: {date}.", field="start", hint="Dates are year-month-day.")
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        name = datetime(year, month, 1, tzinfo=UTC).strftime("%B %Y")
        raise InvalidInputError(f"{date} does not exist: {name} has {days} days.", field="start")


def _check_time(date: str, time: str) -> None:
    hour, minute, *rest = (int(part) for part in time.split(":"))
    if hour == 24:
        raise InvalidInputError(
            f"{time} on {date} is the next day's midnight.", field="start", hint="Write 00:00 and the next day's date."
        )
    if hour > 24 or minute > 59:
        raise InvalidInputError(f"There is no time {time}.", field="start", hint="The clock runs from 00:00 to 23:59.")
    if rest and rest[0] > 59:
        raise InvalidInputError(f"{time} names a second that clocks do not show.", field="start")


def _on_the_wall(wall: datetime, zone: ZoneInfo) -> When:
    _refuse_gap(wall, zone)
    first, second = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        raise InvalidInputError(
            f"{wall:%H:%M} on {wall:%Y-%m-%d} comes twice in {zone.key}, as the clocks go back.",
            field="start",
            hint=f"Say which: {first.isoformat()} or {second.isoformat()}.",
        )
    return _when(first, zone)


def _refuse_gap(wall: datetime, zone: ZoneInfo) -> None:
    aware = wall.replace(tzinfo=zone)
    try:
        back = aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        raise InvalidInputError(f"The year {wall.year} is too far away to be meant.", field="start") from None
    if back != wall:
        before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC).astimezone(zone)
        after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC).astimezone(zone)
        raise InvalidInputError(
            f"{wall:%H:%M} on {wall:%Y-%m-%d} does not exist in {zone.key}: the clocks are put forward then.",
            field="start",
            hint=f"Did you mean {before:%H:%M} or {after:%H:%M}?",
        )


def _with_offset(aware: datetime, zone: ZoneInfo | None, *, strict: bool) -> When:
    offset = aware.utcoffset()
    # Clocks go by quarters of an hour. Other offsets are a place's solar time of long ago, which some libraries give
    # when their zones are handed to datetime() directly: a few minutes off, and noticed by nobody.
    if offset is None or not -12 <= offset / _HOUR <= 14 or offset % (_HOUR / 4):
        raise _no_offset(aware.isoformat()[19:])
    try:
        instant = aware.astimezone(UTC)
        there = instant.astimezone(zone) if zone else aware
    except (OverflowError, ValueError):
        raise InvalidInputError(f"The year {aware.year} is too far away to be meant.", field="start") from None
    if zone is None:
        return When(instant, None, aware)
    if strict and aware.utcoffset() != there.utcoffset():
        raise InvalidInputError(
            f"The offset of {aware.isoformat()} is not that of {zone.key}, which is {there:%H:%M} "
            f"({there.isoformat()[-6:]}) then.",
            field="start",
            hint="Leave the offset or the time zone out.",
        )
    return _when(there, zone)


def _no_offset(offset: str) -> InvalidInputError:
    return InvalidInputError(
        f"There is no offset {offset} from UTC.",
        field="start",
        hint="Offsets run from -12:00 to +14:00, by quarters of an hour.",
    )


def _when(aware: datetime, zone: ZoneInfo) -> When:
    try:
        instant = aware.astimezone(UTC)
        return When(instant, zone.key, instant.astimezone(zone))
    except (OverflowError, ValueError):
        raise InvalidInputError(f"The year {aware.year} is too far away to be meant.", field="start") from None


def _no_zone(text: str) -> InvalidInputError:
    return InvalidInputError(
        f"{text} has no time zone, so it is not known which instant is meant.",
        field="timezone",
        hint='Give one, such as timezone="America/Sao_Paulo", set ZOOMLINK_TIMEZONE, or end the time in an offset.',
    )


def _spoken(when: When) -> str:
    zone: str | tzinfo | None = when.zone or when.local.tzinfo
    return f"{when.local:%Y-%m-%d %H:%M} ({zone})"


def _zone_hint(name: str) -> str:
    # Listing the whole database takes some milliseconds; only an error pays for it.
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    zones = sorted(available_timezones())
    by_lower = {zone.lower(): zone for zone in zones}
    wanted = name.strip().lower().replace(" ", "_")[:60]
    if wanted in by_lower:
        return f"Did you mean {by_lower[wanted]}?"
    near = get_close_matches(wanted, by_lower, n=3, cutoff=0.6)
    near += [zone for zone in by_lower if wanted and zone.rpartition("/")[2] == wanted and zone not in near]
    if near:
        return "Did you mean " + " or ".join(by_lower[zone] for zone in near[:3]) + "?"
    return 'Use a name of the IANA database, such as "America/Sao_Paulo" or "Europe/Lisbon".'
