"""Times: what is read, and what is refused with which sentence. 18:24 stays 18:24."""

# ruff: noqa: E501, DTZ001, DTZ901, PT017 - tables read better whole, and naive times are what is tested

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.helpers import NOW

from zoomlink.errors import InvalidInputError
from zoomlink.times import check_duration, join_date_and_time, parse_instant, parse_start, parse_zone

SAO_PAULO = "America/Sao_Paulo"
BERLIN = "Europe/Berlin"  # clocks go forward on 2031-03-30 and back on 2031-10-26


def refused(start: Any, zone: str | None = None, **more: Any) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        parse_start(start, zone, now=more.pop("now", NOW), **more)
    return caught.value


def test_the_articles_time_stays_what_it_was() -> None:
    when = parse_start("2031-12-01T18:24", SAO_PAULO, now=NOW)
    assert when.wall == "2031-12-01T18:24:00"
    assert when.utc == "2031-12-01T21:24:00Z"
    assert when.local.isoformat() == "2031-12-01T18:24:00-03:00"
    assert when.zone == SAO_PAULO


@pytest.mark.parametrize(
    ("start", "zone", "utc"),
    [
        ("2031-12-01T18:24", SAO_PAULO, "2031-12-01T21:24:00Z"),
        ("2031-12-01 18:24", SAO_PAULO, "2031-12-01T21:24:00Z"),
        ("  2031-12-01T18:24  ", SAO_PAULO, "2031-12-01T21:24:00Z"),
        ("2031-12-01T18:24:00", SAO_PAULO, "2031-12-01T21:24:00Z"),
        ("2031-12-01T18:24:59", "UTC", "2031-12-01T18:24:59Z"),
        ("2031-12-01T18:24Z", None, "2031-12-01T18:24:00Z"),
        ("2031-12-01T18:24z", None, "2031-12-01T18:24:00Z"),
        ("2031-12-01T18:24-03:00", None, "2031-12-01T21:24:00Z"),
        ("2031-12-01T18:24-0300", None, "2031-12-01T21:24:00Z"),
        ("2031-12-01T18:24+05:45", None, "2031-12-01T12:39:00Z"),
        ("2031-12-01T18:24+14:00", None, "2031-12-01T04:24:00Z"),
        ("2031-12-01T18:24-03:00", SAO_PAULO, "2031-12-01T21:24:00Z"),
        ("2031-12-01T21:24Z", SAO_PAULO, "2031-12-01T21:24:00Z"),
        ("2031-12-01T00:00", "Asia/Kathmandu", "2031-11-30T18:15:00Z"),
        ("2032-02-29T09:00", "UTC", "2032-02-29T09:00:00Z"),
        ("2031-10-26T02:30+02:00", BERLIN, "2031-10-26T00:30:00Z"),
        ("2031-10-26T02:30+01:00", BERLIN, "2031-10-26T01:30:00Z"),
        ("2099-12-31T23:59", "UTC", "2099-12-31T23:59:00Z"),
    ],
)
def test_text_becomes_the_instant_that_is_meant(start: str, zone: str | None, utc: str) -> None:
    assert parse_start(start, zone, now=NOW).utc == utc


