"""The ledger of commits: ground truth about what the sandbox really did, for tests. No Zoom rule lives here.

A commit is the moment a state change took effect, written by the models in the same breath as the change. Whether
its answer reached anyone is another matter, which is the point of keeping it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.core.clock import zulu

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zoomsandbox.core.clock import Clock


class Cause:
    """Which request is at work: its number, how often this very write has arrived (`attempt`), and its commits."""

    __slots__ = ("attempt", "commits", "request")

    def __init__(self, request: int = 0, attempt: int = 1) -> None:
        self.request = request
        self.attempt = attempt
        self.commits: tuple[Entry, ...] = ()


class Entry:
    """One commit. `request` 0 means that no request caused it."""

    __slots__ = ("action", "agenda", "at", "attempt", "host", "meeting_id", "number", "request", "topic")

    def __init__(
        self, number: int, at: float, action: str, host: str, meeting_id: int, topic: str, agenda: str, cause: Cause
    ) -> None:
        self.number = number
        self.at = at
        self.action = action
        self.host = host
        self.meeting_id = meeting_id
        self.topic = topic
        self.agenda = agenda
        self.attempt = cause.attempt
        self.request = cause.request

    def as_dict(self) -> dict[str, Any]:
        """As the control plane shows it."""
        return {
            "number": self.number,
            "time": zulu(self.at),
            "action": self.action,
            "host": self.host,
            "meeting_id": self.meeting_id,
            "topic": self.topic,
            "agenda": self.agenda,
            "attempt": self.attempt,
            "request": self.request,
        }


class Ledger:
    """All commits since the last reset.

    `listeners` are called with the entry, the thing that changed and (on an update) the former values of what
    changed, before the answer is made: the place for webhooks.
    """

    # Of what a state file keeps: the commits, not who listens
    NOT_KEPT = frozenset({"listeners"})

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.entries: list[Entry] = []
        self.listeners: list[Callable[[Entry, Any, Mapping[str, Any] | None], None]] = []

    def commit(
        self,
        action: str,
        *,
        host: str,
        meeting_id: int,
        topic: str,
        agenda: str,
        cause: Cause,
        subject: object,
        before: Mapping[str, Any] | None = None,
    ) -> Entry:
        """Record that `action` has taken effect on `subject`."""
        number = len(self.entries) + 1
        entry = Entry(number, self._clock.now(), action, host, meeting_id, topic, agenda, cause)
        self.entries.append(entry)
        cause.commits += (entry,)
        for listener in self.listeners:
            listener(entry, subject, before)
        return entry

    def reset(self) -> None:
        """Forget every commit. Listeners stay."""
        self.entries.clear()
