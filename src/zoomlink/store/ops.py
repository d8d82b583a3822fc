"""What a store can be asked, as data: each operation is carried out in one transaction, wholly or not at all.

Operations speak of links and limits, not of SQL; what they do stands in :mod:`zoomlink.store.carrying`. Each may be
carried out twice without harm, since the answer of a commit can be lost like any other. Where a caller has to wait,
answers give spans and not moments, so that the clocks of two machines never meet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar

from zoomlink.spans import Booking, Span  # noqa: TC001 - NamedTuples here are read by people at run time
from zoomlink.store.rows import ApiTokenRow, EventRow, LinkRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.store.records import Records

T = TypeVar("T")

__all__ = [
    "Add",
    "Begin",
    "Begun",
    "ClaimToken",
    "Claimed",
    "Counts",
    "Due",
    "FailToken",
    "Find",
    "FindMeeting",
    "Get",
    "History",
    "HostOf",
    "HostState",
    "KeepForeign",
    "KeepLicence",
    "KeepToken",
    "Learn",
    "List",
    "LookAtPool",
    "Mentions",
    "Move",
    "Moved",
    "NextDue",
    "Op",
    "Pacing",
    "Plan",
    "Planned",
    "ReadToken",
    "Room",
    "TakeDay",
    "TakeRate",
    "Waiting",
    "Wipe",
]


@dataclass(frozen=True, slots=True)
class Op(Generic[T]):
    """An operation whose answer is a T."""

    writes: ClassVar[bool] = True
    purges: ClassVar[bool] = False
    """True when what it takes away must not stay behind in a log."""
    patience: ClassVar[float | None] = None
    """Seconds for which it waits for other programs, where that is less than the store does."""

    def apply(self, records: Records) -> T:
        """Carry it out on the rows of an open transaction. Operations of links and limits, which share much, are
        carried out by :mod:`zoomlink.store.carrying` instead.
        """
        raise NotImplementedError


class Begun(NamedTuple):
    """What became of a Begin. `row` is the link as it is now."""

    row: LinkRow | None
    granted: bool = False
    """It is ours to send, now."""
    wait: int | None = None
    """Send after this span, which is booked: begin again then, without `pacing`."""
    retry: int | None = None
    """Nothing is booked: ask again after this span."""
    learned: float = 0.0
    """Calls a second that Zoom was seen to allow, where that is less than the plan's."""


class Planned(NamedTuple):
    """The link of that key. `created`: it was not there before, or had been refused."""

    row: LinkRow
    created: bool
    begun: Begun | None = None
    full: bool = False
    """The host has no room for it: nothing was recorded."""


class Moved(NamedTuple):
    """The link as it is now, and whether this operation changed it."""

    row: LinkRow | None
    done: bool
    taken_by: str | None = None
    """The id of another link that has this meeting."""
    full: bool = False
    """The host has no room."""
    wait: int | None = None
    """The host's day is used up, for this span."""


class Claimed(NamedTuple):
    """`mine`: fetch. Else another one is at it (`wait`), or there is a newer row already (`wait` 0).

    `rejections` is how often Zoom refused a token of ours before its time in the last minutes; `held` the span for
    which no new one is fetched for that reason.
    """

    row: ApiTokenRow
    mine: bool
    wait: int = 0
    held: int = 0
    rejections: int = 0


# -- links -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Get(Op[LinkRow | None]):
    """The link of this id."""

    link: str
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Find(Op[LinkRow | None]):
    """The link of this key; one that was rebuilt from Zoom has its marker for a key until its owner asks for it."""

    account: str
    owner: str
    key: str
    marker: str = ""
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class FindMeeting(Op[LinkRow | None]):
    """The link whose meeting has this id."""

    account: str
    meeting_id: int
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class History(Op[list[EventRow]]):
    """All that happened to a link, in order."""

    link: str
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class HostOf(Op[str]):
    """The e-mail address of a host, or the name itself when none is known."""

    account: str
    name: str
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class List(Op[list[LinkRow]]):
    """Links in the order of (start, id), after the cursor; every filter that is None lets all through."""

    account: str
    owner: str | None = None
    states: tuple[str, ...] | None = None
    host: str | None = None
    key: str | None = None
    from_at: int | None = None
    to_at: int | None = None
    after: tuple[int, str] | None = None
    limit: int = 100
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Counts(Op[dict[str, int]]):
    """How many links there are, by state; `owner` None counts everybody's."""

    account: str
    owner: str | None = None
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Pacing:
    """At most so many calls a second under a label, all processes together."""

    label: str
    per_second: float
    horizon: int | None = None
    """The longest span for which a call may be booked ahead; None: any. Whoever has a horizon leaves room for those
    who have none."""


class Room(NamedTuple):
    """What a host must have for a link: not more meetings at once than its `capacity`, `buffer` ms between any two."""

    capacity: int
    buffer: int = 0


class HostState(NamedTuple):
    """A host, as the ledger knows it."""

    host: str
    """Its e-mail address, where it is known."""
    bookings: tuple[Booking, ...]
    used: int
    """Creates and updates today."""
    full_until: int
    licensed: bool | None
    licence_at: int
    looked_at: int


