"""What a meeting is: its fields and what follows from them alone. Holds no other meeting and asks no clock."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoomsandbox.users.models import User

INSTANT, SCHEDULED, NO_FIXED_TIME, FIXED_TIME, SCREEN_SHARE = 1, 2, 3, 8, 10
_DAY = 86400
# How long an id lives, counted from the end (zoom-api: Identifiers)
_LIFE = {INSTANT: _DAY, SCREEN_SHARE: _DAY, SCHEDULED: 30 * _DAY, NO_FIXED_TIME: 365 * _DAY, FIXED_TIME: 365 * _DAY}


class Occurrence:
    """One date of a series. `key` is its id: the milliseconds of the start it was made with."""

    __slots__ = ("changes", "deleted", "duration", "key", "start")

    def __init__(self, start: int, duration: int) -> None:
        self.key = str(start * 1000)
        self.start = start
        self.duration = duration
        self.deleted = False
        self.changes: dict[str, Any] = {}


class Meeting:
    """One meeting. Instants are whole seconds since the epoch; `start` None: it has no time of its own.

    Only what was given or drawn is kept: `settings` is the difference from `base`, which is shared by the host's
    meetings; `extra` holds what few meetings have (`recurrence`, `tracking_fields`, `template_id`, `pmi`, and
    `last_used` once it has run).
    """

    __slots__ = (
        "agenda",
        "assistant_id",
        "base",
        "created_at",
        "duration",
        "extra",
        "host",
        "id",
        "occurrences",
        "passcode",
        "settings",
        "start",
        "started",
        "timezone",
        "topic",
        "type",
        "uuid",
    )

    def __init__(self, meeting_id: int, uuid: str, host: User, base: dict[str, Any], created_at: int) -> None:
        self.id = meeting_id
        self.uuid = uuid
        self.host = host
        self.base = base
        self.created_at = created_at
        self.assistant_id = ""
        self.topic = "Zoom Meeting"
        self.agenda = ""
        self.type = SCHEDULED
        self.start: int | None = None
        self.duration = 60
        self.timezone = host.timezone
        self.passcode = ""
        self.started = False
        self.settings: dict[str, Any] = NOTHING
        self.extra: dict[str, Any] = NOTHING
        self.occurrences: list[Occurrence] = NONE

    def setting(self, name: str) -> Any:
        """The value of one setting."""
        return self.settings[name] if name in self.settings else self.base.get(name)

    @property
    def end(self) -> float:
        """The scheduled end of all of it; infinite when it has no time."""
        live = [one for one in self.occurrences if not one.deleted]
        if live:
            return max(one.start + one.duration * 60 for one in live)
        return math.inf if self.start is None else self.start + self.duration * 60

    @property
    def expires(self) -> float:
        """When the id dies; a meeting that runs keeps it, and each use gives it another such life."""
        if self.started:
            return math.inf
        end = self.end
        last_used: float = self.extra.get("last_used", 0.0)
        return max(self.created_at if end == math.inf else end, last_used) + _LIFE[self.type]

    @property
    def listed(self) -> bool:
        """Instant meetings are in no list."""
        return self.type not in {INSTANT, SCREEN_SHARE}


# Shared by all meetings that have none; replaced, never changed
NOTHING: dict[str, Any] = {}
NONE: list[Occurrence] = []
