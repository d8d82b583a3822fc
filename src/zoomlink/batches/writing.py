"""The result: the same table with the links filled in, in the same order and the same kind of file. Values in, bytes
out; only cells that are written here are made harmless against formulas.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from zoomlink.batches.columns import RESULTS
from zoomlink.batches.table import Format, text_of
from zoomlink.model import LinkState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoomlink.batches.columns import Columns
    from zoomlink.batches.table import Cell, Table

__all__ = ["Outcome", "harmless", "result_of"]

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class Outcome(NamedTuple):
    """What became of a row, as its cells show it; None leaves a cell as it is."""

    link_id: str | None = None
    state: str | None = None
    join_url: str | None = None
    passcode: str | None = None
    meeting_id: int | None = None
    host: str | None = None
    problem: str | None = None


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULAS) else text


def result_of(table: Table, columns: Columns, outcomes: Sequence[Outcome], source: bytes = b"") -> bytes:
    """Return the file of a table with its outcomes, row by row. `source`: the file as it was read, for a workbook."""
    places, header = _places(table, columns)
    if table.format is Format.XLSX:
        return _workbook(table, places, header, outcomes, source)
    rows = [_filled(row.cells, places, len(header), outcome) for row, outcome in zip(table.rows, outcomes, strict=True)]
    if table.format is Format.JSONL:
        return _json_lines(table, header, rows)
    return _csv(table, header, rows)


def _places(table: Table, columns: Columns) -> tuple[Mapping[str, int], list[str]]:
    """Where each result stands, and the header with those that were appended."""
    header = list(table.header)
    places: dict[str, int] = {}
    for name in RESULTS:
        at = columns.at(name)
        if at is not None and (name != "state" or _are_states(table, at)):
            places[name] = at
        else:
            places[name] = len(header)
            header.append(name if name not in header else f"zoom_{name}")
    return places, header


def _are_states(table: Table, at: int) -> bool:
    """False for a column that happens to be called so, such as the state of an address."""
    states = {"", *(state.value for state in LinkState)}
    return all(text_of(row.cells[at]) in states for row in table.rows)


def _filled(cells: Sequence[Cell], places: Mapping[str, int], width: int, outcome: Outcome) -> list[Cell]:
    filled: list[Cell] = [*cells, *[None] * (width - len(cells))]
    for name, value in zip(RESULTS, outcome, strict=True):
        at = places[name]
        if value is None:
            if name in {"state", "join_url", "problem", "meeting_id"} and at < len(cells):
                filled[at] = None  # what an earlier run wrote there is no longer so
        elif text_of(filled[at]) != str(value):
            filled[at] = harmless(value) if isinstance(value, str) else value
    return filled


def _csv(table: Table, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    dialect = table.dialect
    out = io.StringIO()
    if dialect.sep_line:
        out.write(f"sep={dialect.delimiter}{dialect.line_end}")
    before, after = table.blanks
    out.write(dialect.line_end * before)
    _write_row(out, header, table)
    for row, kept in zip(rows, table.rows, strict=True):
        out.write(dialect.line_end * kept.blanks)
        _write_row(out, ["" if cell is None else cell for cell in row], table)
    out.write(dialect.line_end * after)
    return _encoded(out.getvalue(), table)


def _write_row(out: io.StringIO, cells: Sequence[Cell], table: Table) -> None:
    # The writer puts quotes around the line ends it is told, and a cell may hold any other.
    line = io.StringIO()
    csv.writer(
        line,
        delimiter=table.dialect.delimiter,
        lineterminator="\r\n",
        quoting=csv.QUOTE_ALL if table.dialect.all_quoted else csv.QUOTE_MINIMAL,
    ).writerow(cells)
    out.write(line.getvalue().removesuffix("\r\n") + table.dialect.line_end)


def _json_lines(table: Table, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    end = table.dialect.line_end
    lines: list[str] = [end * table.blanks[0]]
    added = set(header[len(table.header) :])
    for row, kept in zip(rows, table.rows, strict=True):
        item = {
            name: cell
            for at, (name, cell) in enumerate(zip(header, row, strict=True))
            if cell is not None or name in added or (at < len(kept.cells) and kept.cells[at] is not None)
        }
        lines.append(end * kept.blanks + json.dumps(item, ensure_ascii=False) + end)
    lines.append(end * table.blanks[1])
    return _encoded("".join(lines), table)


def _encoded(text: str, table: Table) -> bytes:
    dialect = table.dialect
    marked = ("\ufeff" + text) if dialect.bom else text
    try:
        return marked.encode(dialect.encoding)
    except UnicodeEncodeError:  # a word of ours that the file's encoding lacks
        return marked.encode(dialect.encoding, errors="replace")


def _workbook(
    table: Table, places: Mapping[str, int], header: Sequence[str], outcomes: Sequence[Outcome], source: bytes
) -> bytes:
    from openpyxl.utils import get_column_letter

    from zoomlink.batches.excel import opened

    book = opened(source)  # with its formulas and formats; only our cells are written
    sheet: Any = book[table.dialect.sheet]
    # Counted from one; columns without a name lie within the table's width.
    for at in range(len(table.header), len(header)):
        sheet.cell(row=table.header_line, column=at + 1, value=header[at])
        name = next(name for name, place in places.items() if place == at)
        sheet.column_dimensions[get_column_letter(at + 1)].width = _WIDTHS[name]
    for row, outcome in zip(table.rows, outcomes, strict=True):
        filled = _filled(row.cells, places, len(header), outcome)
        for at in places.values():
            before = row.cells[at] if at < len(row.cells) else None
            if filled[at] != before:
                cell = sheet.cell(row=row.line, column=at + 1, value=filled[at])
                if isinstance(filled[at], str):
                    cell.data_type = "s"  # text, whatever it begins with
                elif isinstance(filled[at], int):
                    cell.number_format = "0"
                if at == places["join_url"]:
                    _lead_to(cell, filled[at])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_WIDTHS = {"link_id": 34, "state": 11, "join_url": 60, "passcode": 13, "meeting_id": 15, "host": 30, "problem": 60}
"""Of the columns that are appended, in characters."""


def _lead_to(cell: Any, address: Cell) -> None:
    """Let a click on a cell open its address."""
    from openpyxl.styles import Font

    if isinstance(address, str) and address.startswith(("https://", "http://")):
        cell.hyperlink = address
        cell.font = Font(color="0563C1", underline="single")
    else:
        cell.hyperlink = None
