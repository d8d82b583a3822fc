"""Series in plain words: what they mean in three languages, and what is refused rather than guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoomlink.errors import InvalidInputError
from zoomlink.times import parse_start
from zoomlink.zoom.recurrence import Recurrence

START = date(2031, 6, 3)
END = date(2031, 6, 20)
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")


@pytest.mark.parametrize(
    ("text", "series"),
    [
        ("every Tuesday and Thursday until 20 June 2031", Recurrence.weekly("tue", "thu", until=END)),
        ("toda terça e quinta até 20 de junho de 2031", Recurrence.weekly("tue", "thu", until=END)),
        ("cada martes y jueves hasta el 20 de junio de 2031", Recurrence.weekly("tue", "thu", until=END)),
        ("Tuesdays, Thursdays until June 20th, 2031.", Recurrence.weekly("tue", "thu", until=END)),
        ("every tue & thu until 2031-06-20", Recurrence.weekly("tue", "thu", until=END)),
        ("todas as terças e quintas-feiras até 20 jun 2031", Recurrence.weekly("tue", "thu", until=END)),
        ("todos los martes y los jueves hasta el 20 de junio 2031", Recurrence.weekly("tue", "thu", until=END)),
        ("weekly on tuesday until the 20th of June", Recurrence.weekly("tue", until=END)),
        ("every week until Friday, 20 June", Recurrence.weekly(until=END)),
        ("daily until 20 June", Recurrence.daily(until=END)),
        ("todos os dias até o dia 20 de junho", Recurrence.daily(until=END)),
        ("todos los días hasta el día 20 de junio", Recurrence.daily(until=END)),
        ("diariamente, 5 vezes", Recurrence.daily(count=5)),
        ("every day for five meetings", Recurrence.daily(count=5)),
        ("every 15 days, 3 times", Recurrence.daily(every=15, count=3)),
        ("every other day 3 times", Recurrence.daily(every=2, count=3)),
        ("every 2 weeks on monday for 10 times", Recurrence.weekly("mon", every=2, count=10)),
        ("every other Wednesday, 4 times", Recurrence.weekly("wed", every=2, count=4)),
        ("a cada duas semanas na segunda-feira por 4 vezes", Recurrence.weekly("mon", every=2, count=4)),
        ("cada dos semanas los lunes, 4 veces", Recurrence.weekly("mon", every=2, count=4)),
        ("semanalmente às quartas, 4 vezes", Recurrence.weekly("wed", count=4)),
        ("every tuesday once", Recurrence.weekly("tue", count=1)),
        ("every day without end", Recurrence.daily(endless=True)),
        ("toda semana sem fim", Recurrence.weekly(endless=True)),
        ("cada semana para siempre", Recurrence.weekly(endless=True)),
        ("every weekday until 20 June", Recurrence.weekly(*WORKDAYS, until=END)),
        ("monday to friday until 20 June", Recurrence.weekly(*WORKDAYS, until=END)),
        ("Monday through Friday until 20 June", Recurrence.weekly(*WORKDAYS, until=END)),
        ("mon-fri until 20 June", Recurrence.weekly(*WORKDAYS, until=END)),
        ("de segunda a sexta até 20 de junho", Recurrence.weekly(*WORKDAYS, until=END)),
        ("segunda-feira a sexta-feira até 20 de junho", Recurrence.weekly(*WORKDAYS, until=END)),
        ("de lunes a viernes hasta el 20 de junio", Recurrence.weekly(*WORKDAYS, until=END)),
        ("dias úteis até 20 de junho", Recurrence.weekly(*WORKDAYS, until=END)),
        ("saturday to monday, 4 times", Recurrence.weekly("sat", "sun", "mon", count=4)),
        ("every weekend, 4 times", Recurrence.weekly("sat", "sun", count=4)),
        ("segunda, quarta e sexta até 20 de junho", Recurrence.weekly("mon", "wed", "fri", until=END)),
        ("quarta e quinta, 4 vezes", Recurrence.weekly("wed", "thu", count=4)),
        ("every month on the 15th until 15 December 2031", Recurrence.monthly(day=15, until=date(2031, 12, 15))),
        ("every 15th of the month, 3 times", Recurrence.monthly(day=15, count=3)),
        ("on the 2nd of each month, 3 times", Recurrence.monthly(day=2, count=3)),
        ("todo dia 15 por 3 vezes", Recurrence.monthly(day=15, count=3)),
        ("mensalmente no dia 1º, 3 vezes", Recurrence.monthly(day=1, count=3)),
        ("el 15 de cada mes, 3 veces", Recurrence.monthly(day=15, count=3)),
        ("every 3 months, 3 times", Recurrence.monthly(every=3, count=3)),
        ("every last friday of the month, 6 times", Recurrence.monthly(weekday="fri", week=-1, count=6)),
        ("the last friday of every month, 6 times", Recurrence.monthly(weekday="fri", week=-1, count=6)),
        ("every 2 months on the 1st monday, 6 times", Recurrence.monthly(weekday="mon", week=1, every=2, count=6)),
        ("última sexta-feira do mês, 6 vezes", Recurrence.monthly(weekday="fri", week=-1, count=6)),
        ("segunda segunda-feira do mês, 6 vezes", Recurrence.monthly(weekday="mon", week=2, count=6)),
        ("toda quarta quinta do mês, 6 vezes", Recurrence.monthly(weekday="thu", week=4, count=6)),
        ("1ª segunda-feira de cada mês, 6 vezes", Recurrence.monthly(weekday="mon", week=1, count=6)),
        ("el último viernes de cada mes, 6 veces", Recurrence.monthly(weekday="fri", week=-1, count=6)),
        ("cada segundo martes del mes, 6 veces", Recurrence.monthly(weekday="tue", week=2, count=6)),
        ("EVERY  DAY\n5 TIMES", Recurrence.daily(count=5)),
    ],
)
def test_words_mean_a_series(text: str, series: Recurrence) -> None:
    assert Recurrence.parse(text, START) == series


@pytest.mark.parametrize(
    ("text", "start", "until"),
    [
        ("daily until 20 June", date(2031, 6, 20), date(2031, 6, 20)),
        ("daily until 20 June", date(2031, 6, 21), date(2032, 6, 20)),
        ("daily until 2 January", date(2031, 12, 20), date(2032, 1, 2)),
        ("daily until 29 February", date(2032, 3, 1), date(2036, 2, 29)),
        ("daily until 20 June", datetime(2031, 6, 3, 9, tzinfo=UTC), date(2031, 6, 20)),
    ],
)
def test_a_year_left_out_is_the_next_one_after_the_start(text: str, start: date, until: date) -> None:
    assert Recurrence.parse(text, start).until == until


def test_a_checked_start_counts_by_its_own_day() -> None:
    # It is 21 June in UTC already.
    now = datetime(2031, 1, 1, tzinfo=UTC)
    when = parse_start("2031-06-20T22:00", "America/Sao_Paulo", now=now)
    assert Recurrence.parse("daily until 20 June", when).until == date(2031, 6, 20)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The series is not described."),
        (None, "The series is not described."),
        ("x" * 201, "The description of the series is 201 characters long."),
        ("every tuesday", "The description does not say when the series ends. Add"),
        ("every tuesday for 3 months", "How long the series lasts can be counted in two ways."),
        ("toda terça por 10 semanas", "How long the series lasts can be counted in two ways."),
        ("every tuesday at 18:24 until 20 June", "The description of the series holds a time of day."),
        ("toda terça às 18, 3 vezes", "The description of the series holds a time of day."),
        ("cada mes a las 18, 3 veces", "The description of the series holds a time of day."),
        ("every day except monday until 20 June", '"except" was not understood'),
        ("every tuesdy, 3 times", '"tuesdy" was not understood'),
        ("every year, 3 times", 'Zoom has no series by "year".'),
        ("todo ano, 3 vezes", 'Zoom has no series by "ano".'),
        ("hourly, 3 times", 'Zoom has no series by "hourly".'),
        ("on, 3 times", "It is not said how the series repeats."),
        ("every 15, 3 times", "It is not said what the 15 means."),
        ("every week on the 15th, 3 times", "A day of the month stands beside other days."),
        ("every month on monday, 3 times", "It is not said which such day of the month is meant."),
        ("every day on monday, 3 times", "Every day and days of the week do not go together."),
        ("every day and week, 3 times", "The series is said to repeat in two ways."),
        ("every 2 weeks 3 weeks, 3 times", "The series has two intervals."),
        ("every second tuesday, 3 times", "It is not said of what the weekday is the first, second, …"),
        ("every fifth monday of the month, 3 times", 'Zoom cannot make "fifth" of it.'),
        ("first and third monday of the month, 3 times", '"first" was not understood'),
        ("first monday and third monday of the month, 3 times", 'Zoom cannot make "third" of it.'),
        ("every monday and last friday, 3 times", "Zoom takes one weekday of the month, not several."),
        ("the last day of the month, 3 times", "Zoom has no series on the first or last day of whatever month."),
        ("every second day, 3 times", '"second day" can be read in two ways.'),
        ("every tuesday, many times", '"many" is not a number of times.'),
        ("every tuesday, 61 times", "A series of 61 meetings is not possible."),
        ("every tuesday, 0 times", "A series of 0 meetings is not possible."),
        ("every 51 weeks, 3 times", "A series every 51 weeks is not possible."),
        ("every tuesday until 20/06/2031", '"20/06/2031" is not a last day that can be read.'),
        ("every tuesday until June", '"june" is not a last day that can be read.'),
        ("every tuesday until christmas", '"christmas" is not a last day that can be read.'),
        ("every tuesday until 20 June 2031 at noon", "is not a last day that can be read."),
        ("every tuesday until 31 June 2031", "There is no 31 June."),
        ("every tuesday until 29 February 2031", "There is no 29 February 2031."),
        ("every tuesday until 2031-02-30", "There is no day 2031-02-30."),
        ("every tuesday until Thursday 20 June 2031", "2031-06-20 is a Friday, not a Thursday."),
        ("every tuesday 5 times until 20 June", '"times" was not understood'),
        ("every tuesday 5 until 20 June", "A day of the month stands beside other days."),
    ],
)
def test_words_that_are_not_clear_are_refused_by_name(text: Any, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Recurrence.parse(text, START)
    assert said in str(caught.value)
    assert caught.value.field == "recurrence"


def test_a_year_left_out_needs_a_start() -> None:
    with pytest.raises(InvalidInputError, match="It is not said in which year 20 June is meant"):
        Recurrence.parse("daily until 20 June")


@pytest.mark.parametrize(
    ("series", "said"),
    [
        (Recurrence.daily(count=1), "every day, 1 time"),
        (Recurrence.daily(every=3, endless=True), "every 3 days, without end"),
        (Recurrence.weekly("thu", "tue", until=END), "every Tuesday and Thursday until 20 June 2031"),
        (Recurrence.weekly("mon", "wed", "fri", count=9), "every Monday, Wednesday and Friday, 9 times"),
        (Recurrence.weekly("mon", every=2, count=9), "every 2 weeks on Monday, 9 times"),
        (Recurrence.weekly(count=9), "every week, 9 times"),
        (Recurrence.monthly(weekday="fri", week=-1, count=9), "every month on the last Friday, 9 times"),
        (Recurrence.monthly(day=22, every=2, count=9), "every 2 months on the 22nd, 9 times"),
        (Recurrence.monthly(day=31, count=9), "every month on the 31st (months without it are left out), 9 times"),
    ],
)
def test_a_series_is_said_in_english(series: Recurrence, said: str) -> None:
    assert series.describe() == said


@given(
    st.one_of(
        st.builds(Recurrence.daily, every=st.integers(1, 99), count=st.integers(1, 60)),
        st.builds(Recurrence.daily, every=st.integers(1, 99), until=st.dates(date(2031, 1, 1), date(2099, 1, 1))),
        st.lists(st.sampled_from(WORKDAYS), max_size=5).flatmap(
            lambda days: st.builds(
                lambda every, end: Recurrence.weekly(*days, every=every, until=end),
                st.integers(1, 50),
                st.dates(date(2031, 1, 1), date(2099, 1, 1)),
            )
        ),
        st.builds(Recurrence.monthly, day=st.integers(1, 31), every=st.integers(1, 10), endless=st.just(value=True)),
        st.builds(
            Recurrence.monthly,
            weekday=st.sampled_from([*WORKDAYS, "sat", "sun"]),
            week=st.sampled_from([-1, 1, 2, 3, 4]),
            every=st.integers(1, 10),
            count=st.integers(1, 60),
        ),
    )
)
def test_what_is_said_is_read_back_the_same(series: Recurrence) -> None:
    assert Recurrence.parse(series.describe()) == series


@given(st.text(max_size=250))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        series = Recurrence.parse(text, START)
    except InvalidInputError:
        return
    series.check()
