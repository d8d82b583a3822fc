"""What ``zoomlink bulk`` shows and writes: plans, progress, outcomes, result files, calendars. No logic of batches."""

from __future__ import annotations

import os
import re
import sys
import time
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zoomlink.batches.table import Format
from zoomlink.cli.output import is_terminal, print_json, print_table, say, short_time, stamp
from zoomlink.errors import InvalidInputError, printable
from zoomlink.problems import Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from zoomlink.batches.crew import Progress
    from zoomlink.batches.engine import OpenBatch
    from zoomlink.batches.plan import Forecast
    from zoomlink.batches.table import Fault
    from zoomlink.calendar import CalendarEntry

__all__ = [
    "Result",
    "check_calendar",
    "many",
    "progress_bar",
    "show_faults",
    "show_left_over",
    "show_outcome",
    "show_plan",
    "write_calendars",
]

MOST_SHOWN = 50
"""Problems that are shown; the file has them all."""
ALIKE = 4
"""Rows with the same fault from which on it is said once."""
EVERY = 5.0
"""Seconds between two writings of the result; more where it takes long."""
PLAIN_EVERY = 10.0
"""Seconds between two lines of progress where nobody watches a bar."""


class Result:
    """The file that the links are written into: whole at any moment, since it is put in place at once."""

    def __init__(self, file: Path, output: Path | None, data: bytes) -> None:
        self.path = output or _beside(file, data)
        self._due = 0.0
        self._last = -1
        if not self.path.parent.is_dir():
            raise InvalidInputError(f"{self.path} cannot be written: no such folder.", field="output")
        if self.path.is_dir():
            raise InvalidInputError(f"{self.path} cannot be written: it is a folder.", field="output")
        if not os.access(self.path.parent, os.W_OK):
            raise InvalidInputError(f"{self.path} cannot be written: the folder is not yours to write.", field="output")

        self.before = b""
        """What an earlier run wrote there."""
        if self.path.is_file() and self.path.resolve() != file.resolve():
            self.before = self.path.read_bytes()

    def perhaps_write(self, batch: OpenBatch) -> None:
        """Write it when that was a while ago and there is something new."""
        version = sum(row.version for row in batch.links.values())
        if time.monotonic() < self._due or version == self._last:
            return
        began = time.monotonic()
        self.write(batch)
        self._last = version
        # A large workbook takes seconds; a twentieth of the time may go into it.
        self._due = time.monotonic() + max(EVERY, 20 * (time.monotonic() - began))

    def write(self, batch: OpenBatch) -> None:
        """Write it. Raises InvalidInputError."""
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            # It holds passcodes: nobody else's to read, unless whoever owns it has said so.
            mode = self.path.stat().st_mode & 0o777 if self.path.exists() else 0o600
            beside.unlink(missing_ok=True)
            with open(beside, "wb", opener=lambda name, flags: os.open(name, flags | os.O_EXCL, mode)) as out:
                out.write(batch.result())
                out.flush()
                os.fsync(out.fileno())
            beside.replace(self.path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise InvalidInputError(f"{self.path} cannot be written: {error.strerror}.", field="output") from None


def _beside(file: Path, data: bytes) -> Path:
    kinds = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".jsonl", ".ndjson"}
    stem = file.name[: -len(file.suffix)] if file.suffix.lower() in kinds else file.name
    kind = Format.CSV
    if data[:4] == b"PK\x03\x04":
        kind = Format.XLSX
    elif data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        kind = Format.JSONL
    stem = stem.removesuffix(".links")  # a result that is run again is its own result
    return file.with_name(f"{stem}.links.{kind}")


def show_faults(faults: Sequence[Fault]) -> None:
    """Name every fault of every row, on stderr; one that many rows have, once."""
    alike: dict[tuple[str, str, str | None], list[Fault]] = {}
    for fault in faults:
        alike.setdefault((fault.column, fault.message, fault.hint), []).append(fault)
    said: set[tuple[str, str, str | None]] = set()
    for fault in faults:
        same = alike[fault.column, fault.message, fault.hint]
        words = fault.words
        if len(same) >= ALIKE:
            if (fault.column, fault.message, fault.hint) in said:
                continue
            said.add((fault.column, fault.message, fault.hint))
            words = words.replace(f"line {fault.line}", f"{len(same)} rows, from line {fault.line} on", 1)
        sys.stderr.write(f"  {printable(words)}\n")


