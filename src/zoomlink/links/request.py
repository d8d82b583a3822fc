"""From a request in zoomlink's words to a link, by way of one meeting. No ledger: nothing is remembered."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zoomlink.errors import InvalidInputError
from zoomlink.model import Link, LinkState, link_id
from zoomlink.times import When, check_duration, parse_zone
from zoomlink.zoom import meetings
from zoomlink.zoom.bodies import meeting_body
from zoomlink.zoom.paths import host_segment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.client.sync_client import ZoomClient
    from zoomlink.zoom.recurrence import Recurrence

__all__ = ["LinkRequest", "check_key", "issue", "plan"]


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """A request that was checked: it can be sent as it is."""

    key: str
    host: str
    when: When
    body: Mapping[str, Any]
    """What Zoom will be asked, field for field."""


def plan(
    topic: str,
    *,
    when: When,
    duration: int | str = 60,
    host: str,
    key: str | None = None,
    passcode: str | None = None,
    agenda: str | None = None,
    settings: Mapping[str, Any] | None = None,
    recurrence: Recurrence | None = None,
    **more: Any,
) -> LinkRequest:
    """Check a request without sending anything; `more` as in :func:`zoomlink.zoom.bodies.meeting_body`.

    Raises InvalidInputError naming the argument at fault.
    """
    chosen = check_key(key) if key is not None else f"auto-{os.urandom(12).hex()}"
    body = meeting_body(
        topic,
        when,
        check_duration(duration),
        agenda=agenda,
        passcode=passcode,
        settings=settings,
        recurrence=recurrence,
        **more,
    )
    host_segment(host)
    return LinkRequest(chosen, host, when, body)


def issue(client: ZoomClient, request: LinkRequest) -> Link:
    """Create the meeting and return its link. Raises what :meth:`ZoomClient.meetings.create` raises."""
    asked = datetime.now(UTC)
    meeting = client.run(meetings.create(request.host, request.body, policy=client.policy))
    return Link(
        id=link_id(int(asked.timestamp() * 1000), int.from_bytes(os.urandom(10))),
        key=request.key,
        state=LinkState.READY,
        topic=meeting.topic or str(request.body["topic"]),
        start_time=meeting.start_time or request.when.instant,
        timezone=request.when.zone or _known_zone(meeting.timezone),
        duration=meeting.duration or int(request.body["duration"]),
        join_url=meeting.join_url,
        passcode=meeting.passcode,
        meeting_id=meeting.id,
        host=meeting.host_email or request.host,
        created_at=asked,
        updated_at=datetime.now(UTC),
        warnings=meeting.warnings,
    )


def _known_zone(name: str | None) -> str | None:
    # Zoom's word for it; the meeting exists, so a name that no clock here knows is no reason to fail.
    try:
        return None if name is None else parse_zone(name).key
    except InvalidInputError:
        return None


def check_key(key: str) -> str:
    """Return the caller's idempotency key, 1 to 255 visible ASCII characters. Raises InvalidInputError."""
    if not isinstance(key, str) or not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
        raise InvalidInputError(
            "The key does not have the form of a key.",
            field="key",
            hint="Use 1 to 255 visible ASCII characters without blanks, such as booking-4711.",
        )
    return key
