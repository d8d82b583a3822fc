"""Tables in text: CSV as spreadsheets write it, and JSON Lines. Bytes and text in, a table out; no file is opened."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zoomlink.batches.columns import guessed
from zoomlink.batches.reading import too_many
from zoomlink.batches.table import Cell, Dialect, Fault, Format, Limits, Table, TableRow, text_of
from zoomlink.errors import InvalidInputError, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["decode", "read_csv", "read_json_lines"]

_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_SEP = re.compile(r'"?sep=(.)"?[^\S\r\n]*(\r\n|\n|\r)', re.IGNORECASE)
_FORMULA_TEXT = re.compile(r'="((?:[^"]|"")*)"')
"""How spreadsheets are told to leave a number's zeros where they are."""
_USUAL = ",;\t|"
_WITHIN = "\"\r\n _-.()/'"
"""What stands within names, and divides none."""


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str, bool]:
    """Return the text, its encoding, and whether it began with a mark of it.

    Without a mark it is UTF-8 where it can be, else Windows-1252, which is what Excel writes in the west of Europe and
    the Americas. Raises InvalidInputError.
    """
    bom = next(((mark, name) for mark, name in _BOMS if data.startswith(mark)), None)
    body = data[len(bom[0]) :] if bom else data
    if encoding is not None:
        name = encoding.lower().replace("_", "-").removesuffix("-sig")
        if name in {"utf-16", "utf16", "utf-32", "utf32"}:  # the mark says which, and is written again
            name = bom[1] if bom is not None else f"utf-{name[-2:]}-le"
        return _decoded(body, name), name, bom is not None
    if bom is not None:
        return _decoded(body, bom[1]), bom[1], True
    wide = _unmarked_utf16(body)
    if wide is not None:
        return _decoded(body, wide), wide, False
    body = body.rstrip(b"\0\x1a")  # what old programs fill up with
    try:
        return body.decode("utf-8"), "utf-8", False
    except UnicodeDecodeError:
        return _decoded(body, "cp1252"), "cp1252", False


