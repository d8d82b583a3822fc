"""One host's listed meetings, kept in order. Knows when they end and nothing else of them."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoomsandbox.meetings.entities import Meeting


class Shelf:
    """One host's listed meetings in the order of their ends, so that a page costs the same however many there are."""

    __slots__ = ("live", "order")

    def __init__(self) -> None:
        self.order: list[tuple[float, int]] = []
        self.live: set[int] = set()

    def put(self, meeting: Meeting) -> None:
        bisect.insort(self.order, (meeting.end, meeting.id))

    def take(self, key: tuple[float, int]) -> None:
        at = bisect.bisect_left(self.order, key)
        if at < len(self.order) and self.order[at] == key:
            del self.order[at]
