"""From the rows of a table to requests for links, with every fault of every row named. Pure; `now` comes in.

What passes here passes :func:`zoomlink.links.request.plan_request`, which is asked last.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from zoomlink.batches.columns import Columns, find_columns
from zoomlink.batches.dates import Order, date_of, minutes_of, order_in, split_start, time_of
from zoomlink.batches.table import Fault, Limits, Table, text_of
from zoomlink.errors import InvalidInputError, tidy
from zoomlink.links.marker import add_marker
from zoomlink.links.request import LinkRequest, check_key, milliseconds, plan_request
from zoomlink.spans import Span
from zoomlink.times import check_duration, parse_start, parse_zone
from zoomlink.zoom.checks import check_agenda, check_passcode, check_topic
from zoomlink.zoom.paths import host_segment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from zoomlink.batches.table import Cell, TableRow
    from zoomlink.links.rules import Rules

__all__ = ["Batch", "Options", "Wish", "read_batch"]

_YES = frozenset(["true", "yes", "y", "x", "1", "sim", "s", "verdadeiro", "si", "verdadero", "on"])
_NO = frozenset(["false", "no", "n", "0", "nao", "falso", "off"])
_LINK = re.compile(r"lnk_[0-9a-z]{26}")


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read and planned, where it does not say it itself."""

    columns: tuple[tuple[str, str], ...] = ()
    """(argument, header), for columns whose names say nothing."""
    dates: Order | None = None
    """The order of day and month in dates such as 03/04/2031."""
    timezone: str | None = None
    """The zone of rows that name none, instead of the settings'."""
    duration: int | None = None
    """Minutes of rows that name none; 60 otherwise."""
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    skip_faulty: bool = False
    """Leave faulty rows out, instead of refusing the file."""
    most_hosts: int | None = None
    spread: bool = False
    """Use all hosts evenly, so that it is done sooner, instead of as few as can be."""
    limits: Limits = dataclasses.field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Wish:
    """A row as a request for a link."""

    at: int
    """Its place among the rows of the table."""
    line: int
    request: LinkRequest
    span: Span
    """When its host is busy with it."""
    key: str
    allow_overlap: bool
    link: str | None = None
    """The link's id, where the file has it: it is a result that was written before."""
    own_key: bool = False
    """The key stands in the file."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A file that was read: its table, what its rows ask for, and what is wrong with the others."""

    table: Table
    columns: Columns
    wishes: tuple[Wish, ...]
    faults: tuple[Fault, ...]
    order: Order | None
    """Of day and month, as the file or the option shows it."""
    fingerprint: str
    """SHA-256 of what all rows ask for, with their keys: the same file gives the same batch."""


def read_batch(table: Table, rules: Rules, now: datetime, options: Options = Options()) -> Batch:
    """Read all rows. Raises InvalidInputError for columns that are missing; faults of rows are in the batch."""
    columns = find_columns(table.header, dict(options.columns))
    if not table.rows:
        raise InvalidInputError("The file has a header and no rows.", field="file")
    if options.timezone is not None:
        parse_zone(options.timezone)
    dated = [at for at in (columns.at("date"), columns.at("start")) if at is not None]
    order = options.dates or order_in(row.cells[at] for row in table.rows for at in dated)
    reader = _Reader(columns, rules, now, options, order)
    unread = {fault.line for fault in table.faults}
    faults = list(table.faults)
    found: list[tuple[int, TableRow, _Read]] = []
    for at, row in enumerate(table.rows):
        if row.line in unread:
            continue
        read, wrong = reader.read(row)
        faults += wrong
        if read is not None:
            found.append((at, row, read))
    wishes, twice = _keyed(found, rules, columns)
    faults = sorted([*faults, *twice], key=lambda fault: fault.line)
    return Batch(table, columns, wishes, tuple(faults), order, _fingerprint(table, wishes))


def _fingerprint(table: Table, wishes: tuple[Wish, ...]) -> str:
    """What is asked decides, not how it is written; of a row that cannot be read, what stands there."""
    digest = hashlib.sha256()
    asked = {wish.at: wish for wish in wishes}
    for at, row in enumerate(table.rows):
        wish = asked.get(at)
        if wish is not None:
            told = ["wish", wish.key, wish.request.asked, wish.allow_overlap]
        else:
            told = ["fault", *(text_of(cell) for cell in row.cells)]
        digest.update(json.dumps(told).encode() + b"\n")
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Read:
    request: LinkRequest
    key: str | None
    allow_overlap: bool
    link: str | None


def _keyed(
    found: list[tuple[int, TableRow, _Read]], rules: Rules, columns: Columns
) -> tuple[tuple[Wish, ...], list[Fault]]:
    """Give each row its key: its own, else one of its content and its number among equal rows."""
    equal: Counter[str] = Counter()
    own: dict[str, int] = {}
    wishes: list[Wish] = []
    faults: list[Fault] = []
    for at, row, read in found:
        if read.key is not None:
            if read.key in own:
                message = f"The key {tidy(read.key, 60)} stands in line {own[read.key]} already."
                faults.append(Fault(row.line, columns.called("key"), message, "Each row needs a key of its own."))
                continue
            own[read.key] = row.line
            key = read.key
        else:
            content = f"{rules.account}\n{read.request.asked}\n{int(read.allow_overlap)}"
            equal[content] += 1
            key = "row-" + hashlib.sha256(f"{content}\n{equal[content]}".encode()).hexdigest()[:40]
        start = milliseconds(read.request.when.instant)
        span = Span(start, start + read.request.body["duration"] * 60_000)
        wishes.append(Wish(at, row.line, read.request, span, key, read.allow_overlap, read.link, read.key is not None))
    return tuple(wishes), faults


