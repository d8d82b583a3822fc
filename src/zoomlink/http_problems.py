"""Errors as HTTP answers: problem details (RFC 9457), the same in the service and in people's own applications.

Pure. Which status a kind of problem has stands in :mod:`zoomlink.problems`.
"""

from __future__ import annotations

import math
from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple

from zoomlink.errors import APIError, InvalidInputError, NoHostError, RateLimitError, ZoomLinkError
from zoomlink.problems import problem

if TYPE_CHECKING:
    from datetime import datetime

    from zoomlink.errors import BusyTime

__all__ = ["MEDIA_TYPE", "ProblemDocument", "busy_dict", "for_programs", "problem_document", "stamp"]

MEDIA_TYPE = "application/problem+json"
_SOON = 5
_SECONDS = {"zoom-failed": 30, "unreachable": 30, "outcome-unknown": 30, "ledger": _SOON, "rate-limited": _SOON}
"""When to try again, where nobody said."""


class ProblemDocument(NamedTuple):
    """An answer: its status, its headers (``Retry-After``, where trying again helps) and its JSON object."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]


def problem_document(error: ZoomLinkError) -> ProblemDocument:
    """Return the answer that tells of `error`: what happened, what to do, and Zoom's evidence. No secret is in it."""
    kind = problem(error.slug)
    body: dict[str, Any] = {
        "type": f"/problems/{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": error.message,
        "hint": error.hint and for_programs(error.hint),
    }
    headers: dict[str, str] = {}
    if isinstance(error, InvalidInputError) and error.field:
        body["field"] = error.field
    if isinstance(error, NoHostError):
        body["busy"] = [busy_dict(one) for one in error.busy]
        body["next_free"] = None if error.next_free is None else stamp(error.next_free)
    if isinstance(error, APIError):
        body |= {"zoom_code": error.code, "tracking_id": error.tracking_id}
        if error.errors:
            body["errors"] = [{"field": one.field, "detail": one.message} for one in error.errors]
    elif (tracking := getattr(error, "tracking_id", None)) is not None:
        body["tracking_id"] = tracking
    wait = _wait(error)
    if wait is not None:
        headers["Retry-After"] = str(wait)
    return ProblemDocument(kind.status, headers, {name: value for name, value in body.items() if value is not None})


def for_programs(text: str) -> str:
    """What an error says, without the command's options: an application has only the arguments."""
    return text.replace("--allow-overlap, ", "")


def _wait(error: ZoomLinkError) -> int | None:
    if isinstance(error, RateLimitError) and error.retry_after is not None:
        return max(math.ceil(error.retry_after.total_seconds()), 1)
    return _SECONDS.get(error.slug)


def busy_dict(one: BusyTime) -> dict[str, Any]:
    """A busy time as JSON has it."""
    return {
        "host": one.host,
        "start": stamp(one.start),
        "end": stamp(one.end),
        "link": one.link,
        "topic": one.topic,
        "meeting_id": one.meeting_id,
    }


def stamp(moment: datetime) -> str:
    """A moment as JSON has it: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
