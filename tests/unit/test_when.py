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


def test_words_for_a_time_in_a_gap_are_refused_like_any_other() -> None:
    now = datetime(2031, 3, 29, 12, tzinfo=UTC)
    with pytest.raises(InvalidInputError) as refused:
        parse_when("tomorrow 02:30", "Europe/Berlin", now=now)
    assert refused.value.message == (
        "02:30 on 2031-03-30 does not exist in Europe/Berlin: the clocks are put forward then."
    )