class _Reader:
    """Reads row by row; what is wrong with one is noted, and the next column is looked at."""

    def __init__(self, columns: Columns, rules: Rules, now: datetime, options: Options, order: Order | None) -> None:
        self.columns = columns
        self.rules = replace(rules, timezone=options.timezone or rules.timezone)
        self.now = now
        self.options = options
        self.order = order

    def read(self, row: TableRow) -> tuple[_Read | None, list[Fault]]:
        """The request of a row, or all that is wrong with it."""
        faults: list[Fault] = []
        given = self._cells(row, faults)
        if not faults:
            try:
                request = plan_request(rules=self.rules, now=self.now, **given["request"])
                key = None if given["key"] is None else check_key(given["key"])
                return _Read(request, key, given["allow_overlap"], given["link"]), faults
            except InvalidInputError:
                pass  # said below, together with all else
        self._check_each(row, given, faults)
        if not faults:
            faults.append(Fault(row.line, "", "It cannot be carried out as written."))
        return None, faults

    def _cells(self, row: TableRow, faults: list[Fault]) -> dict[str, Any]:
        # A cell's second line is no fault of its writer, and Zoom's topics have one.
        request: dict[str, Any] = {"topic": re.sub(r"\s*[\r\n\t]+\s*", " ", self._text(row, "topic"))}
        for field in ("host", "passcode", "agenda"):
            request[field] = self._text(row, field) or None
        request["timezone"] = self._text(row, "timezone") or None
        request["duration"] = self.options.duration or 60
        length = self._cell(row, "duration")
        if text_of(length):
            try:
                request["duration"] = minutes_of(length)
            except InvalidInputError as error:
                self._note(row, "duration", error, faults)
        start = self._start(row, faults)
        request["start"] = start or ""
        overlap = text_of(self._cell(row, "allow_overlap")).casefold().replace("ã", "a").replace("í", "i")
        if overlap and overlap not in _YES | _NO:
            wrong = InvalidInputError(f"{tidy(overlap, 40)!r} is neither yes nor no.", hint="Write yes or no.")
            self._note(row, "allow_overlap", wrong, faults)
        link = self._named_cell(row, "link_id")
        return {
            "request": request,
            "key": self._text(row, "key") or None,
            "allow_overlap": overlap in _YES,
            "link": link if _LINK.fullmatch(link) else None,
            "start_read": start is not None,
        }

    def _start(self, row: TableRow, faults: list[Fault]) -> str | None:
        """The start as text that can be read in one way only; None, and noted, where there is none."""
        day: Cell = self._cell(row, "date")
        clock: Cell = self._cell(row, "time")
        whole = self.columns.at("start") is not None
        if whole:
            try:
                day, clock, exact = split_start(self._cell(row, "start"))
            except InvalidInputError as error:
                self._note(row, "start", error, faults)
                return None
            if exact is not None:
                return exact
        read: list[str] = []
        try:
            read.append(date_of(day, self.order).isoformat())
        except InvalidInputError as error:
            self._note(row, "start" if whole else "date", error, faults)
        try:
            read.append(time_of(clock).isoformat())
        except InvalidInputError as error:
            self._note(row, "start" if whole else "time", error, faults)
        return "T".join(read) if len(read) == 2 else None

    def _check_each(self, row: TableRow, given: Mapping[str, Any], faults: list[Fault]) -> None:
        """Every check of plan_request by itself, so that none hides another."""
        request = given["request"]
        noted = {fault.column for fault in faults}
        checks: list[tuple[str, Callable[[], object]]] = [
            ("topic", lambda: check_topic(request["topic"])),
            ("duration", lambda: check_duration(request["duration"])),
            ("timezone", lambda: request["timezone"] is None or parse_zone(request["timezone"])),
            ("host", lambda: request["host"] is None or host_segment(request["host"])),
            ("passcode", lambda: request["passcode"] is None or check_passcode(request["passcode"])),
            ("agenda", lambda: self._agenda(request["agenda"] or "")),
            ("key", lambda: given["key"] is None or check_key(given["key"])),
        ]
        for field, check in checks:
            if self.columns.called(field) in noted:
                continue
            try:
                check()
            except InvalidInputError as error:
                self._note(row, field, error, faults)
        if given["start_read"] and self.columns.called("timezone") not in {fault.column for fault in faults}:
            zone = self.rules.timezone
            try:
                parse_start(request["start"], request["timezone"], now=self.now, default_timezone=zone)
            except InvalidInputError as error:
                clock = "start" if self.columns.at("start") is not None else "time"
                late = "date" if clock == "time" and "year" in error.message else clock
                self._note(row, "timezone" if error.field == "timezone" else late, error, faults)

    def _agenda(self, agenda: str) -> None:
        check_agenda(agenda)
        if self.rules.marker:
            add_marker(agenda, "zl-" + "a" * 18)

    def _note(self, row: TableRow, field: str, error: InvalidInputError, faults: list[Fault]) -> None:
        hint, message = error.hint, error.message
        if field == "timezone" and " has no time zone" in message:  # the same words for each row, so that they are one
            message = "It has no time zone, so it is not known which instant is meant."
        if field == "timezone" and self.columns.at("timezone") is None:
            hint = "Add a column timezone, say --timezone America/Sao_Paulo, or set ZOOMLINK_TIMEZONE."
        faults.append(Fault(row.line, self.columns.called(field), message, hint))

    def _cell(self, row: TableRow, field: str) -> Cell:
        at = self.columns.at(field)
        return None if at is None else row.cells[at]

    def _text(self, row: TableRow, field: str) -> str:
        return text_of(self._cell(row, field))

    def _named_cell(self, row: TableRow, field: str) -> str:
        return self._text(row, field).lower()
