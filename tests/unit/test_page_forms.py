"""The page's forms: what people write becomes arguments, or a sentence beside its field."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from zoomlink.errors import BusyTime
from zoomlink.links.view import HostInfo
from zoomlink.service.page.cities import CITIES
from zoomlink.service.page.forms import Filled, read_link_form
from zoomlink.service.page.texts import texts
from zoomlink.service.page.view import host_row, hours_of, percent_now, shown_span
from zoomlink.service.page.words import (
    find_zone,
    length_words,
    moment_words,
    near_zones,
    offset_words,
    span_words,
    zone_words,
)

NOW = datetime(2031, 6, 4, 18, 0, tzinfo=UTC)
GOOD = {
    "topic": " Guitar lesson ",
    "date": "2031-12-01",
    "time": "18:24",
    "timezone": "America/Sao_Paulo",
    "duration": "60",
    "form_key": "page-1",
}


def read(**changes: str) -> Filled:
    return read_link_form({**GOOD, **changes}, NOW, texts("en"))


def test_a_form_becomes_the_arguments_of_create() -> None:
    filled = read(agenda="a\r\nb", waiting_room="on", mute_upon_entry="off", host="h@example.com", allow_overlap="1")
    assert filled.wrong == {}
    assert filled.key == "page-1"
    assert filled.asked == {
        "topic": "Guitar lesson",
        "start": "2031-12-01T18:24",
        "timezone": "America/Sao_Paulo",
        "duration": 60,
        "host": "h@example.com",
        "agenda": "a\nb",
        "settings": {"waiting_room": True, "mute_upon_entry": False},
        "allow_overlap": True,
    }


def test_an_own_number_and_another_length_and_host_come_first() -> None:
    filled = read(key="booking-1", duration="other", minutes=" 25 ", host="a@example.com", other_host="b@example.com")
    assert (filled.key, filled.asked["duration"], filled.asked["host"]) == ("booking-1", 25, "b@example.com")


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"topic": "  "}, "topic", "Give the meeting a topic."),
        ({"topic": "x" * 201}, "topic", "The topic is too long: 200 characters at most."),
        ({"date": "2031-02-30"}, "date", "Choose a date."),
        ({"date": "0001-01-01"}, "date", "Choose a date."),
        ({"time": "24:00"}, "time", "Choose a time, such as 18:24."),
        ({"timezone": "Nowhere"}, "timezone", "There is no such time zone."),
        ({"duration": "0"}, "duration", "Give the duration in minutes."),
        ({"duration": "other", "minutes": "1441"}, "duration", "Give the duration in minutes."),
        ({"duration": "other", "minutes": "٦٠"}, "duration", "Give the duration in minutes."),
        ({"key": "with blank"}, "key", "A booking number has no blanks and no accents."),
        (
            {"date": "2031-06-04", "time": "14:59"},
            "date",
            "Wednesday, 4 June 2031, 14:59 has passed; it is Wednesday, 4 June 2031, 15:00 now.",
        ),
    ],
)
def test_a_mistake_is_told_beside_its_field(changes: dict[str, str], field: str, said: str) -> None:
    filled = read(**changes)
    assert {name: wrong.words for name, wrong in filled.wrong.items()} == {field: said}


def test_a_time_that_does_not_exist_is_answered_with_the_two_beside_it() -> None:
    wrong = read(date="2032-03-14", time="02:30", timezone="America/New_York").wrong["time"]
    assert (
        wrong.words
        == "02:30 does not exist on Sunday, 14 March 2032 in America/New_York: the clocks are put forward then."
    )
    assert [(one.words, one.value) for one in wrong.offers] == [
        ("Use 01:30 (UTC−5)", "2032-03-14T06:30:00Z"),
        ("Use 03:30 (UTC−4)", "2032-03-14T07:30:00Z"),
    ]


def test_a_time_that_comes_twice_is_made_exact_by_one_press() -> None:
    asked = {"date": "2031-11-02", "time": "01:30", "timezone": "America/New_York"}
    first, second = read(**asked).wrong["time"].offers
    assert (first.words, second.words) == ("Use 01:30 (UTC−4)", "Use 01:30 (UTC−5)")
    assert read(**asked, use_start=first.value).asked["start"] == "2031-11-02T01:30:00-04:00"
    assert read(**asked, use_start=second.value).asked["start"] == "2031-11-02T01:30:00-05:00"
    assert "time" in read(**asked, offset="-03:00").wrong  # nobody's but ours


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("Europe/Lisbon", "Europe/Lisbon"),
        (" lisbon ", "Europe/Lisbon"),
        ("sao paulo", "America/Sao_Paulo"),
        ("america/sao_paulo", "America/Sao_Paulo"),
        ("utc", "UTC"),
        ("São Paulo", "America/Sao_Paulo"),
        ("SÃO  PAULO", "America/Sao_Paulo"),
        ("America/São_Paulo", "America/Sao_Paulo"),
        ("Sa\u0303o Paulo", "America/Sao_Paulo"),
        ("Bogotá", "America/Bogota"),
        ("Lisboa", "Europe/Lisbon"),
        ("Brasília", "America/Sao_Paulo"),
        ("Cidade do México", "America/Mexico_City"),
        ("Buenos Aires", "America/Argentina/Buenos_Aires"),
        ("", None),
        ("../../etc/passwd", None),
        ("\x00", None),
    ],
)
def test_a_zone_is_known_by_its_name_or_its_city(said: str, zone: str | None) -> None:
    found = find_zone(said)
    assert (found and found.key) == zone


def test_a_form_may_ask_for_every_week() -> None:
    assert read(repeat="weekly", times=" 10 ").asked["recurrence"] == {"type": 2, "end_times": 10}
    assert "recurrence" not in read(repeat="", times="10").asked
    for times in ("", "1", "61", "x", "٣"):
        wrong = read(repeat="weekly", times=times).wrong
        assert {name: one.words for name, one in wrong.items()} == {"times": "Give the number of times, from 2 to 60."}


def test_a_zone_that_there_is_not_is_answered_with_the_nearest_and_one_press_takes_it() -> None:
    wrong = read(timezone="Sao Paolo").wrong["timezone"]
    assert (wrong.words, wrong.hint) == ("There is no such time zone.", "Did you mean one of these?")
    assert ("use_zone", "America/Sao_Paulo", "Use America/Sao_Paulo") in [
        (one.name, one.value, one.words) for one in wrong.offers
    ]
    assert read(timezone="Sao Paolo", use_zone="America/Sao_Paulo").asked["timezone"] == "America/Sao_Paulo"
    assert read(timezone="Qqqq").wrong["timezone"].offers == ()
    assert near_zones("\x00") == near_zones(" ") == []


def test_every_city_has_a_zone_and_is_written_as_it_is_looked_for() -> None:
    assert {name: find_zone(name.upper()) for name in CITIES} == {name: ZoneInfo(zone) for name, zone in CITIES.items()}


def test_times_are_told_in_words() -> None:
    en, pt = texts("en"), texts("pt")
    start = datetime(2031, 12, 1, 23, 30, tzinfo=ZoneInfo("Asia/Kathmandu"))
    assert moment_words(start, ZoneInfo("America/Sao_Paulo"), pt) == "segunda-feira, 1 de dezembro de 2031, 14:45"
    assert span_words(start, 60) == "23:30–00:30 (+1)"
    assert zone_words(start) == "Asia/Kathmandu, UTC+5:45"
    assert zone_words(datetime(2031, 1, 1, tzinfo=ZoneInfo("UTC"))) == "UTC"
    assert offset_words(datetime(2031, 7, 1, tzinfo=ZoneInfo("America/St_Johns"))) == "UTC−2:30"
    assert [length_words(minutes, en) for minutes in (5, 60, 90)] == ["5 min", "1 h", "1 h 30 min"]
    assert (en.number(10000), pt.number(10000)) == ("10,000", "10.000")


def test_a_meeting_over_a_change_of_clocks_lasts_as_long_as_it_says() -> None:
    start = datetime(2032, 3, 14, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    assert span_words(start, 60) == "01:30–03:30"


def info(*spans: tuple[int, int]) -> HostInfo:
    begin = datetime(2031, 12, 1, tzinfo=UTC)
    busy = tuple(BusyTime("h", begin + timedelta(hours=a), begin + timedelta(hours=b)) for a, b in spans)
    return HostInfo("h", 2, None, None, busy)


def test_meetings_at_the_same_time_lie_in_lanes() -> None:
    day = datetime(2031, 12, 1, tzinfo=UTC)
    row = host_row(info((6, 12), (9, 10), (12, 24), (-3, 1)), day, day + timedelta(days=1), ZoneInfo("UTC"))
    assert [(bar.x, bar.width, bar.lane) for bar in row.bars] == [
        (0, 4.167, 0),
        (25, 25, 0),
        (37.5, 4.167, 1),
        (50, 50, 0),
    ]
    assert row.lanes == 2


def test_a_day_is_shown_as_far_as_anybody_is_busy() -> None:
    utc, day = ZoneInfo("UTC"), date(2031, 12, 1)
    midnight = datetime(2031, 12, 1, tzinfo=UTC)

    def hours(*spans: tuple[int, int]) -> tuple[float, float]:
        begin, end = shown_span([info(*spans)], day, utc)
        return (begin - midnight) / timedelta(hours=1), (end - midnight) / timedelta(hours=1)

    assert hours() == hours((9, 10)) == (7, 22)
    assert hours((5, 6), (21, 23)) == (5, 23)
    assert hours((-4, 30)) == (0, 24)


def test_a_day_of_23_hours_has_23_hours() -> None:
    zone = ZoneInfo("America/New_York")
    begin = datetime(2032, 3, 14, 5, tzinfo=UTC)
    end = begin + timedelta(hours=23)
    shown = [words for _, words in hours_of(begin, end, zone)]
    assert (len(shown), shown[:4], shown[-1]) == (24, ["00", "01", "03", "04"], "00")
    assert percent_now(begin + timedelta(hours=11.5), begin, end) == 50
    assert percent_now(end, begin, end) is None
