"""Rows at fault: each is named with its line, its column and the reason, all at once; what is right is read right."""

from __future__ import annotations

import csv
import io
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from tests.helpers import NOW
from tests.helpers import settings as account

from zoomlink.batches.columns import ARGUMENTS, find_columns
from zoomlink.batches.dates import date_of, minutes_of, order_in, split_start, time_of
from zoomlink.batches.reading import read_table
from zoomlink.batches.rows import Options, read_batch
from zoomlink.errors import InvalidInputError
from zoomlink.links.rules import Rules

RULES = Rules.of(account())
FIELDS = ("topic", "date", "time", "duration", "timezone", "host", "key", "passcode", "agenda", "allow_overlap")
GOOD = {
    "topic": "Piano",
    "date": "2031-12-01",
    "time": "18:24",
    "duration": "60",
    "timezone": "America/Sao_Paulo",
    "host": "alice@example.com",
    "key": "",
    "passcode": "abc123",
    "agenda": "Bring your notes",
    "allow_overlap": "no",
}

PLANTED: tuple[tuple[str, str, str], ...] = (
    ("topic", "", "A meeting needs a topic."),
    ("topic", "   ", "A meeting needs a topic."),
    ("topic", "x" * 201, "The topic has 201 characters; Zoom takes 200."),
    ("topic", "a\x00b", "The topic holds a control character."),
    ("topic", "bell\x07", "The topic holds a control character."),
    ("date", "", "The date is empty."),
    ("date", "2031-02-29", "2031-02-29 does not exist: the month has no day 29."),
    ("date", "2031-13-01", "2031-13-01: there is no month 13."),
    ("date", "31.04.2031", "31.04.2031 does not exist: the month has no day 31."),
    ("date", "03/04/2031", "03/04/2031 could be two days, 2031-04-03 or 2031-03-04."),
    ("date", "01/12/31", "01/12/31 has a year of two digits."),
    ("date", "tomorrow", "'tomorrow' is not a date."),
    ("date", "2031-W48-1", "'2031-W48-1' is not a date."),
    ("date", "12", "'12' is not a date."),
    ("date", "1 foo 2031", "'1 foo 2031' is not a date."),
    ("date", "2031-12-01Z", "'2031-12-01Z' is not a date."),
    ("date", "9999-12-01", "The year 9999 is too far ahead to be meant."),
    ("time", "", "The time of day is empty."),
    ("time", "25:00", "There is no time 25:00."),
    ("time", "18:60", "There is no time 18:60."),
    ("time", "24:00", "24:00 is the next day's midnight."),
    ("time", "13:00 pm", "There is no time 13:00 pm."),
    ("time", "18", "'18' is not a time of day."),
    ("time", "1824", "'1824' is not a time of day."),
    ("time", "noon", "'noon' is not a time of day."),
    ("time", "18:24:61", "There is no time 18:24:61."),
    ("time", "-1:00", "'-1:00' is not a time of day."),
    ("duration", "0", "A duration of 0 minutes is not possible."),
    ("duration", "1441", "A duration of 1441 minutes is not possible."),
    ("duration", "-60", "'-60' is not a length in minutes."),
    ("duration", "60.5", "'60.5' is not a length in minutes."),
    ("duration", "an hour", "'an hour' is not a length in minutes."),
    ("duration", "1:75", "'1:75' is not a length in minutes."),
    ("duration", "25h", "A duration of 1500 minutes is not possible."),
    ("duration", "1e3", "'1e3' is not a length in minutes."),
    ("timezone", "Brasilia", 'There is no time zone "Brasilia".'),
    ("timezone", "America", 'There is no time zone "America".'),
    ("timezone", "../../etc/passwd", 'There is no time zone "../../etc/passwd".'),
    ("timezone", "UTC-3", 'There is no time zone "UTC-3".'),
    ("host", "alice example.com", "'alice example.com' is no Zoom user."),
    ("host", "a/b@example.com", "'a/b@example.com' is no Zoom user."),
    ("host", "..", "'..' is no Zoom user."),
    ("key", "booking 7", "The key does not have the form of a key."),
    ("key", "k" * 256, "The key does not have the form of a key."),
    ("key", "clé", "The key does not have the form of a key."),
    ("passcode", "12345678901", "The passcode has 11 characters; Zoom takes 10."),
    ("passcode", "a b", "The passcode does not have the form Zoom takes."),
    ("passcode", "ação", "The passcode does not have the form Zoom takes."),
    ("agenda", "x" * 2001, "The agenda has 2001 characters; Zoom takes 2000."),
    ("agenda", "x" * 1990, "The agenda has 1990 characters; 1978 leave room for the line by which zoomlink"),
    ("allow_overlap", "maybe", "'maybe' is neither yes nor no."),
    ("allow_overlap", "2", "'2' is neither yes nor no."),
)