def _decoded(body: bytes, encoding: str) -> str:
    try:
        text = body.decode(encoding)
    except (LookupError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            line = body[: error.start].count(b"\n") + 1
            raise InvalidInputError(
                f"The text cannot be read as {encoding}: line {line} holds bytes that mean nothing there.",
                field="file",
                hint="Save it as UTF-8, or name its encoding: --encoding.",
            ) from None
        raise InvalidInputError(f"There is no encoding {tidy(encoding, 40)!r}.", field="encoding") from None
    return text.rstrip("\0\x1a")


def _unmarked_utf16(body: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of the header is zero."""
    head = body[:200]
    if len(head) < 8:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.7 and even < half * 0.2:
        return "utf-16-le"
    if even > half * 0.7 and odd < half * 0.2:
        return "utf-16-be"
    return None


# -- CSV ---------------------------------------------------------------------------------------------------------------


def read_csv(text: str, dialect: Dialect, limits: Limits, delimiter: str | None = None) -> Table:
    """Read a table whose first line that holds anything is its header.

    Raises InvalidInputError where the file cannot be taken apart: from there on no line could be trusted.
    """
    ends = Counter(re.findall(r"\r\n|\n|\r", text[:100_000]))
    dialect = replace(dialect, line_end=max(ends, key=ends.__getitem__) if ends else "\n")
    first = 0
    found = _SEP.match(text)
    if found:
        first = 1
        dialect = replace(dialect, sep_line=True)
        delimiter = delimiter or found[1]
        text = text[found.end() :]
    _check_lines(text, limits, first)
    delimiter = delimiter or _delimiter(text)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise InvalidInputError(f"{delimiter!r} cannot divide cells.", field="delimiter", hint="Give one character.")
    rows: list[TableRow] = []
    blanks = before = 0
    header: tuple[str, ...] | None = None
    header_line = 0
    for line, raw in _records(text, delimiter, limits, first):
        cells = tuple(_plain(cell) for cell in raw)
        wanted = r"\w" if header is None else r"\S"  # a line of dashes is no header
        if not any(re.search(wanted, text_of(cell)) for cell in cells):
            blanks += 1
            continue
        if header is None:
            header, header_line, before, blanks = tuple(text_of(cell) for cell in cells), line, blanks, 0
            if len(header) > limits.columns:
                raise InvalidInputError(f"The file has more than {limits.columns} columns.", field="file")
            continue
        if len(rows) >= limits.rows:
            raise too_many(limits)
        rows.append(TableRow(line, cells, blanks))
        blanks = 0
    if header is None:
        raise InvalidInputError("The file is empty.", field="file", hint="It needs a line of column names and rows.")
    width = len(header)
    while width and not header[width - 1] and not any(text_of(cell) for row in rows for cell in row.cells[width - 1 :]):
        width -= 1  # Excel writes the empty columns that somebody once clicked on
    faults = tuple(_too_wide(row, width) for row in rows if any(text_of(cell) for cell in row.cells[width:]))
    quoted = re.match(r'\s*"', text) is not None and _all_quoted(text, delimiter)
    dialect = replace(dialect, delimiter=delimiter, all_quoted=quoted)
    even = tuple(row._replace(cells=(row.cells + ("",) * width)[:width]) for row in rows)
    return Table(Format.CSV, header[:width], header_line, even, dialect, faults, (before, blanks))


def _too_wide(row: TableRow, width: int) -> Fault:
    return Fault(
        row.line,
        "",
        f"It has {len(row.cells)} cells, and the header has {width}.",
        "A text that holds the delimiter, or a line end, needs quotes around it.",
    )


def _check_lines(text: str, limits: Limits, first: int) -> None:
    start = 0
    number = first
    for found in re.finditer(r"\r\n|\n|\r|\Z", text):
        number += 1
        if found.start() - start > limits.line:
            raise InvalidInputError(
                f"Line {number} has more than {limits.line:,} characters.",
                field="file",
                hint="No meeting needs so many: is this a table?",
            )
        start = found.end()


def _records(text: str, delimiter: str, limits: Limits, first: int) -> Iterator[tuple[int, list[str]]]:
    """The records with the line each begins in. Raises InvalidInputError naming the line of a fault in the quoting."""
    csv.field_size_limit(max(csv.field_size_limit(), limits.line))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = first + 1
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _quoting(str(error), line, first + reader.line_num) from None
        yield line, record
        line = first + reader.line_num + 1


def _quoting(said: str, line: int, last: int) -> InvalidInputError:
    if "unexpected end" in said:
        return InvalidInputError(
            f"Line {line}: a quote is opened and never closed.",
            field="file",
            hint='A quote within a text is written twice, "".',
        )
    if "field larger" in said:
        return InvalidInputError(f"Line {line}: a cell is too long.", field="file", hint="Is a quote not closed?")
    return InvalidInputError(
        f"Line {last}: there is text behind the closing quote of a cell.",
        field="file",
        hint='A quote within a text is written twice, "".',
    )


def _plain(cell: str) -> str:
    found = _FORMULA_TEXT.fullmatch(cell)
    return found[1].replace('""', '"') if found else cell


def _delimiter(text: str) -> str:
    """The character that divides the header into the most names that are known; of several, the most usual one."""
    head = _first_line(text)
    candidates = [
        *_USUAL,
        *sorted({char for char in head if not char.isalnum() and char not in "\"\r\n _-.()/'" + _USUAL}),
    ]
    best, most = ",", (0, 0)
    for candidate in candidates:
        try:
            names = next(csv.reader([head], delimiter=candidate), [])
        except (csv.Error, TypeError):
            continue
        score = (sum(guessed(name) is not None for name in names), len(names) if len(names) > 1 else 0)
        if score[0] > most[0] or (score > most and candidate in _USUAL):
            best, most = candidate, score
    return best


def _first_line(text: str) -> str:
    for line in re.split(r"\r\n|\n|\r", text[:200_000]):
        if re.search(r"\w", line):
            return line
    return ""


def _all_quoted(text: str, delimiter: str) -> bool:
    head = _first_line(text).strip()
    inside = re.escape(delimiter)
    return re.fullmatch(rf'"(?:[^"]|"")*"(?:{inside}"(?:[^"]|"")*")*', head) is not None


# -- JSON Lines --------------------------------------------------------------------------------------------------------


class _TwiceError(ValueError):
    pass


def read_json_lines(text: str, dialect: Dialect, limits: Limits) -> Table:
    """Read a table with one object on each line; its columns are all names, in the order they first come.

    A line that cannot be read is a fault of its own, and the others are read.
    """
    ends = Counter(re.findall(r"\r\n|\n|\r", text[:100_000]))
    dialect = replace(dialect, line_end=max(ends, key=ends.__getitem__) if ends else "\n")
    _check_lines(text, limits, 0)
    header: dict[str, int] = {}
    found: list[tuple[int, dict[str, Any], int]] = []
    faults: list[Fault] = []
    blanks = 0
    for line, written in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if not written.strip():
            blanks += 1
            continue
        if len(found) >= limits.rows:
            raise too_many(limits)
        item, fault = _object(written, line)
        if fault is not None:
            faults.append(fault)
        for name in item:
            header.setdefault(name, len(header))
        if len(header) > limits.columns:
            raise InvalidInputError(f"The file has more than {limits.columns} columns.", field="file")
        found.append((line, item, blanks))
        blanks = 0
    rows = [TableRow(line, tuple(item.get(name) for name in header), gap) for line, item, gap in found]
    return Table(Format.JSONL, tuple(header), 0, tuple(rows), dialect, tuple(faults), (0, max(blanks - 1, 0)))


def _object(written: str, line: int) -> tuple[dict[str, Cell], Fault | None]:
    try:
        item = json.loads(written, object_pairs_hook=_once, parse_constant=_no_number)
    except _TwiceError as error:
        return {}, Fault(line, str(error), "The name stands twice in one object.", "Leave one out.")
    except json.JSONDecodeError as error:
        return {}, Fault(line, "", f"It is no JSON, from character {error.colno} on.", "Write one object on a line.")
    except (ValueError, RecursionError):
        return {}, Fault(line, "", "It is no JSON that can be read.", "Write one object on a line.")
    if not isinstance(item, dict):
        return {}, Fault(line, "", "It is no JSON object.", 'Write {"topic": …, "start": …} on each line.')
    plain: dict[str, Cell] = {}
    fault = None
    for name, value in item.items():
        if isinstance(value, float) and not math.isfinite(value):
            fault = fault or Fault(line, name, "The number is too large.")
            plain[name] = None
        elif value is None or isinstance(value, str | bool | int | float):
            plain[name] = value
        else:
            fault = fault or Fault(line, name, "It is a list or an object, not a single value.")
            plain[name] = None
    return plain, fault


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _TwiceError(name)
            seen.add(name)
    return found


def _no_number(word: str) -> float:
    raise ValueError(word)
