"""Human times: what they mean, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from zoomlink.cli.when import parse_when
from zoomlink.errors import InvalidInputError

NOW = datetime(2031, 6, 4, 18, 0, tzinfo=UTC)  # a Wednesday, 15:00 in São Paulo
HERE = "America/Sao_Paulo"


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("tomorrow 18:24", "2031-06-05T18:24:00"),
        ("Tomorrow at 6:24 pm", "2031-06-05T18:24:00"),
        ("amanhã 18h24", "2031-06-05T18:24:00"),
        ("amanhã às 18h", "2031-06-05T18:00:00"),
        ("mañana 18:24", "2031-06-05T18:24:00"),
        ("mañana a las 18:24", "2031-06-05T18:24:00"),
        ("terça 18h24", "2031-06-10T18:24:00"),
        ("terça-feira às 18h24", "2031-06-10T18:24:00"),
        ("el martes a las 18:24", "2031-06-10T18:24:00"),
        ("próxima segunda 9h", "2031-06-09T09:00:00"),
        ("próximo lunes 9:00", "2031-06-09T09:00:00"),
        ("next monday 9am", "2031-06-09T09:00:00"),
        ("friday 9 am", "2031-06-06T09:00:00"),
        ("depois de amanhã 10:00", "2031-06-06T10:00:00"),
        ("pasado mañana 10:00", "2031-06-06T10:00:00"),
        ("day after tomorrow 10:00", "2031-06-06T10:00:00"),
        ("in 2 hours", "2031-06-04T17:00:00"),
        ("em 2 horas", "2031-06-04T17:00:00"),
        ("en 2 horas", "2031-06-04T17:00:00"),
        ("20 june 14:00", "2031-06-20T14:00:00"),
        ("20 de junho 14h", "2031-06-20T14:00:00"),
        ("20 de junio 14:00", "2031-06-20T14:00:00"),
        ("25/12 10:00", "2031-12-25T10:00:00"),
        ("noon tomorrow", "2031-06-05T12:00:00"),
        # a part of the day says which half of the clock is meant
        ("tonight at 8", "2031-06-04T20:00:00"),
        ("tomorrow evening 7:00", "2031-06-05T19:00:00"),
        ("tomorrow morning 9", "2031-06-05T09:00:00"),
        ("hoje às 8 da noite", "2031-06-04T20:00:00"),
        ("amanhã às 6h da tarde", "2031-06-05T18:00:00"),
        ("amanhã de manhã às 8h", "2031-06-05T08:00:00"),
        ("mañana por la mañana a las 9:00", "2031-06-05T09:00:00"),
        ("esta noche a las 8:00", "2031-06-04T20:00:00"),
        ("mañana a las 6 de la tarde", "2031-06-05T18:00:00"),
        ("hoje 23h59", "2031-06-04T23:59:00"),
        ("amanhã às 18h30min", "2031-06-05T18:30:00"),
        ("tomorrow 12am", "2031-06-05T00:00:00"),
        ("tomorrow 12 p.m.", "2031-06-05T12:00:00"),
        ("midnight", "2031-06-05T00:00:00"),
        ("tonight midnight", "2031-06-05T00:00:00"),
        # spans are spans, not times of day
        ("em 1h30", "2031-06-04T16:30:00"),
        ("in 1.5 hours", "2031-06-04T16:30:00"),
        ("in an hour and a half", "2031-06-04T16:30:00"),
        ("em meia hora", "2031-06-04T15:30:00"),
        ("90 minutes from now", "2031-06-04T16:30:00"),
        ("daqui a 3 horas", "2031-06-04T18:00:00"),
        ("dentro de una hora", "2031-06-04T16:00:00"),
        ("daqui a 2 dias às 10h", "2031-06-06T10:00:00"),
        ("in 2 weeks 9am", "2031-06-18T09:00:00"),
        ("a week from now 18:00", "2031-06-11T18:00:00"),
        # a time alone is the next such time
        ("18:00", "2031-06-04T18:00:00"),
        ("at 15:00", "2031-06-05T15:00:00"),
        ("9am", "2031-06-05T09:00:00"),
        # days of the month
        ("the 20th at 6pm", "2031-06-20T18:00:00"),
        ("dia 2 às 18h", "2031-07-02T18:00:00"),
        ("1º de julho 18h", "2031-07-01T18:00:00"),
        ("december 1, 2031 at 6:24 PM", "2031-12-01T18:24:00"),
        ("Mon, 1 Dec 2031 18:24", "2031-12-01T18:24:00"),
        ("2031/06/07 18:00", "2031-06-07T18:00:00"),
        ("20-06-2031 18:00:30", "2031-06-20T18:00:30"),
        ("1 january 9am", "2032-01-01T09:00:00"),
        ("29 feb 9am", "2032-02-29T09:00:00"),
        # weekdays
        ("this wednesday 18:00", "2031-06-04T18:00:00"),
        ("wednesday 9am", "2031-06-11T09:00:00"),
        ("next wednesday 18:00", "2031-06-11T18:00:00"),
        ("segunda que vem 9h", "2031-06-09T09:00:00"),
        ("thu 4 mar 2032 9am", "2032-03-04T09:00:00"),
    ],
)
def test_words_mean_a_wall_time_in_the_zone_given(text: str, wall: str) -> None:
    when, understood = parse_when(text, HERE, now=NOW)
    assert (when.wall, when.zone, understood) == (wall, HERE, True)


@pytest.mark.parametrize("text", ["2031-12-01T18:24", "2031-12-01 18:24:00", "2031-12-01T18:24-03:00"])
def test_an_exact_time_is_not_guessed_at(text: str) -> None:
    when, understood = parse_when(text, HERE, now=NOW)
    assert (when.utc, understood) == ("2031-12-01T21:24:00Z", False)


def test_the_default_zone_serves_words_too() -> None:
    when, _ = parse_when("tomorrow 18:24", None, now=NOW, default_timezone="Europe/Lisbon")
    assert (when.wall, when.zone) == ("2031-06-05T18:24:00", "Europe/Lisbon")


@pytest.mark.parametrize(
    ("text", "zone", "sentence"),
    [
        ("tomorrow 18:24", None, '"tomorrow 18:24" has no time zone, so it is not known which instant is meant.'),
        ("tomorrow", HERE, '"tomorrow" has no time of day.'),
        ("terça", HERE, '"terça" has no time of day.'),
        ("03/04/2031 10:00", HERE, '"03/04/2031" could be two different days.'),
        ("blursday 18:24", HERE, '"blursday 18:24" is not a start that can be read.'),
        ("", HERE, '"" is not a start that can be read.'),
        ("2031-02-30T10:00", HERE, "2031-02-30 does not exist: February 2031 has 28 days."),
        # said in two ways, or not quite: never a guess
        ("next friday 6pm", HERE, '"next friday 6pm" could be Friday 2031-06-06 or 2031-06-13.'),
        ("sexta que vem 18h", HERE, '"sexta que vem 18h" could be Friday 2031-06-06 or 2031-06-13.'),
        ("wednesday 18:00", HERE, '"wednesday 18:00" could be today or in a week.'),
        ("tomorrow midnight", HERE, '"tomorrow midnight" could be the night before or the night after.'),
        ("tomorrow at 6", HERE, '"tomorrow at 6" could be in the morning or in the evening.'),
        ("06-07 18:00", HERE, '"06-07" could be two different days.'),
        ("25/12/31 18:00", HERE, '"25/12/31" could be several different days.'),
        ("mar 18:00", HERE, '"mar" could be a weekday or a month.'),
        ("2 june 18:00", HERE, "2 June has passed this year."),
        ("31 june 18:00", HERE, "2031-06-31 does not exist: June 2031 has 30 days."),
        # words that contradict each other
        ("friday 5 june 18:00", HERE, "2031-06-05 is a Thursday, not a Friday."),
        ("martes 13 18:00", HERE, "2031-06-13 is a Friday, not a Tuesday."),
        ("tomorrow 18:00 friday", HERE, "2031-06-05 is a Thursday, not a Friday."),
        ("monday tuesday 18:00", HERE, '"monday tuesday 18:00" is not a start that can be read.'),
        (
            "amanhã às 18h da manhã",
            HERE,
            'The hour and the part of the day in "amanhã às 18h da manhã" do not go together.',
        ),
        ("tomorrow 13pm", HERE, "There is no time 13:00 pm."),
        ("tomorrow 25:00", HERE, "There is no time 25:00."),
        ("tomorrow 24:00", HERE, "24:00 on 2031-06-05 is the next day's midnight."),
        ("tomorrow 18h60", HERE, "There is no time 18:60."),
        ("tomorrow 9am 10am", HERE, '"tomorrow 9am 10am" names two times of day.'),
        # words that would have to be passed over
        ("tomorrow 18:00-19:00", HERE, '"tomorrow 18:00-19:00" is not a start that can be read.'),
        ("tomorrow 18:00 PST", HERE, '"tomorrow 18:00 PST" is not a start that can be read.'),
        ("tomorrow 18:00 UTC", HERE, '"tomorrow 18:00 UTC" is not a start that can be read.'),
        ("tomorrow 18:00 -0300", HERE, '"tomorrow 18:00 -0300" is not a start that can be read.'),
        ("tomorrow before 6pm", HERE, '"tomorrow before 6pm" is not a start that can be read.'),
        ("the day before tomorrow 6pm", HERE, '"the day before tomorrow 6pm" is not a start that can be read.'),
        ("now + 1h", HERE, '"now + 1h" is not a start that can be read.'),
        ("may 9am", HERE, '"may 9am" is not a start that can be read.'),
        ("2031-12 18:00", HERE, '"2031-12 18:00" is not a start that can be read.'),
        ("20 18:00", HERE, '"20 18:00" is not a start that can be read.'),
        (
            "yesterday 18:24",
            HERE,
            "2031-06-03 18:24 (America/Sao_Paulo) has passed; it is 2031-06-04 15:00 (America/Sao_Paulo) now.",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_own_sentence(text: str, zone: str | None, sentence: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_when(text, zone, now=NOW)
    assert refused.value.message == sentence


def test_a_span_stays_as_long_when_the_clocks_change_in_between() -> None:
    evening_before = datetime(
        2031, 10, 26, 0, 30, tzinfo=UTC
    )  # 02:30 in Berlin, half an hour before the clocks go back
    when, _ = parse_when("in 2 hours", "Europe/Berlin", now=evening_before)
    assert (when.utc, when.wall) == ("2031-10-26T02:30:00Z", "2031-10-26T03:30:00")


def test_a_span_needs_no_zone() -> None:
    when, understood = parse_when("in 90 minutes", None, now=NOW)
    assert (when.utc, when.zone, understood) == ("2031-06-04T19:30:00Z", None, True)


def test_a_zone_among_the_words_is_told_its_place() -> None:
    with pytest.raises(InvalidInputError) as refused_zone:
        parse_when("tomorrow 18:00 PST", HERE, now=NOW)
    assert refused_zone.value.hint == "The time zone goes into --timezone, by its IANA name."


def test_words_for_a_time_in_a_gap_are_refused_like_any_other() -> None:
    now = datetime(2031, 3, 29, 12, tzinfo=UTC)
    with pytest.raises(InvalidInputError) as refused:
        parse_when("tomorrow 02:30", "Europe/Berlin", now=now)
    assert refused.value.message == (
        "02:30 on 2031-03-30 does not exist in Europe/Berlin: the clocks are put forward then."
    )
