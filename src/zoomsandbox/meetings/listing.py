"""Pages of a host's meetings. Walks the host's order from a place; never through all of them unless dates narrow it."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from zoomsandbox.core import zones
from zoomsandbox.core.exceptions import ValidationFailedError
from zoomsandbox.core.validation import INVALID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomsandbox.meetings.models import Meeting, Meetings
    from zoomsandbox.users.models import User

KINDS = frozenset({"scheduled", "live", "upcoming", "upcoming_meetings", "previous_meetings"})

Key = tuple[float, int]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its meetings, its number, how many there are in all, and where the next begins (None: no next)."""

    meetings: list[Meeting]
    number: int
    total: int
    next_place: str | None


def page(
    meetings: Meetings,
    host: User,
    kind: str,
    size: int,
    number: int,
    after: Key | None,
    since: int | None,
    until: int | None,
) -> Page:
    """The page of `size` meetings that follows `after`, or else page `number` from 1."""
    order, ranges = meetings.ranges(host, kind)
    if since is not None or until is not None:
        order = [
            order[at] for stretch in ranges for at in stretch if _within(meetings.by_number(order[at][1]), since, until)
        ]
        ranges = [range(len(order))]
    total = sum(map(len, ranges))
    if after is None:
        first = (number - 1) * size
    else:
        first = sum(min(max(bisect.bisect_right(order, after) - one.start, 0), len(one)) for one in ranges)
    keys: list[Key] = []
    passed = 0
    for stretch in ranges:
        low = max(first - passed, 0)
        keys += [order[at] for at in stretch[low : low + size - len(keys)]]
        passed += len(stretch)
    more = first + len(keys) < total and keys
    return Page(
        [meetings.by_number(key[1]) for key in keys],
        first // size + 1,
        total,
        f"{keys[-1][0]!r} {keys[-1][1]}" if more else None,
    )


def parse_place(place: str | None) -> Key | None:
    """The key a page token stands for."""
    if place is None:
        return None
    end, _, number = place.partition(" ")
    return float(end), int(number)


def window(query: Mapping[str, str], timezone: str) -> tuple[int | None, int | None]:
    """`from` and `to` (whole days in `timezone`) as instants: first second and end; raises ValidationFailedError."""
    name = query.get("timezone") or timezone
    zone = zones.find(name)
    if zone is None:
        raise ValidationFailedError([("timezone", INVALID)])
    found: list[int | None] = []
    for field, days in (("from", 0), ("to", 1)):
        text = query.get(field, "")
        try:
            day = datetime.strptime(text, "%Y-%m-%d") + timedelta(days=days) if text else None  # noqa: DTZ007 - wall time
            found.append(None if day is None else zones.instant_of(day, zone))
        except (ValueError, OverflowError):
            raise ValidationFailedError([(field, INVALID)]) from None
    return found[0], found[1]


def _within(meeting: Meeting, since: int | None, until: int | None) -> bool:
    starts = [one.start for one in meeting.occurrences if not one.deleted]
    if not starts and meeting.start is not None:
        starts = [meeting.start]
    return any((since is None or start >= since) and (until is None or start < until) for start in starts)
