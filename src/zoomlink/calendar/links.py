"""The calendar file of links as the ledger knows them: with description, series and a count of their changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomlink.calendar.entry import CalendarEntry
from zoomlink.calendar.file import calendar_file
from zoomlink.model import Link, LinkState
from zoomlink.zoom.recurrence import Recurrence

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["link_calendar"]

_OVER = {LinkState.CANCELLED, LinkState.DELETED}


def link_calendar(links: Link | Sequence[Link]) -> bytes:
    """Return the file of one link or of many; where all are cancelled or deleted, their cancellation.

    Raises InvalidInputError for a link that has no join link yet.
    """
    found = [links] if isinstance(links, Link) else list(links)
    over = bool(found) and all(link.state in _OVER for link in found)
    return calendar_file([_entry(link) for link in found], method="CANCEL" if over else "PUBLISH")


def _entry(link: Link) -> CalendarEntry:
    series = None if link.recurrence is None else Recurrence.from_request(link.recurrence, link.timezone)
    return CalendarEntry.from_link(link, sequence=link.sequence, description=link.agenda, recurrence=series)
