"""Reads events: what a body of Zoom's says, bounded in depth and size, and the hash by which it is known again. Pure.

Facts: https://developers.zoom.us/docs/api/webhooks/. Zoom gives its events no id, so that one is made of what they say.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zoomlink.errors import WebhookError
from zoomlink.zoom.reading import mapping, number, text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MAX_BODY", "MAX_DEPTH", "SUBSCRIBED", "VALIDATION", "Event", "harmless", "read_event", "stored_event"]

MAX_BODY = 1_000_000
"""Bytes. Zoom's largest are a few thousand."""
MAX_DEPTH = 32
VALIDATION = "endpoint.url_validation"
"""The event by which Zoom asks whether an address is the app's."""
SUBSCRIBED: tuple[str, ...] = (
    "meeting.created",
    "meeting.updated",
    "meeting.deleted",
    "meeting.permanently_deleted",
    "meeting.recovered",
    "meeting.started",
    "meeting.ended",
)
"""The events that move links and hosts: what to subscribe to."""
_NAME = re.compile(r"[\x21-\x7e]{1,128}")
_LATEST = 253_402_300_799_000
"""The last millisecond of the year 9999."""
_HIDDEN = re.compile(r"token|secret|passw|passcode|pass_?code|start_url|join_url|zak|host_key|pwd", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in Zoom."""

    name: str
    """Such as ``meeting.updated``."""
    at: datetime
    """When it happened by Zoom's clock (``event_ts``): aware, UTC."""
    account_id: str
    """Empty where the event names no account."""
    meeting_id: int | None
    """The number of the meeting it is about; None for other events."""
    payload: Mapping[str, Any] = field(repr=False, hash=False, compare=False)
    """The whole body, as Zoom wrote it. It may hold join links, passcodes and people's addresses."""
    id: str = ""
    """SHA-256 of what it says: a copy that was sent again, or signed again, has the same."""

    @property
    def object(self) -> Mapping[str, Any]:
        """What it is about: ``payload.object`` of the body."""
        return mapping(mapping(self.payload.get("payload")).get("object"))


def read_event(body: bytes, *, received: datetime | None = None) -> Event:
    """Return the event that a body holds. `received` stands in for a moment that the event does not name.

    Raises WebhookError (400) for what is not an event.
    """
    whole = _decode(body)
    name, payload = whole.get("event"), whole.get("payload")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(payload, dict):
        raise WebhookError("The body names no event.", status=400)
    return _event(name, whole, _digest(name, whole), received or datetime.now(UTC))


def stored_event(id: str, name: str, at: int, payload: str) -> Event:
    """An event of the inbox, where its secrets were left out."""
    return _event(name, json.loads(payload or "{}"), id, datetime.fromtimestamp(at / 1000, UTC))


def harmless(event: Event) -> str:
    """The event as JSON in ASCII, without join links, passcodes and tokens: what may be kept."""
    return json.dumps(_without_secrets(event.payload), sort_keys=True, separators=(",", ":"))


def _event(name: str, whole: Mapping[str, Any], id: str, otherwise: datetime) -> Event:
    payload = mapping(whole.get("payload"))
    meeting = number(mapping(payload.get("object")).get("id")) if name.startswith("meeting.") else None
    at = number(whole.get("event_ts"))
    return Event(
        name=name,
        at=datetime.fromtimestamp(at / 1000, UTC) if at is not None and 0 < at <= _LATEST else otherwise,
        account_id=text(payload.get("account_id")) or "",
        meeting_id=meeting if meeting is not None and meeting > 0 else None,
        payload=whole,
        id=id,
    )


def _digest(name: str, whole: Mapping[str, Any]) -> str:
    """The same for the same words, however they are spaced and ordered. What it says holds account, object and uuid."""
    said = json.dumps([name, whole.get("event_ts"), whole.get("payload")], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def _decode(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(
            body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_number, parse_float=_finite
        )
    except (ValueError, RecursionError):
        # From None: the decoder's words would show the body, which may hold a passcode.
        raise WebhookError("The body is not JSON as Zoom writes it.", status=400) from None
    if not isinstance(found, dict) or _is_deep(found):
        raise WebhookError("The body is no JSON object of sensible depth.", status=400)
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice")  # two readers might see two different events
    return made


def _no_number(word: str) -> float:
    raise ValueError(word)


def _finite(word: str) -> float:
    value = float(word)
    if not math.isfinite(value):
        raise ValueError(word)
    return value


def _is_deep(found: Any) -> bool:
    level = [found]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_secrets(inner) for name, inner in value.items() if not _HIDDEN.search(name)}
    return [_without_secrets(inner) for inner in value] if isinstance(value, list) else value