def show_left_over(links: Sequence[str], file: Path) -> None:
    """Name links of earlier versions of a file whose rows are no longer in it."""
    one = len(links) == 1
    say(
        f"{many(len(links), 'link', 'links')} of an earlier version of {file.name} {'belongs' if one else 'belong'} to "
        f"{'a row that was' if one else 'rows that were'} changed or taken out since. "
        + ("It lives on, and keeps its host busy:" if one else "They live on, and keep their hosts busy:")
    )
    for link in links[:MOST_SHOWN]:
        say(f"  {link}")
    say(f"To cancel {'it' if one else 'them'}: zoomlink cancel LINK; or run with --replace.")


def show_plan(plan: Forecast, file: Path, *, spread: bool = False, json: bool) -> None:
    """Show a plan: a row for each row, and in words what it comes to."""
    batch = plan.batch
    if json:
        kind = {"format": str(batch.table.format), "encoding": batch.table.dialect.encoding}
        print_json({"file": str(file), **kind, **plan.to_dict()})
    else:
        rows = []
        for one in plan.placements:
            when = one.wish.request.when
            host = one.link.host if one.link is not None else one.host or "–"
            made = one.link.state if one.link is not None else plan.date_of(one.day) if one.host else "no host"
            topic = one.wish.request.body["topic"]
            rows.append((str(one.wish.line), short_time(when.instant, when.zone), topic, host, made))
        if rows:
            print_table(("line", "when", "topic", "host", "made on"), rows)
    if plan.faults:
        lines = len({fault.line for fault in plan.faults})
        say(f"{lines} of {len(batch.table.rows)} rows cannot be carried out as written:")
        show_faults(plan.faults)
    if not json:
        _say_plan(plan, spread=spread)


def _say_plan(plan: Forecast, *, spread: bool) -> None:
    batch = plan.batch
    named = ", ".join(f"{field} = “{name}”" for field, name in batch.columns.shown)
    left = ", ".join(f"“{name}”" for name in batch.columns.ignored)
    say(f"Columns: {named}" + (f"; left as they are: {left}" if left else ""))
    if batch.table.format is Format.CSV:
        order = {"dmy": "; dates: day first", "mdy": "; dates: month first"}.get(batch.order or "", "")
        say(f"Read as CSV: {batch.table.dialect.spoken}{order}")
    for line, words in list(plan.explanations.items())[:MOST_SHOWN]:
        say(f"Line {line}: {words}")
    there = sum(one.link is not None for one in plan.placements)
    if there:
        say(f"{many(there, 'row has', 'rows have')} a link already.")
    for warning in plan.warnings:
        say(f"Note: {warning}")
    if plan.to_make:
        for host, days in plan.writes.items():
            say(f"{host}: " + ", ".join(f"{count} on {plan.date_of(day)}" for day, count in list(days.items())[:10]))
        say(
            f"{many(len(plan.to_make), 'link', 'links')} to make on {many(plan.hosts, 'host', 'hosts')}; "
            f"no plan needs fewer than {plan.at_least}. A host takes 100 a day."
        )
        spare = [host for host in plan.capacities if host not in plan.writes and not plan.clashes]
        if spare and not spread and len(plan.to_make) > len(plan.writes):
            more = f" and {len(spare) - 3} more" if len(spare) > 3 else ""
            are = "is" if len(spare) == 1 else "are"
            say(f"{', '.join(spare[:3])}{more} {are} not needed; --spread uses all.")
        for hosts, needed in plan.alternatives:
            say(f"With {many(hosts, 'host', 'hosts')} it takes {many(needed, 'day', 'days')}: --spread.")
        if plan.done_at is not None:
            say(f"Done by {plan.done_at:%Y-%m-%d %H:%M:%S} UTC, at the allowed rate, if it is run now.")
    if plan.clashes:
        say(f"{many(len(plan.clashes), 'row has', 'rows have')} no host that is free.")


