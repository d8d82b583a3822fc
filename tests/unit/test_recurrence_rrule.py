"""Series as RFC 5545 rules, with python-dateutil's expansion as an independent judge."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zoomlink.errors import InvalidInputError
from zoomlink.zoom.recurrence import MAX_EVERY, WEEKDAYS, Recurrence

LISBON = ZoneInfo("Europe/Lisbon")


def judged(rule: str, start: datetime) -> list[datetime]:
    """What python-dateutil, which knows nothing of us, makes of a rule."""
    expand: Any = import_module("dateutil.rrule").rrulestr
    return list(expand(rule, dtstart=start))


@st.composite
def series(draw: st.DrawFn) -> Recurrence:
    frequency = draw(st.sampled_from(sorted(MAX_EVERY)))
    fields: dict[str, Any] = {"frequency": frequency, "every": draw(st.integers(1, MAX_EVERY[frequency]))}
    if frequency == "weekly":
        chosen = draw(st.sets(st.sampled_from(WEEKDAYS)))
        fields["weekdays"] = tuple(day for day in WEEKDAYS if day in chosen)
        assume(fields["every"] == 1 or len(chosen) < 2 or "sun" not in chosen)
    if frequency == "monthly":
        kind = draw(st.sampled_from(["start", "day", "week"]))
        if kind == "day":
            fields["day"] = draw(st.integers(1, 31))
        if kind == "week":
            fields.update(week=draw(st.sampled_from([-1, 1, 2, 3, 4])), weekday=draw(st.sampled_from(WEEKDAYS)))
    end = draw(st.sampled_from(["count", "until"]))
    fields[end] = draw(st.integers(1, 60) if end == "count" else st.dates(date(2031, 1, 1), date(2036, 12, 31)))
    return Recurrence(**fields)


@settings(deadline=None, max_examples=300)
@given(series(), st.datetimes(datetime(2031, 1, 1), datetime(2032, 12, 31)))  # noqa: DTZ001
def test_the_judge_finds_the_same_occurrences(rule: Recurrence, start: datetime) -> None:
    start = start.replace(microsecond=0, tzinfo=UTC)
    expected = judged(rule.to_rrule(start), start)
    if not expected or expected[0] != start or len(expected) > 60:
        with pytest.raises(InvalidInputError):
            rule.occurrences(start)
    else:
        assert list(rule.occurrences(start)) == expected


@settings(deadline=None, max_examples=300)
@given(series(), st.datetimes(datetime(2031, 1, 1), datetime(2032, 12, 31)))  # noqa: DTZ001
def test_a_series_that_begins_on_one_of_its_days_is_never_refused(rule: Recurrence, start: datetime) -> None:
    start = start.replace(microsecond=0, tzinfo=UTC)
    days = judged(rule.to_rrule().partition(";")[0] + ";" + rest_of(rule) + ";COUNT=1", start)
    first = days[0]
    expected = judged(rule.to_rrule(first), first)
    assume(1 <= len(expected) <= 60)
    # Without a day of its own a monthly series takes the start's, so any start fits.
    assert list(rule.occurrences(first)) == expected


def rest_of(rule: Recurrence) -> str:
    parts = [part for part in rule.to_rrule().split(";") if not part.startswith(("COUNT", "UNTIL", "FREQ"))]
    return ";".join([*parts, "WKST=MO"])


@given(series())
def test_a_rule_is_read_back_as_it_was_written(rule: Recurrence) -> None:
    assert Recurrence.from_rrule(rule.to_rrule()) == rule
    assert Recurrence.from_rrule(f"RRULE:{rule.to_rrule().lower()}") == rule


@pytest.mark.parametrize(
    ("series_", "rule"),
    [
        (Recurrence.daily(count=5), "FREQ=DAILY;COUNT=5"),
        (Recurrence.daily(every=2, endless=True), "FREQ=DAILY;INTERVAL=2"),
        (Recurrence.weekly("tue", "thu", until=date(2031, 6, 20)), "FREQ=WEEKLY;UNTIL=20310620;BYDAY=TU,TH"),
        (Recurrence.monthly(day=15, count=3), "FREQ=MONTHLY;COUNT=3;BYMONTHDAY=15"),
        (Recurrence.monthly(weekday="fri", week=-1, count=3), "FREQ=MONTHLY;COUNT=3;BYDAY=-1FR"),
    ],
)
def test_a_series_is_written_as_a_rule(series_: Recurrence, rule: str) -> None:
    assert series_.to_rrule() == rule


def test_with_a_start_the_end_is_an_instant_in_utc() -> None:
    start = datetime(2031, 6, 3, 18, 24, tzinfo=ZoneInfo("America/Sao_Paulo"))
    assert Recurrence.daily(until=date(2031, 6, 20)).to_rrule(start) == "FREQ=DAILY;UNTIL=20310621T025959Z"


@pytest.mark.parametrize(
    ("rule", "same"),
    [
        ("RRULE:FREQ=WEEKLY;COUNT=3", Recurrence.weekly(count=3)),
        ("freq=daily;byday=mo,tu,we,th,fr;count=3", Recurrence.weekly("mon", "tue", "wed", "thu", "fri", count=3)),
        ("FREQ=DAILY;COUNT=3;INTERVAL=1;WKST=SU", Recurrence.daily(count=3)),
        ("FREQ=MONTHLY;BYDAY=+2TU;COUNT=3", Recurrence.monthly(weekday="tue", week=2, count=3)),
        ("FREQ=MONTHLY;COUNT=3", Recurrence.monthly(count=3)),
        ("FREQ=DAILY;UNTIL=20310620T235959", Recurrence.daily(until=date(2031, 6, 20))),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU;COUNT=4", Recurrence.weekly("mon", "wed", every=2, count=4)),
        (
            "FREQ=DAILY;UNTIL=20310620T120000Z",
            Recurrence.daily(until=datetime(2031, 6, 20, 12, tzinfo=UTC)),
        ),
    ],
)
def test_other_spellings_of_a_rule_are_read(rule: str, same: Recurrence) -> None:
    assert Recurrence.from_rrule(rule) == same
    assert Recurrence.parse(rule) == same


def test_a_rule_without_an_end_is_taken_only_when_asked_for() -> None:
    with pytest.raises(InvalidInputError, match="The rule has no end"):
        Recurrence.from_rrule("FREQ=DAILY")
    assert Recurrence.from_rrule("FREQ=DAILY", endless=True) == Recurrence.daily(endless=True)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=YEARLY;COUNT=2", "Zoom has no series by the year. It repeats by day, week or month."),
        ("FREQ=HOURLY;COUNT=2", "Zoom has no series by the hour."),
        ("FREQ=SECONDLY;COUNT=2", "Zoom has no series by the second."),
        ("FREQ=OFTEN;COUNT=2", "The rule has no FREQ that is known."),
        ("COUNT=2", "The rule has no FREQ that is known."),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1;COUNT=2", "The rule's BYSETPOS is something Zoom cannot express."),
        ("FREQ=DAILY;BYMONTH=6;COUNT=2", "The rule's BYMONTH is something Zoom cannot express."),
        ("FREQ=DAILY;BYHOUR=9,15;COUNT=2", "The rule's BYHOUR is something Zoom cannot express."),
        ("FREQ=DAILY;X-FOO=1;COUNT=2", "The rule's X-FOO is no part of RFC 5545."),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=2", "Zoom takes one day of the month, not several."),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", "Zoom does not count days from the end of the month."),
        ("FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2", "There is no day 32 of the month."),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=1FR;COUNT=2", "Zoom cannot combine BYDAY with BYMONTHDAY."),
        ("FREQ=WEEKLY;BYMONTHDAY=13;COUNT=2", "Zoom cannot limit a weekly series to days of the month."),
        ("FREQ=DAILY;BYDAY=MO;BYMONTHDAY=13;COUNT=2", "Zoom cannot limit a daily series to days of the month."),
        ("FREQ=MONTHLY;BYDAY=FR;COUNT=2", "A monthly rule on each such weekday is more than Zoom can express."),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO;COUNT=2", "Zoom takes one weekday of the month, not several."),
        ("FREQ=MONTHLY;BYDAY=5FR;COUNT=2", "Zoom has no week 5 of the month."),
        ("FREQ=MONTHLY;BYDAY=-2FR;COUNT=2", "Zoom has no week -2 of the month."),
        ("FREQ=WEEKLY;BYDAY=1MO;COUNT=2", "The rule numbers a day of the week (BYDAY=1MO)"),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=2", "The rule's BYDAY has XX, which is no day of the week."),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO;COUNT=2", "Zoom cannot limit every second (third, …) day"),
        ("FREQ=DAILY;INTERVAL=0;COUNT=2", "The rule's INTERVAL is 0, not a number from 1 on."),
        ("FREQ=DAILY;COUNT=-1", "The rule's COUNT is -1, not a number from 1 on."),
        ("FREQ=DAILY;COUNT=61", "A series of 61 meetings is not possible."),
        ("FREQ=DAILY;COUNT=2;UNTIL=20310620", "The rule has both COUNT and UNTIL."),
        ("FREQ=DAILY;COUNT=2;COUNT=3", "The rule has COUNT twice."),
        ("FREQ=DAILY;UNTIL=20310620T120000", "The rule's UNTIL, 20310620T120000, has a time but no zone."),
        ("FREQ=DAILY;UNTIL=20310231", "The rule's UNTIL is 20310231, which is no date."),
        ("FREQ=DAILY;UNTIL=tomorrow", "The rule's UNTIL is TOMORROW, which is no date."),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=WE;COUNT=4", "The rule's weeks begin on another day (WKST=WE)"),
        ("FREQ=WEEKLY;BYDAY=MO;WKST=XX;COUNT=4", "The rule's WKST is XX, which is no day of the week."),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;COUNT=4", "can be read in two ways"),
        ("FREQ=DAILY;;COUNT=2", "is no part of a recurrence rule."),
        ("daily", '"DAILY" is no part of a recurrence rule.'),
        ("", '"" is no part of a recurrence rule.'),
        ("FREQ=DAILY;COUNT=" + "9" * 600, "The rule is not text, or too long."),
        (None, "The rule is not text, or too long."),
    ],
)
def test_what_zoom_cannot_express_is_refused_in_a_sentence(rule: Any, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Recurrence.from_rrule(rule)
    assert said in str(caught.value)
    assert caught.value.field == "recurrence"


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "FREQ=DAILY",
                    "FREQ=WEEKLY",
                    "FREQ=MONTHLY",
                    "FREQ=YEARLY",
                    "COUNT=3",
                    "UNTIL=20310901",
                    "INTERVAL=2",
                ),
                *("BYDAY=MO", "BYDAY=MO,WE", "BYDAY=1MO", "BYDAY=-1FR", "BYMONTHDAY=3", "BYMONTHDAY=3,4", "BYSETPOS=1"),
                *("BYMONTH=6", "WKST=SU", "WKST=TH", "BYHOUR=9", "BYDAY=SU,TU", "BYYEARDAY=200"),
            ]
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda part: part.partition("=")[0],
    ),
    st.dates(date(2031, 6, 1), date(2031, 7, 31)),
)
def test_a_rule_that_is_taken_means_what_the_judge_says(parts: list[str], day: date) -> None:
    rule = ";".join(parts)
    try:
        taken = Recurrence.from_rrule(rule)
    except InvalidInputError:
        return
    start = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=9)
    expected = judged(rule.replace("UNTIL=20310901", "UNTIL=20310901T235959Z"), start)
    if expected and expected[0] == start and len(expected) <= 60:
        assert list(taken.occurrences(start)) == expected
    else:
        with pytest.raises(InvalidInputError):
            taken.occurrences(start)


def test_wall_times_agree_with_the_judge_over_a_change_of_the_clock() -> None:
    series_ = Recurrence.weekly("tue", "sun", until=date(2031, 11, 30))
    start = datetime(2031, 9, 30, 19, tzinfo=LISBON)
    naive = judged("FREQ=WEEKLY;BYDAY=TU,SU;UNTIL=20311130T235959", start.replace(tzinfo=None))
    assert [moment.replace(tzinfo=None) for moment in series_.occurrences(start)] == naive
    assert {str(moment.utcoffset()) for moment in series_.occurrences(start)} == {"1:00:00", "0:00:00"}
