"""``zoomlink bulk``: many links from one file. Reads files, shows plans and progress, writes results; decides nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from zoomlink.cli.common import at_desk, confirm, settings_for
from zoomlink.cli.options import Sandbox, Yes, pairs
from zoomlink.cli.output import say
from zoomlink.errors import InvalidInputError
from zoomlink.problems import Exit

if TYPE_CHECKING:
    from zoomlink.batches.crew import Progress
    from zoomlink.batches.engine import BatchDesk, OpenBatch
    from zoomlink.batches.rows import Options
    from zoomlink.cli.bulk_output import Result
    from zoomlink.config import Settings

__all__ = ["bulk"]

bulk = App(
    name="bulk",
    help="Many links from one file: CSV, XLSX or JSON Lines.",
    help_epilogue="""\
Examples:
  zoomlink bulk plan classes.csv --tz America/Sao_Paulo
  zoomlink bulk run classes.csv --tz America/Sao_Paulo
  zoomlink bulk run turmas.xlsx --column topic=Disciplina -o links.xlsx
  zoomlink bulk status classes.csv --tz America/Sao_Paulo
  zoomlink bulk cancel classes.csv --tz America/Sao_Paulo

Columns: topic, start (or date and time), duration, timezone, host, key,
passcode, agenda, allow_overlap; their names are also guessed in Portuguese
and Spanish. The result is the same file with link_id, state, join_url,
passcode, meeting_id, host and problem.

Exit codes of run: 6 or 5 something is still to come (run it again),
7 no host for some rows, 4 Zoom refused some, 2 rows at fault, 0 done.
""",
    help_format="plaintext",
    default_parameter=Parameter(negative=""),
)

File = Annotated[Path, Parameter(help="A table of links to make: CSV, XLSX or JSON Lines.")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a file is to be read, where it does not say it itself."""

    column: Annotated[
        list[str] | None,
        Parameter(
            help="ARGUMENT=NAME of the file's column, where its name says nothing: topic=Disciplina, or key=- where none is; may be given several times."
        ),
    ] = None
    dates: Annotated[
        Literal["dmy", "mdy"] | None,
        Parameter(help="Which number of 03/04/2031 is the day, where the file does not show it."),
    ] = None
    timezone: Annotated[
        str | None,
        Parameter(
            name=["--timezone", "--tz"],
            help="Time zone of rows that name none, by its IANA name. Default: ZOOMLINK_TIMEZONE.",
        ),
    ] = None
    duration: Annotated[int | None, Parameter(help="Minutes of rows that name none. Default: 60.")] = None
    delimiter: Annotated[
        str | None, Parameter(help="What divides the cells of a CSV file, where it is not found out.")
    ] = None
    encoding: Annotated[str | None, Parameter(help="How a text file is written: utf-8, cp1252, latin-1, …")] = None
    sheet: Annotated[str | None, Parameter(help="Which sheet of a workbook. Default: the first.")] = None

    def options(self) -> Options:
        """As the engine takes them. Raises InvalidInputError."""
        from zoomlink.batches.rows import Options
        from zoomlink.batches.table import Limits
        from zoomlink.times import check_duration, parse_zone

        if self.duration is not None:
            check_duration(self.duration)
        if self.timezone is not None:
            parse_zone(self.timezone)
        return Options(
            columns=tuple(pairs(self.column, "--column")),
            dates=self.dates,
            timezone=self.timezone,
            duration=self.duration,
            delimiter="\t" if self.delimiter in {"tab", "\\t"} else self.delimiter,
            encoding=self.encoding,
            sheet=self.sheet,
            limits=Limits(rows=100_000, size=100 * 2**20),
        )


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Planning(Reading):
    """The same, and how its hosts are to be chosen."""

    max_hosts: Annotated[int | None, Parameter(help="Use so many of the hosts at most.")] = None
    spread: Annotated[
        bool, Parameter(help="Use all hosts evenly, so that it is done sooner, instead of as few as can be.")
    ] = False

    def options(self) -> Options:
        """As the engine takes them. Raises InvalidInputError."""
        if self.max_hosts is not None and self.max_hosts < 1:
            raise InvalidInputError("--max-hosts is less than one host.", field="max-hosts")
        return dataclasses.replace(Reading.options(self), most_hosts=self.max_hosts, spread=self.spread)


