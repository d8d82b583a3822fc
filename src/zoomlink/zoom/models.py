"""Zoom's objects as they come back. They bend: what is missing is None, what is new stays in `raw`, nothing raises.

An exception while reading an answer would come after the meeting exists, so reading never raises. Checks that an
answer fits its question stand with the question (:mod:`zoomlink.zoom.meetings`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from zoomlink.secret import Secret
from zoomlink.times import parse_instant
from zoomlink.zoom.reading import items, mapping, number, text, without

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Meeting", "Occurrence", "User"]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a recurring meeting."""

    id: str | None
    """Zoom's ``occurrence_id``: milliseconds since 1970, as text."""
    start_time: datetime | None
    """The instant: aware, UTC."""
    duration: int | None
    """Minutes."""
    status: str | None
    """``available`` or ``deleted``."""

    @classmethod
    def from_api(cls, body: Mapping[str, Any]) -> Self:
        """Read Zoom's JSON object; never raises."""
        given = mapping(body)
        key = number(given.get("occurrence_id"))
        return cls(
            id=text(given.get("occurrence_id")) or (None if key is None else str(key)),
            start_time=parse_instant(given.get("start_time")),
            duration=number(given.get("duration")),
            status=text(given.get("status")),
        )


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
    occurrences: tuple[Occurrence, ...] = ()
    """The dates of a series; empty for other meetings and where the call does not show them."""
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
    """The meeting's settings, in Zoom's names; lists leave them out."""
    recurrence: Mapping[str, Any] | None = field(default=None, hash=False)
    """The rule of a series, in Zoom's names."""
    registration_url: str | None = None
    """Where people register; only of meetings with registration."""
    tracking_fields: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The account's tracking fields and their values."""

    @classmethod
    def from_api(cls, body: Mapping[str, Any], warnings: tuple[str, ...] = ()) -> Self:
        """Read Zoom's JSON object; never raises."""
        body = mapping(body)
        start_url = text(body.get("start_url"))
        recurrence = body.get("recurrence")
        tracked = ((text(entry.get("field")), entry.get("value")) for entry in items(body.get("tracking_fields")))
        return cls(
            id=number(body.get("id")),
            uuid=text(body.get("uuid")),
            topic=text(body.get("topic")),
            type=number(body.get("type")),
            start_time=parse_instant(body.get("start_time")),
            duration=number(body.get("duration")),
            timezone=text(body.get("timezone")),
            host_id=text(body.get("host_id")),
            host_email=text(body.get("host_email")),
            status=text(body.get("status")),
            agenda=text(body.get("agenda")),
            created_at=parse_instant(body.get("created_at")),
            join_url=text(body.get("join_url")),
            # Absent when the account asks for none; `upcoming_meetings` calls it by its newer name.
            passcode=text(body.get("password")) or text(body.get("passcode")),
            start_url=Secret(start_url) if start_url else None,
            warnings=warnings,
            raw=without(body, "start_url"),
            occurrences=tuple(Occurrence.from_api(entry) for entry in items(body.get("occurrences"))),
            settings=dict(mapping(body.get("settings"))),
            recurrence=dict(recurrence) if isinstance(recurrence, dict) else None,
            registration_url=text(body.get("registration_url")),
            tracking_fields={name: value if isinstance(value, str) else "" for name, value in tracked if name},
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
        body = mapping(body)
        names = " ".join(part for part in (text(body.get("first_name")), text(body.get("last_name"))) if part)
        return cls(
            id=text(body.get("id")),
            email=text(body.get("email")),
            type=number(body.get("type")),
            status=text(body.get("status")),
            display_name=text(body.get("display_name")) or names or None,
            timezone=text(body.get("timezone")),
            raw=dict(body),
        )
