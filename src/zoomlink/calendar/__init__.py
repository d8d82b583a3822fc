"""Calendar files for links: a value for each entry in, the bytes of an `.ics` file out. No clock, no I/O, no ledger."""

from __future__ import annotations

from zoomlink.calendar.entry import CalendarEntry
from zoomlink.calendar.file import Method, calendar_file
from zoomlink.calendar.links import link_calendar

__all__ = ["CalendarEntry", "Method", "calendar_file", "link_calendar"]