SkipFaulty = Annotated[
    bool, Parameter(name="--skip-faulty", help="Leave out rows that are at fault, instead of refusing the file.")
]
Out = Annotated[
    Path | None, Parameter(name=["--output", "-o"], help="Where the result goes. Default: FILE.links.csv, beside FILE.")
]


@bulk.command
def plan(
    file: File,
    /,
    *,
    how: Planning = Planning(),
    skip_faulty: SkipFaulty = False,
    look: bool = False,
    json: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """Say what a file would do: every faulty row, and for each other its host and day. Nothing is sent or stored.

    Parameters
    ----------
    look
        First ask Zoom what the hosts are busy with, as run does. Without it, the plan goes by what the ledger knows.
    json
        Print the plan as one JSON document.
    """
    options = dataclasses.replace(how.options(), skip_faulty=skip_faulty)
    data = _bytes(file, options)
    with settings_for(sandbox=sandbox, credentials_needed=sandbox or look) as settings:
        from zoomlink.batches.engine import BatchDesk
        from zoomlink.cli.bulk_output import show_left_over, show_plan
        from zoomlink.links.desk import LinkDesk

        with LinkDesk(settings if look else _untouched(settings)) as desk:
            batches = BatchDesk(desk)
            batch = batches.look(data, name=file.name, options=options)
            found = batches.plan(batch.batch, options, look=look)
            _, gone = batches.live_links(batch, _source(file))
    show_plan(found, file, spread=how.spread, json=json)
    if gone:
        show_left_over([row.id for row in gone], file)
    if found.faults and not skip_faulty:
        return Exit.BAD_INPUT
    return Exit.NO_HOST if found.clashes else Exit.DONE


@bulk.command
def run(
    file: File,
    /,
    *,
    output: Out = None,
    how: Planning = Planning(),
    skip_faulty: SkipFaulty = False,
    replace: bool = False,
    ics: Path | None = None,
    wait: float = 180,
    json: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """Make the links of a file, and write them into a copy of it. Running it again goes on where it ended.

    Parameters
    ----------
    replace
        First cancel the links of earlier versions of the file whose rows were changed or taken out since.
    ics
        Also write calendar files: NAME.ics for one file with all, or a folder for one file each.
    wait
        Seconds to wait at most when nothing can be done: for an answer that was lost, or for the next day when a host's 100 meetings a day are used up. It ends then, and goes on when it is run again.
    json
        Print the outcome of all rows as one JSON document.
    """
    options = dataclasses.replace(how.options(), skip_faulty=skip_faulty)
    data = _bytes(file, options)
    from zoomlink.cli.bulk_output import (
        Result,
        check_calendar,
        show_faults,
        show_left_over,
        show_outcome,
        write_calendars,
    )
    from zoomlink.links.request import check_wait

    check_wait(wait)
    result = Result(file, output, data)
    if ics is not None:
        check_calendar(ics)
    with at_desk(sandbox=sandbox) as desk:
        from zoomlink.batches.engine import BatchDesk
        from zoomlink.batches.table import FaultsError

        batches = BatchDesk(desk)
        try:
            batch = batches.submit(data, name=file.name, options=options, keep_file=False, source=_source(file))
        except FaultsError as error:
            show_faults(error.faults)
            raise
        if batch.row.state in {"cancelling", "cancelled"}:
            say("This batch was cancelled: its links are not made anew. To make them again, give the rows other keys.")
        _, gone = batches.live_links(batch, _source(file))
        before = batches.left_over(result.before, batch) if result.before else []
        left = list({row.id: row for row in [*gone, *before]}.values())
        if left and replace:
            over = [row for row in batches.take_back(left) if row.state in _GONE]
            say(f"Cancelled {len(over)} of an earlier result whose rows were changed or taken out.")
        elif left:
            show_left_over([row.id for row in left], file)
        try:
            _run(batches, batch, result, wait)
        except BaseException:
            say("Run the same command again: nothing is lost or made twice.")
            raise
        finally:
            if batch.links:
                result.write(batch)
    if ics is not None:
        write_calendars(ics, batch)
    show_outcome(batch, file, result.path, json=json)
    return batch.view().exit_code


@bulk.command
def status(
    file: File,
    /,
    *,
    output: Out = None,
    how: Reading = Reading(),
    json: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """Say how far the links of a file are. Nothing is sent; with -o the result is written as it is now.

    Parameters
    ----------
    json
        Print the state of all rows as one JSON document.
    """
    options = how.options()
    data = _bytes(file, options)
    with at_desk(sandbox=sandbox) as desk:
        from zoomlink.batches.engine import BatchDesk
        from zoomlink.cli.bulk_output import Result, show_outcome

        batch = BatchDesk(desk).look(data, name=file.name, options=options)
    path = None
    if output is not None:
        result = Result(file, output, data)
        result.write(batch)
        path = result.path
    show_outcome(batch, file, path, json=json)
    return batch.view().exit_code


@bulk.command
def cancel(
    file: File,
    /,
    *,
    output: Out = None,
    how: Reading = Reading(),
    yes: Yes = False,
    json: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """Take the links of a file back: nothing more is made, and the meetings there are deleted. Not to be undone.

    Parameters
    ----------
    json
        Print the state of all rows as one JSON document.
    """
    options = how.options()
    data = _bytes(file, dataclasses.replace(options, skip_faulty=True))
    with at_desk(sandbox=sandbox) as desk:
        from zoomlink.batches.engine import BatchDesk
        from zoomlink.cli.bulk_output import Result, many, show_outcome

        batches = BatchDesk(desk)
        batch = batches.look(data, name=file.name, options=options)
        own, gone = batches.live_links(batch, _source(file))
        if not own and not gone and batch.row.state in {"new", "cancelled"}:
            say("None of the rows has a link of this file: there is nothing to cancel.")
            return Exit.DONE
        more = f", and {many(len(gone), 'link', 'links')} of rows that were changed or taken out" if gone else ""
        if not yes and not confirm(
            f"Cancel the {many(len(own), 'link', 'links')} of {file.name}{more}, and delete their meetings?"
        ):
            say("Nothing was cancelled.")
            return Exit.DONE
        with _progress("Cancelling", "cancelled") as tell:
            batch = batches.cancel(batch, tell, also=[*own, *gone])
        left = [row for part in batches.live_links(batch, _source(file)) for row in part]
    result = Result(file, output, data)
    if output is not None or result.path.exists():
        result.write(batch)
    show_outcome(batch, file, None, json=json)
    others = sum(row.state not in _GONE for row in batch.links.values()) - sum(
        row.id in {link.id for link in batch.links.values()} for row in left
    )
    if others:
        verbs = ("belongs", "stays as it is") if others == 1 else ("belong", "stay as they are")
        say(f"{many(others, 'link', 'links')} of its rows {verbs[0]} to others who asked for the same, and {verbs[1]}.")
    return Exit.NOT_KNOWN_YET if left or batch.row.state == "cancelling" else Exit.DONE


_GONE = {"cancelled", "deleted", "refused"}


def _run(batches: BatchDesk, batch: OpenBatch, result: Result, wait: float) -> None:
    with _progress("Making links", "done") as tell:

        def told(progress: Progress) -> None:
            tell(progress)
            result.perhaps_write(batch)

        batches.run(batch, told, patience=wait)


@contextmanager
def _progress(words: str, done: str) -> Iterator[Callable[[Progress], None]]:
    from zoomlink.cli.bulk_output import progress_bar

    with progress_bar(words, done) as tell:
        yield tell


def _source(file: Path) -> str:
    """Where a file stands, as a name that gives nothing away: its earlier versions stood there too."""
    import hashlib
    import platform

    return hashlib.sha256(f"{platform.node()}\0{file.resolve()}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _bytes(file: Path, options: Options) -> bytes:
    """Read a file, not more of it than is taken. Raises InvalidInputError."""
    try:
        with file.open("rb") as there:
            return there.read(options.limits.size + 1)
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read: {error.strerror}.", field="file") from None


def _untouched(settings: Settings) -> Settings:
    """Settings by which no ledger is made where there is none: a plan stores nothing."""
    from zoomlink.secret import Secret
    from zoomlink.store.opening import MEMORY

    address = settings.database.reveal()
    if address.startswith("sqlite:///") and not Path(address.removeprefix("sqlite:///")).exists():
        return dataclasses.replace(settings, database=Secret(MEMORY))
    return settings
