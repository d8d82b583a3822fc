"""Plans a whole batch before anything is sent: which host takes which meeting, and on which day it can be made. Pure.

First fit in the order of the starts: for single meetings on empty hosts that needs as many hosts as meetings run at
once, and no plan can do with fewer. Each host takes 100 new meetings a day, so few hosts may mean many days; the plan
says what more hosts would buy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from zoomlink.links.pool import Calendar, Host, fits
from zoomlink.spans import Booking, Span, depth
from zoomlink.zoom.limits import BASIC_MINUTES, HOST_WRITES_A_DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BatchPlan", "Placed", "Wanted", "hosts_at_least", "plan_batch"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One meeting of a batch: its spans (several for a series), and the host it must have, if any."""

    spans: tuple[Span, ...]
    host: str | None = None

    @property
    def long(self) -> bool:
        """True when a basic host cannot hold it to its end."""
        return any(end - start > BASIC_MINUTES * 60_000 for start, end in self.spans)


class Placed(NamedTuple):
    """Where a meeting goes: a host, and in how many days it is made (0: today). No host: none is free for it."""

    host: str | None
    day: int = 0


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """A place for each meeting, in the order they were given."""

    placed: tuple[Placed, ...]
    hosts: int
    """Hosts that are used."""
    at_least: int
    """No plan can do with fewer."""
    days: int
    """Days until the last one is made; 1: today."""
    alternatives: tuple[tuple[int, int], ...]
    """(hosts, days) of other plans for the same batch, each done sooner with more hosts."""

    @property
    def ratio(self) -> float:
        """Hosts used, against the fewest possible; 1.00 is the best."""
        return self.hosts / self.at_least if self.at_least else 1.0

    def summary(self, today: date) -> str:
        """The choice in a sentence: ``240 rows: 3 hosts and today, or 1 host and until 25 November.``"""
        choices = [(self.hosts, self.days), *self.alternatives]
        words = [f"{_many(hosts, 'host')} and {_until(days, today)}" for hosts, days in sorted(choices, reverse=True)]
        return f"{_many(len(self.placed), 'row')}: {', or '.join(words)}."


def plan_batch(
    wanted: Sequence[Wanted],
    hosts: Sequence[Host],
    calendar: Calendar,
    *,
    buffer: int = 0,
    day_limit: int | None = HOST_WRITES_A_DAY,
    most_hosts: int | None = None,
    spread: bool = False,
) -> BatchPlan:
    """Place all meetings on as few hosts as can be, beside what is booked already.

    `hosts` are taken in their order, but larger capacities first and, for long meetings, licensed ones first.
    `calendar` is changed on the way: give a copy. `day_limit`: meetings a host takes a day; None: any number.
    `spread`: use all hosts (or `most_hosts`) evenly, so that the batch is done sooner.
    """
    pool = sorted(hosts, key=lambda host: (-host.capacity, host.licensed is False))[: most_hosts or len(hosts)]
    # Where only single meetings are placed on empty hosts, what runs at a moment is all there is to know.
    plain = all(len(one.spans) == 1 and one.host is None for one in wanted)
    lanes = {host.name: _Lane(host, not calendar.any_of(host.name)) for host in pool}
    starts = [one.spans[0].start for one in wanted]
    order = sorted(range(len(wanted)), key=starts.__getitem__)
    places: list[str | None] = [None] * len(wanted)
    for at in [at for at in order if wanted[at].host is not None]:
        # Those who must have their host come first: the others can move.
        lane = lanes.setdefault(str(wanted[at].host), _Lane(Host(str(wanted[at].host)), empty=False))
        if lane.takes_any(wanted[at], calendar, buffer):
            places[at] = lane.host.name
            lane.keep_any(wanted[at], calendar)
    row = list(lanes.values())
    for at in order:
        if wanted[at].host is None:
            chosen = _lane_for(wanted[at], row, calendar, buffer, spread=spread)
            if chosen is not None:
                places[at] = chosen.host.name
                chosen.keep(wanted[at], None if plain and chosen.empty else calendar, buffer)
    days = _days(places, order, {host.name: host for host in hosts}, day_limit)
    used = {name for name in places if name is not None}
    placed = tuple(Placed(name, day) for name, day in zip(places, days, strict=True))
    last = max((day for name, day in zip(places, days, strict=True) if name is not None), default=0) + 1
    bound = hosts_at_least([one for one, name in zip(wanted, places, strict=True) if name], hosts, buffer)
    return BatchPlan(placed, len(used), bound, last, _alternatives(len(wanted), pool, len(used), last, day_limit))


