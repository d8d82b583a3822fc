"""A table as a file held it: header, rows with their place in the file, and how the file was written. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from zoomlink.errors import InvalidInputError

__all__ = ["Cell", "Dialect", "Fault", "FaultsError", "Format", "Limits", "Table", "TableRow", "text_of"]

Cell: TypeAlias = str | bool | int | float | datetime | date | time | timedelta | None
"""What a cell holds: text in CSV, and what a workbook or JSON makes of it."""


class Format(StrEnum):
    """The kinds of file that are read and written."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may be at most; larger ones are refused before they take the machine's memory."""

    rows: int = 10_000
    size: int = 20 * 2**20
    """Bytes."""
    line: int = 200_000
    """Characters of a line, and of a cell."""
    columns: int = 500


class TableRow(NamedTuple):
    """One row that holds anything."""

    line: int
    """Where it begins in the file: its line, or the row's number in a workbook. From 1."""
    cells: tuple[Cell, ...]
    blanks: int = 0
    """Empty lines before it."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file was written, so that its copy is written the same way."""

    encoding: str = "utf-8"
    bom: bool = False
    delimiter: str = ","
    line_end: str = "\n"
    sep_line: bool = False
    """It begins with ``sep=;``, Excel's way to name the delimiter."""
    all_quoted: bool = False
    sheet: str = ""
    """The sheet of a workbook."""

    @property
    def spoken(self) -> str:
        """In words, for people: ``semicolons, Windows-1252``."""
        marks = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
        return f"{marks.get(self.delimiter, repr(self.delimiter))}, {_ENCODINGS.get(self.encoding, self.encoding)}"


_ENCODINGS = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}


class Fault(NamedTuple):
    """What is wrong with a row: where, and in words."""

    line: int
    column: str
    """The column's header; empty where the whole row is at fault."""
    message: str
    hint: str | None = None

    @property
    def words(self) -> str:
        """All of it in one line."""
        where = f"line {self.line}" + (f", column “{self.column}”" if self.column else "")
        return f"{where}: {self.message}" + (f" {self.hint}" if self.hint else "")

    def to_dict(self) -> dict[str, object]:
        """As JSON has it."""
        return {"line": self.line, "column": self.column or None, "message": self.message, "hint": self.hint}


class FaultsError(InvalidInputError):
    """Raised for a file whose rows are at fault: `faults` has them all."""

    def __init__(self, faults: tuple[Fault, ...], rows: int) -> None:
        lines = len({fault.line for fault in faults})
        super().__init__(
            f"{lines} of {rows} row{'' if rows == 1 else 's'} cannot be carried out as written.",
            field="rows",
            hint="Nothing was sent. Mend the file, or leave them out: --skip-faulty.",
        )
        self.faults = faults
        """Every fault of every row, in the order of the file."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file that was read."""

    format: Format
    header: tuple[str, ...]
    header_line: int
    rows: tuple[TableRow, ...]
    dialect: Dialect = Dialect()
    faults: tuple[Fault, ...] = ()
    """Rows that could not be read; they are among the rows all the same, so that the result is the same table."""
    blanks: tuple[int, int] = field(default=(0, 0))
    """Empty lines before the header, and after the last row."""


def text_of(cell: Cell) -> str:
    """A cell as text, without blanks around it; empty for none."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds" if cell.second else "minutes")
    if isinstance(cell, time):
        return cell.isoformat("seconds" if cell.second else "minutes")
    return str(cell).strip(_BLANKS)


_BLANKS = " \t\r\n\v\f\u00a0\u2007\u202f\u200b\ufeff"
