"""What people and programs see: tables and panels for people, JSON for programs, problems on stderr. No logic.

Colours only where somebody looks (a terminal) and nobody said NO_COLOR. Text from outside is made harmless before it
reaches a terminal.
"""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import UTC
from typing import TYPE_CHECKING, Any

from zoomlink.errors import InvalidInputError, printable, tidy
from zoomlink.times import parse_zone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from zoomlink.model import Link
    from zoomlink.zoom.models import Meeting

__all__ = [
    "NO_ROOM",
    "be_quiet",
    "check_one_format",
    "check_writable",
    "is_terminal",
    "let_go_of_stdout",
    "link_rows",
    "meeting_document",
    "meeting_rows",
    "occurrence_documents",
    "print_csv",
    "print_items",
    "print_json",
    "print_link",
    "print_rows",
    "print_table",
    "print_timeline",
    "say",
    "short_time",
    "spaced",
    "spoken_time",
    "stamp",
    "tell_problem",
    "write_calendar",
]


NO_ROOM = "Join links: zoomlink show REF, or a wider terminal."
_NARROWEST_TOPIC = 20
_quiet = False
_COMMANDS = re.compile(r"[\x7f-\x9f]")
"""What some terminals obey and JSON lets stand as it is."""


def print_json(value: Any) -> None:
    """Print one JSON document on stdout."""
    text = json.dumps(value, indent=2, ensure_ascii=not _unicode(sys.stdout))
    sys.stdout.write(_COMMANDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")


def say(text: str) -> None:
    """Tell people something, on stderr, unless they want quiet."""
    if not _quiet:
        indent = text[: len(text) - len(text.lstrip(" "))]
        sys.stderr.write(f"{indent}{printable(text)}\n")


def let_go_of_stdout() -> None:
    """Lead stdout, which can take no more, to nowhere: else Python would complain once more while it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def be_quiet(wanted: bool) -> None:
    """From now on only tell problems (or, when it is not wanted, all)."""
    global _quiet  # noqa: PLW0603 - one process, one command
    _quiet = wanted


def tell_problem(message: str, *, title: str | None = None, hint: str | None = None) -> None:
    """Tell people what went wrong, on stderr."""
    head = "zoomlink: " + (f"{title}: " if title else "")
    if _colour(sys.stderr):
        head = f"\x1b[1;31m{head}\x1b[0m"
    sys.stderr.write(f"{head}{tidy(message, 2000)}\n" + (f"  {tidy(hint)}\n" if hint else ""))


def print_link(link: Link) -> None:
    """Show a link to people: the join link first, nothing that only the host may see."""
    print_rows("Your Zoom link" if link.join_url else "Your Zoom link is on its way", link_rows(link))
    for warning in link.warnings:
        say(f"Note: {tidy(warning)}")


def print_rows(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Show one thing to people, as (name, value) lines: a panel at a terminal, plain lines elsewhere."""
    rows = [(name, printable(value)) for name, value in rows]
    if is_terminal(sys.stdout):
        _panel(title, rows)
        return
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        sys.stdout.write(f"{name:<{width}}  {value}\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, short: str = "") -> None:
    """Show many things to people: a table at a terminal, aligned columns elsewhere.

    `short`: what to say where the terminal has no room for the join links, and they are left out.
    """
    clean = [[printable(cell) for cell in row] for row in rows]
    if is_terminal(sys.stdout):
        _table(columns, clean, short=short)
        return
    widths = [max(len(cell) for cell in column) for column in zip(columns, *clean, strict=True)]
    for row in (columns, *clean):
        sys.stdout.write("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")


def print_timeline(
    title: str, first: datetime, hosts: Sequence[tuple[str, int, Sequence[tuple[datetime, datetime]]]]
) -> None:
    """Show how busy hosts are on a day, half an hour to a sign: (host, meetings at once, busy spans) each."""
    free, some, full = ("·", "▒", "█") if _unicode(sys.stdout) else (".", "+", "#")
    hosts = [(printable(name), capacity, spans) for name, capacity, spans in hosts]
    width = max((len(name) for name, _, _ in hosts), default=0)
    sys.stdout.write(f"\n{title}: {full} busy, {some} one more can run, {free} free\n")
    sys.stdout.write(" " * (width + 2) + "".join(f"{hour:<4}" for hour in range(0, 24, 2)).rstrip() + "\n")
    step = (first.astimezone(UTC).timestamp(), 1800)
    for name, capacity, spans in hosts:
        signs = []
        for half in range(48):
            begin = step[0] + half * step[1]
            running = sum(start.timestamp() < begin + step[1] and end.timestamp() > begin for start, end in spans)
            signs.append(free if not running else some if running < capacity else full)
        sys.stdout.write(f"{name:<{width}}  {''.join(signs)}\n")


def print_items(rows: Sequence[Mapping[str, Any]], *, json: bool, empty: str) -> None:
    """Show rows of the same fields: as ``{"items": […], "next_cursor": null}``, or as a table for people."""
    if json:
        print_json({"items": [dict(row) for row in rows], "next_cursor": None})
    elif not rows:
        say(empty)
    else:
        cells = [["" if value is None else str(value) for value in row.values()] for row in rows]
        print_table([name.replace("_", " ") for name in rows[0]], cells)


def check_one_format(*, json: bool, csv: bool) -> None:
    """Raise InvalidInputError where two formats are asked for."""
    if json and csv:
        raise InvalidInputError("--json and --csv are given, and there is one stdout.", field="csv", hint="Choose one.")


def stamp(moment: datetime | None) -> str | None:
    """An instant as JSON has it, ``2031-12-01T21:24:00Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else None


def print_csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a CSV document on stdout; cells that a spreadsheet would take for a formula are made harmless."""
    import csv

    if sys.stdout.isatty():  # in a file they stay what they are
        rows = [[printable(cell) for cell in row] for row in rows]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell for cell in row])


