"""One meeting or series as a calendar shows it: what may stand in the file, checked. Not how it is written.

What is for the host alone (`start_url`) never gets in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from zoomlink.errors import InvalidInputError, tidy
from zoomlink.model import Link, LinkState
from zoomlink.times import check_duration, parse_zone

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from zoomlink.zoom.recurrence import Recurrence

__all__ = ["CalendarEntry"]

_UTC_NAMES = {"UTC", "Etc/UTC", "UCT", "Etc/UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"}
_HOSTS_ENTRANCE = re.compile(r"[?&]zak=", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """One meeting, or series of meetings, as a calendar shows it.

    Raises InvalidInputError for values a calendar cannot hold.
    """

    id: str
    """The link's id. The calendar knows the entry by it, for ever: `uid` is made of nothing else."""
    topic: str
    start: datetime
    """The instant of the (first) start: aware."""
    duration: int
    """Minutes."""
    zone: str | None = None
    """IANA name of the zone it is shown in; None: UTC. A series needs one."""
    join_url: str | None = field(default=None, repr=False)
    """For guests. Only a cancelled entry may lack it."""
    passcode: str | None = field(default=None, repr=False)
    description: str | None = None
    organizer: str | None = None
    """E-mail address; an invitation (REQUEST) needs it."""
    attendees: tuple[str, ...] = ()
    """E-mail addresses; an invitation needs one."""
    sequence: int = 0
    """Rises by one with each change; a calendar takes an update only if it is higher than what it has."""
    cancelled: bool = False
    updated_at: datetime
    """When the entry last changed: aware."""
    recurrence: Recurrence | None = None
    excluded: tuple[datetime, ...] = ()
    """Occurrences of the series that do not take place."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,200}", self.id):
            raise InvalidInputError(f"{tidy(repr(self.id), 60)} is no id for a calendar entry.", field="id")
        for name, moment in (("start", self.start), ("updated_at", self.updated_at)):
            if not isinstance(moment, datetime) or moment.utcoffset() is None:
                raise InvalidInputError(f"{name} is not an instant.", field=name, hint="Give an aware datetime.")
        check_duration(self.duration)
        if self.zone is not None:
            parse_zone(self.zone)
        if not isinstance(self.sequence, int) or isinstance(self.sequence, bool) or self.sequence < 0:
            raise InvalidInputError("The sequence is not a number from 0 on.", field="sequence")
        _check_join_url(self.join_url, needed=not self.cancelled)
        if any(text and _HOSTS_ENTRANCE.search(text) for text in (self.topic, self.description)):
            raise InvalidInputError(
                "The text holds the host's private link.", field="description", hint="Guests get the join link."
            )
        for address in (self.organizer, *self.attendees):
            if address is not None and not re.fullmatch(r"[^\s@<>\"\\:;,\x00-\x1f]+@[A-Za-z0-9.-]+", address):
                raise InvalidInputError(f"{tidy(repr(address), 80)} is no e-mail address.", field="organizer")
        if self.recurrence is not None:
            self._check_excluded()
        elif self.excluded:
            raise InvalidInputError("Only a series has occurrences to leave out.", field="excluded")

    @classmethod
    def from_link(
        cls,
        link: Link,
        *,
        sequence: int,
        description: str | None = None,
        recurrence: Recurrence | None = None,
        excluded: Iterable[datetime] = (),
        organizer: str | None = None,
        attendees: Iterable[str] = (),
    ) -> Self:
        """Make the entry of a link. `sequence` counts the link's changes, from 0.

        A cancelled or deleted link gives a cancelled entry. Raises InvalidInputError for a link that has no join
        link yet.
        """
        cancelled = link.state in {LinkState.CANCELLED, LinkState.DELETED}
        if link.join_url is None and not cancelled:
            refused = link.state is LinkState.REFUSED
            raise InvalidInputError(
                f"{link.id} has no join link{'' if refused else ' yet'}: it is {link.state}.",
                field="link",
                hint="The same key may ask Zoom again." if refused else "Ask again when it is ready.",
            )
        return cls(
            id=link.id,
            topic=link.topic,
            start=link.start_time,
            duration=link.duration,
            zone=link.timezone,
            join_url=link.join_url,
            passcode=link.passcode,
            description=description,
            organizer=organizer,
            attendees=tuple(attendees),
            sequence=sequence,
            cancelled=cancelled,
            updated_at=link.updated_at,
            recurrence=recurrence,
            excluded=tuple(excluded),
        )

    @property
    def uid(self) -> str:
        """The name calendars know this entry by."""
        return f"{self.id}@zoomlink"

    @property
    def local_start(self) -> datetime:
        """The start as the calendar shows it: in its zone, or in UTC where the wall time would not tell it."""
        zone: tzinfo = UTC if self.zone is None or self.zone in _UTC_NAMES else ZoneInfo(self.zone)
        local = self.start.replace(microsecond=0).astimezone(UTC).astimezone(zone)
        # A calendar cannot say which of two 01:30s is meant; the instant in UTC can.
        twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        return local.astimezone(UTC) if twice and self.recurrence is None else local

    def occurrences(self) -> tuple[datetime, ...]:
        """The starts that take place, at most the first 60. Raises InvalidInputError as `Recurrence.occurrences`."""
        if self.recurrence is None:
            return (self.local_start,)
        left_out = {moment.astimezone(UTC) for moment in self.excluded}
        return tuple(moment for moment in self._all() if moment.astimezone(UTC) not in left_out)

    def _all(self) -> tuple[datetime, ...]:
        if self.recurrence is None:
            return (self.local_start,)
        if self.zone is None:
            raise InvalidInputError(
                "A series needs a time zone: in UTC it would shift when the clocks change.",
                field="timezone",
                hint='Give one, such as "America/Sao_Paulo", or "UTC".',
            )
        return self.recurrence.occurrences(self.local_start)

    def _check_excluded(self) -> None:
        known = {moment.astimezone(UTC) for moment in self._all()}
        for moment in self.excluded:
            if moment.utcoffset() is None or moment.astimezone(UTC) not in known:
                raise InvalidInputError(f"{moment.isoformat()} is no occurrence of the series.", field="excluded")
        if known == {moment.astimezone(UTC) for moment in self.excluded}:
            raise InvalidInputError(
                "No occurrence of the series is left.", field="excluded", hint="Cancel the whole series."
            )


def _check_join_url(url: str | None, *, needed: bool) -> None:
    if url is None:
        if needed:
            raise InvalidInputError("The entry has no join link.", field="join_url")
        return
    if not re.fullmatch(r"https?://[\x21-\x7e]{1,2000}", url):
        raise InvalidInputError("The join link is not a link.", field="join_url")
    if _HOSTS_ENTRANCE.search(url):
        raise InvalidInputError(
            "This is the host's private link: whoever opens it is the host.",
            field="join_url",
            hint="Use the join link.",
        )
