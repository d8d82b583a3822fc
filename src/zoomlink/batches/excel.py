"""Tables in workbooks (.xlsx), by openpyxl: values as they are shown, dates as dates. Bytes in, a table out."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from zoomlink.batches.reading import too_many
from zoomlink.batches.table import Cell, Dialect, Format, Limits, Table, TableRow, text_of
from zoomlink.errors import InvalidInputError, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openpyxl.workbook.workbook import Workbook

__all__ = ["opened", "read_workbook"]

_UNPACKED = 30 * 2**20
"""Bytes that a workbook may have when it is unpacked: ten thousand rows of ten cells take three."""
_CELLS = 500_000
"""Cells that a workbook may hold, empty ones too: when it is written again, each takes half a kilobyte of memory."""
_GAP = 1000
"""Empty rows in a row after which no more are looked for: sheets may be formatted down to their last line."""


def read_workbook(data: bytes, limits: Limits, sheet: str | None = None) -> Table:
    """Read the table of a sheet, by default of the first that holds anything; a formula counts as its last value.

    Raises InvalidInputError.
    """
    _check_packed(data, limits)
    book = opened(data, read_only=True, data_only=True)
    try:
        names = [name for name in book.sheetnames if sheet is None or name == sheet]
        if not names:
            have = ", ".join(f"“{tidy(name, 40)}”" for name in book.sheetnames[:10])
            raise InvalidInputError(
                f"The workbook has no sheet {tidy(sheet or '', 60)!r}.", field="sheet", hint=f"It has {have}."
            )
        for name in names:
            found = _read(book[name], limits)
            if found is not None:
                return found
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise _broken() from None
    finally:
        book.close()
    raise InvalidInputError("The workbook is empty.", field="file", hint="It needs a row of column names and rows.")


def opened(data: bytes, *, read_only: bool = False, data_only: bool = False) -> Workbook:
    """Open a workbook. Raises InvalidInputError for a file that is none."""
    import warnings

    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what openpyxl cannot keep (extensions, odd headers) is no affair of ours
        try:
            return openpyxl.load_workbook(io.BytesIO(data), read_only=read_only, data_only=data_only)
        except Exception:  # noqa: BLE001 - a damaged file breaks at any place in it
            raise _broken() from None


def _broken() -> InvalidInputError:
    return InvalidInputError(
        "The workbook cannot be read.", field="file", hint="Save it again as .xlsx, or as CSV, with a spreadsheet."
    )


def _check_packed(data: bytes, limits: Limits) -> None:
    """Refuse what would take the machine's memory, before anything else is unpacked."""
    most = max(_UNPACKED, _UNPACKED // 20 * (limits.size // 2**20))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            left, cells = most, 0
            for entry in archive.infolist():
                left -= entry.file_size
                if left < 0:
                    break
                if entry.filename.startswith("xl/worksheets/"):
                    cells += _cells_in(archive, entry, limits)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, zlib.error):
        raise _broken() from None
    if left < 0:
        raise InvalidInputError(
            f"The workbook has more than {most // 2**20} MB when it is unpacked.", field="file", hint="Split it."
        )
    if cells > _most_cells(limits):
        raise InvalidInputError(
            f"The workbook has more than {_most_cells(limits):,} cells.",
            field="file",
            hint="Take out what no link needs, also empty cells that have a format; or save the sheet as CSV.",
        )
    if "[Content_Types].xml" not in names:
        raise InvalidInputError("This is no .xlsx workbook.", field="file", hint="Save it as .xlsx or as CSV.")


def _most_cells(limits: Limits) -> int:
    return _CELLS * max(limits.rows // 10_000, 1)


def _cells_in(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits) -> int:
    """How many cells a sheet has, read in pieces; no more than are needed to refuse it."""
    count, rest = 0, b""
    with archive.open(entry) as sheet:
        while (piece := sheet.read(2**18)) and count <= _most_cells(limits):
            text = rest + piece
            count += sum(found.end() > len(rest) for found in _CELL.finditer(text))
            rest = text[-_LONGEST:]
    return count


_CELL = re.compile(rb"<(?:[\w.-]{1,20}:)?c[\s/>]")
_LONGEST = 24


def _read(sheet: Any, limits: Limits) -> Table | None:
    if not hasattr(sheet, "iter_rows"):
        return None  # a sheet of charts
    sheet.reset_dimensions()  # some programs write wrong ones
    header: tuple[str, ...] | None = None
    header_line = 0
    rows: list[TableRow] = []
    for line, cells in _lines(sheet.iter_rows(max_col=limits.columns + 1), limits):
        if header is None:
            header, header_line = tuple(text_of(cell) for cell in cells), line
            if len(header) > limits.columns:
                raise InvalidInputError(f"The sheet has more than {limits.columns} columns.", field="file")
        elif len(rows) >= limits.rows:
            raise too_many(limits)
        else:
            rows.append(TableRow(line, cells))
    if header is None:
        return None
    width = max(len(header), *(len(row.cells) for row in rows), 0) if rows else len(header)
    header = (header + ("",) * width)[:width]
    even = tuple(row._replace(cells=(row.cells + (None,) * width)[:width]) for row in rows)
    return Table(Format.XLSX, header, header_line, even, Dialect(sheet=sheet.title))


def _lines(rows: Iterable[Any], limits: Limits) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    empty = 0
    for number, row in enumerate(rows, 1):
        cells = tuple(_value(cell) for cell in row)
        last = next((at for at in range(len(cells) - 1, -1, -1) if text_of(cells[at])), -1)
        if last < 0:
            empty += 1
            if empty > _GAP:
                return
            continue
        empty = 0
        if any(isinstance(cell, str) and len(cell) > limits.line for cell in cells):
            raise InvalidInputError(f"Row {number}: a cell is too long.", field="file")
        yield number, cells[: last + 1]


def _value(cell: Any) -> Cell:
    value = cell.value
    if isinstance(value, str):
        # Characters that XML cannot hold stand in workbooks as _x000D_ and the like.
        return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), value) if "_x" in value else value
    if isinstance(value, bool | int | float) or value is None:
        return value
    return value if hasattr(value, "isoformat") or hasattr(value, "total_seconds") else str(value)