@pytest.mark.parametrize(
    ("start", "zone", "utc", "key"),
    [
        (datetime(2031, 12, 1, 18, 24), SAO_PAULO, "2031-12-01T21:24:00Z", SAO_PAULO),
        (datetime(2031, 12, 1, 18, 24, tzinfo=ZoneInfo(SAO_PAULO)), None, "2031-12-01T21:24:00Z", SAO_PAULO),
        (datetime(2031, 12, 1, 18, 24, tzinfo=ZoneInfo(SAO_PAULO)), SAO_PAULO, "2031-12-01T21:24:00Z", SAO_PAULO),
        (datetime(2031, 12, 1, 21, 24, tzinfo=UTC), None, "2031-12-01T21:24:00Z", None),
        (datetime(2031, 12, 1, 21, 24, tzinfo=UTC), SAO_PAULO, "2031-12-01T21:24:00Z", SAO_PAULO),
        (datetime(2031, 12, 1, 21, 24, tzinfo=ZoneInfo("UTC")), SAO_PAULO, "2031-12-01T21:24:00Z", SAO_PAULO),
        (datetime(2031, 12, 1, 9, 0, tzinfo=timezone(timedelta(hours=5))), None, "2031-12-01T04:00:00Z", None),
        (datetime(2031, 12, 1, 18, 24, tzinfo=timezone(-timedelta(hours=3))), SAO_PAULO, "2031-12-01T21:24:00Z", SAO_PAULO),
        (datetime(2031, 10, 26, 2, 30, fold=1, tzinfo=ZoneInfo(BERLIN)), None, "2031-10-26T01:30:00Z", BERLIN),
        (datetime(2031, 10, 26, 2, 30, fold=0, tzinfo=ZoneInfo(BERLIN)), BERLIN, "2031-10-26T00:30:00Z", BERLIN),
        (datetime(2031, 12, 1, 18, 24, 5, 999_999, tzinfo=UTC), None, "2031-12-01T18:24:05Z", None),
    ],
)  # fmt: skip
def test_a_datetime_becomes_the_instant_that_is_meant(
    start: datetime, zone: str | None, utc: str, key: str | None
) -> None:
    when = parse_start(start, zone, now=NOW)
    assert (when.utc, when.zone) == (utc, key)


def test_now_is_the_next_full_minute() -> None:
    early = datetime(2031, 6, 4, 18, 0, 0, 1, tzinfo=UTC)
    assert parse_start("now", now=early).utc == "2031-06-04T18:01:00Z"
    assert parse_start(" NOW ", SAO_PAULO, now=NOW).wall == "2031-06-04T15:00:00"
    assert parse_start("now", now=NOW, default_timezone=SAO_PAULO).zone == SAO_PAULO


def test_the_default_zone_serves_only_where_none_is_given() -> None:
    assert parse_start("2031-12-01T18:24", now=NOW, default_timezone=SAO_PAULO).utc == "2031-12-01T21:24:00Z"
    assert parse_start("2031-12-01T18:24", "UTC", now=NOW, default_timezone=SAO_PAULO).utc == "2031-12-01T18:24:00Z"
    # An offset says the instant; the default zone then only says how people think of it.
    assert parse_start("2031-12-01T18:24+01:00", now=NOW, default_timezone=SAO_PAULO).wall == "2031-12-01T14:24:00"


