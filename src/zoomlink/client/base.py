"""What the sync and the async client have in common: settings, headers, arguments. No I/O."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zoomlink.errors import InvalidInputError, tidy
from zoomlink.times import parse_start
from zoomlink.zoom import calls, meetings
from zoomlink.zoom.answers import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.zoom.flow import Flow
    from zoomlink.zoom.models import Meeting
    from zoomlink.zoom.retry import RetryPolicy

__all__ = ["create_flow", "request_flow"]


def create_flow(
    host: str,
    *,
    topic: str,
    start: datetime | str,
    timezone: str | None,
    default_timezone: str | None,
    duration: int,
    agenda: str | None,
    passcode: str | None,
    settings: Mapping[str, Any] | None,
    policy: RetryPolicy,
) -> Flow[Meeting]:
    """Check the arguments of ``meetings.create`` and return the flow that carries them out."""
    when = parse_start(start, timezone, now=datetime.now(UTC), default_timezone=default_timezone)
    body = meetings.meeting_body(topic, when, duration, agenda=agenda, passcode=passcode, settings=settings)
    return meetings.create(host, body, policy=policy)


def request_flow(
    method: str, path: str, *, query: Mapping[str, Any] | None, body: Any, policy: RetryPolicy
) -> Flow[Any]:
    """Check the arguments of ``request`` and return the flow that carries them out."""
    if not re.fullmatch(r"GET|HEAD|POST|PUT|PATCH|DELETE", method.upper()):
        raise InvalidInputError(f"{tidy(repr(method), 40)} is no HTTP method.", field="method")
    if (
        not re.fullmatch(r"/[\x21\x24-\x3e\x40-\x5b\x5d-\x7e%]*", path)
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
