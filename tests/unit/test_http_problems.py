"""Errors as HTTP answers: what a client in any language is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from zoomlink.errors import (
    BusyTime,
    FieldError,
    InvalidInputError,
    InvalidRequestError,
    LedgerError,
    NoHostError,
    OutcomeUnknownError,
    RateLimitError,
    ZoomLinkError,
)
from zoomlink.http_problems import problem_document


def test_bad_input_names_its_field_and_what_to_do() -> None:
    error = InvalidInputError("duration is 0.", field="duration", hint="Minutes, from 1 on.")
    assert problem_document(error) == (
        422,
        {},
        {
            "type": "/problems/invalid-input",
            "title": "The request cannot be carried out as written",
            "status": 422,
            "detail": "duration is 0.",
            "hint": "Minutes, from 1 on.",
            "field": "duration",
        },
    )


def test_a_busy_pool_says_who_with_what_and_when_one_is_free() -> None:
    start = datetime(2031, 12, 1, 18, tzinfo=UTC)
    busy = BusyTime("alice@example.com", start, start + timedelta(hours=1), "lnk_1", "Lesson", 81234567890)
    found = problem_document(NoHostError("None is free.", busy=(busy,), next_free=start + timedelta(hours=1)))
    assert found.status == 409
    assert found.body["busy"] == [
        {
            "host": "alice@example.com",
            "start": "2031-12-01T18:00:00Z",
            "end": "2031-12-01T19:00:00Z",
            "link": "lnk_1",
            "topic": "Lesson",
            "meeting_id": 81234567890,
        }
    ]
    assert found.body["next_free"] == "2031-12-01T19:00:00Z"


def test_zooms_refusal_carries_its_evidence() -> None:
    error = InvalidRequestError(
        "Zoom refused a field.",
        status_code=400,
        code=300,
        tracking_id="v=2.0;clid=us06",
        errors=(FieldError("duration", "Invalid."),),
        body=b'{"secret": "canary"}',
    )
    found = problem_document(error)
    assert found.status == 422
    assert found.body["zoom_code"] == 300
    assert found.body["tracking_id"] == "v=2.0;clid=us06"
    assert found.body["errors"] == [{"field": "duration", "detail": "Invalid."}]
    assert "canary" not in str(found)


def test_trying_again_is_told_in_whole_seconds() -> None:
    limited = RateLimitError("Too many.", status_code=429, code=429, retry_after=timedelta(seconds=1.2))
    assert problem_document(limited).headers == {"Retry-After": "2"}
    assert problem_document(LedgerError("It is locked.")).headers == {"Retry-After": "5"}
    unknown = problem_document(OutcomeUnknownError("Lost.", tracking_id="t-1"))
    assert (unknown.status, unknown.headers, unknown.body["tracking_id"]) == (503, {"Retry-After": "30"}, "t-1")
    assert problem_document(InvalidInputError("No.")).headers == {}


def test_an_unknown_kind_is_our_fault() -> None:
    found = problem_document(ZoomLinkError("Odd.", slug="no-such-slug"))
    assert (found.status, found.body["type"]) == (500, "/problems/unexpected")
