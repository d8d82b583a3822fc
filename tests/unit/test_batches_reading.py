"""Files as people and spreadsheets write them, ugly ones too: what is read is what was meant, and the copy is the same
kind of file.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from time import process_time
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.helpers import NOW
from tests.helpers import settings as account

from zoomlink.batches.columns import find_columns, guessed
from zoomlink.batches.reading import read_table, table_of
from zoomlink.batches.rows import Options, read_batch
from zoomlink.batches.table import Format, Limits
from zoomlink.batches.writing import Outcome, result_of
from zoomlink.errors import InvalidInputError
from zoomlink.links.rules import Rules

RULES = Rules.of(account(timezone="America/Sao_Paulo"))
HEAD = "topic,start\n"

NAMES = {
    "topic": ("topic", "Assunto", "TÍTULO", "Clase ", "meeting_name", "Nome da reunião"),
    "date": ("date", "Data", "FECHA", "start date", "Data de início"),
    "time": ("time", "Hora", "HORÁRIO", "Início", "hora de inicio"),
    "duration": ("duration", "Duração (min)", "DURACIÓN", "Minutes", "carga horária"),
}
TEXT = st.text(st.characters(codec="cp1252", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30).map(
    lambda text: text.strip(" \xa0")
)
TOPIC = st.one_of(
    TEXT,
    st.sampled_from(
        ["Aula; de piano, nível 1", 'Coro "A"', "=SUM(A1)", "Ação", "a|b", "007", "Tab\tbed", "'quoted'", "Ünïcödé €"]
    ),
).filter(lambda text: bool(text.strip(" \xa0\u200b")) and not text.startswith('="'))


@dataclass(frozen=True)
class Ugly:
    """A CSV file and what it means."""

    data: bytes
    means: list[tuple[str, str, int]]
    """(topic, start in UTC, minutes)."""
    lines: list[int]
    delimiter: str
    encoding: str
    line_end: str


@st.composite
def ugly_files(draw: st.DrawFn) -> Ugly:
    """Everything that spreadsheets, exports and people do to a table, by a writer of our own."""
    delimiter = draw(st.sampled_from([",", ";", "\t", "|", "^", "~"]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    encoding, mark = draw(
        st.sampled_from(
            [
                ("utf-8", b""),
                ("utf-8", b"\xef\xbb\xbf"),
                ("cp1252", b""),
                ("utf-16-le", b"\xff\xfe"),
                ("utf-16-be", b"\xfe\xff"),
                ("utf-16-le", b""),
            ]
        )
    )
    quoting = draw(st.sampled_from(["all", "some", "least"]))
    sep = draw(st.booleans()) if delimiter != "\t" else False
    order = draw(st.sampled_from(["ymd", "dmy", "mdy", "d.m.y", "words"]))
    clock = draw(st.sampled_from(["{h:02}:{m:02}", "{h}:{m:02}", "{h:02}:{m:02}:00", "{h}h{m:02}", "{t}"]))
    length = draw(st.sampled_from(["{n}", "{n} min", "{n},0", "{h}h{m:02}", "{h}:{m:02}", " {n} "]))
    fields = draw(st.permutations(["topic", "date", "time", "duration"]))
    extra = draw(st.integers(0, 2))
    lines: list[str] = []
    starts: list[int] = []
    line = 1

    def cell(text: str, *, whatever: bool = False) -> str:
        must = whatever or any(char in text for char in (delimiter, '"', "\n", "\r")) or text != text.strip()
        if must or quoting == "all" or (quoting == "some" and draw(st.booleans())):
            return '"' + text.replace('"', '""') + '"'
        return text

    def put(text: str) -> None:
        nonlocal line
        lines.append(text + end)
        line += 1 + text.count("\n")

    if sep:
        put(f"sep={delimiter}")
    for _ in range(draw(st.integers(0, 2))):
        put(delimiter * draw(st.integers(0, 3)))
    padding = delimiter * draw(st.integers(0, 3))
    header = [draw(st.sampled_from(NAMES[field])) for field in fields] + [f"Nota {n}" for n in range(extra)]
    put(delimiter.join(cell(name) for name in header) + padding)
    means = []
    for number in range(draw(st.integers(1, 6))):
        topic = draw(TOPIC)
        # The first shows the order of day and month.
        day = draw(st.integers(13, 28)) if number == 0 else draw(st.integers(1, 28))
        month, hour, minute = draw(st.integers(7, 12)), draw(st.integers(0, 23)), draw(st.integers(0, 59))
        minutes = draw(st.integers(1, 1440))
        written = {
            "ymd": f"2031-{month:02}-{day:02}",
            "dmy": f"{day:02}/{month:02}/2031",
            "mdy": f"{month}/{day}/2031",
            "d.m.y": f"{day}.{month}.2031",
            "words": f"{day} de {MONTHS[month]} de 2031",
        }[order]
        half = f"{hour % 12 or 12}:{minute:02} {'pm' if hour >= 12 else 'AM'}"
        values = {
            "topic": topic,
            "date": written,
            "time": clock.format(h=hour, m=minute, t=half),
            "duration": length.format(n=minutes, h=minutes // 60, m=minutes % 60),
        }
        for _ in range(draw(st.integers(0, 1))):
            put(delimiter * draw(st.integers(0, 2)))
        starts.append(line)
        notes = [draw(st.sampled_from(["", "x", "two\nlines" if end == "\n" else "two"])) for _ in range(extra)]
        put(delimiter.join([cell(values[field]) for field in fields] + [cell(note) for note in notes]) + padding)
        instant = datetime(2031, month, day, hour, minute, tzinfo=UTC) + timedelta(hours=3)
        means.append((topic.strip().replace("\t", " "), instant.strftime("%Y-%m-%dT%H:%M:%SZ"), minutes))
    text = "".join(lines)
    if draw(st.booleans()):
        text = text.removesuffix(end)
    tail = draw(st.sampled_from([b"", b"\0", b"\x1a"])) if not encoding.startswith("utf-16") else b""
    return Ugly(mark + text.encode(encoding) + tail, means, starts, delimiter, encoding, end)


MONTHS = {7: "julho", 8: "agosto", 9: "Setembro", 10: "outubro", 11: "NOVEMBRO", 12: "dezembro"}


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(ugly_files())
def test_an_ugly_file_is_read_as_it_was_meant(ugly: Ugly) -> None:
    table = read_table(ugly.data)
    batch = read_batch(table, RULES, NOW)
    assert [fault.words for fault in batch.faults] == []
    bodies = [wish.request.body for wish in batch.wishes]
    assert [(body["topic"], body["start_time"], body["duration"]) for body in bodies] == ugly.means
    assert [wish.line for wish in batch.wishes] == ugly.lines
    assert table.dialect.delimiter == ugly.delimiter


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(ugly_files())
def test_the_copy_of_an_ugly_file_has_the_same_cells_and_the_links(ugly: Ugly) -> None:
    table = read_table(ugly.data)
    columns = find_columns(table.header)
    outcomes = [
        Outcome(f"lnk_{at:026}", "ready", f"https://zoom.us/j/{at}", "p1", 81234567890 + at, "a@example.com")
        for at in range(len(table.rows))
    ]
    written = result_of(table, columns, outcomes, ugly.data)
    copy = read_table(written)
    width = len(table.header)
    assert copy.header == (*table.header, *Outcome._fields)
    assert [row.cells[:width] for row in copy.rows] == [row.cells for row in table.rows]
    assert [row.cells[width:] for row in copy.rows] == [
        tuple("" if value is None else str(value) for value in outcome) for outcome in outcomes
    ]
    assert [row.line for row in copy.rows] == [row.line for row in table.rows]
    kept = ("delimiter", "line_end", "bom", "sep_line", "encoding")
    same = [getattr(copy.dialect, name) == getattr(table.dialect, name) for name in kept]
    assert same[:-1] == [True] * 4
    # Written again, it is the same byte for byte.
    assert result_of(copy, find_columns(copy.header), outcomes, written) == written


ODD = st.sampled_from(
    [b"\0", b'"', b";", b"\r", b"\n", b"\xff", b"9" * 30, b"1e999", b"NaN", b"24:00", b"31/02/2031", b"1/1/0001 00:00"]
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(ugly_files(), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 4), ODD), min_size=1, max_size=6))
def test_a_damaged_file_is_read_or_refused_and_its_copy_has_as_many_rows(
    ugly: Ugly, damage: list[tuple[float, int, bytes]]
) -> None:
    data = ugly.data
    for where, taken, put in damage:
        at = int(where * len(data))
        data = data[:at] + put + data[at + taken :]
    try:
        table = read_table(data)
        batch = read_batch(table, RULES, NOW)
    except InvalidInputError:
        return
    assert {wish.line for wish in batch.wishes} | {fault.line for fault in batch.faults} == {
        row.line for row in table.rows
    }
    written = result_of(table, batch.columns, [Outcome("lnk_1", "ready")] * len(table.rows), data)
    again = read_table(written, delimiter=table.dialect.delimiter, encoding=table.dialect.encoding)
    assert len(again.rows) == len(table.rows)


# -- what is no table --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b"\n \r\n;;\n", "The file is empty."),
        (HEAD.encode(), "The file has a header and no rows."),
        (b"PK\x03\x04nonsense", "The workbook cannot be read."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 50, "This is a workbook of the old kind (.xls)"),
        (b"%PDF-1.7", "This is no table."),
        (b'[{"topic": "a"}]', "This is one JSON document, not JSON Lines."),
        (b'topic,start\n"a,2031-12-01 18:00\nb,2031-12-01 18:00\n', "Line 2: a quote is opened and never closed."),
        (b'topic,start\na,2031-12-01 18:00\n"b"c,x\n', "Line 3: there is text behind the closing quote of a cell."),
        (b"topic,start\n" + b"x" * 300_000 + b"\n", "Line 2 has more than 200,000 characters."),
        (b"topic,start\n\x81\xff,\x81\n", "The text cannot be read as cp1252: line 2 holds bytes"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_batch(read_table(data), RULES, NOW)
    assert refused.value.message.startswith(said)


@pytest.mark.parametrize("name", ["utf-8-sig", "UTF-8", "utf-16", "utf_16", "latin-1", "cp1252", "cp850"])
def test_an_encoding_that_is_named_is_taken_and_written_again(name: str) -> None:
    data = "topic,start\nAção,2031-12-01 18:00\n".encode(name)
    table = read_table(data, encoding=name)
    assert table.rows[0].cells[0] == "Ação"
    written = result_of(table, find_columns(table.header), [Outcome("lnk_1")])
    assert (written.decode(name).splitlines()[1], written[:3]) == ("Ação,2031-12-01 18:00,lnk_1,,,,,,", data[:3])


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13"])
def test_an_encoding_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="There is no encoding"):
        read_table(b"topic,start\n\xff..,2031-12-01 18:00\n", encoding=name)


def test_more_rows_than_are_taken_are_refused_and_as_many_are_not() -> None:
    rows = "".join(f"Lesson {n},2031-12-01 18:00\n" for n in range(10_000))
    assert len(read_table((HEAD + rows).encode()).rows) == 10_000
    with pytest.raises(InvalidInputError, match=r"The file has more than 10,000 rows\."):
        read_table((HEAD + rows + "one,2031-12-01 18:00\n").encode())


def test_a_file_beyond_the_size_is_refused_before_it_is_read() -> None:
    with pytest.raises(InvalidInputError, match="The file has more than 1 MB"):
        read_table(b"x" * (2**20 + 1), limits=Limits(size=2**20))


def test_a_cell_too_many_is_a_fault_of_its_row_alone() -> None:
    batch = read_batch(read_table(b"topic,start\na, b,2031-12-01 18:00\nc,2031-12-02 18:00\n"), RULES, NOW)
    said = (
        "It has 3 cells, and the header has 2. A text that holds the delimiter, or a line end, needs quotes around it."
    )
    assert [fault.words for fault in batch.faults] == [f"line 2: {said}"]
    assert [wish.line for wish in batch.wishes] == [3]


# -- workbooks ---------------------------------------------------------------------------------------------------------


def workbook(rows: list[list[Any]], *, before: int = 0) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for _ in range(before):
        sheet.append([])
    for at, row in enumerate(rows, 1 + before):
        for column, value in enumerate(row, 1):
            sheet.cell(row=at, column=column, value=value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_with_its_dates_times_and_numbers() -> None:
    data = workbook(
        [
            ["Assunto", "Data", "Hora", "Duração", "Senha"],
            ["Piano", datetime.fromisoformat("2031-12-01"), time(18, 24), 90, 123456],
            ["Canto", "02/12/2031", "18h24", "1h30", "abc"],
            [None, None, None, None, None],
            ["Coro", datetime.fromisoformat("2031-12-13"), time(18, 24), timedelta(minutes=90), None],
        ],
        before=2,
    )
    batch = read_batch(read_table(data), RULES, NOW, Options(dates="dmy"))
    assert [fault.words for fault in batch.faults] == []
    assert [
        (wish.line, wish.request.body["start_time"], wish.request.body["duration"], wish.request.body.get("password"))
        for wish in batch.wishes
    ] == [
        (4, "2031-12-01T21:24:00Z", 90, "123456"),
        (5, "2031-12-02T21:24:00Z", 90, "abc"),
        (7, "2031-12-13T21:24:00Z", 90, None),
    ]


def test_the_copy_of_a_workbook_keeps_its_formulas_and_has_the_links() -> None:
    data = workbook([["topic", "start", "n"], ["Piano", datetime.fromisoformat("2031-12-01T18:24"), "=1+1"]])
    table = read_table(data)
    written = result_of(table, find_columns(table.header), [Outcome("lnk_1", "ready", "https://z", "=1")], data)
    sheet = openpyxl.load_workbook(io.BytesIO(written)).active
    assert sheet is not None
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0] == ["topic", "start", "n", *Outcome._fields]
    assert cells[1] == [
        "Piano",
        datetime.fromisoformat("2031-12-01T18:24"),
        "=1+1",
        "lnk_1",
        "ready",
        "https://z",
        "'=1",
        *[None] * 3,
    ]
    assert sheet.cell(row=2, column=7).data_type == "s"


def test_a_sheet_is_chosen_by_its_name() -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Aulas").append(["topic", "start"])
    book["Aulas"].append(["Piano", "2031-12-01 18:24"])
    out = io.BytesIO()
    book.save(out)
    assert read_table(out.getvalue()).dialect.sheet == "Aulas"  # the first that holds anything
    with pytest.raises(InvalidInputError, match="The workbook has no sheet 'x'"):
        read_table(out.getvalue(), sheet="x")


# -- JSON --------------------------------------------------------------------------------------------------------------


def test_json_lines_are_read_and_copied_with_their_types() -> None:
    text = '{"topic": "Piano", "start": "2031-12-01 18:24", "n": 7}\n\n{"start": "2031-12-02T18:24", "topic": "Ação"}\n'
    table = read_table(text.encode())
    batch = read_batch(table, RULES, NOW)
    assert [(wish.line, wish.request.body["topic"]) for wish in batch.wishes] == [(1, "Piano"), (3, "Ação")]
    written = result_of(table, batch.columns, [Outcome("lnk_1", meeting_id=5), Outcome(problem="No host.")]).decode()
    first, blank, second = written.splitlines()
    assert (json.loads(first)["n"], json.loads(first)["meeting_id"], blank) == (7, 5, "")
    assert json.loads(second) == {
        "topic": "Ação",
        "start": "2031-12-02T18:24",
        **dict.fromkeys(Outcome._fields),
        "problem": "No host.",
    }


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ('{"topic": "a", "topic": "b"}', "topic", "The name stands twice in one object."),
        ('{"topic": "a"', "", "It is no JSON, from character 14 on."),
        ('{"topic": ["a"]}', "topic", "It is a list or an object, not a single value."),
        ('["a"]', "", "It is no JSON object."),
        ('{"duration": 1e999}', "duration", "The number is too large."),
        ('{"duration": NaN}', "", "It is no JSON that can be read."),
        ('{"duration": ' + "9" * 5000 + "}", "", "It is no JSON that can be read."),
        ('{"a":' * 100_000, "", "It is no JSON that can be read."),
    ],
)
def test_a_line_that_is_no_object_is_a_fault_of_its_own(line: str, column: str, said: str) -> None:
    good = '{"topic": "Piano", "start": "2031-12-01 18:24"}\n'
    data = (good + line + "\n" + good).encode()
    batch = read_batch(read_table(data, limits=Limits(line=1_000_000)), RULES, NOW)
    assert [(fault.line, fault.column, fault.message) for fault in batch.faults] == [(2, column, said)]
    assert [wish.line for wish in batch.wishes] == [1, 3]


def test_objects_of_a_request_are_a_table_too() -> None:
    table = table_of([{"topic": "Piano", "start": "2031-12-01T18:24"}, {"topic": "Coro", "start": "x"}])
    batch = read_batch(table, RULES, NOW)
    assert table.format is Format.JSONL
    assert [wish.line for wish in batch.wishes] == [1]
    assert [(fault.line, fault.column) for fault in batch.faults] == [(2, "start")]


# -- results -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_cell_with_another_line_end_than_the_files_stays_one_cell(end: str) -> None:
    data = end.join(["topic,start,note", 'A,2031-12-01 18:24,"one\ntwo\rthree"', "B,2031-12-02 18:24,x", ""]).encode()
    table = read_table(data)
    written = result_of(table, find_columns(table.header), [Outcome("lnk_1"), Outcome("lnk_2")])
    assert [row.cells[2] for row in read_table(written).rows] == ["one\ntwo\rthree", "x"]


def test_only_cells_that_are_written_are_made_harmless() -> None:
    table = read_table(b"topic,start,passcode,state\n=A1,2031-12-01 18:24,-1,SP\n@b,2031-12-02 18:24,,RJ\n")
    outcomes = [Outcome("lnk_1", "ready", passcode="-1"), Outcome("lnk_2", "ready", passcode="+7", problem="=no")]
    written = result_of(table, find_columns(table.header), outcomes).decode()
    rows = list(csv.reader(io.StringIO(written)))
    assert rows[0][3:] == ["state", "link_id", "zoom_state", "join_url", "meeting_id", "host", "problem"]
    assert rows[1] == ["=A1", "2031-12-01 18:24", "-1", "SP", "lnk_1", "ready", "", "", "", ""]
    assert rows[2] == ["@b", "2031-12-02 18:24", "'+7", "RJ", "lnk_2", "ready", "", "", "", "'=no"]


def test_what_would_take_the_machine_s_memory_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "")
        book.writestr("xl/worksheets/sheet1.xml", b"<c/>" * 600_000)
    with pytest.raises(InvalidInputError, match="more than 500,000 cells"):
        read_table(out.getvalue())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "")
        book.writestr("xl/sharedStrings.xml", bytes(31 * 2**20))
    with pytest.raises(InvalidInputError, match="more than 30 MB when it is unpacked"):
        read_table(out.getvalue())


def test_a_name_that_stands_twice_among_very_many_is_found_at_once() -> None:
    names = ", ".join(f'"n{n}": 1' for n in range(15_000))
    text = f'{{"topic": "x"}}\n{{{names}, "n14999": 2}}\n'
    began = process_time()
    [fault] = read_table(text.encode(), limits=Limits(line=10**6)).faults
    assert (fault.line, fault.column, fault.message) == (2, "n14999", "The name stands twice in one object.")
    assert process_time() - began < 1


def test_a_header_as_long_as_a_sentence_is_not_guessed_at() -> None:
    assert guessed("Start " + "(when the lesson begins, as the calendar has it)") == "start"
    assert guessed("start " + "(" + "x" * 100) is None


@pytest.mark.parametrize("text", ['{"topic": "a\\ud800"}', '{"topic": "a", "b": "\\udfff"}'])
def test_half_a_character_is_a_fault_of_its_row_and_can_be_written_again(text: str) -> None:
    table = read_table(text.encode())
    [fault] = table.faults
    assert (fault.line, fault.message) == (1, "It holds half of a character (a lone surrogate).")
    assert "".join(str(cell) for cell in table.rows[0].cells).encode() == b"a\xef\xbf\xbd"
    with pytest.raises(InvalidInputError, match="holds half of a character"):
        read_table(b'{"a\\ud800": "b"}')
