"""zoomlink's own words as values: link, state, request, host. Not Zoom's objects, and no decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["HostSpec", "Link", "LinkState", "link_id"]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class LinkState(StrEnum):
    """Where a link is in its life."""

    PLANNED = "planned"
    """Recorded; Zoom has not been asked, or has to be asked again."""
    SENDING = "sending"
    """Zoom is being asked at this moment."""
    READY = "ready"
    """The meeting exists and the join link works."""
    REFUSED = "refused"
    """Zoom said no."""
    UNKNOWN = "unknown"
    """Zoom's answer was lost; it is being found out whether the meeting exists."""
    PARKED = "parked"
    """The day's quota is used up; goes on at the reset."""
    CANCELLED = "cancelled"
    """Taken back by the caller."""
    DELETED = "deleted"
    """The meeting was deleted in Zoom."""


@dataclass(frozen=True, slots=True)
class HostSpec:
    """A host of the pool: an e-mail address or user id (or ``me``), and how many meetings it may run at once."""

    name: str
    capacity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One request → one join link, with its state. What every surface of zoomlink shows."""

    id: str
    key: str
    state: LinkState
    topic: str
    start_time: datetime
    """The instant of the start: aware, UTC."""
    timezone: str | None
    """IANA name of the zone it was asked for in."""
    duration: int
    """Minutes."""
    join_url: str | None = field(default=None, repr=False)
    """For guests. None until the meeting exists."""
    passcode: str | None = field(default=None, repr=False)
    """For guests. None when the meeting has none."""
    meeting_id: int | None = None
    host: str
    """The host's e-mail address, as Zoom answers it; before that, as it was asked for."""
    created_at: datetime
    updated_at: datetime
    next_try_at: datetime | None = None
    warnings: tuple[str, ...] = ()
    problem: str | None = None
    sequence: int = 0
    """How often it was changed, as calendar files count it. This and what follows is not part of :meth:`to_dict`."""
    agenda: str | None = field(default=None, repr=False)
    """The description, without the line by which zoomlink finds the meeting again."""
    recurrence: Mapping[str, Any] | None = field(default=None, hash=False)
    """The rule of a series, in Zoom's names."""

    def to_dict(self) -> dict[str, Any]:
        """The link as JSON has it: the same fields in the command, the HTTP service and webhooks."""
        return {
            "id": self.id,
            "key": self.key,
            "state": str(self.state),
            "topic": self.topic,
            "start_time": _stamp(self.start_time),
            "timezone": self.timezone,
            "duration": self.duration,
            "join_url": self.join_url,
            "passcode": self.passcode,
            "meeting_id": self.meeting_id,
            "host": self.host,
            "created_at": _stamp(self.created_at),
            "updated_at": _stamp(self.updated_at),
            "next_try_at": _stamp(self.next_try_at) if self.next_try_at else None,
            "warnings": list(self.warnings),
            "problem": self.problem,
        }


def link_id(milliseconds: int, randomness: int) -> str:
    """Make a link's id, ``lnk_`` and 26 characters, from the time in ms and 80 random bits; ids sort by time."""
    number = (milliseconds & (1 << 48) - 1) << 80 | randomness & (1 << 80) - 1
    digits = ""
    for _ in range(26):
        number, digit = divmod(number, 32)
        digits = _ALPHABET[digit] + digits
    return f"lnk_{digits}"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