@pytest.mark.parametrize(
    ("start", "zone", "sentence"),
    [
        ("2031-12-01T18:24", None, "2031-12-01T18:24 has no time zone, so it is not known which instant is meant."),
        (datetime(2031, 12, 1, 18, 24), None, "2031-12-01T18:24:00 has no time zone, so it is not known which instant is meant."),
        ("2031-03-30T02:30", BERLIN, "02:30 on 2031-03-30 does not exist in Europe/Berlin: the clocks are put forward then."),
        (datetime(2031, 3, 30, 2, 30, tzinfo=ZoneInfo(BERLIN)), None, "02:30 on 2031-03-30 does not exist in Europe/Berlin: the clocks are put forward then."),
        (datetime(2031, 3, 30, 2, 30, tzinfo=ZoneInfo(BERLIN)), "UTC", "02:30 on 2031-03-30 does not exist in Europe/Berlin: the clocks are put forward then."),
        ("2031-10-26T02:30", BERLIN, "02:30 on 2031-10-26 comes twice in Europe/Berlin, as the clocks go back."),
        (datetime(2031, 10, 26, 2, 30), BERLIN, "02:30 on 2031-10-26 comes twice in Europe/Berlin, as the clocks go back."),
        ("2030-12-01T18:24", "UTC", "2030-12-01 18:24 (UTC) has passed; it is 2031-06-04 18:00 (UTC) now."),
        ("2031-06-04T14:59", SAO_PAULO, "2031-06-04 14:59 (America/Sao_Paulo) has passed; it is 2031-06-04 15:00 (America/Sao_Paulo) now."),
        ("2031-02-29T18:24", "UTC", "2031-02-29 does not exist: February 2031 has 28 days."),
        ("2026-02-30T18:24", "UTC", "2026-02-30 does not exist: February 2026 has 28 days."),
        ("2031-04-31T18:24", "UTC", "2031-04-31 does not exist: April 2031 has 30 days."),
        ("2031-12-00T18:24", "UTC", "2031-12-00 does not exist: December 2031 has 31 days."),
        ("2031-13-01T18:24", "UTC", "There is no month 13: 2031-13-01."),
        ("2031-00-01T18:24", "UTC", "There is no month 0: 2031-00-01."),
        ("0000-01-01T18:24", "UTC", "There is no year 0000."),
        ("2031-12-01T24:00", "UTC", "24:00 on 2031-12-01 is the next day's midnight."),
        ("2031-12-01T25:00", "UTC", "There is no time 25:00."),
        ("2031-12-01T18:60", "UTC", "There is no time 18:60."),
        ("2031-12-01T18:24:60", "UTC", "18:24:60 names a second that clocks do not show."),
        ("2031-12-01T6:24 PM", "UTC", '"2031-12-01T6:24 PM" is not a start that can be read.'),
        ("2031-12-01T18h24", "UTC", '"2031-12-01T18h24" is not a start that can be read.'),
        ("2031-12-01T18", "UTC", '"2031-12-01T18" is not a start that can be read.'),
        ("2031-12-01", "UTC", '"2031-12-01" is not a start that can be read.'),
        ("2031-12-01T18:24:00.5", "UTC", '"2031-12-01T18:24:00.5" is not a start that can be read.'),
        ("2031-W49-1T18:24", "UTC", '"2031-W49-1T18:24" is not a start that can be read.'),
        ("2031-335T18:24", "UTC", '"2031-335T18:24" is not a start that can be read.'),
        ("01/12/2031 18:24", "UTC", '"01/12/2031 18:24" is not a start that can be read.'),
        ("٢٠٣١-١٢-٠١T١٨:٢٤", "UTC", '"٢٠٣١-١٢-٠١T١٨:٢٤" is not a start that can be read.'),
        ("２０３１-12-01T18:24", "UTC", '"２０３１-12-01T18:24" is not a start that can be read.'),
        ("2031-12-01T18:24\x00", "UTC", '"2031-12-01T18:24" is not a start that can be read.'),
        ("tomorrow", "UTC", '"tomorrow" is not a start that can be read.'),
        ("", "UTC", "The start is empty."),
        ("   ", "UTC", "The start is empty."),
        ("2031-12-01T18:24+01:00", SAO_PAULO, "The offset of 2031-12-01T18:24:00+01:00 is not that of America/Sao_Paulo, which is 14:24 (-03:00) then."),
        ("2031-12-01T18:24+00:00", SAO_PAULO, "The offset of 2031-12-01T18:24:00+00:00 is not that of America/Sao_Paulo, which is 15:24 (-03:00) then."),
        (datetime(2031, 12, 1, 18, 24, tzinfo=timezone(timedelta(hours=1))), SAO_PAULO, "The offset of 2031-12-01T18:24:00+01:00 is not that of America/Sao_Paulo, which is 14:24 (-03:00) then."),
        (datetime(2031, 12, 1, 18, 24, tzinfo=ZoneInfo("Europe/London")), SAO_PAULO, "The offset of 2031-12-01T18:24:00+00:00 is not that of America/Sao_Paulo, which is 15:24 (-03:00) then."),
        ("2031-12-01T18:24+15:00", None, "There is no offset +15:00 from UTC."),
        ("2031-12-01T18:24+01:60", None, "There is no offset +01:60 from UTC."),
        ("2031-12-01T18:24-13:00", None, "There is no offset -13:00 from UTC."),
        ("2031-12-01T18:24+05:40", None, "There is no offset +05:40 from UTC."),
        # what pytz gives for São Paulo when its zone is handed to datetime() directly: six minutes off
        (datetime(2031, 12, 1, 18, 24, tzinfo=timezone(-timedelta(hours=3, minutes=6))), None, "There is no offset -03:06 from UTC."),
        (datetime(2031, 12, 1, 18, 24, tzinfo=timezone(-timedelta(hours=3, minutes=6, seconds=28))), None, "There is no offset -03:06:28 from UTC."),
        ("9999-12-31T23:59", SAO_PAULO, "The year 9999 is too far away to be meant."),
        ("9999-12-31T23:59-03:00", None, "The year 9999 is too far away to be meant."),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=3))), None, "The year 9999 is too far away to be meant."),
        (datetime.max, SAO_PAULO, "The year 9999 is too far away to be meant."),
        (datetime.min, BERLIN, "The year 1 is too far away to be meant."),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=3))), None, "The year 1 is too far away to be meant."),
        ("2100-01-01T00:00", "UTC", "The year 2100 is too far ahead to be meant."),
        (20311201, "UTC", "start is a int."),
        (None, "UTC", "start is a NoneType."),
    ],
)  # fmt: skip
def test_a_start_is_refused_in_one_sentence(start: Any, zone: str | None, sentence: str) -> None:
    error = refused(start, zone)
    assert error.message == sentence
    assert error.field in {"start", "timezone"}


