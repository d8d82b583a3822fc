"""What the sync and the async client have in common: settings, headers, arguments. No I/O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from zoomlink.errors import InvalidInputError, tidy
from zoomlink.times import parse_start
from zoomlink.zoom import bodies, calls, meetings
from zoomlink.zoom.answers import read_json
from zoomlink.zoom.checks import check_occurrence
from zoomlink.zoom.flow import Now
from zoomlink.zoom.series import series_start

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from zoomlink.zoom.flow import Flow
    from zoomlink.zoom.models import Meeting
    from zoomlink.zoom.retry import RetryPolicy

__all__ = ["create_body", "create_flow", "nothing", "request_flow", "update_body", "update_flow"]


def create_body(
    *,
    topic: str,
    start: datetime | str | None,
    timezone: str | None,
    default_timezone: str | None,
    now: datetime,
    **given: Any,
) -> dict[str, Any]:
    """What ``meetings.create`` sends; `given` are the other arguments of :func:`~zoomlink.zoom.bodies.meeting_body`."""
    when = None if start is None else parse_start(start, timezone, now=now, default_timezone=default_timezone)
    body = bodies.meeting_body(topic, when, **given)
    if start is None and timezone is not None:
        raise InvalidInputError("A time zone says nothing without a start.", field="timezone", hint="Leave it out.")
    return body


def create_flow(host: str, *, policy: RetryPolicy, **given: Any) -> Flow[Meeting]:
    """The flow of ``meetings.create``."""
    moment = yield Now()
    return (yield from meetings.create(host, create_body(now=moment.wall, **given), policy=policy))


def update_body(
    *,
    start: datetime | str | None = None,
    timezone: str | None = None,
    default_timezone: str | None = None,
    now: datetime,
    **given: Any,
) -> dict[str, Any]:
    """What ``meetings.update`` sends; `given` are the other arguments of :func:`~zoomlink.zoom.bodies.changes_body`.

    A start that has passed is sent: Zoom ignores it, and the meeting returned says so.
    """
    when = None
    if start is not None:
        when = parse_start(start, timezone, now=now, default_timezone=default_timezone, allow_past=True)
    return bodies.changes_body(when=when, timezone=timezone, **given)


def update_flow(
    meeting: int | str, *, policy: RetryPolicy, occurrence: str | int | None = None, **given: Any
) -> Flow[Meeting]:
    """The flow of ``meetings.update``."""
    key = None if occurrence is None else check_occurrence(occurrence)
    moment = yield Now()
    if given.get("recurrence") is not None and given.get("start") is None and key is None:
        given["series_starts"] = series_start((yield from meetings.get(meeting, policy=policy)))
    body = update_body(now=moment.wall, occurrence=key, **given)
    return (yield from meetings.update(meeting, body, policy=policy, occurrence=key))


def request_flow(
    method: str, path: str, *, query: Mapping[str, Any] | None, body: Any, policy: RetryPolicy
) -> Flow[Any]:
    """Check the arguments of ``request`` and return the flow that carries them out."""
    if not isinstance(method, str) or not re.fullmatch(r"GET|HEAD|POST|PUT|PATCH|DELETE", method.upper()):
        raise InvalidInputError(f"{tidy(repr(method), 40)} is no HTTP method.", field="method")
    if (
        not isinstance(path, str)
        or not re.fullmatch(r"/[\x21\x24-\x3e\x40-\x5b\x5d-\x7e%]*", path)
        or path.startswith(("//", "/v2/"))
        or ".." in path
    ):
        raise InvalidInputError(
            f"{tidy(repr(path), 80)} is no path of the API.",
            field="path",
            hint='Start it with a slash, leave out /v2 and the query: "/users/me/settings".',
        )
    return _request(method.upper(), path, query=query, body=body, policy=policy)


def _request(method: str, path: str, *, query: Any, body: Any, policy: RetryPolicy) -> Flow[Any]:
    return read_json((yield from calls.call(method, path, policy=policy, query=query, body=body)))


def nothing() -> None:
    """What a client calls in the end where there is nothing to end."""
