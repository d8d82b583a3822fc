"""Deleted meetings that can still be recovered. Knows nothing of hosts, lists or why a meeting went."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoomsandbox.core.clock import Clock
    from zoomsandbox.meetings.entities import Meeting

# Zoom keeps deleted meetings for a week: https://support.zoom.us/hc/en-us/articles/360038297111-Recover-a-deleted-meeting
KEPT = 7 * 86400


class Trash:
    """What was deleted in the last seven days, the oldest first."""

    __slots__ = ("_clock", "_kept")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[int, tuple[float, Meeting]] = {}

    def __contains__(self, meeting_id: int) -> bool:
        return meeting_id in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, meeting: Meeting) -> None:
        """Keep `meeting` from now on for a week."""
        self._forget()
        self._kept[meeting.id] = (self._clock.now(), meeting)

    def find(self, meeting_id: int) -> Meeting | None:
        """The meeting with this id if it can still be recovered."""
        self._forget()
        kept = self._kept.get(meeting_id)
        return kept[1] if kept and kept[1].expires > self._clock.now() else None

    def take(self, meeting: Meeting) -> None:
        """Forget a meeting that was recovered."""
        self._kept.pop(meeting.id, None)

    def _forget(self) -> None:
        ended = self._clock.now() - KEPT
        while self._kept:
            oldest = next(iter(self._kept))
            if self._kept[oldest][0] > ended:
                break
            del self._kept[oldest]
