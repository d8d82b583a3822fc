"""Which host can take a meeting, or why none can. Pure: bookings in, a choice or an explanation out.

A host may run `capacity` meetings at once (Zoom lets a host own any number that overlap, and lets nobody into the
second). What counts is how many run at the same instant: a sweep over instants, so that two short meetings one after
the other inside a long one count as one. Moments are milliseconds since 1970; a span does not include its end.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from zoomlink.spans import Booking, Span, in_the_way
from zoomlink.zoom.limits import BASIC_MINUTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "BusyHost",
    "Calendar",
    "Choice",
    "Host",
    "Refusal",
    "choose",
    "fits",
    "next_free",
]

HORIZON = 60 * 86_400_000
"""How far a free time is looked for."""
EXPLAINED = 20
"""Hosts a refusal speaks of; in a larger pool nobody would read about all of them."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host of the pool, as far as it is known."""

    name: str
    capacity: int = 1
    licensed: bool | None = None
    """None: not known."""
    writes_left: int | None = None
    """Creates and updates left today; None: nobody counts."""


class Choice(NamedTuple):
    """The host that takes it."""

    host: Host


class BusyHost(NamedTuple):
    """Why a host cannot take it: its bookings that are in the way, and when it is free for as long as is wanted."""

    host: Host
    bookings: tuple[Booking, ...]
    free_at: int | None
    """None: not within the horizon, or not looked for (a series)."""


class Refusal(NamedTuple):
    """No host is free."""

    busy: tuple[BusyHost, ...]
    """The first of them, in the order in which they would have been chosen."""
    next_free: int | None
    """The first moment at which one is, for as long as is wanted."""


class Calendar:
    """The bookings of many hosts, found by host and time."""

    def __init__(self, bookings: Iterable[tuple[str, Booking]] = ()) -> None:
        self._of: dict[str, list[Booking]] = {}
        self._longest: dict[str, int] = {}
        for host, booking in bookings:
            self._of.setdefault(host, []).append(booking)
            self._longest[host] = max(self._longest.get(host, 0), booking.end - booking.start)
        for found in self._of.values():
            found.sort()

    def add(self, host: str, booking: Booking) -> None:
        """Note a booking."""
        insort(self._of.setdefault(host, []), booking)
        self._longest[host] = max(self._longest.get(host, 0), booking.end - booking.start)

    def remove(self, host: str, link: str, meeting: int | None = None) -> None:
        """Forget all bookings of a link, and what else was seen of its meeting."""
        self._of[host] = [
            one for one in self._of.get(host, ()) if one.link != link and (not meeting or one.meeting != meeting)
        ]

    def within(self, host: str, start: int, end: int) -> list[Booking]:
        """The bookings of a host that touch a span, in the order of their start."""
        found = self._of.get(host)
        if not found:
            return []
        first = bisect_left(found, (start - self._longest[host],))
        last = bisect_left(found, (end,), lo=first)
        return [booking for booking in found[first:last] if booking.end > start]

    def any_of(self, host: str) -> bool:
        """True when the host has any booking."""
        return bool(self._of.get(host))


def fits(calendar: Calendar, host: Host, wanted: Sequence[Span], buffer: int = 0) -> bool:
    """True when the host can take all of the spans without running more than its capacity at any instant.

    `buffer` is kept free between any two meetings.
    """
    return not any(_in_the_way(calendar, host, span, buffer) for span in wanted)


def _in_the_way(calendar: Calendar, host: Host, span: Span, buffer: int) -> Sequence[Booking]:
    """The bookings around a span that leave no room for it; empty where there is room."""
    around = calendar.within(host.name, span.start - buffer, span.end + buffer)
    return in_the_way(around, span, host.capacity, buffer)


def choose(
    hosts: Sequence[Host],
    calendar: Calendar,
    wanted: Sequence[Span],
    *,
    buffer: int = 0,
    allow_overlap: bool = False,
) -> Choice | Refusal:
    """Choose the host for a meeting with these spans (several: a series, which needs them all), or say why none.

    Longer than 40 minutes, a basic host comes last, since Zoom would end the meeting; then the one with the most calls
    left today, so that the day's 100 for each host are spread; then the order of `hosts`. `allow_overlap`: whatever
    else is booked.
    """
    long = any(end - start > BASIC_MINUTES * 60_000 for start, end in wanted)
    order = sorted(hosts, key=lambda host: _rank(host, long=long))
    for host in order:
        if allow_overlap or fits(calendar, host, wanted, buffer):
            return Choice(host)
    return _refusal(order, calendar, wanted, buffer)


def _refusal(order: Sequence[Host], calendar: Calendar, wanted: Sequence[Span], buffer: int) -> Refusal:
    busy: list[BusyHost] = []
    soonest: int | None = None
    for host in order:
        explained = len(busy) < EXPLAINED
        free_at = None
        if len(wanted) == 1:
            free_at = next_free(calendar, host, wanted[0], buffer, before=None if explained else soonest)
            if free_at is not None and (soonest is None or free_at < soonest):
                soonest = free_at
        if explained:
            clash = next(filter(None, (_in_the_way(calendar, host, span, buffer) for span in wanted)), ())
            busy.append(BusyHost(host, tuple(clash), free_at))
    return Refusal(tuple(busy), soonest)


def _rank(host: Host, *, long: bool) -> tuple[bool, int]:
    return (long and host.licensed is False, 0 if host.writes_left is None else -host.writes_left)


def next_free(
    calendar: Calendar, host: Host, wanted: Span, buffer: int = 0, *, before: int | None = None
) -> int | None:
    """The first moment from the span's start on at which the host is free for as long as the span is; None where that
    is not within the horizon, or not `before` that moment.
    """
    length = wanted.end - wanted.start
    moment = wanted.start
    while moment - wanted.start <= HORIZON and (before is None or moment < before):
        clash = _in_the_way(calendar, host, Span(moment, moment + length), buffer)
        if not clash:
            return moment
        # Nothing can become free before one of the meetings in the way ends.
        moment = min(booking.end + buffer for booking in clash if booking.end + buffer > moment)
    return None