def written(rows: list[dict[str, str]], **more: Any) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, **more)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def test_every_planted_fault_is_named_at_its_line_and_column() -> None:
    rows = []
    planted = []
    for number, (field, value, said) in enumerate(PLANTED):
        rows += [{**GOOD, "topic": f"Good {number}"}, {**GOOD, field: value}]
        planted.append((2 * number + 3, field, said))
    batch = read_batch(read_table(written(rows)), RULES, NOW)
    assert len(planted) >= 50
    assert [(fault.line, fault.column) for fault in batch.faults] == [(line, field) for line, field, _ in planted]
    told = zip(batch.faults, planted, strict=True)
    assert [(fault.message, said) for fault, (_, _, said) in told if not fault.message.startswith(said)] == []
    assert [wish.request.body["topic"] for wish in batch.wishes] == [f"Good {number}" for number in range(len(PLANTED))]


def test_all_faults_of_one_row_are_named_at_once() -> None:
    bad = {
        "topic": "",
        "date": "x",
        "time": "25:00",
        "duration": "0",
        "timezone": "Nowhere",
        "host": "a b",
        "key": "a b",
        "passcode": "a b",
        "agenda": "x" * 3000,
        "allow_overlap": "perhaps",
    }
    batch = read_batch(read_table(written([bad])), RULES, NOW)
    assert sorted(fault.column for fault in batch.faults) == sorted(FIELDS)
    assert {fault.line for fault in batch.faults} == {2}


@pytest.mark.parametrize(
    ("day", "clock", "zone", "column", "said"),
    [
        ("2031-03-09", "02:30", "America/New_York", "time", "02:30 on 2031-03-09 does not exist in America/New_York"),
        ("2031-10-26", "01:30", "Europe/Lisbon", "time", "01:30 on 2031-10-26 comes twice in Europe/Lisbon"),
        ("2031-12-01", "18:24", "", "timezone", "It has no time zone"),
    ],
)
def test_a_time_that_cannot_be_meant_is_a_fault(day: str, clock: str, zone: str, column: str, said: str) -> None:
    row = {**GOOD, "date": day, "time": clock, "timezone": zone}
    (fault,) = read_batch(read_table(written([row])), RULES, NOW).faults
    assert (fault.column, fault.message.startswith(said)) == (column, True)


def test_a_key_twice_in_a_file_is_a_fault_of_the_second_row() -> None:
    rows = [{**GOOD, "key": "b-1"}, {**GOOD, "key": "b-2"}, {**GOOD, "key": "b-1", "topic": "Other"}]
    batch = read_batch(read_table(written(rows)), RULES, NOW)
    assert [fault.words for fault in batch.faults] == [
        "line 4, column “key”: The key b-1 stands in line 2 already. Each row needs a key of its own."
    ]


def test_equal_rows_have_different_keys_and_the_order_of_other_rows_does_not_matter() -> None:
    a, b = {**GOOD, "topic": "A"}, {**GOOD, "topic": "B"}
    first = [wish.key for wish in read_batch(read_table(written([a, a, b])), RULES, NOW).wishes]
    second = [wish.key for wish in read_batch(read_table(written([b, a, a])), RULES, NOW).wishes]
    assert len(set(first)) == 3
    assert [second[1], second[2], second[0]] == first


