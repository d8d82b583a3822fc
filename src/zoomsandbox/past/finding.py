"""From what stands in a path to the runs of a meeting it means: a number, or a uuid encoded once or twice."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from zoomsandbox.core.exceptions import UnknownEndpointError
from zoomsandbox.meetings.exceptions import MeetingNotFoundError

if TYPE_CHECKING:
    from zoomsandbox.live.entities import Instance
    from zoomsandbox.world import World

_YEAR = 365 * 86400


def number_of(text: str) -> int | None:
    """The meeting number that `text` is, if it is one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def ended(world: World, text: str) -> Instance:
    """The run with this uuid, or the latest of the meeting with this number, that is over.

    `text` is a path's segment, decoded once. A uuid that begins with a slash or holds two in a row must have been
    encoded twice, or Zoom takes its slashes for the path's own (that this is then an unknown endpoint is unconfirmed).
    Raises MeetingNotFoundError, UnknownEndpointError.
    """
    if text.startswith("/") or "//" in text:
        raise UnknownEndpointError
    number = number_of(text)
    if number is not None:
        runs = world.live.past(number)
        if runs:
            return runs[-1]
        raise MeetingNotFoundError(text)
    found = world.live.instance(text) or world.live.instance(unquote(text))
    if found is None or found.ended_at is None:
        raise MeetingNotFoundError(text)
    return found


def older_than_a_year(world: World, run: Instance) -> bool:
    """Whether Zoom has closed its books on `run`."""
    return (run.ended_at or 0) < world.clock.now() - _YEAR
