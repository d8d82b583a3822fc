"""Calendar files: read back with icalendar, with a small reader of our own, and with python-dateutil."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from zoomlink.calendar import CalendarEntry, calendar_file
from zoomlink.errors import InvalidInputError
from zoomlink.model import Link, LinkState, link_id
from zoomlink.zoom.recurrence import Recurrence

ID = link_id(1_953_000_000_000, 4711)
JOIN = "https://us06web.zoom.us/j/81234567890?pwd=aB3,d;e.1"
START = datetime(2031, 12, 1, 21, 24, tzinfo=UTC)
UPDATED = datetime(2031, 11, 20, 8, 0, 1, 999_999, tzinfo=UTC)


# An independent reader of RFC 5545: unfold, split, unescape


@dataclass(frozen=True)
class Property:
    name: str
    parameters: dict[str, str]
    raw: str

    @property
    def text(self) -> str:
        return re.sub(r"\\(.)", lambda found: {"n": "\n", "N": "\n"}.get(found[1], found[1]), self.raw, flags=re.DOTALL)


@dataclass(frozen=True)
class Component:
    name: str
    properties: list[Property]
    parts: list[Component]

    def all(self, name: str) -> list[Property]:
        return [entry for entry in self.properties if entry.name == name]

    def one(self, name: str) -> Property:
        (found,) = self.all(name)
        return found

    def inside(self, name: str) -> list[Component]:
        return [part for part in self.parts if part.name == name]


def read(data: bytes) -> Component:
    assert data.endswith(b"\r\n")
    lines = data[:-2].split(b"\r\n")
    for folded in lines:
        assert len(folded) <= 75
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", folded)
        folded.decode()  # a fold must not cut a character in two
    stack = [Component("", [], [])]
    for line in b"\r\n".join(lines).replace(b"\r\n ", b"").decode().split("\r\n"):
        found = re.fullmatch(r"([A-Z-]+)((?:;[A-Z-]+=(?:\"[^\"]*\"|[^\":;,]*))*):(.*)", line, re.DOTALL)
        assert found, line
        name, parameters, value = found.groups()
        if name == "BEGIN":
            stack.append(Component(value, [], []))
        elif name == "END":
            done = stack.pop()
            assert done.name == value
            stack[-1].parts.append(done)
        else:
            pairs = (pair.split("=", 1) for pair in parameters.split(";")[1:])
            stack[-1].properties.append(Property(name, dict(pairs), value))
    (calendar,) = stack[0].parts
    assert (len(stack), calendar.name) == (1, "VCALENDAR")
    return calendar


def event(data: bytes) -> Component:
    (found,) = read(data).inside("VEVENT")
    return found


def expanded(data: bytes) -> list[datetime]:
    """The instants of the only event, worked out by python-dateutil from the file alone, its VTIMEZONE included."""
    found = event(data)
    start = found.one("DTSTART")
    zone: Any = UTC
    if "TZID" in start.parameters:
        zone = import_module("dateutil.tz").tzical(io.StringIO(data.decode())).get(start.parameters["TZID"])
    first = datetime.strptime(start.raw.removesuffix("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=zone)
    if not found.all("RRULE"):
        return [first.astimezone(UTC)]
    times: list[datetime] = list(import_module("dateutil.rrule").rrulestr(found.one("RRULE").raw, dtstart=first))
    left_out = [text for entry in found.all("EXDATE") for text in entry.raw.split(",")]
    return [moment.astimezone(UTC) for moment in times if f"{moment:%Y%m%dT%H%M%S}" not in left_out]


def make(**changes: Any) -> CalendarEntry:
    fields: dict[str, Any] = {
        "id": ID,
        "topic": "Test Zoom Meeting",
        "start": START,
        "duration": 60,
        "zone": "America/Sao_Paulo",
        "join_url": JOIN,
        "passcode": "s3cr,t;",
        "description": "Bring tea.",
        "updated_at": UPDATED,
    }
    return CalendarEntry(**{**fields, **changes})


def link(**changes: Any) -> Link:
    fields: dict[str, Any] = {
        "id": ID,
        "key": "booking-4711",
        "state": LinkState.READY,
        "topic": "Test Zoom Meeting",
        "start_time": START,
        "timezone": "America/Sao_Paulo",
        "duration": 60,
        "join_url": JOIN,
        "passcode": "s3cr,t;",
        "host": "alice@example.com",
        "created_at": UPDATED,
        "updated_at": UPDATED,
    }
    return Link(**{**fields, **changes})


# One meeting


def test_a_link_gives_an_event_with_all_that_a_guest_needs() -> None:
    entry = CalendarEntry.from_link(link(), sequence=3, description="Bring tea.")
    assert entry == make(sequence=3)
    data = calendar_file(entry)
    calendar, found = read(data), event(data)
    assert {name: calendar.one(name).raw for name in ("VERSION", "METHOD", "CALSCALE", "PRODID")} == {
        "VERSION": "2.0",
        "METHOD": "PUBLISH",
        "CALSCALE": "GREGORIAN",
        "PRODID": "-//zoomlink//zoomlink//EN",
    }
    assert {entry.name: entry.text for entry in found.properties} == {
        "UID": f"{ID}@zoomlink",
        "DTSTAMP": "20311120T080001Z",
        "LAST-MODIFIED": "20311120T080001Z",
        "SEQUENCE": "3",
        "SUMMARY": "Test Zoom Meeting",
        "STATUS": "CONFIRMED",
        "DTSTART": "20311201T182400",
        "DURATION": "PT1H",
        "URL": JOIN,
        "LOCATION": JOIN,
        "DESCRIPTION": f"Join: {JOIN}\nPasscode: s3cr,t;\n\nBring tea.",
    }
    assert found.one("DTSTART").parameters == {"TZID": "America/Sao_Paulo"}
    assert expanded(data) == [START]


def test_icalendar_reads_the_same() -> None:
    (found,) = Calendar.from_ical(calendar_file(make(sequence=3))).events
    assert (found.uid, found.summary, found.sequence) == (f"{ID}@zoomlink", "Test Zoom Meeting", 3)
    assert found.start == START
    assert found.end - found.start == timedelta(hours=1)
    assert str(found["URL"]) == str(found["LOCATION"]) == JOIN


@pytest.mark.parametrize("zone", [None, "UTC", "Etc/UTC"])
def test_without_a_zone_the_start_is_in_utc(zone: str | None) -> None:
    data = calendar_file(make(zone=zone))
    assert read(data).inside("VTIMEZONE") == []
    assert (event(data).one("DTSTART").raw, event(data).one("DTSTART").parameters) == ("20311201T212400Z", {})


def test_a_start_whose_wall_time_comes_twice_is_written_in_utc() -> None:
    for start in (datetime(2031, 10, 26, 0, 30, tzinfo=UTC), datetime(2031, 10, 26, 1, 30, tzinfo=UTC)):
        assert expanded(calendar_file(make(start=start, zone="Europe/Lisbon"))) == [start]


def test_the_same_entry_gives_the_same_bytes_in_every_process() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from datetime import UTC, datetime\n"
        "from zoomlink.calendar import CalendarEntry, calendar_file\n"
        "one = [CalendarEntry(id=f'lnk_{n}', topic='T', start=datetime(2031, 12, 1, 9, tzinfo=UTC), duration=60,"
        " zone=zone, join_url='https://zoom.us/j/1', updated_at=datetime(2031, 1, 1, tzinfo=UTC))"
        " for n, zone in enumerate(['Europe/Lisbon', 'America/New_York', 'Asia/Tokyo', 'Africa/Cairo'])]\n"
        "sys.stdout.buffer.write(calendar_file(one))"
    )
    source = str(import_module("zoomlink").__path__[0]).removesuffix("/zoomlink")
    made = {
        subprocess.run(
            [sys.executable, "-c", program, source], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(made) == 1
    names = [zone.one("TZID").raw for zone in read(made.pop()).inside("VTIMEZONE")]
    assert names == ["Africa/Cairo", "America/New_York", "Asia/Tokyo", "Europe/Lisbon"]


def test_the_uid_stays_and_the_sequence_rises() -> None:
    before, after = make(sequence=0), make(sequence=1, topic="Another", start=START + timedelta(days=1))
    assert before.uid == after.uid == f"{ID}@zoomlink"
    assert [event(calendar_file(entry)).one("SEQUENCE").raw for entry in (before, after)] == ["0", "1"]


def test_importing_the_module_leaves_icalendar_alone() -> None:
    source = str(import_module("zoomlink").__path__[0]).removesuffix("/zoomlink")
    program = "import sys; sys.path.insert(0, sys.argv[1]); import zoomlink.calendar; print('icalendar' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program, source], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


# Text


def test_a_topic_cannot_add_a_property() -> None:
    evil = "Standup\r\nATTENDEE:mailto:eve@example.com\r\nEND:VEVENT\rX:1\nY:2"
    found = event(calendar_file(make(topic=evil, description=evil)))
    assert found.all("ATTENDEE") == []
    assert found.one("SUMMARY").text == "Standup ATTENDEE:mailto:eve@example.com END:VEVENT X:1 Y:2"
    assert found.one("DESCRIPTION").text.endswith("\n\nStandup\nATTENDEE:mailto:eve@example.com\nEND:VEVENT\nX:1\nY:2")


@pytest.mark.parametrize(
    "topic",
    [
        'Maths, part 2; with \\ and "quotes": 50%',
        "C:\\New\\notes \\n \\\\N",
        "Olá, reunião às 18h24 — 会議 👩‍💻 " * 5,
        "x" * 200,
        "é" * 200,
        "👩‍💻" * 60,
        "a:b;c=d,e",
        "",
    ],
)
def test_a_topic_comes_back_as_it_was(topic: str) -> None:
    data = calendar_file(make(topic=topic, description=topic or None))
    assert event(data).one("SUMMARY").text == topic.strip()
    assert event(data).one("DESCRIPTION").text.endswith(topic.strip())


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300), st.text(max_size=300))
def test_any_text_gives_a_file_both_readers_can_read(topic: str, description: str) -> None:
    data = calendar_file(make(topic=topic, description=description))
    found = event(data)
    assert [entry.name for entry in found.properties].count("SUMMARY") == 1
    (other,) = Calendar.from_ical(data).walk("VEVENT")
    assert str(other["UID"]) == f"{ID}@zoomlink"
    assert set(found.one("SUMMARY").text).isdisjoint("\r\n\0")


def test_control_characters_are_left_out() -> None:
    found = event(calendar_file(make(topic="a\x00b\x1bc\u2028d\ud800e\x85f", description="a\x07b\tc\u2029d")))
    assert found.one("SUMMARY").text == "abc de f"
    assert found.one("DESCRIPTION").text.endswith("\n\nab\tc\nd")


# Taking back, inviting


def test_a_cancelled_link_is_cancelled_in_the_calendar() -> None:
    entry = CalendarEntry.from_link(link(state=LinkState.CANCELLED, join_url=None, passcode=None), sequence=4)
    found = event(calendar_file(entry))
    assert (entry.cancelled, found.one("STATUS").raw, found.one("SEQUENCE").raw) == (True, "CANCELLED", "4")
    assert [found.all(name) for name in ("URL", "LOCATION", "DESCRIPTION")] == [[], [], []]
    assert CalendarEntry.from_link(link(state=LinkState.DELETED), sequence=4).cancelled


def test_the_method_cancel_takes_every_entry_back() -> None:
    data = calendar_file([make(), make(id="lnk_2")], method="CANCEL")
    assert read(data).one("METHOD").raw == "CANCEL"
    assert [found.one("STATUS").raw for found in read(data).inside("VEVENT")] == ["CANCELLED", "CANCELLED"]


def test_an_invitation_names_organizer_and_attendees() -> None:
    entry = make(organizer="alice@example.com", attendees=("bob@example.com", "josé@example.com"))
    data = calendar_file(entry, method="REQUEST")
    assert read(data).one("METHOD").raw == "REQUEST"
    assert event(data).one("ORGANIZER").raw == "mailto:alice@example.com"
    assert [who.raw for who in event(data).all("ATTENDEE")] == ["mailto:bob@example.com", "mailto:josé@example.com"]


# Series


@pytest.mark.parametrize(
    ("zone", "start", "series"),
    [
        (
            "Europe/Lisbon",
            datetime(2031, 10, 7, 9, tzinfo=UTC),
            Recurrence.weekly("tue", "thu", until=date(2031, 11, 20)),
        ),
        ("America/New_York", datetime(2031, 2, 10, 23, 30, tzinfo=UTC), Recurrence.weekly(count=52)),
        ("America/Sao_Paulo", START, Recurrence.daily(count=60)),
        ("Africa/Casablanca", datetime(2031, 12, 1, 9, tzinfo=UTC), Recurrence.daily(count=60)),
        ("Australia/Lord_Howe", datetime(2031, 1, 31, 0, tzinfo=UTC), Recurrence.monthly(day=31, count=12)),
        ("Europe/Dublin", datetime(2031, 1, 31, 9, tzinfo=UTC), Recurrence.monthly(weekday="fri", week=-1, count=60)),
        ("Asia/Kolkata", datetime(2031, 6, 3, 3, 30, tzinfo=UTC), Recurrence.weekly("tue", every=2, count=9)),
        ("Pacific/Kiritimati", datetime(2030, 12, 31, 10, 30, tzinfo=UTC), Recurrence.daily(until=date(2031, 1, 3))),
        ("UTC", START, Recurrence.weekly("mon", until=date(2031, 12, 31))),
        ("Africa/Cairo", datetime(2031, 4, 1, 12, tzinfo=UTC), Recurrence.weekly(every=4, count=10)),
    ],
)
def test_another_reader_finds_the_same_instants(zone: str, start: datetime, series: Recurrence) -> None:
    entry = make(zone=zone, start=start, recurrence=series)
    expected = [moment.astimezone(UTC) for moment in series.occurrences(start.astimezone(ZoneInfo(zone)))]
    assert len(expected) > 1
    assert expanded(calendar_file(entry)) == expected
    assert [moment.astimezone(UTC) for moment in entry.occurrences()] == expected


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["Europe/Lisbon", "America/Santiago", "Africa/Casablanca", "Asia/Gaza", "Australia/Lord_Howe"]),
    st.datetimes(datetime(2031, 1, 1), datetime(2034, 1, 1)),  # noqa: DTZ001
    st.integers(1, 40),
)
def test_a_zone_in_the_file_has_the_clock_changes_of_the_zone(name: str, start: datetime, every: int) -> None:
    zone = ZoneInfo(name)
    first = start.replace(microsecond=0, tzinfo=UTC)
    try:
        entry = make(zone=name, start=first, recurrence=Recurrence.daily(every=every, count=20))
    except InvalidInputError:
        return  # one of the days lacks that time, or has it twice
    expected = Recurrence.daily(every=every, count=20).occurrences(first.astimezone(zone))
    assert expanded(calendar_file(entry)) == [moment.astimezone(UTC) for moment in expected]


def test_an_onset_is_written_as_the_old_offset_shows_it() -> None:
    # In Lisbon the clocks go from 01:00 to 02:00 on 30 March, and from 02:00 to 01:00 on 26 October 2031.
    data = calendar_file(make(zone="Europe/Lisbon", start=datetime(2031, 12, 1, 9, tzinfo=UTC)))
    (zone,) = read(data).inside("VTIMEZONE")
    onsets = {
        (part.one("TZOFFSETFROM").raw, part.one("TZOFFSETTO").raw): part.one("DTSTART").raw for part in zone.parts
    }
    assert onsets == {
        ("+0000", "+0000"): "20310101T000000",
        ("+0000", "+0100"): "20310330T010000",
        ("+0100", "+0000"): "20311026T020000",
    }


def test_the_end_of_a_series_is_an_instant_in_utc() -> None:
    entry = make(recurrence=Recurrence.weekly("mon", "thu", until=date(2031, 12, 18)))
    assert event(calendar_file(entry)).one("RRULE").raw == "FREQ=WEEKLY;UNTIL=20311219T025959Z;BYDAY=MO,TH"


def test_a_series_without_end_has_its_clock_changes_for_years() -> None:
    entry = make(
        zone="Europe/Lisbon", start=datetime(2031, 1, 6, 9, tzinfo=UTC), recurrence=Recurrence.weekly(endless=True)
    )
    data = calendar_file(entry)
    assert event(data).one("RRULE").raw == "FREQ=WEEKLY"
    zone = import_module("dateutil.tz").tzical(io.StringIO(data.decode())).get("Europe/Lisbon")
    for year in range(2031, 2042):
        noon = datetime(year, 7, 1, 12, tzinfo=UTC)
        assert noon.astimezone(zone).utcoffset() == timedelta(hours=1)


def test_occurrences_that_do_not_take_place_are_left_out() -> None:
    series = Recurrence.weekly("mon", count=4)
    gone = START + timedelta(days=7)
    entry = make(recurrence=series, excluded=(gone,))
    data = calendar_file(entry)
    assert (event(data).one("EXDATE").raw, event(data).one("EXDATE").parameters) == (
        "20311208T182400",
        {"TZID": "America/Sao_Paulo"},
    )
    assert expanded(data) == [START, START + timedelta(days=14), START + timedelta(days=21)]
    assert [moment.astimezone(UTC) for moment in entry.occurrences()] == expanded(data)


# What is refused


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "lnk 1\r\nX:1"}, "is no id for a calendar entry."),
        ({"start": datetime(2031, 12, 1, 9)}, "start is not an instant. Give an aware datetime."),  # noqa: DTZ001
        ({"updated_at": "now"}, "updated_at is not an instant."),
        ({"duration": 0}, "A duration of 0 minutes is not possible."),
        ({"zone": "Mars/Olympus"}, 'There is no time zone "Mars/Olympus".'),
        ({"sequence": -1}, "The sequence is not a number from 0 on."),
        ({"sequence": True}, "The sequence is not a number from 0 on."),
        ({"join_url": None}, "The entry has no join link."),
        ({"join_url": "https://zoom.us/j/1\r\nATTENDEE:x"}, "The join link is not a link."),
        ({"join_url": "javascript:alert(1)"}, "The join link is not a link."),
        (
            {"join_url": "https://zoom.us/s/1?zak=eyJ0"},
            "This is the host's private link: whoever opens it is the host.",
        ),
        ({"description": "https://zoom.us/s/1?x=1&zak=eyJ0"}, "The text holds the host's private link."),
        ({"organizer": "alice"}, "'alice' is no e-mail address."),
        ({"attendees": ("bob@example.com\r\nX:1",)}, "is no e-mail address."),
        ({"excluded": (START,)}, "Only a series has occurrences to leave out."),
        ({"recurrence": Recurrence.daily(count=2), "zone": None}, "A series needs a time zone"),
        ({"recurrence": Recurrence.daily(count=2), "excluded": (START + timedelta(hours=1),)}, "is no occurrence"),
        (
            {"recurrence": Recurrence.daily(count=2), "excluded": (START, START + timedelta(days=1))},
            "No occurrence of the series is left. Cancel the whole series.",
        ),
        ({"recurrence": Recurrence.weekly("tue", count=2)}, "Begin on Tuesday 2031-12-02."),
    ],
)
def test_an_entry_a_calendar_cannot_hold_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        make(**changes)
    assert said in str(caught.value)
    assert "eyJ0" not in str(caught.value)


def test_a_link_that_is_not_ready_has_no_calendar_entry() -> None:
    with pytest.raises(
        InvalidInputError, match=f"{ID} has no join link yet: it is planned. Ask again when it is ready."
    ):
        CalendarEntry.from_link(link(state=LinkState.PLANNED, join_url=None), sequence=0)


@pytest.mark.parametrize(
    ("entries", "method", "said"),
    [
        ([], "PUBLISH", "A calendar file needs an entry."),
        ([make(), make()], "PUBLISH", "Two entries of the calendar file have the same id."),
        (make(), "REQUEST", "An invitation needs an organizer and an attendee."),
        (make(cancelled=True), "REQUEST", "is cancelled. Use CANCEL to take it back."),
        (make(), "publish", "There is no calendar method 'publish'. Use PUBLISH, REQUEST, CANCEL."),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(entries: Any, method: Any, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        calendar_file(entries, method=method)
    assert said in str(caught.value)


def test_secrets_of_guests_stay_out_of_repr() -> None:
    shown = repr(replace(make(), sequence=2))
    assert "s3cr" not in shown
    assert "pwd" not in shown