def show_outcome(batch: OpenBatch, file: Path, path: Path | None, *, json: bool) -> None:
    """Say what became of a batch; the result's name on stdout."""
    view = batch.view()
    if json:
        items = [
            {"line": line, "link": None if link is None else link.to_dict(), "problem": problem}
            for line, link, problem in batch.items()
        ]
        print_json({**view.to_dict(), "output": None if path is None else str(path), "items": items})
    elif path is not None:
        sys.stdout.write(f"{path}\n")
    for line, words in list(view.problems.items())[:MOST_SHOWN]:
        say(f"Line {line}: {words}")
    if len(view.problems) > MOST_SHOWN:
        say(f"And {len(view.problems) - MOST_SHOWN} more: see the column “problem”.")
    for warning in batch.warnings()[:5]:
        say(f"Note: {warning}")
    states = [f"{count} {state}" for state, count in view.states.items()]
    without = view.rows - len(batch.links)
    if without:
        states.append(f"{without} without a link")
    say(f"{many(view.rows, 'row', 'rows')}: {', '.join(states)}.")
    if view.exit_code == Exit.LIMIT and view.parked_until is not None:
        say(
            f"The hosts’ meetings of today are used up. After {view.parked_until:%Y-%m-%d %H:%M} UTC, run it again: "
            f"zoomlink bulk run {file}"
        )
    elif view.exit_code == Exit.NOT_KNOWN_YET:
        waiting = sum(view.states.get(state, 0) for state in ("planned", "sending", "unknown", "parked"))
        if waiting:
            say(f"{many(waiting, 'link is', 'links are')} on the way.")
        say(f"Some are still to come. To go on: zoomlink bulk run {file}")


@contextmanager
def progress_bar(words: str, done: str) -> Iterator[Callable[[Progress], None]]:
    """Show how it goes on stderr: a bar at a terminal, a line now and then elsewhere. Gives what is told of it."""
    if not is_terminal(sys.stderr):
        yield _Lines(done)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(words), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[more]}"))
    with Progress(*columns, console=Console(stderr=True, highlight=False), transient=True) as bar:
        task = bar.add_task(words, total=None, more="")
        yield lambda seen: bar.update(task, total=seen.total, completed=seen.done, more=_more(seen))


class _Lines:
    """Progress where nobody watches a bar."""

    def __init__(self, done: str) -> None:
        self._done = done
        self._due = time.monotonic() + PLAIN_EVERY

    def __call__(self, seen: Progress) -> None:
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + PLAIN_EVERY
            more = _more(seen)
            say(f"{seen.done} of {seen.total} {self._done}{', ' if more else ''}{more}")


def _more(seen: Progress) -> str:
    if seen.parked_until is not None:
        return f"parked until {seen.parked_until:%Y-%m-%d %H:%M} UTC"
    parts = [f"{seen.per_second:.1f}/s"] if seen.per_second else []
    if seen.seconds_left is not None:
        parts.append(f"{_span(seen.seconds_left)} left")
    parts += [f"{count} {state}" for state, count in seen.states.items() if state in {"unknown", "parked", "refused"}]
    if seen.next_due is not None:
        parts.append(f"goes on at {stamp(seen.next_due)}")
    return ", ".join(parts)


def _span(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h"


def check_calendar(ics: Path) -> None:
    """Raise InvalidInputError for a place where no calendar files can be written, as far as that is known before."""
    folder = ics.parent if ics.suffix.lower() == ".ics" else ics
    if folder.exists() and not folder.is_dir():
        raise InvalidInputError(
            f"{ics} is neither a folder nor a name that ends in .ics.", field="ics", hint="Give one of them."
        )
    if ics.suffix.lower() == ".ics" and (ics.is_dir() or not folder.is_dir()):
        raise InvalidInputError(f"{ics} cannot be written: no such folder.", field="ics")


def write_calendars(ics: Path, batch: OpenBatch) -> None:
    """Write one calendar file with all links that can be joined, or one for each into a folder."""
    from zoomlink.calendar import calendar_file

    entries = _entries(batch)
    if not entries:
        say("No calendar file was written: no link can be joined yet.")
        return
    try:
        if ics.suffix.lower() == ".ics":
            ics.write_bytes(calendar_file([entry for _, entry in entries]))
        else:
            ics.mkdir(exist_ok=True)
            for line, entry in entries:
                (ics / f"{line:04}-{_slug(entry.topic)}.ics").write_bytes(calendar_file(entry))
    except OSError as error:
        raise InvalidInputError(f"{ics} cannot be written: {error.strerror}.", field="ics") from None
    say(f"Calendar file{'' if ics.suffix.lower() == '.ics' else 's'}: {ics}")


def _entries(batch: OpenBatch) -> list[tuple[int, CalendarEntry]]:
    from zoomlink.calendar import CalendarEntry

    return [
        (line, CalendarEntry.from_link(link, sequence=link.sequence, description=link.agenda))
        for line, link, _ in batch.items()
        if link is not None and link.join_url is not None
    ]


def _slug(topic: str) -> str:
    bare = unicodedata.normalize("NFKD", topic).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:40] or "meeting"


def many(count: int, one: str, more: str) -> str:
    """A number and what it counts: ``1 row``, ``3 rows``."""
    return f"{count} {one if count == 1 else more}"