def test_what_is_written_in_another_way_is_the_same_row() -> None:
    other = {**GOOD, "date": "01.12.2031", "time": "18h24", "duration": "1h", "allow_overlap": ""}
    one, two = (read_batch(read_table(written([row])), RULES, NOW) for row in (GOOD, other))
    assert one.fingerprint == two.fingerprint


# -- columns -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("topic,start", {"topic": 0, "start": 1}),
        ("Título,Data,Início,Fim", {"topic": 0, "date": 1, "time": 2}),
        ("ASSUNTO;DATA E HORA;DURAÇÃO (MIN)", {"topic": 0, "start": 1, "duration": 2}),
        ("Asunto,Fecha,Hora,Anfitrión,Contraseña", {"topic": 0, "date": 1, "time": 2, "host": 3, "passcode": 4}),
        ("Nome da aula,Data,Horário,Fuso horário", {"topic": 0, "date": 1, "time": 2, "timezone": 3}),
        ("meetingTopic,startTime,Host E-mail", {"topic": 0, "start": 1, "host": 2}),
        ("topic,date", {"topic": 0, "start": 1}),
        ("name,topic,when", {"topic": 1, "start": 2}),
        ("Topic,Start,Meeting ID,Problem", {"topic": 0, "start": 1, "meeting_id": 2, "problem": 3}),
    ],
)  # fmt: skip
def test_columns_are_guessed_by_their_names(header: str, found: dict[str, int]) -> None:
    names = header.replace(";", ",").split(",")
    assert dict(find_columns(names).of) == found


def test_a_column_that_is_named_outright_is_taken_and_not_guessed() -> None:
    columns = find_columns(
        ["Disciplina X", "topic", "Quando foi", "start"], {"topic": "disciplina x", "start": "Quando foi"}
    )
    assert (columns.at("topic"), columns.at("start")) == (0, 2)


def test_a_column_that_only_seems_to_be_one_is_left_out() -> None:
    columns = find_columns(["topic", "start", "Reference"], {"key": "-"})
    assert (columns.at("key"), columns.ignored) == (None, ["Reference"])


def test_the_example_file_has_no_fault() -> None:
    data = (Path(__file__).resolve().parents[2] / "examples" / "batches" / "aulas.csv").read_bytes()
    batch = read_batch(read_table(data), RULES, NOW, Options(timezone="America/Sao_Paulo"))
    assert (len(batch.wishes), batch.faults, batch.order) == (6, (), "dmy")


@pytest.mark.parametrize(
    ("header", "given", "said"),
    [
        (["a", "b"], {}, "No column is the topic. Say which: --column topic=NAME. No column says when it starts."),
        (["topic", "title", "start"], {"topic": "nope"}, "No column is called 'nope'."),
        (["Assunto", "Título", "start"], {}, "“Assunto” and “Título” could all be the topic."),
        (["topic", "topic", "start"], {}, "“topic” and “topic” could all be the topic."),
        (["topic", "time"], {}, "There is a time, and no column is the date."),
        (["topic", "start", "date", "time"], {}, "“start” and “date” and “time” both say when it starts."),
        (["topic", "start"], {"colour": "topic"}, "There is no argument 'colour': they are topic, start"),
    ],
)
def test_columns_that_are_missing_or_could_be_two_are_told(header: list[str], given: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        find_columns(header, given)
    assert refused.value.message.startswith(said)


def test_every_argument_is_its_own_name() -> None:
    for field in ARGUMENTS:
        names = {"start": ["topic", "start"], "topic": ["topic", "start"], "date": ["topic", "date", "time"]}
        names["time"] = names["date"]
        columns = find_columns(names.get(field, ["topic", "start", field]))
        assert columns.called(field) == field


# -- dates and lengths -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2031-12-01", None, "2031-12-01"),
        ("2031/12/1", None, "2031-12-01"),
        ("1.12.2031", "mdy", "2031-12-01"),
        ("01/12/2031", "dmy", "2031-12-01"),
        ("12/01/2031", "mdy", "2031-12-01"),
        ("13/12/2031", None, "2031-12-13"),
        ("12/13/2031", None, "2031-12-13"),
        ("03/03/2031", None, "2031-03-03"),
        ("1 de dezembro de 2031", None, "2031-12-01"),
        ("segunda-feira, 1 de dezembro de 2031", None, "2031-12-01"),
        ("Monday, December 1, 2031", None, "2031-12-01"),
        ("1st Dec 2031", None, "2031-12-01"),
        ("1-dic-2031", None, "2031-12-01"),
        ("2031-12-01 00:00:00", None, "2031-12-01"),
        ("48184", None, "2031-12-02"),
    ],
)
def test_dates_are_read_in_the_ways_they_are_written(text: str, order: Any, day: str) -> None:
    assert date_of(text, order) == date.fromisoformat(day)


