"""Spans of time, and how many of them share one instant. Moments are milliseconds since 1970. Nothing about hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LONGEST", "Booking", "Span", "beyond", "depth", "in_the_way"]

LONGEST = 86_400_000
"""Zoom's longest meeting, 24 hours: what began earlier than that is over."""


class Span(NamedTuple):
    """From a moment until another one, which is not included."""

    start: int
    end: int


class Booking(NamedTuple):
    """A span in which a host is busy, and with what."""

    start: int
    end: int
    link: str = ""
    """The link's id; empty for a meeting that is none of ours."""
    meeting: int = 0
    """Zoom's number of it, where it is known."""


def depth(spans: Sequence[Span | Booking]) -> int:
    """How many of the spans share one instant, at the most: two short ones inside a long one, one after the other,
    make two and not three.
    """
    if len(spans) < 2:
        return len(spans)
    starts = sorted([span[0] for span in spans])
    ends = sorted([span[1] for span in spans])
    most = over = 0
    for begun, start in enumerate(starts, 1):
        # An end comes before a start at the same moment: back to back is free.
        while ends[over] <= start:
            over += 1
        most = max(most, begun - over)
    return most


def beyond(one: Booking, others: Sequence[Booking]) -> list[Booking]:
    """What is left of a booking outside of others."""
    left: list[Booking] = []
    start = one.start
    for other in sorted(others):
        if start < min(other.start, one.end):
            left.append(one._replace(start=start, end=min(other.start, one.end)))
        start = max(start, other.end)
    return [*left, one._replace(start=start)] if start < one.end else left


def in_the_way(around: Sequence[Booking], span: Span, capacity: int, buffer: int = 0) -> Sequence[Booking]:
    """The bookings that leave no room for one more during the span; empty where there is room.

    `around` are those that touch the span or the `buffer` before and after it, which is kept free between any two.
    """
    if len(around) < capacity:
        return ()
    if capacity > 1:
        # What runs at an instant within the span: everything cut to it, each lasting the buffer longer.
        start, end = span.start, span.end + buffer
        cut = [Span(max(booking.start, start), min(booking.end + buffer, end)) for booking in around]
        if depth(cut) < capacity:
            return ()
    return around
