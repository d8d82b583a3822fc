"""The article's call: topic, duration, date and time in; join link, passcode and time out. Nothing else."""

from __future__ import annotations

from typing import TypedDict
from zoneinfo import ZoneInfo

from zoomlink.errors import OutcomeUnknownError, RateLimitError, TransportError, ZoomLinkError
from zoomlink.links.desk import LinkDesk
from zoomlink.model import Link, LinkState
from zoomlink.times import join_date_and_time

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
    allow_overlap: bool = False,
) -> MeetingResult:
    """Create a Zoom meeting and return its join link.

    `topic`: 1–200 characters. `duration`: minutes, 1–1440, as a number or digits. `start_date`: ``2031-12-01``.
    `start_time`: ``18:24``, on the clock of `timezone` (an IANA name such as ``America/Sao_Paulo``; without it, of
    ``ZOOMLINK_TIMEZONE``). `host`: e-mail address of the Zoom user who owns the meeting; without it, one
    of ``ZOOMLINK_HOSTS`` who is free then. `key`: your own name for this request: the same key and request give the
    same link for ever.

    Returns a dict: ``meeting_url``, ``password`` (None when Zoom set none), ``meetingTime`` (ISO 8601 with offset, the
    time Zoom confirmed), ``purpose``, ``duration``, ``message``, ``status`` (1).

    Raises ZoomLinkError; see :mod:`zoomlink.errors`. Where the link is not ready after ten seconds, it raises too, and
    says under which key to ask again: nothing is lost by that.
    """
    start = join_date_and_time(start_date, start_time)
    with LinkDesk.from_env() as desk:
        link = desk.create(
            topic,
            start=start,
            timezone=timezone,
            duration=duration,
            host=host,
            key=key,
            allow_overlap=allow_overlap,
        )
        zone = timezone or desk.settings.timezone
    if link.state is not LinkState.READY:
        raise _not_ready(link)
    local = link.start_time if zone is None else link.start_time.astimezone(ZoneInfo(zone))
    return {
        "meeting_url": link.join_url or "",
        "password": link.passcode,
        "meetingTime": local.isoformat(),
        "purpose": link.topic,
        "duration": link.duration,
        "message": " ".join(("Success", *(f"({warning})" for warning in link.warnings))),
        "status": 1,
    }


def _not_ready(link: Link) -> ZoomLinkError:
    """The error for a link that is on its way: this call promises a join link, and has none to give."""
    hint = f"Nothing is lost: ask again with key={link.key!r}, or run: zoomlink settle."
    if link.state is LinkState.UNKNOWN:
        return OutcomeUnknownError("It is not known yet whether the meeting exists.", hint=hint)
    if link.state is LinkState.PARKED:
        again = f" It goes on at {link.next_try_at:%Y-%m-%d %H:%M} UTC." if link.next_try_at else ""
        error = RateLimitError(
            f"The day's calls are used up.{again}", status_code=429, hint=hint, slug="daily-limit", name="parked"
        )
        error.daily = True
        return error
    if link.state is LinkState.PLANNED:
        return TransportError(f"Zoom was not reached in time. {link.problem or ''}".strip(), sent=False, hint=hint)
    return ZoomLinkError(f"The link of this key is {link.state}.", hint="Use another key.", slug="conflict")
