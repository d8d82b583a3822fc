"""The week of the examples' tutor: which times are offered, and what a form may say."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from examples.shared import tutor

MONDAY = datetime(2031, 12, 1, 8, 30, tzinfo=UTC)


def test_three_weeks_of_weekdays_are_shown_with_a_lesson_at_each_hour_from_nine() -> None:
    days = tutor.coming_days(MONDAY - timedelta(hours=8), [[]])
    assert [day.date for day in days] == [date(2031, 12, 1 + 7 * week + day) for week in range(3) for day in range(5)]
    assert {tuple(slot.label for slot in day.slots) for day in days} == {
        tuple(f"{hour:02}:00" for hour in range(9, 17))
    }


def test_what_has_passed_or_comes_within_the_hour_is_not_offered() -> None:
    today = tutor.coming_days(MONDAY, [[]])[0]
    assert [slot.label for slot in today.slots] == ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]


def test_at_the_weekend_the_calendar_starts_with_monday() -> None:
    days = tutor.coming_days(datetime(2031, 12, 6, 12, tzinfo=UTC), [[]])
    assert (days[0].date, len(days)) == (date(2031, 12, 8), 15)


def test_a_time_in_which_every_host_is_busy_is_not_offered() -> None:
    ten, eleven = MONDAY.replace(hour=10, minute=0), MONDAY.replace(hour=11, minute=0)
    lesson = (ten, ten + timedelta(minutes=45))
    assert "10:00" not in [slot.label for slot in tutor.coming_days(MONDAY, [[lesson]])[0].slots]
    assert "10:00" in [slot.label for slot in tutor.coming_days(MONDAY, [[lesson], []])[0].slots]
    assert "10:00" in [slot.label for slot in tutor.coming_days(MONDAY, [[(eleven, eleven + timedelta(1))]])[0].slots]


def test_a_time_means_the_same_hour_in_the_tutors_zone_in_summer() -> None:
    summer = tutor.coming_days(datetime(2031, 7, 7, tzinfo=UTC), [[]])[0].slots[0]
    assert (summer.label, summer.value) == ("09:00", "2031-07-07T08:00Z")


def test_a_form_is_read() -> None:
    form = {"name": "  Maria   Lopes ", "email": "maria@example.com", "start": "2031-12-01T10:00Z", "form": "f"}
    wish = tutor.read_wish(form, MONDAY)
    assert (wish.name, wish.email, wish.start) == (
        "Maria Lopes",
        "maria@example.com",
        MONDAY.replace(hour=10, minute=0),
    )
    assert tutor.booking_token(form, wish) == tutor.booking_token(dict(form), wish)
    assert tutor.booking_token({**form, "form": "g"}, wish) != tutor.booking_token(form, wish)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " ", "Please tell us your name."),
        ("name", "x" * 81, "Please tell us your name."),
        ("email", "maria", "Please check your e-mail address."),
        ("email", "a@b\r\nBcc: c@d.example", "Please check your e-mail address."),
        ("start", "", "Please choose a time."),
        ("start", "2031-12-01T10:00", "Please choose a time."),
        ("start", "2031-12-01T10:30Z", "Please choose one of the times shown."),
        ("start", "2031-12-01T20:00Z", "Please choose one of the times shown."),
        ("start", "2031-12-06T10:00Z", "Please choose one of the times shown."),
        ("start", "2031-12-01T09:00Z", "That time cannot be booked any more. Please choose another one."),
        ("start", "2032-12-01T09:00Z", "That time cannot be booked any more. Please choose another one."),
    ],
)
def test_a_form_that_cannot_be_is_told_what_is_wrong(field: str, value: str, words: str) -> None:
    form = {"name": "Maria", "email": "maria@example.com", "start": "2031-12-01T10:00Z", field: value}
    with pytest.raises(ValueError, match=words) as refused:
        tutor.read_wish(form, MONDAY)
    assert str(refused.value) == words


def test_a_time_reads_as_people_say_it() -> None:
    assert tutor.spoken(MONDAY.replace(hour=10, minute=0)).replace("\N{WORD JOINER}", "") == (
        "Monday, 1 December 2031, 10:00–10:45"
    )
