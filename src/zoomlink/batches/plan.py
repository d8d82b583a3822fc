"""Where each row of a batch goes and when it will be made; what is in the way of the others. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from zoomlink.links.planning import Wanted, plan_batch
from zoomlink.links.pool import Calendar, Choice, Host, Refusal, choose
from zoomlink.links.transitions import utc
from zoomlink.spans import Booking
from zoomlink.zoom.limits import Label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoomlink.batches.rows import Batch, Wish
    from zoomlink.batches.table import Fault
    from zoomlink.links.rules import Rules
    from zoomlink.store.rows import LinkRow

__all__ = ["Clash", "Forecast", "Placement", "finished_at", "place"]

MINUTE = 60_000
EXPLAINED = 200
"""Clashes that are explained; nobody reads more."""


class Clash(NamedTuple):
    """Why no host can take a row: for each host what is in the way, and when one is free."""

    busy: tuple[tuple[str, tuple[Booking, ...]], ...]
    next_free: int | None


@dataclass(frozen=True, slots=True)
class Placement:
    """A row, and where it goes; or the link it has already."""

    wish: Wish
    link: LinkRow | None = None
    host: str | None = None
    day: int = 0
    """In how many days it is made; 0: today."""
    clash: Clash | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The plan of a batch, before anything is sent."""

    batch: Batch
    placements: tuple[Placement, ...]
    faults: tuple[Fault, ...]
    now: datetime
    hosts: int = 0
    """Hosts that are used for what is still to be made."""
    at_least: int = 0
    """No plan can do with fewer."""
    days: int = 0
    """Days until the last one is made; 1: today, 0: nothing is left to make."""
    alternatives: tuple[tuple[int, int], ...] = ()
    """(hosts, days) of other plans, each done sooner with more hosts."""
    done_at: datetime | None = None
    """When the last one will be made, at the allowed rate; None where nothing is left to make."""
    warnings: tuple[str, ...] = ()
    explanations: Mapping[int, str] = field(default_factory=dict)
    """Why rows clash, in words, by line."""
    capacities: Mapping[str, int] = field(default_factory=dict)
    """How many meetings each host may run at once."""

    @property
    def to_make(self) -> list[Placement]:
        """What is still to be made."""
        return [one for one in self.placements if one.link is None and one.host is not None]

    @property
    def clashes(self) -> list[Placement]:
        """What no host can take."""
        return [one for one in self.placements if one.clash is not None]

    @property
    def writes(self) -> dict[str, dict[int, int]]:
        """How many meetings are made for each host on each day."""
        found: dict[str, Counter[int]] = {}
        for one in self.to_make:
            found.setdefault(str(one.host), Counter())[one.day] += 1
        return {host: dict(sorted(days.items())) for host, days in sorted(found.items())}

    def date_of(self, day: int) -> str:
        """The date of a day, in UTC, by which Zoom counts."""
        return (self.now.astimezone(UTC) + timedelta(days=day)).date().isoformat()

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        batch = self.batch
        return {
            "rows": len(batch.table.rows),
            "columns": dict(batch.columns.shown),
            "ignored_columns": batch.columns.ignored,
            "faults": [fault.to_dict() for fault in self.faults],
            "items": [self._item(one) for one in self.placements],
            "to_make": len(self.to_make),
            "there_already": sum(one.link is not None for one in self.placements),
            "clashes": len(self.clashes),
            "hosts": self.hosts,
            "hosts_at_least": self.at_least,
            "days": self.days,
            "writes": {host: {self.date_of(day): n for day, n in days.items()} for host, days in self.writes.items()},
            "alternatives": [{"hosts": hosts, "days": days} for hosts, days in self.alternatives],
            "done_at": None if self.done_at is None else self.done_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "warnings": list(self.warnings),
        }

    def _item(self, one: Placement) -> dict[str, Any]:
        when = one.wish.request.when
        free = None if one.clash is None or one.clash.next_free is None else utc(one.clash.next_free)
        return {
            "line": one.wish.line,
            "key": one.wish.key if one.link is None else one.link.key,
            "topic": one.wish.request.body["topic"],
            "start_time": when.utc,
            "timezone": when.zone,
            "duration": one.wish.request.body["duration"],
            "host": one.host if one.link is None else one.link.host,
            "made_on": self.date_of(one.day) if one.link is None and one.host is not None else None,
            "link_id": None if one.link is None else one.link.id,
            "state": None if one.link is None else one.link.state,
            "problem": self.explanations.get(one.wish.line),
            "next_free": None if free is None else free.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


class Placed(NamedTuple):
    """What :func:`place` found: a place or a clash for each wish, and the figures of the whole."""

    placements: list[Placement]
    hosts: int
    at_least: int
    days: int
    alternatives: tuple[tuple[int, int], ...]

    @property
    def clashes(self) -> bool:
        """True when a row has no host."""
        return any(one.clash is not None for one in self.placements)


def place(
    wishes: Sequence[Wish],
    hosts: Sequence[Host],
    pinned: Mapping[str, str],
    bookings: Sequence[tuple[str, Booking]],
    rules: Rules,
    *,
    most_hosts: int | None = None,
    spread: bool = False,
) -> Placed:
    """Give each wish a host, beside what is booked already.

    `hosts` are the pool's; `pinned` says what a host that a row names is called in the ledger.
    """
    buffer = rules.buffer * MINUTE
    named = {wish.at: pinned[wish.request.host] for wish in wishes if wish.request.host is not None}
    # Who may overlap and has a host needs no place; but it takes room that the others cannot have.
    free = [wish for wish in wishes if not (wish.allow_overlap and wish.at in named)]
    taken = [
        (named[wish.at], Booking(*wish.span, f"#{wish.line}"))
        for wish in wishes
        if wish.allow_overlap and wish.at in named
    ]
    plan = plan_batch(
        [Wanted((wish.span,), named.get(wish.at)) for wish in free],
        hosts,
        Calendar([*bookings, *taken]),
        buffer=buffer,
        day_limit=rules.day_limit,
        most_hosts=most_hosts,
        spread=spread,
    )
    where = {wish.at: placed for wish, placed in zip(free, plan.placed, strict=True)}
    taken += [
        (placed.host, Booking(*wish.span, f"#{wish.line}"))
        for wish, placed in zip(free, plan.placed, strict=True)
        if placed.host is not None
    ]
    whole = Calendar([*bookings, *taken])
    pool = {host.name: host for host in hosts}
    found: list[Placement] = []
    explained = 0
    for wish in wishes:
        placed = where.get(wish.at)
        host = named.get(wish.at) if placed is None else placed.host
        if host is not None:
            found.append(Placement(wish, host=host, day=0 if placed is None else placed.day))
            continue
        own = named.get(wish.at)
        asked = [pool.get(own) or Host(own)] if own is not None else list(hosts)
        if explained >= EXPLAINED and not wish.allow_overlap:
            found.append(Placement(wish, clash=Clash((), None)))
            continue
        chosen = choose(asked, whole, (wish.span,), buffer=buffer, allow_overlap=wish.allow_overlap)
        if isinstance(chosen, Choice):
            found.append(Placement(wish, host=chosen.host.name))
        else:
            explained += 1
            found.append(Placement(wish, clash=_clash(chosen)))
    used = {one.host for one in found if one.host is not None}
    return Placed(found, len(used), plan.at_least, plan.days if used else 0, plan.alternatives)


def _clash(refusal: Refusal) -> Clash:
    return Clash(tuple((one.host.name, one.bookings) for one in refusal.busy), refusal.next_free)


def finished_at(placements: Sequence[Placement], rules: Rules, now: datetime) -> datetime | None:
    """When the last of them will be made, at the allowed rate and within each host's days."""
    days = Counter(one.day for one in placements if one.host is not None)
    if not days:
        return None
    last = max(days)
    start = now.astimezone(UTC)
    if last:
        start = start.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=last)
    per_second = rules.per_second(Label.MEDIUM)
    return start + timedelta(seconds=days[last] / per_second if per_second else 0)
