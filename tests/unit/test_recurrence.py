"""Series as values: what Zoom can make, what it is sent, what its answers mean, and which instants come of it."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoomlink.errors import InvalidInputError
from zoomlink.times import parse_start
from zoomlink.zoom.recurrence import Recurrence

LISBON = ZoneInfo("Europe/Lisbon")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
NEW_YORK = ZoneInfo("America/New_York")
TUESDAY = datetime(2031, 6, 3, 18, 24, tzinfo=SAO_PAULO)
NOW = datetime(2031, 1, 1, tzinfo=UTC)


def days(series: Recurrence, start: datetime) -> list[str]:
    return [f"{moment:%Y-%m-%d}" for moment in series.occurrences(start)]


def refusal(make: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(InvalidInputError) as caught:
        make(*args, **kwargs)
    assert caught.value.field in {"recurrence", "timezone"}
    return str(caught.value)


# What is sent


@pytest.mark.parametrize(
    ("series", "body"),
    [
        (Recurrence.daily(count=7), {"type": 1, "repeat_interval": 1, "end_times": 7}),
        (Recurrence.daily(every=99, count=60), {"type": 1, "repeat_interval": 99, "end_times": 60}),
        (Recurrence.daily(endless=True), {"type": 1, "repeat_interval": 1, "end_times": 0}),
        (
            Recurrence.weekly("thu", "tuesday", until=date(2031, 6, 20)),
            {"type": 2, "repeat_interval": 1, "weekly_days": "3,5", "end_date_time": "2031-06-21T02:59:59Z"},
        ),
        (
            Recurrence.weekly("sun", "mon", "tue", "sat", count=2),
            {"type": 2, "repeat_interval": 1, "weekly_days": "1,2,3,7", "end_times": 2},
        ),
        (Recurrence.weekly(count=2), {"type": 2, "repeat_interval": 1, "weekly_days": "3", "end_times": 2}),
        (Recurrence.monthly(day=3, count=2), {"type": 3, "repeat_interval": 1, "monthly_day": 3, "end_times": 2}),
        (Recurrence.monthly(count=2), {"type": 3, "repeat_interval": 1, "monthly_day": 3, "end_times": 2}),
        (
            Recurrence.monthly(weekday="tue", week=1, every=10, count=2),
            {"type": 3, "repeat_interval": 10, "monthly_week": 1, "monthly_week_day": 3, "end_times": 2},
        ),
    ],
)
def test_a_series_goes_out_in_zooms_words(series: Recurrence, body: dict[str, Any]) -> None:
    assert series.to_api(None, TUESDAY) == body


def test_the_last_day_is_the_series_own_day_in_each_zone() -> None:
    series = Recurrence.daily(until=date(2031, 6, 4))
    ends = {
        name: series.to_api(None, datetime(2031, 6, 3, 9, tzinfo=ZoneInfo(name)))["end_date_time"]
        for name in ("Pacific/Kiritimati", "UTC", "Asia/Kolkata", "Pacific/Pago_Pago")
    }
    assert ends == {
        "Pacific/Kiritimati": "2031-06-04T09:59:59Z",
        "UTC": "2031-06-04T23:59:59Z",
        "Asia/Kolkata": "2031-06-04T18:29:59Z",
        "Pacific/Pago_Pago": "2031-06-05T10:59:59Z",
    }


def test_an_end_given_as_an_instant_is_sent_as_the_last_day_it_allows() -> None:
    # 18:24 in São Paulo is 21:24 UTC: an end at 21:00 leaves out that day's meeting.
    series = Recurrence.from_rrule("FREQ=DAILY;UNTIL=20310605T210000Z")
    assert days(series, TUESDAY) == ["2031-06-03", "2031-06-04"]
    assert series.to_api(None, TUESDAY)["end_date_time"] == "2031-06-05T02:59:59Z"


def test_a_zone_given_apart_decides() -> None:
    body = Recurrence.weekly(until=date(2031, 6, 20)).to_api("Asia/Tokyo", TUESDAY)
    assert body == {
        "type": 2,
        "repeat_interval": 1,
        "weekly_days": "4",  # it is Wednesday, 06:24, in Tokyo
        "end_date_time": "2031-06-20T14:59:59Z",
    }


# What is refused


@pytest.mark.parametrize(
    ("make", "arguments", "said"),
    [
        (Recurrence.daily, {"every": 100, "count": 1}, "A series every 100 days is not possible. Zoom takes 1 to 99"),
        (Recurrence.weekly, {"every": 51, "count": 1}, "A series every 51 weeks is not possible. Zoom takes 1 to 50"),
        (Recurrence.monthly, {"every": 11, "count": 1}, "A series every 11 months is not possible. Zoom takes 1 to 10"),
        (Recurrence.daily, {"every": 0, "count": 1}, "A series every 0 days"),
        (Recurrence.daily, {"every": True, "count": 1}, "A series every True days"),
        (Recurrence.daily, {"count": 0}, "A series of 0 meetings is not possible. Zoom makes 1 to 60 of one series."),
        (Recurrence.daily, {"count": 61}, "A series of 61 meetings is not possible. Zoom makes 1 to 60"),
        (Recurrence.daily, {"count": "5"}, "A series of 5 meetings is not possible."),
        (Recurrence.daily, {}, "The series has no end. Give a number of times or a last day"),
        (Recurrence.daily, {"count": 2, "endless": True}, "The series has more than one end."),
        (Recurrence.daily, {"count": 2, "until": date(2031, 6, 20)}, "The series has more than one end."),
        (Recurrence.daily, {"until": "20/06/2031"}, '"20/06/2031" is not a last day. Write it as 2031-06-20.'),
        (Recurrence.daily, {"until": "2031-02-30"}, '"2031-02-30" is not a last day.'),
        (Recurrence.daily, {"until": 5}, "The last day is not a date."),
        (Recurrence.daily, {"until": datetime(2031, 6, 20, 9)}, "The end of the series has a time but no zone."),  # noqa: DTZ001
        (Recurrence.monthly, {"day": 32, "count": 1}, "There is no day 32 of the month."),
        (Recurrence.monthly, {"day": 0, "count": 1}, "There is no day 0 of the month."),
        (Recurrence.monthly, {"weekday": "mon", "week": 5, "count": 1}, "Zoom has no week 5 of the month."),
        (Recurrence.monthly, {"weekday": "mon", "week": -2, "count": 1}, "Zoom has no week -2 of the month."),
        (Recurrence.monthly, {"weekday": "mon", "count": 1}, "A weekday of the month needs to be said which one."),
        (Recurrence.monthly, {"week": 1, "count": 1}, "A weekday of the month needs to be said which one."),
        (Recurrence.monthly, {"day": 1, "weekday": "mon", "week": 1, "count": 1}, "on a day or on a weekday, not both"),
        (Recurrence.monthly, {"weekday": "moonday", "week": 1, "count": 1}, '"moonday" is not a day of the week.'),
    ],
)
def test_what_zoom_cannot_make_is_refused(make: Any, arguments: dict[str, Any], said: str) -> None:
    assert said in refusal(make, **arguments)


def test_a_day_of_the_week_that_does_not_exist_is_refused() -> None:
    assert refusal(Recurrence.weekly, "tue", "", count=2) == (
        '"" is not a day of the week. They are mon, tue, wed, thu, fri, sat, sun.'
    )


def test_sunday_among_others_every_second_week_is_refused_as_it_reads_two_ways() -> None:
    assert "Make Sunday a series of its own." in refusal(Recurrence.weekly, "sun", "tue", every=2, count=4)
    assert Recurrence.weekly("sun", every=2, count=4).every == 2
    assert Recurrence.weekly("sun", "tue", count=4).every == 1


def test_fields_of_another_kind_of_series_are_refused() -> None:
    assert "no days of the week" in refusal(Recurrence, frequency="daily", weekdays=("mon",), count=1)
    assert "no day or week of the month" in refusal(Recurrence, frequency="weekly", day=3, count=1)
    assert "not known" in refusal(Recurrence, frequency="yearly", count=1)
    assert "A day of the week is not known." in refusal(Recurrence, frequency="weekly", weekdays=("xyz",), count=1)


# The instants


def test_the_time_on_the_wall_stays_when_the_clocks_change() -> None:
    start = datetime(2031, 10, 19, 10, tzinfo=LISBON)
    times = Recurrence.weekly("sun", count=3).occurrences(start)
    assert [moment.isoformat() for moment in times] == [
        "2031-10-19T10:00:00+01:00",
        "2031-10-26T10:00:00+00:00",
        "2031-11-02T10:00:00+00:00",
    ]


def test_a_checked_start_serves_as_well_as_a_datetime() -> None:
    when = parse_start("2031-06-03T18:24", "America/Sao_Paulo", now=NOW)
    series = Recurrence.weekly("tue", "thu", until=date(2031, 6, 12))
    assert series.occurrences(when) == series.occurrences(TUESDAY)
    assert days(series, TUESDAY) == ["2031-06-03", "2031-06-05", "2031-06-10", "2031-06-12"]


def test_the_last_day_is_included_to_its_end() -> None:
    late = datetime(2031, 6, 3, 23, 59, tzinfo=SAO_PAULO)
    assert days(Recurrence.daily(until=date(2031, 6, 4)), late) == ["2031-06-03", "2031-06-04"]


def test_limit_shortens_the_answer_only() -> None:
    assert len(Recurrence.daily(count=10).occurrences(TUESDAY, 3)) == 3
    assert Recurrence.daily(count=2).occurrences(TUESDAY, 0) == ()


def test_an_endless_series_shows_its_first_sixty() -> None:
    times = Recurrence.daily(endless=True).occurrences(TUESDAY)
    assert (len(times), times[-1] - times[0]) == (60, timedelta(days=59))


@pytest.mark.parametrize(
    ("series", "start", "expected"),
    [
        (
            Recurrence.monthly(day=31, count=4),
            datetime(2031, 1, 31, 9, tzinfo=UTC),
            ["2031-01-31", "2031-03-31", "2031-05-31", "2031-07-31"],
        ),
        (
            Recurrence.monthly(count=3),
            datetime(2031, 1, 30, 9, tzinfo=UTC),
            ["2031-01-30", "2031-03-30", "2031-04-30"],
        ),
        (
            Recurrence.monthly(day=29, every=1, until=date(2032, 4, 1)),
            datetime(2031, 12, 29, 9, tzinfo=UTC),
            ["2031-12-29", "2032-01-29", "2032-02-29", "2032-03-29"],
        ),
        (
            Recurrence.monthly(weekday="fri", week=-1, count=3),
            datetime(2031, 1, 31, 9, tzinfo=UTC),
            ["2031-01-31", "2031-02-28", "2031-03-28"],
        ),
        (
            Recurrence.monthly(weekday="mon", week=4, every=2, count=3),
            datetime(2031, 6, 23, 9, tzinfo=UTC),
            ["2031-06-23", "2031-08-25", "2031-10-27"],
        ),
        (
            Recurrence.weekly("mon", "wed", every=2, count=4),
            datetime(2031, 6, 4, 9, tzinfo=UTC),
            ["2031-06-04", "2031-06-16", "2031-06-18", "2031-06-30"],
        ),
        (Recurrence.daily(every=99, count=2), datetime(2031, 6, 3, tzinfo=UTC), ["2031-06-03", "2031-09-10"]),
    ],
)
def test_a_series_falls_on_these_days(series: Recurrence, start: datetime, expected: list[str]) -> None:
    assert days(series, start) == expected


def test_a_start_that_is_no_occurrence_is_refused_with_the_next_that_is() -> None:
    said = refusal(Recurrence.weekly("mon", "fri", count=5).occurrences, TUESDAY)
    assert said == (
        "The start, Tuesday 2031-06-03, is not one of the days of a series that meets every Monday and Friday. "
        "Begin on Friday 2031-06-06."
    )
    assert "Begin on Sunday 2031-06-15." in refusal(Recurrence.monthly(day=15, count=5).to_api, None, TUESDAY)


def test_a_series_without_any_occurrence_is_refused() -> None:
    assert refusal(Recurrence.daily(until=date(2031, 6, 2)).occurrences, TUESDAY) == (
        "The series has no meeting: from Tuesday 2031-06-03 to its end there is no day it falls on. "
        "Begin sooner or end later."
    )
    assert "no day it falls on" in refusal(Recurrence.weekly("mon", until=date(2031, 6, 8)).occurrences, TUESDAY)


def test_more_than_sixty_meetings_are_refused_with_the_last_day_that_works() -> None:
    said = refusal(Recurrence.daily(until=date(2031, 8, 2)).occurrences, TUESDAY)
    assert said.startswith("The series has more than 60 meetings, which is all Zoom makes of one. ")
    assert "Let it end by 2031-08-01," in said
    assert len(Recurrence.daily(until=date(2031, 8, 1)).occurrences(TUESDAY)) == 60


def test_days_on_which_the_clocks_leave_the_time_out_are_refused_by_date() -> None:
    # 30 March 2031: 01:00 becomes 02:00 in Lisbon.
    start = datetime(2031, 3, 28, 1, 30, tzinfo=LISBON)
    assert refusal(Recurrence.daily(count=5).occurrences, start) == (
        "01:30 in Europe/Lisbon does not exist on 2031-03-30 (the clocks are put forward then). "
        "Choose another time of day, or end the series before that day and begin a new one after it."
    )
    assert len(Recurrence.daily(count=2).occurrences(start)) == 2


def test_days_on_which_the_clocks_bring_the_time_twice_are_refused_by_date() -> None:
    start = datetime(2031, 10, 25, 1, 30, tzinfo=LISBON)
    assert "01:30 in Europe/Lisbon comes twice on 2031-10-26" in refusal(Recurrence.daily(count=5).occurrences, start)


def test_all_days_of_trouble_are_named() -> None:
    # The second Sunday of March and the first of November, when New York changes its clocks.
    spring = Recurrence.monthly(weekday="sun", week=2, count=25)
    said = refusal(spring.occurrences, datetime(2031, 2, 9, 2, 30, tzinfo=NEW_YORK))
    assert "02:30 in America/New_York does not exist on 2031-03-09, 2032-03-14 (" in said
    autumn = Recurrence.monthly(weekday="sun", week=1, count=25)
    said = refusal(autumn.occurrences, datetime(2031, 10, 5, 1, 30, tzinfo=NEW_YORK))
    assert "01:30 in America/New_York comes twice on 2031-11-02, 2032-11-07 (" in said


def test_a_start_the_clock_leaves_out_is_not_moved() -> None:
    start = datetime(2031, 3, 30, 1, 30, tzinfo=LISBON)
    assert "does not exist on 2031-03-30" in refusal(Recurrence.daily(count=1).occurrences, start)
    assert "does not exist on 2031-03-30" in refusal(
        Recurrence.daily(count=1).occurrences, start, zone=ZoneInfo.no_cache("Europe/Lisbon")
    )


@pytest.mark.parametrize(
    "start",
    [
        datetime(2031, 6, 3, 18, 24, tzinfo=timezone(timedelta(hours=-3))),
        datetime(2031, 6, 3, 18, 24),  # noqa: DTZ001
        parse_start("2031-06-03T18:24-03:00", now=NOW),
        parse_start("2031-06-03T18:24Z", now=NOW),
    ],
)
def test_a_series_without_a_zone_is_refused(start: Any) -> None:
    with pytest.raises(InvalidInputError, match="A series needs a time zone") as caught:
        Recurrence.daily(count=2).occurrences(start)
    assert caught.value.field == "timezone"
    assert len(Recurrence.daily(count=2).occurrences(start, zone="America/Sao_Paulo")) == 2


def test_utc_is_a_zone() -> None:
    start = datetime(2031, 6, 3, 18, 24, tzinfo=UTC)
    assert Recurrence.daily(count=1).occurrences(start) == (start,)


def test_a_series_at_the_end_of_time_is_refused() -> None:
    assert "beyond the years" in refusal(Recurrence.daily(count=60).occurrences, datetime(9999, 12, 30, tzinfo=UTC))


@given(
    st.sampled_from(["Europe/Lisbon", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Kolkata"]),
    st.dates(date(2031, 1, 1), date(2032, 12, 31)),
    st.times(),
    st.integers(1, 60),
    st.integers(1, 99),
)
def test_every_occurrence_has_the_start_s_time_on_the_wall(
    name: str, first: date, clock: Any, count: int, every: int
) -> None:
    start = datetime.combine(first, clock.replace(microsecond=0), ZoneInfo(name))
    try:
        times = Recurrence.daily(every=every, count=count).occurrences(start)
    except InvalidInputError as error:
        assert "the clocks" in error.message  # noqa: PT017
        return
    assert len(times) == count
    for number, moment in enumerate(times):
        # Through UTC and back, so that a wall time that does not exist would show.
        there = moment.astimezone(UTC).astimezone(ZoneInfo(name))
        assert (there.time(), there.date()) == (start.time(), first + timedelta(days=number * every))


# What Zoom answers


def test_an_answer_is_read_back_as_the_series_that_was_sent() -> None:
    for series in (
        Recurrence.daily(every=3, count=7),
        Recurrence.weekly("tue", "thu", until=date(2031, 6, 20)),
        Recurrence.monthly(day=3, count=2),
        Recurrence.monthly(weekday="tue", week=1, until=date(2031, 12, 31)),
        Recurrence.daily(endless=True),
    ):
        body = series.to_api(None, TUESDAY)
        assert Recurrence.from_api(body, "America/Sao_Paulo") == series
        assert Recurrence.from_request(body, "America/Sao_Paulo") == series


def test_without_a_zone_the_end_stays_an_instant_and_means_the_same() -> None:
    series = Recurrence.weekly("tue", "thu", until=date(2031, 6, 20))
    read = Recurrence.from_api(series.to_api(None, TUESDAY))
    assert read.until == datetime(2031, 6, 21, 2, 59, 59, tzinfo=UTC)
    assert read.occurrences(TUESDAY) == series.occurrences(TUESDAY)
    assert read.describe() == "every Tuesday and Thursday until 21 June 2031 02:59 UTC"


def test_what_zoom_leaves_out_or_invents_is_none_and_kept_in_raw() -> None:
    body = {"type": 9, "repeat_interval": None, "weekly_days": "1,x,9", "end_date_time": "soon", "new": [1]}
    read = Recurrence.from_api(body)
    assert (read.frequency, read.every, read.count, read.until, read.raw) == (None, None, None, None, body)
    assert read.describe() == "in a way that is not known"
    assert "not known" in refusal(read.occurrences, TUESDAY)
    assert Recurrence.from_api({"type": "2", "weekly_days": "3,x,9"}).weekdays == ("tue",)


@given(
    st.one_of(
        st.none(),
        st.dictionaries(
            st.sampled_from(
                [
                    *("type", "repeat_interval", "weekly_days", "monthly_day", "monthly_week", "monthly_week_day"),
                    *("end_times", "end_date_time"),
                ]
            ),
            st.one_of(st.none(), st.integers(), st.text(), st.booleans(), st.lists(st.integers()), st.floats()),
        ),
    ),
    st.one_of(st.none(), st.text(), st.just("Europe/Lisbon")),
)
def test_reading_an_answer_never_raises(body: Any, zone: str | None) -> None:
    assert isinstance(Recurrence.from_api(body, zone).describe(), str)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "The recurrence is not an object."),
        ({}, "The recurrence's type is none of 1 (daily), 2 (weekly) and 3 (monthly)."),
        ({"type": 1, "end_times": 2, "colour": 1}, 'A daily recurrence has no field "colour".'),
        ({"type": 1, "end_times": 2, "weekly_days": "1"}, 'A daily recurrence has no field "weekly_days".'),
        ({"type": "1", "end_times": 2}, "The recurrence's type is '1', which is no value for it."),
        ({"type": 1, "end_times": "2"}, "The recurrence's end_times is '2', which is no value for it."),
        ({"type": 1, "end_times": 61}, "A series of 61 meetings is not possible."),
        ({"type": 1, "end_times": 2, "repeat_interval": 1.5}, "The recurrence's repeat_interval is 1.5"),
        ({"type": 2, "end_times": 2, "weekly_days": "0,1"}, "The recurrence's weekly_days is '0,1'"),
        ({"type": 2, "end_times": 2, "weekly_days": [1]}, "The recurrence's weekly_days is [1]"),
        ({"type": 1, "end_date_time": "2031-06-20"}, "The recurrence's end_date_time is '2031-06-20'"),
        ({"type": 1, "end_times": 2, "end_date_time": "2031-06-20T00:00:00Z"}, "both end_times and end_date_time"),
        ({"type": 1}, "The series has no end."),
        ({"type": 3, "end_times": 2, "monthly_day": 1, "monthly_week": 1, "monthly_week_day": 1}, "both monthly_day"),
        ({"type": 3, "end_times": 2, "monthly_week": 1, "monthly_week_day": 8}, "monthly_week_day is 8"),
        ({"type": 3, "end_times": 2, "monthly_week": 0, "monthly_week_day": 1}, "monthly_week is 0"),
        ({"type": 3, "end_times": 2, "monthly_week": 1}, "needs to be said which one"),
    ],
)
def test_an_object_a_caller_writes_is_read_strictly(body: Any, said: str) -> None:
    assert said in refusal(Recurrence.from_request, body)


# As a value


def test_series_are_values() -> None:
    one, other = (Recurrence.weekly("tue", "thu", count=3), Recurrence.weekly("thursday", "tue", "tue", count=3))
    assert one == other
    assert len({one, other}) == 1
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301
    with pytest.raises(AttributeError):
        one.count = 5  # type: ignore[misc]


def test_text_serves_as_the_last_day() -> None:
    assert Recurrence.daily(until="2031-06-20") == Recurrence.daily(until=date(2031, 6, 20))
