"""The article's call: topic, duration, date and time in; join link, passcode and time out. Nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from zoomlink.client.sync_client import ZoomClient
from zoomlink.links.issue import issue, plan
from zoomlink.times import join_date_and_time, parse_start

__all__ = ["MeetingResult", "create_meeting"]


class MeetingResult(TypedDict):
    """What :func:`create_meeting` returns."""

    meeting_url: str
    password: str | None
    meetingTime: str
    purpose: str
    duration: int
    message: str
    status: int


def create_meeting(
    topic: str,
    duration: int | str,
    start_date: str,
    start_time: str,
    *,
    timezone: str | None = None,
    host: str | None = None,
    key: str | None = None,
    allow_overlap: bool = False,  # noqa: ARG001 - hosts are not compared yet
) -> MeetingResult:
    """Create a Zoom meeting and return its join link.

    `topic`: 1–200 characters. `duration`: minutes, 1–1440, as a number or digits. `start_date`: ``2031-12-01``.
    `start_time`: ``18:24``, on the clock of `timezone` (an IANA name such as ``America/Sao_Paulo``; without it, of
    ``ZOOMLINK_TIMEZONE``). `host`: e-mail address of the Zoom user who owns the meeting; without it, the first of
    ``ZOOMLINK_HOSTS``. `key`: your own name for this request.

    Returns a dict: ``meeting_url``, ``password`` (None when Zoom set none), ``meetingTime`` (ISO 8601 with offset, the
    time Zoom confirmed), ``purpose``, ``duration``, ``message``, ``status`` (1).

    Raises ZoomLinkError; see :mod:`zoomlink.errors`. Nothing is sent when the input or the settings are wrong.
    """
    with ZoomClient.from_env() as client:
        when = parse_start(
            join_date_and_time(start_date, start_time),
            timezone,
            now=datetime.now(UTC),
            default_timezone=client.settings.timezone,
        )
        request = plan(
            topic,
            when=when,
            duration=duration,
            host=host if host is not None else client.settings.hosts[0].name,
            key=key,
        )
        link = issue(client, request)
    zone: Any = ZoneInfo(request.when.zone) if request.when.zone else request.when.local.tzinfo
    return {
        "meeting_url": link.join_url or "",
        "password": link.passcode,
        "meetingTime": link.start_time.astimezone(zone).isoformat(),
        "purpose": link.topic,
        "duration": link.duration,
        "message": " ".join(("Success", *(f"({warning})" for warning in link.warnings))),
        "status": 1,
    }