@dataclass(frozen=True, slots=True)
class LookAtPool(Op[list[HostState]]):
    """What is known of hosts, in the order of their `names`, with their bookings that touch any of the spans."""

    account: str
    names: tuple[str, ...]
    spans: tuple[Span, ...]
    now: int
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class KeepForeign(Op[None]):
    """The meetings a host has, as its list showed them at `now`; None: as they were known. What a link has booked there
    and then stays the link's.
    """

    account: str
    host: str
    bookings: tuple[Booking, ...] | None
    now: int
    markers: tuple[tuple[int, str], ...] = ()
    """The meetings that carry a marker of ours, with it."""


@dataclass(frozen=True, slots=True)
class KeepLicence(Op[None]):
    """Whether a host is licensed (None: it could not be found out), and the e-mail address, where Zoom named it."""

    account: str
    host: str
    licensed: bool | None
    now: int
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Begin(Op[Begun]):
    """Commit that a link is about to be sent: takes a moment of the rate and a call of the host's day."""

    link: str
    claim: str
    now: int
    lease: int
    pacing: Pacing | None = None
    """None: the moment was booked before, or no rate is kept."""
    day_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Plan(Op[Planned]):
    """Record a link, or find the one that has its key; then begin to send, if that was asked for and it is new.

    A link that Zoom refused is planned again with the new request. One that was rebuilt from Zoom, with its marker for
    a key, is given its owner's key.
    """

    row: LinkRow
    begin: Begin | None = None
    rebuilt: bool = False
    """True when such a rebuilt one was seen."""
    spans: tuple[Span, ...] = ()
    """When its host is busy with it."""
    room: Room | None = None
    """What its host must have for it; None: it may overlap with anything."""


@dataclass(frozen=True, slots=True)
class Add(Op[Planned]):
    """Record a link for a meeting that exists, unless its key, its meeting or its marker is known."""

    row: LinkRow
    event: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Move(Op[Moved]):
    """Change a link, if it is in one of `states` and at this `attempt`; and write it into its history."""

    link: str
    states: tuple[str, ...]
    now: int
    event: str
    changes: Mapping[str, Any]
    attempt: int | None = None
    version: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    alias: tuple[str, str] | None = None
    """A host as it was asked for, and the e-mail address by which Zoom calls the same one."""
    full_until: int | None = None
    """The host's day is used up until this moment."""
    block: tuple[str, int] | None = None
    """No call under this label until that moment."""
    uncount: bool = False
    """The sending did not reach Zoom: give the call back to the host's day."""
    spans: tuple[Span, ...] | None = None
    """When its host is busy with it from now on; None: as before."""
    wanted: tuple[Span, ...] = ()
    """Of these, what the host must have `room` for."""
    moves_to: str | None = None
    """Another host, who is to be busy with what is `wanted`, besides its own host with the `spans`."""
    room: Room | None = None
    day_limit: int | None = None
    """Count a call for the host's day, of so many, if all else is well; None: it costs none."""


@dataclass(frozen=True, slots=True)
class Due(Op[list[LinkRow]]):
    """Links something has to be done about, the longest due first; each is handed out once within `hold`."""

    account: str
    now: int
    hold: int
    limit: int = 50
    watches: bool = True
    """False: leave out links that are only watched."""
    link: str | None = None
    """Only this one, if it is due; None: any."""
    listed: str | None = None
    """Only those of this host about which a list of its meetings has to be asked for; None: any."""


@dataclass(frozen=True, slots=True)
class NextDue(Op[int | None]):
    """The moment at which something has to be done next, be it past or to come; None: never."""

    account: str
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Waiting(Op[list[str]]):
    """The ids of links something has to be done about, the longest due first. None is handed out by it."""

    account: str
    now: int
    limit: int = 500
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Mentions(Op[list[LinkRow]]):
    """Links in which a text stands anywhere, whatever its case."""

    account: str
    text: str
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Wipe(Op[Moved]):
    """Take what people wrote out of a link and of its history; the numbers stay. `key` and `host` are what these are
    from then on.
    """

    link: str
    now: int
    key: str
    host: str
    purges: ClassVar[bool] = True


# -- limits ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TakeRate(Op[Begun]):
    """Book a moment for one call under a label; answers with `granted`, `wait` or `retry` and no row."""

    account: str
    pacing: Pacing
    now: int


@dataclass(frozen=True, slots=True)
class TakeDay(Op[int]):
    """Count one create or update for a host; answers 0, or the span until its day is over."""

    account: str
    host: str
    now: int
    limit: int


@dataclass(frozen=True, slots=True)
class Learn(Op[None]):
    """Zoom was seen to allow so many calls a second under a label, 0 for as many as the plan says; or to allow none
    until a moment.
    """

    account: str
    label: str
    now: int
    per_second: float | None = None
    until: int = 0
    blocked_until: int = 0


# -- the token ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadToken(Op[ApiTokenRow | None]):
    """The token shared by all processes."""

    account: str
    client: str
    writes: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class ClaimToken(Op[Claimed]):
    """Ask to be the one who fetches the next token; `seen` is the generation that does not serve."""

    account: str
    client: str
    claim: str
    seen: int
    now: int
    lease: int
    rejected: bool = False
    """Zoom refused the one that was seen."""


@dataclass(frozen=True, slots=True)
class KeepToken(Op[None]):
    """Share a token that was just fetched."""

    account: str
    client: str
    claim: str
    sealed: str
    renew_at: int
    expires_at: int
    now: int


@dataclass(frozen=True, slots=True)
class FailToken(Op[None]):
    """Let others fetch, and tell them why this attempt failed if that is their failure too."""

    account: str
    client: str
    claim: str
    now: int
    failure: str | None = None
