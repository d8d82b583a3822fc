"""A request for a link, checked and as plain data: what the ledger keeps and what Zoom will be asked. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoomlink.errors import InvalidInputError
from zoomlink.links.marker import add_marker
from zoomlink.model import LinkState, link_id
from zoomlink.store.rows import LinkRow
from zoomlink.times import check_duration, parse_start
from zoomlink.zoom.bodies import meeting_body
from zoomlink.zoom.differences import same_text
from zoomlink.zoom.paths import host_segment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from zoomlink.links.rules import Rules
    from zoomlink.times import When
    from zoomlink.zoom.recurrence import Recurrence
    from zoomlink.zoom.settings import MeetingSettings

__all__ = [
    "LinkRequest",
    "as_json",
    "canonical_host",
    "check_key",
    "check_wait",
    "different_field",
    "fingerprint",
    "make_row",
    "milliseconds",
    "plan_request",
]

MAX_WAIT = 31_536_000
"""Seconds."""


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """A request that was checked: it can be sent as it is."""

    host: str | None
    """As it was asked for; None: any host of the pool."""
    when: When
    body: Mapping[str, Any]
    """What Zoom will be asked, field for field, without the marker."""
    asked: str
    """JSON: all that makes this request the same as another one."""
    past: bool
    """True when the start has passed: no new link is made for it, but one that was made before is found."""


def plan_request(
    topic: str,
    *,
    start: datetime | str,
    rules: Rules,
    now: datetime,
    timezone: str | None = None,
    duration: int | str = 60,
    host: str | None = None,
    passcode: str | None = None,
    agenda: str | None = None,
    settings: Mapping[str, Any] | MeetingSettings | None = None,
    recurrence: Recurrence | Mapping[str, Any] | None = None,
    **more: Any,
) -> LinkRequest:
    """Check a request without sending anything; `more` as in :func:`zoomlink.zoom.bodies.meeting_body`.

    Raises InvalidInputError naming the argument at fault; not yet for a start that has passed.
    """
    when = parse_start(start, timezone, now=now, default_timezone=rules.timezone, allow_past=True)
    if host is not None:
        host_segment(host)
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
    if rules.marker:
        add_marker(body.get("agenda"), "zl-" + "a" * 18)  # room for it is found out now
    asked = {**body, "host": None if host is None else canonical_host(host)}
    if isinstance(start, str) and start.strip().lower() == "now":
        asked["start_time"] = "now"  # said again a minute later, it is still the same request
    return LinkRequest(host, when, body, as_json(asked), when.instant < now)


def make_row(request: LinkRequest, rules: Rules, *, key: str, marker: str, now: int, randomness: int) -> LinkRow:
    """Return the row that plans this request. `now` in milliseconds; `randomness` are 80 random bits."""
    body = request.body
    return LinkRow(
        id=link_id(now, randomness),
        account=rules.account,
        owner=rules.owner,
        key=key,
        fingerprint=fingerprint(request.asked),
        marker=marker,
        state=LinkState.PLANNED.value,
        version=1,
        attempt=0,
        mode=rules.mode,
        host=canonical_host(request.host or rules.hosts[0].name),
        asked=request.asked,
        body=as_json(body),
        topic=body["topic"],
        start_at=milliseconds(request.when.instant),
        timezone=request.when.zone,
        duration=body["duration"],
        shared_id=int(bool(body.get("settings", {}).get("use_pmi"))),
        due_at=now,
        created_at=now,
        updated_at=now,
    )


def different_field(row: LinkRow, request: LinkRequest) -> str | None:
    """The name of the first argument in which a request differs from the one the link was made for; None: in none."""
    asked = request.asked
    if not row.asked and row.fingerprint:  # erased
        return None if row.fingerprint == fingerprint(asked) else "request"
    if not row.asked:  # taken from Zoom: only what stands there can be compared
        same = {
            "topic": same_text(row.topic, request.body["topic"]),
            "start": "recurrence" in request.body or row.start_at == milliseconds(request.when.instant),
            "duration": row.duration == request.body["duration"],
        }
        return next((name for name, is_same in same.items() if not is_same), None)
    if row.asked == asked:
        return None
    old: dict[str, Any] = json.loads(row.asked)
    new: dict[str, Any] = json.loads(asked)
    # A series writes its start in another way than one meeting does: that it is a series comes first.
    for name in sorted({**old, **new}, key=lambda name: name != "type"):
        if old.get(name) != new.get(name):
            return _ARGUMENTS.get(name, name)
    return None


_ARGUMENTS = {"start_time": "start", "password": "passcode", "type": "recurrence"}


def canonical_host(name: str) -> str:
    """One way to write a host: e-mail addresses know no upper case, user ids do."""
    return name.lower() if "@" in name or name.lower() == "me" else name


def fingerprint(asked: str) -> str:
    """SHA-256 of a request."""
    import hashlib  # loads the cryptography of OpenSSL

    return hashlib.sha256(asked.encode()).hexdigest()


def as_json(value: Any) -> str:
    """Write JSON in one way only."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def milliseconds(moment: datetime) -> int:
    """A moment as the ledger counts it."""
    return round(moment.timestamp() * 1000)


def check_wait(wait: float) -> float:
    """Return the seconds that a caller waits at most, 0 to a year. Raises InvalidInputError."""
    # Beyond a year the clocks of the system and their arithmetic come to their ends; NaN is in no range.
    if isinstance(wait, bool) or not isinstance(wait, int | float) or not 0 <= wait <= MAX_WAIT:
        raise InvalidInputError(
            "wait is no possible number of seconds.", field="wait", hint=f"Give a number from 0 to {MAX_WAIT}."
        )
    return wait


def check_key(key: str) -> str:
    """Return the caller's idempotency key, 1 to 255 visible ASCII characters. Raises InvalidInputError."""
    if not isinstance(key, str) or not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
        raise InvalidInputError(
            "The key does not have the form of a key.",
            field="key",
            hint="Use 1 to 255 visible ASCII characters without blanks, such as booking-4711.",
        )
    return key
