"""Tables in workbooks (.xlsx), by openpyxl: values as they are shown, dates as dates. Bytes in, a table out."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

from zoomlink.batches.reading import too_many
from zoomlink.batches.table import Cell, Dialect, Format, Limits, Table, TableRow, text_of
from zoomlink.errors import InvalidInputError, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openpyxl.workbook.workbook import Workbook

__all__ = ["opened", "read_workbook"]

_UNPACKED = 12
"""How many times the size limit a workbook may have when it is unpacked; they are packed about ten to one."""
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
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise _broken() from None
    if size > _UNPACKED * limits.size:
        raise InvalidInputError("The workbook is too large when it is unpacked.", field="file", hint="Split it.")
    if "[Content_Types].xml" not in names:
        raise InvalidInputError("This is no .xlsx workbook.", field="file", hint="Save it as .xlsx or as CSV.")


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
