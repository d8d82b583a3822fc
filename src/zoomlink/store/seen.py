"""What was seen of hosts between two looks at their lists: whose list is old, who is busy longer or shorter than was
planned. Operations; the bookings themselves stand in :mod:`zoomlink.store.carrying`'s tables.

A meeting that runs on has a booking of its own besides the planned one, under a name that is no link's; one that ended
early has an empty one, which says where the planned one ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from zoomlink.spans import LONGEST, Booking, Span, beyond
from zoomlink.store.ops import Op

if TYPE_CHECKING:
    from zoomlink.store.records import Records

__all__ = ["BookedSpans", "Doubt", "KeepRun", "KnowHost", "Unlist", "run_of"]

RUN = "run-"


def run_of(meeting: int) -> str:
    """The name under which the run of a meeting is booked."""
    return f"{RUN}{meeting}"


@dataclass(frozen=True, slots=True)
class Doubt(Op[None]):
    """Something changed at these hosts: what was listed of them before `now` is old."""

    account: str
    hosts: tuple[str, ...]
    now: int

    def apply(self, records: Records) -> None:
        """Mark it. A list that began before and comes in later is told by the moment, which stands there negative."""
        for name in sorted({records.host(self.account, host) for host in self.hosts}):
            if records.pool(self.account, name).looked_at:
                row = records.pool(self.account, name, lock=True)
                records.put_pool(row._replace(looked_at=-self.now))


@dataclass(frozen=True, slots=True)
class Unlist(Op[None]):
    """A meeting that a list of the host's showed is gone."""

    account: str
    host: str
    meeting: int

    def apply(self, records: Records) -> None:
        """Forget that it was seen."""
        records.unbook_meeting(self.account, records.host(self.account, self.host), self.meeting)


@dataclass(frozen=True, slots=True)
class KnowHost(Op[None]):
    """A user's id and address are one host."""

    account: str
    name: str
    email: str

    def apply(self, records: Records) -> None:
        """Remember it."""
        if self.name != self.email and records.host(self.account, self.name) != self.email:
            records.set_host(self.account, self.name, self.email)


@dataclass(frozen=True, slots=True)
class BookedSpans(Op[tuple[Span, ...]]):
    """When a host is busy with a link, as far as it touches a time."""

    account: str
    host: str
    link: str
    around: Span
    writes: ClassVar[bool] = False

    def apply(self, records: Records) -> tuple[Span, ...]:
        """Read it."""
        found = records.bookings(self.account, records.host(self.account, self.host), *self.around)
        return tuple(Span(one.start, one.end) for one in found if one.link == self.link)


@dataclass(frozen=True, slots=True)
class KeepRun(Op[None]):
    """A meeting of a host runs, and will at least until a moment; or (`until` None) it does not. `ended`: when it
    ended before its time.
    """

    account: str
    host: str
    meeting: int
    now: int
    until: int | None = None
    ended: int | None = None

    def apply(self, records: Records) -> None:
        """Book it beyond what is booked for the meeting already."""
        host = records.host(self.account, self.host)
        records.pool(self.account, host, lock=True)
        name = run_of(self.meeting)
        before = records.bookings(self.account, host, self.now - LONGEST, self.now + LONGEST)
        ends = [one for one in before if one.link == name and one.start == one.end]
        for one in records.bookings(self.account, host, self.now - 3 * LONGEST, self.now - LONGEST):
            if one.link.startswith(RUN) and one.end < self.now - LONGEST:
                records.unbook(one.link)
        if self.until is not None:
            records.unbook(name)
            own = [one for one in before if one.meeting == self.meeting and one.link != name]
            records.book(self.account, host, beyond(Booking(self.now, self.until, name, self.meeting), own))
        elif self.ended is not None:
            records.unbook(name)
            records.book(self.account, host, [Booking(self.ended, self.ended, name, self.meeting)])
        elif not ends:  # what is known of its end stays
            records.unbook(name)
