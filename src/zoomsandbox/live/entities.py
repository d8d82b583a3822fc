"""One run of a meeting and the people in it, as plain values. Decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from zoomsandbox.core.clock import zulu

if TYPE_CHECKING:
    from zoomsandbox.core.timers import Timer
    from zoomsandbox.meetings.entities import Meeting
    from zoomsandbox.users.models import User

State = Literal["waiting_for_host", "waiting_room", "in", "left"]


class Participant:
    """One person's stay in one run of a meeting (`instance`; None: still before its door).

    `number` is the person's id in that run. `user` is the account's user behind the address, None for outsiders.
    Instants are seconds since the epoch, None: not yet.
    """

    __slots__ = ("came_at", "email", "instance", "joined_at", "left_at", "name", "number", "reason", "role", "state",
                 "user", "uuid")  # fmt: skip

    def __init__(self, name: str, email: str, user: User | None, uuid: str, came_at: float) -> None:
        self.name = name
        self.email = email
        self.user = user
        self.uuid = uuid
        self.came_at = came_at
        self.number = 0
        self.role: Literal["host", "guest"] = "guest"
        self.instance: Instance | None = None
        self.state: State = "waiting_for_host"
        self.joined_at: float | None = None
        self.left_at: float | None = None
        self.reason = ""

    def as_dict(self) -> dict[str, Any]:
        """As the control plane shows it."""
        return {
            "participant": self.number,
            "name": self.name,
            "email": self.email,
            "role": self.role,
            "state": self.state,
            "joined_at": _zulu(self.joined_at),
            "left_at": _zulu(self.left_at),
            "leave_reason": self.reason,
        }


class Instance:
    """One run of a meeting, from start to end. It keeps what the meeting was then, so it outlives the meeting.

    `ends_by` is when Zoom ends it by itself, `ended_at` None while it runs.
    """

    __slots__ = ("duration", "ended_at", "ends_by", "host", "meeting_id", "participants", "started_at", "timer",
                 "timezone", "topic", "type", "uuid")  # fmt: skip

    def __init__(self, meeting: Meeting, started_at: float, ends_by: float) -> None:
        self.uuid = meeting.uuid
        self.meeting_id = meeting.id
        self.host = meeting.host
        self.topic = meeting.topic
        self.type = meeting.type
        self.timezone = meeting.timezone
        self.duration = meeting.duration
        self.started_at = started_at
        self.ends_by = ends_by
        self.ended_at: float | None = None
        self.participants: list[Participant] = []
        self.timer: Timer | None = None

    @property
    def inside(self) -> list[Participant]:
        """Who is in it now."""
        return [one for one in self.participants if one.state == "in"]

    @property
    def waiting(self) -> list[Participant]:
        """Who is in its waiting room now."""
        return [one for one in self.participants if one.state == "waiting_room"]

    @property
    def attended(self) -> list[Participant]:
        """Everybody who was ever let in, one entry for each stay."""
        return [one for one in self.participants if one.joined_at is not None]

    def as_dict(self) -> dict[str, Any]:
        """As the control plane shows it."""
        return {
            "meeting_id": self.meeting_id,
            "uuid": self.uuid,
            "host": self.host.email,
            "topic": self.topic,
            "state": "started" if self.ended_at is None else "ended",
            "started_at": zulu(self.started_at),
            "ends_by": zulu(self.ends_by),
            "ended_at": _zulu(self.ended_at),
            "participants": [one.as_dict() for one in self.participants],
        }


def _zulu(instant: float | None) -> str | None:
    return None if instant is None else zulu(instant)
