"""Meetings that took place: what they were, their instances, who was there. Flows and their values.

Facts: https://developers.zoom.us/docs/api/meetings/ (past meetings). Paid accounts only, one year back at most.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from zoomlink.errors import InvalidInputError
from zoomlink.times import parse_instant
from zoomlink.zoom.answers import read_object
from zoomlink.zoom.calls import call
from zoomlink.zoom.checks import check_date, check_page_size
from zoomlink.zoom.paging import Pages
from zoomlink.zoom.paths import meeting_segment, number_segment
from zoomlink.zoom.reading import items, mapping, number, text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from zoomlink.zoom.flow import Flow
    from zoomlink.zoom.retry import RetryPolicy

__all__ = ["Participant", "PastInstance", "PastMeeting", "get", "instances", "participant_pages"]


@dataclass(frozen=True, slots=True)
class PastMeeting:
    """One instance of a meeting that has ended."""

    id: int | None
    uuid: str | None
    """Names this instance."""
    topic: str | None
    type: int | None
    host_id: str | None
    host_name: str | None
    host_email: str | None
    start_time: datetime | None
    """When it really began: aware, UTC."""
    end_time: datetime | None
    duration: int | None
    """Minutes."""
    total_minutes: int | None
    """Minutes of all participants together."""
    participants_count: int | None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_api(cls, body: Mapping[str, Any]) -> Self:
        """Read Zoom's JSON object; never raises."""
        body = mapping(body)
        return cls(
            id=number(body.get("id")),
            uuid=text(body.get("uuid")),
            topic=text(body.get("topic")),
            type=number(body.get("type")),
            host_id=text(body.get("host_id")),
            host_name=text(body.get("user_name")),
            host_email=text(body.get("user_email")),
            start_time=parse_instant(body.get("start_time")),
            end_time=parse_instant(body.get("end_time")),
            duration=number(body.get("duration")),
            total_minutes=number(body.get("total_minutes")),
            participants_count=number(body.get("participants_count")),
            raw=dict(body),
        )


@dataclass(frozen=True, slots=True)
class PastInstance:
    """One time a meeting took place."""

    uuid: str | None
    """For ``past.get`` and ``past.participants``."""
    start_time: datetime | None
    """Aware, UTC."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_api(cls, body: Mapping[str, Any]) -> Self:
        """Read Zoom's JSON object; never raises."""
        body = mapping(body)
        return cls(text(body.get("uuid")), parse_instant(body.get("start_time")), dict(body))


@dataclass(frozen=True, slots=True)
class Participant:
    """One stay of a person in a meeting; who left and came back appears twice."""

    id: str | None
    """The user's id; None for guests."""
    name: str | None
    email: str | None
    join_time: datetime | None
    """Aware, UTC."""
    leave_time: datetime | None
    duration: int | None
    """Seconds. Zoom reports 0 for a while after big meetings."""
    registrant_id: str | None
    status: str | None
    """``in_meeting`` or ``in_waiting_room``."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_api(cls, body: Mapping[str, Any]) -> Self:
        """Read Zoom's JSON object; never raises."""
        body = mapping(body)
        return cls(
            id=text(body.get("id")),
            name=text(body.get("name")),
            email=text(body.get("user_email")),
            join_time=parse_instant(body.get("join_time")),
            leave_time=parse_instant(body.get("leave_time")),
            duration=number(body.get("duration")),
            registrant_id=text(body.get("registrant_id")),
            status=text(body.get("status")),
            raw=dict(body),
        )


def get(meeting: int | str, *, policy: RetryPolicy) -> Flow[PastMeeting]:
    """Fetch the latest instance of a meeting by its id, or any instance by its uuid. Raises NotFoundError."""
    response = yield from call("GET", f"/past_meetings/{meeting_segment(meeting)}", policy=policy)
    return PastMeeting.from_api(read_object(response))


def instances(
    meeting: int | str,
    *,
    from_date: date | str | None = None,
    to_date: date | str | None = None,
    policy: RetryPolicy,
) -> Flow[list[PastInstance]]:
    """Fetch the times a meeting took place, 15 months back at most.

    `from_date` and `to_date` are days in UTC and take effect together only; ask for a month at a time.
    """
    if (from_date is None) != (to_date is None):
        raise InvalidInputError(
            "from_date and to_date take effect together only.",
            field="to_date" if to_date is None else "from_date",
            hint="Give both, or neither.",
        )
    query = {}
    if from_date is not None and to_date is not None:
        query = {"from": check_date(from_date, "from_date"), "to": check_date(to_date, "to_date")}
        if query["from"] > query["to"]:
            raise InvalidInputError("from_date lies after to_date.", field="from_date", hint="Swap them.")
    path = f"/past_meetings/{number_segment(meeting)}/instances"
    response = yield from call("GET", path, policy=policy, query=query)
    return [PastInstance.from_api(entry) for entry in items(read_object(response).get("meetings"))]


def participant_pages(meeting: int | str, *, page_size: int = 300, policy: RetryPolicy) -> Pages[Participant]:
    """Walk through the participants of the latest instance (by id) or of any instance (by uuid).

    Zoom names nobody when only one person was there.
    """
    path = f"/past_meetings/{meeting_segment(meeting)}/participants"
    query = {"page_size": check_page_size(page_size)}
    return Pages(path, "participants", Participant.from_api, policy=policy, query=query)
