"""A time zone as a calendar file carries it (VTIMEZONE, RFC 5545 3.6.5): its offsets over a span of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from icalendar import Timezone

__all__ = ["time_zone"]


def time_zone(name: str, first: datetime, last: datetime) -> Timezone:
    """Build the VTIMEZONE: each offset the zone has between these instants, with the onsets as RFC 5545 counts them.

    icalendar can make one itself, but writes onsets an hour late and passes over changes less than two months apart
    (Morocco's in Ramadan).
    """
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    zone = ZoneInfo(name)
    begin = datetime(first.year, 1, 1, tzinfo=UTC)
    onsets: dict[tuple[timedelta, timedelta, str, bool], list[datetime]] = {}
    before = _offset(begin, zone)
    for moment in [begin, *_changes(zone, begin, last)]:
        there, after = moment.astimezone(zone), _offset(moment, zone)
        kind = (before, after, there.tzname() or name, bool(there.dst()))
        onsets.setdefault(kind, []).append(moment.replace(tzinfo=None) + before)
        before = after
    component = Timezone()
    component.add("tzid", name)
    for (old, new, label, summer), times in onsets.items():
        part = TimezoneDaylight() if summer else TimezoneStandard()
        part.add("tzname", label)
        part.add("tzoffsetfrom", old)
        part.add("tzoffsetto", new)
        part.add("dtstart", times[0])
        if times[1:]:
            part.add("rdate", times[1:])
        component.add_component(part)
    return component


def _changes(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the instants, to the second, at which the zone's offset changes."""
    moment = begin
    while moment < end:
        after = moment + timedelta(days=1)
        if _offset(moment, zone) != _offset(after, zone):
            early, late = moment, after
            while late - early > timedelta(seconds=1):
                middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
                early, late = (middle, late) if _offset(middle, zone) == _offset(moment, zone) else (early, middle)
            yield late
        moment = after


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