def test_the_file_shows_the_order_of_day_and_month_unless_it_contradicts_itself() -> None:
    assert order_in(["03/04/2031", "13/04/2031"]) == "dmy"
    assert order_in(["03/04/2031", "04/13/2031"]) == "mdy"
    assert order_in(["03/04/2031"]) is None
    assert order_in(["13/04/2031", "04/13/2031"]) is None


def test_a_date_against_the_order_that_was_said_is_a_fault() -> None:
    with pytest.raises(InvalidInputError, match="12/13/2031: there is no month 13"):
        date_of("12/13/2031", "dmy")


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("18:24", "18:24"),
        ("9:05", "09:05"),
        ("18:24:30", "18:24:30"),
        ("18h24", "18:24"),
        ("18h", "18:00"),
        ("18h24min", "18:24"),
        ("6:24 PM", "18:24"),
        ("6:24 p. m.", "18:24"),
        ("12:00 am", "00:00"),
        ("6pm", "18:00"),
        ("18.24", "18:24"),
        ("18:24h", "18:24"),
        ("0,766666666666667", "18:24"),
        ("00:00", "00:00"),
    ],
)
def test_times_of_day_are_read_in_the_ways_they_are_written(text: str, clock: str) -> None:
    assert time_of(text) == time.fromisoformat(clock)


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        ("90", 90),
        (90, 90),
        (90.0, 90),
        ("90,0", 90),
        ("90 min", 90),
        ("90'", 90),
        ("1h30", 90),
        ("1h 30min", 90),
        ("1 h e 30 min", 90),
        ("1:30", 90),
        ("01:30:00", 90),
        (time(1, 30), 90),
        ("1,5 h", 90),
        ("2 horas", 120),
        ("1 hour and 30 minutes", 90),
    ],
)
def test_lengths_are_read_in_the_ways_they_are_written(cell: Any, minutes: int) -> None:
    assert minutes_of(cell) == minutes


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2031-12-01 18:24", (None, None, "2031-12-01 18:24")),
        ("2031-12-01T18:24:00.000Z", (None, None, "2031-12-01T18:24:00Z")),
        ("2031-12-01 18:24:00 UTC", (None, None, "2031-12-01 18:24:00Z")),
        ("2031-12-01T18:24-03:00", (None, None, "2031-12-01T18:24-03:00")),
        ("01/12/2031 18:24", ("01/12/2031", "18:24", None)),
        ("1 de dezembro de 2031 às 18h24", ("1 de dezembro de 2031", "18h24", None)),
        ("12/1/2031 6:24 PM", ("12/1/2031", "6:24 PM", None)),
        ("01.12.2031, 18:24", ("01.12.2031", "18:24", None)),
        ("2031/12/1 9:05", ("2031/12/1", "9:05", None)),
    ],
)
def test_a_start_is_taken_apart(text: str, parts: tuple[Any, ...]) -> None:
    assert split_start(text) == parts


def test_an_offset_holds_beside_the_zone_of_the_settings_and_not_beside_the_rows_own() -> None:
    text = "topic,start,timezone\na,2031-12-01T18:24+01:00,\nb,2031-12-01T18:24+01:00,America/Sao_Paulo\n"
    batch = read_batch(read_table(text.encode()), RULES, NOW, Options(timezone="America/Sao_Paulo"))
    assert [wish.request.body["start_time"] for wish in batch.wishes] == ["2031-12-01T17:24:00Z"]
    assert [(fault.line, fault.column) for fault in batch.faults] == [(3, "start")]
