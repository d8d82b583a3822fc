"""The article's own call, against real HTTP: the same arguments, the same result keys, none of its faults."""

from __future__ import annotations

from typing import Any

import pytest

from zoomlink import InvalidInputError, NotFoundError, create_meeting


def test_the_article_s_call_works_and_1824_stays_1824(zoom_sandbox: Any) -> None:
    made = create_meeting("Test Zoom Meeting", "60", "2031-12-01", "18:24", timezone="America/Sao_Paulo")
    assert list(made) == ["meeting_url", "password", "meetingTime", "purpose", "duration", "message", "status"]
    assert made["meeting_url"].startswith(f"{zoom_sandbox.url}/j/")
    assert {name: value for name, value in made.items() if name not in {"meeting_url", "password"}} == {
        "meetingTime": "2031-12-01T18:24:00-03:00",
        "purpose": "Test Zoom Meeting",
        "duration": 60,
        "message": "Success",
        "status": 1,
    }
    assert made["password"]


def test_the_time_of_day_may_have_seconds(zoom_sandbox: Any) -> None:
    made = create_meeting("T", 60, "2031-12-01", "18:24:00", timezone="America/Sao_Paulo")
    assert made["meetingTime"] == "2031-12-01T18:24:00-03:00"


def test_the_zone_may_come_from_the_environment(zoom_sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOMLINK_TIMEZONE", "Asia/Kolkata")
    assert create_meeting("T", 60, "2031-12-01", "18:24")["meetingTime"] == "2031-12-01T18:24:00+05:30"


def test_a_host_may_be_named(zoom_sandbox: Any) -> None:
    create_meeting("T", 60, "2031-12-01", "18:24", timezone="UTC", host="host1@sandbox.example")
    assert [commit["host"] for commit in zoom_sandbox.ledger] == ["host1@sandbox.example"]


def test_one_call_is_one_token_and_one_meeting(zoom_sandbox: Any) -> None:
    create_meeting("T", 60, "2031-12-01", "18:24", timezone="UTC")
    assert [commit["topic"] for commit in zoom_sandbox.ledger] == ["T"]


@pytest.mark.parametrize(
    ("date", "time", "field"),
    [
        ("2031-12-01", "24:00", "start"),
        ("2026-02-30", "18:24", "start"),
        ("2031-12-01", "6:24 PM", "start_time"),
        ("2031-12-01", "18h24", "start_time"),
        ("01/12/2031", "18:24", "start_date"),
        ("2031-12-01T10:", "18:24", "start_date"),
    ],
)
def test_a_date_or_time_that_cannot_be_meant_is_refused_and_nothing_is_sent(
    zoom_sandbox: Any, date: str, time: str, field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        create_meeting("T", 60, date, time, timezone="UTC")
    assert (refused.value.field, zoom_sandbox.ledger) == (field, [])


@pytest.mark.parametrize("duration", [0, -1, 1.5, "abc", 1441, True, None])
def test_a_duration_that_cannot_be_is_refused(zoom_sandbox: Any, duration: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        create_meeting("T", duration, "2031-12-01", "18:24", timezone="UTC")
    assert (refused.value.field, zoom_sandbox.ledger) == ("duration", [])


def test_failure_raises_instead_of_going_on(zoom_sandbox: Any) -> None:
    with pytest.raises(NotFoundError) as refused:
        create_meeting("T", 60, "2031-12-01", "18:24", timezone="UTC", host="nobody@example.com")
    assert (refused.value.code, refused.value.status_code) == (1001, 404)
