"""From the bytes of a file to a table: which kind of file it is, and the limits of all. No file is opened here."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zoomlink.batches.table import Dialect, Fault, Format, Limits, Table, TableRow
from zoomlink.errors import InvalidInputError, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["read_table", "table_of"]


def read_table(
    data: bytes,
    *,
    limits: Limits = Limits(),  # noqa: B008 - a frozen value
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> Table:
    """Read a table from CSV, XLSX or JSON Lines, told apart by their content.

    `delimiter`, `encoding` and `sheet` say what is otherwise found out. Raises InvalidInputError for what is no table,
    or more than the `limits`; faults of single rows stand in the table.
    """
    return _whole(_read(data, limits, delimiter, encoding, sheet))


def _read(data: bytes, limits: Limits, delimiter: str | None, encoding: str | None, sheet: str | None) -> Table:
    if len(data) > limits.size:
        raise InvalidInputError(
            f"The file has more than {limits.size // 2**20} MB.",
            field="file",
            hint="Split it: every part is a batch of its own.",
        )
    if data[:4] == b"PK\x03\x04":
        from zoomlink.batches.excel import read_workbook  # openpyxl takes 150 ms to load

        return read_workbook(data, limits, sheet)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise InvalidInputError(
            "This is a workbook of the old kind (.xls), or one with a password.",
            field="file",
            hint="Save it as .xlsx or as CSV.",
        )
    if data[:5] == b"%PDF-" or data[:4] in {b"\x89PNG", b"\xff\xd8\xff\xe0", b"\x1f\x8b\x08\x00"}:
        raise InvalidInputError("This is no table.", field="file", hint="Give a CSV, XLSX or JSON Lines file.")
    from zoomlink.batches.text import decode, read_csv, read_json_lines

    text, encoding, bom = decode(data, encoding)
    if not text.strip():
        raise InvalidInputError("The file is empty.", field="file", hint="It needs a line of column names and rows.")
    if text.lstrip()[:1] == "{":
        return read_json_lines(text, Dialect(encoding, bom), limits)
    if text.lstrip()[:1] == "[":
        raise InvalidInputError(
            "This is one JSON document, not JSON Lines.", field="file", hint="Write one object on each line."
        )
    return read_csv(text, Dialect(encoding, bom), limits, delimiter)


_HALF, _GAP = re.compile("[\ud800-\udfff]"), "\ufffd"


def _whole(table: Table) -> Table:
    """The table without halves of characters, which no encoding can write: a fault of each row that holds one."""
    for name in table.header:
        if _HALF.search(name):
            raise InvalidInputError(
                f"The column {tidy(_HALF.sub(_GAP, name), 60)!r} holds half of a character (a lone surrogate).",
                field="columns",
                hint="Write whole characters.",
            )
    faults: list[Fault] = []
    rows = list(table.rows)
    for at, row in enumerate(rows):
        for name, cell in zip(table.header, row.cells, strict=False):
            if isinstance(cell, str) and not cell.isascii() and _HALF.search(cell):
                faults.append(Fault(row.line, name, "It holds half of a character (a lone surrogate)."))
                cells = tuple(_HALF.sub(_GAP, one) if isinstance(one, str) else one for one in row.cells)
                rows[at] = row._replace(cells=cells)
    if not faults:
        return table
    return replace(table, rows=tuple(rows), faults=(*table.faults, *faults))


def table_of(items: Iterable[Mapping[str, Any]], limits: Limits = Limits()) -> Table:  # noqa: B008 - a frozen value
    """Make a table of objects, as a JSON request has them; their "lines" count from 1.

    Raises InvalidInputError for what is none.
    """
    header: dict[str, int] = {}
    found: list[Mapping[str, Any]] = []
    for number, item in enumerate(items, 1):
        if number > limits.rows:
            raise too_many(limits)
        if not hasattr(item, "keys"):
            raise InvalidInputError(f"Row {number} is no object.", field="rows")
        for name in item:
            header.setdefault(str(name), len(header))
        found.append(item)
    if len(header) > limits.columns:
        raise InvalidInputError(f"The rows have more than {limits.columns} columns.", field="rows")
    rows = []
    for number, item in enumerate(found, 1):
        odd = [name for name, value in item.items() if not _is_cell(value)]
        if odd:
            raise InvalidInputError(f"Row {number}: {tidy(str(odd[0]), 60)} is not a single value.", field="rows")
        rows.append(TableRow(number, tuple(item.get(name) for name in header)))
    return Table(Format.JSONL, tuple(header), 0, tuple(rows))


def _is_cell(value: object) -> bool:
    return isinstance(value, str | bool | int | None) or (isinstance(value, float) and math.isfinite(value))


def too_many(limits: Limits) -> InvalidInputError:
    """The refusal of a file with more rows than are taken."""
    return InvalidInputError(
        f"The file has more than {limits.rows:,} rows.",
        field="file",
        hint="Split it: every part is a batch of its own.",
    )