def link_rows(link: Link) -> list[tuple[str, str]]:
    """The lines that describe a link, as (name, value)."""
    rows = [("Join", printable(link.join_url or f"({link.state})"))]
    if link.passcode:
        rows.append(("Passcode", printable(link.passcode)))
    rows += [
        ("Topic", printable(link.topic)),
        ("When", spoken_time(link.start_time, link.timezone)),
        ("Lasts", f"{link.duration} minutes"),
        ("Host", printable(link.host)),
    ]
    if link.meeting_id is not None:
        rows.append(("Meeting", spaced(link.meeting_id)))
    rows.append(("Link", link.id))
    if link.problem:
        rows.append(("Problem", tidy(link.problem)))
    return rows


def meeting_rows(meeting: Meeting) -> list[tuple[str, str]]:
    """The lines that describe a meeting, as (name, value)."""
    rows = [("Join", printable(meeting.join_url or "(no join link)"))]
    if meeting.passcode:
        rows.append(("Passcode", printable(meeting.passcode)))
    rows.append(("Topic", printable(meeting.topic or "")))
    if meeting.start_time:
        rows.append(("When", spoken_time(meeting.start_time, meeting.timezone)))
    if meeting.duration:
        rows.append(("Lasts", f"{meeting.duration} minutes"))
    rows += [
        (name, printable(value)) for name, value in (("Host", meeting.host_email), ("State", meeting.status)) if value
    ]
    if meeting.id is not None:
        rows.append(("Meeting", spaced(meeting.id)))
    rows += [
        (
            "Occurrence",
            f"{spoken_time(one.start_time, meeting.timezone)}  id {one.id}" + _unless(one.status, "available"),
        )
        for one in meeting.occurrences
        if one.start_time
    ]
    if meeting.agenda:
        rows.append(("Agenda", printable(meeting.agenda)))
    rows += [("Note", tidy(warning)) for warning in meeting.warnings]
    return rows


def occurrence_documents(meeting: Meeting) -> list[dict[str, Any]]:
    """The dates of a series as JSON has them."""
    return [
        {
            "id": one.id,
            "start_time": stamp(one.start_time),
            "duration": one.duration,
            "status": one.status,
        }
        for one in meeting.occurrences
    ]


def write_calendar(path: Path, link: Link) -> None:
    """Write a link's calendar file, and say so. Raises InvalidInputError, also for a link that has none."""
    from zoomlink.calendar import link_calendar

    entry = link_calendar(link)
    try:
        path.write_bytes(entry)
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written: {error.strerror}.", field="ics") from None
    say(f"Calendar file: {path}")


def check_writable(path: Path) -> None:
    """Raise InvalidInputError for a file that cannot be written, as far as can be known before it is tried."""
    if not path.parent.is_dir():
        raise InvalidInputError(f"{path} cannot be written: no such folder.", field="ics")
    if path.is_dir():
        raise InvalidInputError(f"{path} cannot be written: it is a folder.", field="ics")


def meeting_document(meeting: Meeting, host: str = "") -> dict[str, Any]:
    """A meeting as JSON has it: the fields of a link, those of zoomlink's own record empty, and its occurrences."""
    return {
        "id": None,
        "key": None,
        "state": "ready",
        "topic": meeting.topic,
        "start_time": stamp(meeting.start_time),
        "timezone": meeting.timezone,
        "duration": meeting.duration,
        "join_url": meeting.join_url,
        "passcode": meeting.passcode,
        "meeting_id": meeting.id,
        "host": meeting.host_email or host or None,
        "created_at": stamp(meeting.created_at),
        "updated_at": None,
        "next_try_at": None,
        "warnings": list(meeting.warnings),
        "problem": None,
        "type": meeting.type,
        "status": meeting.status,
        "agenda": meeting.agenda,
        "occurrences": occurrence_documents(meeting),
    }