def test_a_gap_names_the_times_around_it_and_a_fold_both_of_its_own() -> None:
    assert refused("2031-03-30T02:30", BERLIN).hint == "Did you mean 01:30 or 03:30?"
    assert refused("2031-10-26T02:30", BERLIN).hint == (
        "Say which: 2031-10-26T02:30:00+02:00 or 2031-10-26T02:30:00+01:00."
    )


def test_the_past_is_let_through_where_it_is_wanted() -> None:
    when = parse_start("2020-12-01T18:24", "UTC", now=NOW, allow_past=True)
    assert when.utc == "2020-12-01T18:24:00Z"


def test_this_very_second_has_not_passed() -> None:
    assert parse_start("2031-06-04T18:00", "UTC", now=NOW).utc == "2031-06-04T18:00:00Z"
    assert refused("2031-06-04T17:59:59", "UTC").hint == 'Choose a time to come, or "now".'


@pytest.mark.parametrize(
    "name",
    [
        "America", "Etc", "../../etc/passwd", "/etc/passwd", "America/../UTC", "America//Sao_Paulo", "America/", "/UTC",
        "UTC\x00", "america/sao_paulo", "utc", "right/UTC", "right", "posix/Europe/Berlin", "posix", "posixrules",
        "localtime", "Factory", "leapseconds", "leap-seconds.list", "tzdata.zi", "zone.tab", "zone1970.tab", "iso3166.tab",
        "+VERSION", "BRT", "UTC-3", "UTC+25", "GMT-03:00", "Brasília", "Sao Paulo", " UTC", "UTC ", "UTC\n", ".", "..", "~",
        "a" * 300, "a/" * 200 + "a", "x" * 100_000, "\ud800", "Africa/__init__", "Europe/Berlin\u202e",
    ],
)  # fmt: skip
def test_what_is_no_zone_is_refused_with_a_hint(name: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^There is no time zone \"") as caught:
        parse_zone(name)
    assert caught.value.field == "timezone"
    assert caught.value.hint
    str(caught.value).encode()  # fit to print
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", ["", " ", "\n"])
def test_an_empty_zone_is_called_empty(name: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^The time zone is empty\."):
        parse_zone(name)


@pytest.mark.parametrize("name", [None, 3, b"UTC", UTC])
def test_a_zone_of_another_type_is_refused(name: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"not a zone's name"):
        parse_zone(name)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("america/sao_paulo", "Did you mean America/Sao_Paulo?"),
        ("Sao Paulo", "Did you mean America/Sao_Paulo?"),
        ("lisbon", "Did you mean Europe/Lisbon?"),
        ("Europe/Berln", "Did you mean Europe/Berlin"),
        ("nowhere at all", 'Use a name of the IANA database, such as "America/Sao_Paulo" or "Europe/Lisbon".'),
    ],
)
def test_a_near_miss_is_recognised(name: str, hint: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_zone(name)
    assert (caught.value.hint or "").startswith(hint)


@pytest.mark.parametrize("name", ["UTC", "America/Sao_Paulo", "Etc/GMT+3", "America/Argentina/Buenos_Aires", "EST5EDT"])
def test_a_real_zone_is_taken(name: str) -> None:
    assert parse_zone(name).key == name


ZONES = st.sampled_from(
    ["America/Sao_Paulo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca",
     "America/St_Johns", "Pacific/Apia", "Asia/Tehran", "Europe/Dublin", "Antarctica/Troll", "Pacific/Chatham", "UTC"]
)  # fmt: skip


@given(
    zone=ZONES,
    wall=st.datetimes(datetime(1990, 1, 1), datetime(2098, 12, 30)).map(lambda at: at.replace(microsecond=0)),
)
def test_the_instant_read_back_in_its_zone_shows_the_same_wall_time(zone: str, wall: datetime) -> None:
    try:
        when = parse_start(wall.isoformat(), zone, now=NOW, allow_past=True)
    except InvalidInputError as error:
        assert "does not exist in" in error.message or "comes twice in" in error.message
        return
    back = datetime.fromisoformat(when.utc).astimezone(ZoneInfo(zone))
    assert back.replace(tzinfo=None, fold=0) == wall


@given(
    zone=ZONES, day=st.dates(datetime(2025, 1, 1).date(), datetime(2037, 12, 30).date()), minute=st.integers(0, 1439)
)
def test_a_wall_time_is_refused_exactly_when_its_day_has_no_such_minute_or_two(
    zone: str, day: Any, minute: int
) -> None:
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    place: tzinfo = ZoneInfo(zone)
    # Every instant within two days of it, in steps that hit every offset in use: how often does the clock show it?
    guess = wall.replace(tzinfo=UTC)
    shown = sum(
        (guess + timedelta(minutes=15 * step)).astimezone(place).replace(tzinfo=None) == wall for step in range(-64, 65)
    )
    assume(shown <= 2)
    try:
        parse_start(wall.isoformat(), zone, now=NOW, allow_past=True)
    except InvalidInputError as error:
        assert shown == (2 if "twice" in error.message else 0)
    else:
        assert shown == 1


@given(st.text(max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:?\d\d)?", fullmatch=True))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        when = parse_start(text, now=NOW, default_timezone=SAO_PAULO, allow_past=True)
    except InvalidInputError as error:
        str(error).encode()
        return
    assert when.instant.tzinfo is UTC


@given(st.datetimes(timezones=st.none() | st.timezones() | st.just(UTC), allow_imaginary=True), st.none() | ZONES)
def test_any_datetime_is_read_or_refused_and_nothing_else(start: datetime, zone: str | None) -> None:
    try:
        when = parse_start(start, zone, now=NOW, allow_past=True)
    except InvalidInputError as error:
        str(error).encode()
        return
    assert when.instant == when.local.astimezone(UTC)
    if start.tzinfo is not None:
        assert when.instant == start.astimezone(UTC).replace(microsecond=0)


@pytest.mark.parametrize(
    ("given_", "minutes"), [(60, 60), (1, 1), (1440, 1440), ("60", 60), (" 60 ", 60), ("0060", 60), ("1440", 1440)]
)
def test_minutes_are_taken(given_: int | str, minutes: int) -> None:
    assert check_duration(given_) == minutes


@pytest.mark.parametrize(
    ("given_", "sentence"),
    [
        (0, "A duration of 0 minutes is not possible."),
        (-1, "A duration of -1 minutes is not possible."),
        (1441, "A duration of 1441 minutes is not possible."),
        (10**9, "A duration of 1000000000 minutes is not possible."),
        ("0", "A duration of 0 minutes is not possible."),
        ("1441", "A duration of 1441 minutes is not possible."),
        (1.5, "The duration 1.5 is not a whole number of minutes."),
        (60.0, "The duration 60.0 is not a whole number of minutes."),
        ("1.5", "The duration '1.5' is not a whole number of minutes."),
        ("-5", "The duration '-5' is not a whole number of minutes."),
        ("abc", "The duration 'abc' is not a whole number of minutes."),
        ("", "The duration '' is not a whole number of minutes."),
        ("60 min", "The duration '60 min' is not a whole number of minutes."),
        ("1_0", "The duration '1_0' is not a whole number of minutes."),
        ("６０", "The duration '６０' is not a whole number of minutes."),
        ("9999999", "The duration '9999999' is not a whole number of minutes."),
        (True, "The duration True is not a whole number of minutes."),
        (None, "The duration None is not a whole number of minutes."),
        (timedelta(hours=1), "The duration datetime.timedelta(seconds=3600) is not a whole number of minutes."),
    ],
)
def test_other_durations_are_refused(given_: Any, sentence: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_duration(given_)
    assert (caught.value.message, caught.value.field) == (sentence, "duration")


def test_a_number_too_long_to_print_is_refused_like_any_other() -> None:
    with pytest.raises(InvalidInputError, match="is not possible") as caught:
        check_duration(10**5000)
    assert len(str(caught.value)) < 300


def test_the_articles_date_and_time_are_joined() -> None:
    assert join_date_and_time("2031-12-01", "18:24") == "2031-12-01T18:24"
    assert join_date_and_time("2031-12-01", "18:24:00") == "2031-12-01T18:24:00"


@pytest.mark.parametrize(
    ("date", "time", "field"),
    [
        ("01/12/2031", "18:24", "start_date"),
        ("2031-12-1", "18:24", "start_date"),
        ("", "18:24", "start_date"),
        ("2031-12-01\n", "18:24", "start_date"),
        (None, "18:24", "start_date"),
        ("2031-12-01", "6:24 PM", "start_time"),
        ("2031-12-01", "18h24", "start_time"),
        ("2031-12-01", "18:24Z", "start_time"),
        ("2031-12-01", "18:24\n", "start_time"),
        ("2031-12-01", 1824, "start_time"),
    ],
)
def test_the_part_at_fault_is_named(date: Any, time: Any, field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        join_date_and_time(date, time)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2031-12-01T21:24:00Z", datetime(2031, 12, 1, 21, 24, tzinfo=UTC)),
        ("2031-12-01T21:24Z", datetime(2031, 12, 1, 21, 24, tzinfo=UTC)),
        ("2031-12-01T18:24:00-03:00", datetime(2031, 12, 1, 21, 24, tzinfo=UTC)),
        ("2031-12-01T21:24:00.000Z", datetime(2031, 12, 1, 21, 24, tzinfo=UTC)),
        ("2031-12-01T21:24:00.123456Z", datetime(2031, 12, 1, 21, 24, tzinfo=UTC)),
        ("2031-12-01T21:24:00", None),
        ("2031-12-01", None),
        ("2031-13-01T21:24:00Z", None),
        ("0000-00-00T00:00:00Z", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("9999-12-31T23:59:59-23:59", None),
        ("", None),
        (None, None),
        (1764624240, None),
        ({}, None),
    ],
)
def test_zooms_instants_are_read_and_nothing_raises(text: object, instant: datetime | None) -> None:
    assert parse_instant(text) == instant
