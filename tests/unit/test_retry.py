"""When to send again: Retry-After in all its forms, the waits, and midnight in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import NOW

from zoomlink.errors import InvalidInputError
from zoomlink.zoom.retry import LONGEST_WAIT, RetryPolicy, parse_retry_after, until_utc_midnight

DAY = 25 * 3600.0  # the longest wait


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("   ", None),
        ("0", 0.0),
        ("1", 1.0),
        (" 7 ", 7.0),
        ("+3", 3.0),
        ("007", 7.0),
        ("1.5", 1.5),
        ("1.", 1.0),
        ("90000", DAY),
        ("90001", DAY),
        ("999999999999", DAY),
        ("9" * 15, DAY),
        ("9" * 400, DAY),
        ("-1", 0.0),
        ("-10.5", 0.0),
        ("-0", 0.0),
        ("-999999999999", 0.0),
        ("-" + "9" * 400, 0.0),
        ("inf", None),
        ("-inf", None),
        ("nan", None),
        ("1e3", None),
        ("0x10", None),
        ("1,5", None),
        ("１２", None),
        ("soon", None),
        ("later today", None),
        ("[]", None),
        ("Wed, 04 Jun 2031 18:00:30 GMT", 30.0),
        ("Wed, 04 Jun 2031 18:00:30 +0000", 30.0),
        ("Wed, 04 Jun 2031 15:00:30 -0300", 30.0),
        ("Foo, 04 Jun 2031 18:00:30 GMT", 30.0),
        ("Wednesday, 04-Jun-31 18:00:30 GMT", 30.0),
        ("Wed, 04 Jun 2031 17:59:30 GMT", 0.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Wed, 04 Foo 2031 18:00:30 GMT", None),
        ("Wed, 32 Jun 2031 18:00:30 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", DAY),
        ("Sat, 01 Jan 100000 00:00:00 GMT", None),
        ("2031-06-04T18:00:30Z", 30.0),
        ("2031-06-04T18:00:30z", 30.0),
        ("2031-06-04T18:00:30.5Z", 30.5),
        ("2031-06-04T18:01Z", 60.0),
        ("2031-06-04T18:00:30+00:00", 30.0),
        ("2031-06-04T18:00:30+0000", 30.0),
        ("2031-06-04T15:00:30-03:00", 30.0),
        ("2031-06-04T18:00:30", 30.0),
        ("2031-06-05T00:00:00Z", 6 * 3600.0),
        ("2031-06-05T19:00:00Z", DAY),
        ("2031-06-05T19:00:01Z", DAY),
        ("2020-05-31T00:00:00Z", 0.0),
        ("9999-12-31T23:59:59Z", DAY),
        ("9999-12-31T23:59:59-23:59", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("100000-01-01T00:00:00Z", None),
        ("2031-13-01T00:00:00Z", None),
        ("2031-06-04", None),
        ("2031-06-04T25:00:00Z", None),
    ],
)
def test_retry_after_is_understood_or_left_alone(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == (None if seconds is None else timedelta(seconds=seconds))


@given(
    st.text(max_size=60)
    | st.from_regex(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [A-Z+0-9-]{3,5}", fullmatch=True)
)
def test_no_header_raises_or_leaves_the_bounds(value: str) -> None:
    span = parse_retry_after(value, NOW)
    assert span is None or timedelta(0) <= span <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("attempt", "fixed", "jitter"),
    [
        (1, 0.25, 0.25),
        (2, 0.5, 0.5),
        (3, 1.0, 1.0),
        (4, 2.0, 2.0),
        (5, 4.0, 4.0),
        (6, 4.0, 4.0),
        (60, 4.0, 4.0),
        (5000, 4.0, 4.0),
    ],
)
def test_waits_double_up_to_a_bound(attempt: int, fixed: float, jitter: float) -> None:
    assert RetryPolicy().wait(attempt) == (fixed, jitter)


@pytest.mark.parametrize(
    "wrong",
    [{"attempts": 0}, {"attempts": -1}, {"attempts": 1.5}, {"attempts": True}, {"timeout": 0}, {"timeout": -1.0},
     {"timeout": float("nan")}, {"timeout": "30"}, {"timeout": True}, {"timeout": float("inf")},
     {"timeout": 1e12}, {"deadline": 0}, {"deadline": float("nan")}, {"first_wait": -0.1},
     {"longest_wait": -1}],
)  # fmt: skip
def test_a_policy_that_cannot_work_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        RetryPolicy(**wrong)
    assert caught.value.field == next(iter(wrong))


def test_a_policy_may_do_without_waiting() -> None:
    assert RetryPolicy(attempts=1, first_wait=0, longest_wait=0).wait(1) == (0, 0)


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (NOW, timedelta(hours=6)),
        (datetime(2031, 6, 4, 0, 0, tzinfo=UTC), timedelta(days=1)),
        (datetime(2031, 6, 4, 23, 59, 59, 999_999, tzinfo=UTC), timedelta(microseconds=1)),
        (datetime(2031, 6, 4, 22, 0, tzinfo=timezone(-timedelta(hours=3))), timedelta(hours=23)),
        (datetime(2031, 6, 5, 8, 0, tzinfo=timezone(timedelta(hours=9))), timedelta(hours=1)),
        (datetime(2031, 12, 31, 23, 0, tzinfo=UTC), timedelta(hours=1)),
    ],
)
def test_the_day_ends_at_midnight_utc_wherever_one_is(now: datetime, left: timedelta) -> None:
    assert until_utc_midnight(now) == left
