"""What people and programs see: tables and panels for people, JSON for programs, problems on stderr. No logic.

Colours only where somebody looks (a terminal) and nobody said NO_COLOR. Text from outside is made harmless before it
reaches a terminal.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from zoomlink.errors import tidy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from zoomlink.model import Link

__all__ = ["link_rows", "print_json", "print_link", "say", "spoken_time", "tell_problem"]


def print_json(value: Any) -> None:
    """Print one JSON document on stdout."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=not _unicode(sys.stdout)) + "\n")


def say(text: str) -> None:
    """Tell people something, on stderr."""
    sys.stderr.write(text + "\n")


def tell_problem(message: str, *, title: str | None = None, hint: str | None = None) -> None:
    """Tell people what went wrong, on stderr."""
    head = "zoomlink: " + (f"{title}: " if title else "")
    if _colour(sys.stderr):
        head = f"\x1b[1;31m{head}\x1b[0m"
    say(head + tidy(message, 2000))
    if hint:
        say(f"  {tidy(hint)}")


def print_link(link: Link) -> None:
    """Show a link to people: the join link first, nothing that only the host may see."""
    rows = link_rows(link)
    if not _terminal(sys.stdout):
        width = max(len(name) for name, _ in rows)
        for name, value in rows:
            sys.stdout.write(f"{name:<{width}}  {value}\n")
    else:
        _panel("Your Zoom link" if link.join_url else "Your Zoom link is on its way", rows)
    for warning in link.warnings:
        say(f"Note: {tidy(warning)}")


def link_rows(link: Link) -> list[tuple[str, str]]:
    """The lines that describe a link, as (name, value)."""
    rows = [("Join", link.join_url or f"({link.state})")]
    if link.passcode:
        rows.append(("Passcode", tidy(link.passcode)))
    rows += [
        ("Topic", tidy(link.topic)),
        ("When", spoken_time(link.start_time, link.timezone)),
        ("Lasts", f"{link.duration} minutes"),
        ("Host", tidy(link.host)),
    ]
    if link.meeting_id is not None:
        rows.append(("Meeting", spaced(link.meeting_id)))
    rows.append(("Link", link.id))
    if link.problem:
        rows.append(("Problem", tidy(link.problem)))
    return rows


def spoken_time(instant: datetime, zone: str | None) -> str:
    """An instant in full: weekday, date, time, zone, and the same in UTC."""
    utc = f"{instant:%H:%M} UTC"
    if zone is None or zone == "UTC":
        return f"{instant:%A, %-d %B %Y}, {utc}"
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local:%A, %-d %B %Y, %H:%M} in {zone} ({utc})"


def spaced(meeting_id: int) -> str:
    """A meeting's number as Zoom prints it: 812 3456 7890."""
    digits = str(meeting_id)
    cut = len(digits) - 8
    return (
        " ".join(part for part in (digits[:cut], digits[cut : cut + 4], digits[cut + 4 :]) if part)
        if cut > 0
        else digits
    )


def _panel(title: str, rows: Sequence[tuple[str, str]]) -> None:
    # rich takes 80 ms to load; only people at a terminal wait for it.
    from rich.console import Console
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for number, (name, value) in enumerate(rows):
        link = Text(value, style="bold cyan") if number == 0 else Text(value)
        if number == 0 and value.startswith("http"):
            link.stylize(f"link {value}")
        table.add_row(name, link)
    Console(no_color="NO_COLOR" in os.environ, highlight=False).print(
        Panel(table, title=title, title_align="left", border_style="green", expand=False, padding=(1, 2))
    )


def _terminal(stream: Any) -> bool:
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


def _colour(stream: Any) -> bool:
    return _terminal(stream) and not os.environ.get("NO_COLOR")


def _unicode(stream: Any) -> bool:
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"