def spoken_time(instant: datetime, zone: str | None) -> str:
    """An instant in full: weekday, date, time, zone, and the same in UTC. A zone nobody knows is left out."""
    instant = instant.astimezone(UTC)
    utc = f"{instant:%H:%M} UTC"
    place = _place(zone)
    if place is None:
        return f"{instant:%A, %-d %B %Y}, {utc}"
    local = instant.astimezone(place)
    return f"{local:%A, %-d %B %Y, %H:%M} in {zone} ({utc})"


def _place(zone: str | None) -> ZoneInfo | None:
    # The name may be Zoom's, and the meeting exists whatever it is.
    try:
        return None if zone is None or zone == "UTC" else parse_zone(zone)
    except InvalidInputError:
        return None


def short_time(instant: datetime, zone: str | None) -> str:
    """An instant in short, for tables: ``Mon 1 Dec 2031 18:24 America/Sao_Paulo``."""
    place = _place(zone)
    local = instant.astimezone(place or UTC)
    return f"{local:%a %-d %b %Y %H:%M} {zone if place else 'UTC'}"


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

    console = Console(no_color="NO_COLOR" in os.environ, highlight=False)
    # A link that is broken over two lines of a frame can be neither clicked nor copied.
    if rows[0][1].startswith("http") and max(len(name) for name, _ in rows) + len(rows[0][1]) + 8 > console.width:
        (_, value), *rows = rows
        console.print(Text(value, style=f"bold cyan link {value}"), soft_wrap=True)
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, Text(value, style=f"bold cyan link {value}" if value.startswith("http") else ""))
    console.print(Panel(table, title=title, title_align="left", border_style="green", expand=False, padding=(1, 2)))


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, short: str) -> None:
    """A table where it fits; else one without the join links, and `short` below it; else a few lines for each row."""
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    console = Console(no_color="NO_COLOR" in os.environ, highlight=False, markup=False)
    every = range(len(columns))
    urls = next((at for at in every if any(row[at].startswith("http") for row in rows)), None)
    topic = columns.index("topic") if "topic" in columns else None
    spare = 0 if topic is None else max(0, *(cell_len(row[topic]) - _NARROWEST_TOPIC for row in rows))
    for without in (None, urls) if short else (None,):
        table = Table(box=SIMPLE_HEAD, header_style="bold")
        for at in every:
            if at != without:
                table.add_column(columns[at], overflow="fold")
        for row in rows:
            table.add_row(*(Text(row[at], style=_link_style(row[at])) for at in every if at != without))
        wide = console.options.update(max_width=1_000_000)
        if Measurement.get(console, wide, table).maximum - spare <= console.width:
            for column in table.columns:
                column.no_wrap = column.header != "topic"
            console.print(table)
            if without is not None:
                console.print(Text(f"  {short}", style="dim"))
            return
    if urls is None and not short:
        console.print(table)
        return
    for row in rows:
        _record(console, columns, row, title=topic or 0)


def _record(console: Console, columns: Sequence[str], row: Sequence[str], *, title: int) -> None:
    from rich.cells import cell_len
    from rich.padding import Padding
    from rich.text import Text

    console.print(Text(row[title], style="bold"))
    rest = [(name, cell) for at, (name, cell) in enumerate(zip(columns, row, strict=True)) if at != title and cell]
    words = [f"{cell} minutes" if name == "minutes" else cell for name, cell in rest if not cell.startswith("http")]
    lines: list[str] = []
    for word in words:  # broken between them alone: a meeting's number has blanks in it
        if lines and cell_len(f"  {lines[-1]}, {word},") <= console.width:
            lines[-1] += f", {word}"
        else:
            lines.append(word)
    console.print(Padding(Text(",\n".join(lines), overflow="fold"), (0, 0, 0, 2), expand=False))
    for _, cell in rest:
        if cell.startswith("http"):  # in one piece, however wide: else it could not be copied
            console.print(Text("  ").append(cell, style=_link_style(cell)), soft_wrap=True)


def _link_style(cell: str) -> str:
    return f"link {cell}" if cell.startswith("http") else ""


def _unless(value: str | None, usual: str) -> str:
    return f" ({tidy(value)})" if value and value != usual else ""


def is_terminal(stream: Any) -> bool:
    """True where somebody looks, and more than plain lines can be shown."""
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


def _colour(stream: Any) -> bool:
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def _unicode(stream: Any) -> bool:
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"
