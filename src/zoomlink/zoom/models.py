"""Zoom's objects as they come back. They bend: what is missing is None, what is new stays in `raw`, nothing raises.

An exception while reading an answer would come after the meeting exists, so reading never raises. Checks that an
answer fits its question stand with the question (:mod:`zoomlink.zoom.meetings`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from zoomlink.secret import Secret
from zoomlink.times import parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Meeting", "User"]


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as Zoom describes it. Which fields are there depends on the call; lists leave much out."""

    id: int | None
    """The number people dial, up to 11 digits: more than 32 bits."""
    uuid: str | None
    """Names one instance; new after each end."""
    topic: str | None
    type: int | None
    """1 instant, 2 scheduled, 3 recurring without fixed time, 8 recurring with fixed time, 10 screen share only."""
    start_time: datetime | None
    """The instant: aware, UTC."""
    duration: int | None
    """Minutes."""
    timezone: str | None
    host_id: str | None
    host_email: str | None
    status: str | None
    agenda: str | None
    created_at: datetime | None
    join_url: str | None = field(repr=False)
    """For guests; holds the passcode in an encrypted form. Hand it out as it is."""
    passcode: str | None = field(repr=False)
    """For guests; None when the meeting has none or the call does not show it."""
    start_url: Secret[str] | None = field(repr=False)
    """The host's private entrance; lives two hours. Whoever opens it is the host."""
    warnings: tuple[str, ...] = ()
    """Where Zoom's answer differs from what was asked."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """Everything Zoom answered, unknown fields included, but the `start_url`."""

    @classmethod
    def from_api(cls, body: Mapping[str, Any], warnings: tuple[str, ...] = ()) -> Self:
        """Read Zoom's JSON object; never raises."""
        start_url = _text(body.get("start_url"))
        return cls(
            id=_number(body.get("id")),
            uuid=_text(body.get("uuid")),
            topic=_text(body.get("topic")),
            type=_number(body.get("type")),
            start_time=parse_instant(body.get("start_time")),
            duration=_number(body.get("duration")),
            timezone=_text(body.get("timezone")),
            host_id=_text(body.get("host_id")),
            host_email=_text(body.get("host_email")),
            status=_text(body.get("status")),
            agenda=_text(body.get("agenda")),
            created_at=parse_instant(body.get("created_at")),
            join_url=_text(body.get("join_url")),
            # Absent when the account asks for none; `upcoming_meetings` calls it by its newer name.
            passcode=_text(body.get("password")) or _text(body.get("passcode")),
            start_url=Secret(start_url) if start_url else None,
            warnings=warnings,
            raw={name: value for name, value in body.items() if name != "start_url"},
        )


@dataclass(frozen=True, slots=True)
class User:
    """A Zoom user. A host is a user who may own meetings."""

    id: str | None
    """None while the invitation is pending."""
    email: str | None
    type: int | None
    """1 basic, 2 licensed, 4 unassigned (may not host), 99 none."""
    status: str | None
    """``active``, ``inactive`` or ``pending``."""
    display_name: str | None
    timezone: str | None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def licensed(self) -> bool:
        """True when meetings of this user may last longer than 40 minutes."""
        return self.type == 2

    @classmethod
    def from_api(cls, body: Mapping[str, Any]) -> Self:
        """Read Zoom's JSON object; never raises."""
        names = " ".join(part for part in (_text(body.get("first_name")), _text(body.get("last_name"))) if part)
        return cls(
            id=_text(body.get("id")),
            email=_text(body.get("email")),
            type=_number(body.get("type")),
            status=_text(body.get("status")),
            display_name=_text(body.get("display_name")) or names or None,
            timezone=_text(body.get("timezone")),
            raw=dict(body),
        )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> int | None:
    # The same id comes as an integer from the API and as a string in some events.
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