def hosts_at_least(wanted: Sequence[Wanted], hosts: Sequence[Host], buffer: int = 0) -> int:
    """How many hosts any plan needs: as many as have the capacity for the most meetings that run at once."""
    most = depth([Span(start, end + buffer) for one in wanted for start, end in one.spans])
    found = 0
    for capacity in sorted((host.capacity for host in hosts), reverse=True):
        if most <= 0:
            return found
        most -= capacity
        found += 1
    return found


class _Lane:
    """A host while a batch is being placed on it, meeting by meeting in the order of their starts."""

    __slots__ = ("count", "empty", "ends", "host")

    def __init__(self, host: Host, empty: bool) -> None:
        self.host = host
        self.empty = empty
        """Nothing but single meetings of this batch stands in it: then what runs now is all there is to know."""
        self.ends: list[int] = []
        self.count = 0

    def takes(self, one: Wanted, calendar: Calendar, buffer: int) -> bool:
        start = one.spans[0].start
        ends = self.ends
        while ends and ends[0] <= start:
            heappop(ends)
        if len(ends) >= self.host.capacity:
            return False
        return (self.empty and len(one.spans) == 1) or fits(calendar, self.host, one.spans, buffer)

    def keep(self, one: Wanted, calendar: Calendar | None, buffer: int) -> None:
        self.count += 1
        if len(one.spans) > 1:
            self.empty = False
        else:
            heappush(self.ends, one.spans[0].end + buffer)
        if calendar is not None:
            for span in one.spans:
                calendar.add(self.host.name, Booking(*span))

    def takes_any(self, one: Wanted, calendar: Calendar, buffer: int) -> bool:
        return fits(calendar, self.host, one.spans, buffer)

    def keep_any(self, one: Wanted, calendar: Calendar) -> None:
        self.count += 1
        self.empty = False
        for span in one.spans:
            calendar.add(self.host.name, Booking(*span))


def _lane_for(one: Wanted, lanes: list[_Lane], calendar: Calendar, buffer: int, *, spread: bool) -> _Lane | None:
    """The lane that takes a meeting: one that is in use already, if any; a basic host last when it is long."""
    if spread:
        lanes = sorted(lanes, key=lambda lane: lane.count)
    second: _Lane | None = None
    unused: _Lane | None = None
    long = one.long
    for lane in lanes:
        if not lane.takes(one, calendar, buffer):
            continue
        if long and lane.host.licensed is False:
            second = second or lane
        elif lane.count or spread:
            return lane
        elif unused is None:
            unused = lane
    return unused or second


def _days(
    places: Sequence[str | None], order: Sequence[int], hosts: dict[str, Host], day_limit: int | None
) -> list[int]:
    """The day on which each is made: the soonest meetings first, as many a day as each host may."""
    days = [0] * len(places)
    if day_limit is None:
        return days
    counts: dict[str, int] = {}
    for at in order:
        name = places[at]
        if name is None:
            continue
        host = hosts.get(name)
        left = day_limit if host is None or host.writes_left is None else host.writes_left
        number = counts[name] = counts.get(name, 0) + 1
        days[at] = 0 if number <= left else 1 + (number - left - 1) // day_limit
    return days


def _alternatives(
    rows: int, pool: Sequence[Host], used: int, days: int, day_limit: int | None
) -> tuple[tuple[int, int], ...]:
    """With more hosts it is done sooner: the fewest hosts for each number of days less, if there are so many."""
    if day_limit is None or days <= 1:
        return ()
    found: dict[int, int] = {}
    for hosts in range(used + 1, len(pool) + 1):
        left = sum(day_limit if host.writes_left is None else host.writes_left for host in pool[:hosts])
        needed = 1 if rows <= left else 1 + -(-(rows - left) // (day_limit * hosts))
        if needed < days:
            found.setdefault(needed, hosts)
    best = min(found, default=0)
    return ((found[best], best),) if best else ()


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _until(days: int, today: date) -> str:
    return "today" if days <= 1 else f"until {today + timedelta(days=days - 1):%-d %B}"
