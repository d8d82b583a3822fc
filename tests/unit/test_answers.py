"""Answers: the outcome class of every status, bodies that are none, and what an error tells."""

# ruff: noqa: E501 - tables read better whole

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import NOW, answer, meeting_answer, refusal

from zoomlink.errors import (
    APIError,
    AuthenticationError,
    ConflictError,
    FieldError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
)
from zoomlink.zoom.answers import (
    Outcome,
    api_error,
    classify_failure,
    classify_write,
    read_json,
    read_object,
    token_error,
)
from zoomlink.zoom.flow import Response

HTML = b"<!doctype html><title>Sign in to the Wi-Fi</title>"
BODIES: dict[str, Response] = {
    "envelope": refusal(0, 300, "Validation Failed."),
    "html": Response(0, {"content-type": "text/html"}, HTML),
    "empty": answer(0),
    "json": answer(0, {"hello": "world"}),
}


def expected(status: int, body: str) -> Outcome:
    """The outcome classes as a table of words."""
    if status == 429:
        return Outcome.REFUSED_NOW
    if status in {202, 204} and body == "empty":
        return Outcome.DONE
    if 200 <= status < 300 and body == "json":
        return Outcome.DONE
    if 400 <= status < 500 and status != 408 and body == "envelope":
        return Outcome.REFUSED
    return Outcome.UNKNOWN


@pytest.mark.parametrize("body", BODIES)
def test_every_status_has_its_outcome(body: str) -> None:
    found = {
        status: classify_write(Response(status, BODIES[body].headers, BODIES[body].body)) for status in range(100, 600)
    }
    assert found == {status: expected(status, body) for status in range(100, 600)}


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (answer(201, meeting_answer()), Outcome.DONE),
        (refusal(401, 124, "Access token is expired."), Outcome.REFUSED_NOW),
        (refusal(400, 124, "Access token is expired."), Outcome.REFUSED_NOW),
        (refusal(401, 1010, "User not found on this account: a1."), Outcome.REFUSED),
        (refusal(400, 4711, "Invalid access token, does not contain scopes:[meeting:write]."), Outcome.REFUSED),
        (refusal(400, 429, "Too fast."), Outcome.REFUSED_NOW),
        (refusal(400, 4001, "Too fast."), Outcome.REFUSED_NOW),
        (refusal(200, 429, "Too fast."), Outcome.REFUSED_NOW),
        (refusal(200, 300, "Validation Failed."), Outcome.UNKNOWN),
        (refusal(500, 429, "Too fast."), Outcome.UNKNOWN),
        (answer(201, {**meeting_answer(), "code": 1, "message": "fine"}), Outcome.DONE),
        (answer(401, {"error": "no"}), Outcome.UNKNOWN),
        (answer(400, {"code": "300", "message": "x"}), Outcome.UNKNOWN),
        (answer(400, {"code": True, "message": "x"}), Outcome.UNKNOWN),
        (answer(400, {"code": 300}), Outcome.UNKNOWN),
        (answer(400, [1]), Outcome.UNKNOWN),
        (answer(201, [meeting_answer()]), Outcome.UNKNOWN),
        (answer(201, b"null"), Outcome.UNKNOWN),
    ],
)
def test_outcomes_that_hang_on_the_body(response: Response, outcome: Outcome) -> None:
    assert classify_write(response) is outcome


@given(st.integers(100, 599), st.binary(max_size=60) | st.sampled_from([entry.body for entry in BODIES.values()]))
def test_any_answer_has_one_outcome(status: int, body: bytes) -> None:
    assert classify_write(Response(status, {}, body)) in Outcome


def test_a_failure_is_unknown_unless_nothing_left() -> None:
    assert classify_failure(TransportError("x", sent=True)) is Outcome.UNKNOWN
    assert classify_failure(TransportError("x", sent=False)) is Outcome.NOT_SENT


UNREADABLE = {
    "half": b'{"id": 81234567890, "top',
    "nan": b'{"id": NaN}',
    "infinity": b'{"id": Infinity}',
    "minus-infinity": b'{"id": -Infinity}',
    "utf16": json.dumps({"id": 1}).encode("utf-16"),
    "utf32": json.dumps({"id": 1}).encode("utf-32"),
    "latin1": '{"topic": "São Paulo"}'.encode("latin-1"),
    "deep": b"[" * 200_000,
    "deep-objects": b'{"a":' * 200_000,
    "deep-and-closed": b"[" * 200_000 + b"]" * 200_000,
    "long-number": b'{"id": ' + b"9" * 5000 + b"}",
    "contradiction": b'{"id": 1, "id": 2}',
    "contradiction-within": b'{"settings": {"a": true, "a": false}}',
    "two": b"{}{}",
    "html": HTML,
    "xml": b"<?xml version='1.0'?><error/>",
    "single-quotes": b"{'id': 1}",
    "nul": b"\x00",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_is_no_json_leaves_a_write_open(body: bytes) -> None:
    response = Response(201, {"content-type": "application/json"}, body)
    assert classify_write(response) is Outcome.UNKNOWN
    with pytest.raises(UnexpectedResponseError) as caught:
        read_object(response)
    assert (caught.value.status_code, caught.value.body) == (201, body)
    with pytest.raises(UnexpectedResponseError):
        read_json(response)
    for status in (400, 404, 503):
        assert isinstance(api_error(Response(status, {}, body), NOW), APIError)
        assert isinstance(token_error(Response(status, {}, body), NOW), APIError)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"\xef\xbb\xbf" + b'{"id": 1}', {"id": 1}),
        (b'  {"id": 1}\r\n', {"id": 1}),
        (b'{"id": 1e999}', {"id": float("inf")}),
        (b'{"id": 1, "id": 1}', {"id": 1}),
        (b'{"topic": "S\\u00e3o"}', {"topic": "São"}),
        (b'{"topic": "\\ud83c\\udfb9"}', {"topic": "🎹"}),
    ],
)
def test_a_body_that_bends_is_read(body: bytes, value: Any) -> None:
    assert read_object(Response(200, {}, body)) == value


def test_an_empty_answer_is_none_and_no_object() -> None:
    assert read_json(answer(204)) is None
    assert read_json(answer(200, b" \n")) is None
    with pytest.raises(UnexpectedResponseError):
        read_object(answer(200))
    assert read_json(answer(200, [1, 2])) == [1, 2]


def test_a_page_of_something_in_between_is_called_so() -> None:
    with pytest.raises(UnexpectedResponseError) as caught:
        read_object(Response(200, {"content-type": "text/html; charset=utf-8", "x-zm-trackingid": "WEB_1"}, HTML))
    assert str(caught.value) == (
        "Zoom's address gave an answer that is not JSON (text/html, 50 bytes). "
        "Something between here and Zoom (a proxy, a login page) may have answered instead. "
        "(HTTP 200, tracking id WEB_1)"
    )


@pytest.mark.parametrize("status", [400, 403, 404, 407])
def test_an_error_page_of_something_in_between_says_so_too(status: int) -> None:
    error = api_error(Response(status, {"content-type": "text/html"}, HTML), NOW)
    assert error.hint == "Something between here and Zoom (a proxy, a login page) may have answered instead."


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, InvalidRequestError), (401, AuthenticationError), (403, PermissionDeniedError), (404, NotFoundError),
     (409, ConflictError), (422, InvalidRequestError), (429, RateLimitError), (500, ServerError), (502, ServerError), (504, ServerError)],
)  # fmt: skip
@pytest.mark.parametrize("body", BODIES)
def test_a_status_alone_gives_the_class(status: int, kind: type[APIError], body: str) -> None:
    assert type(api_error(Response(status, BODIES[body].headers, BODIES[body].body), NOW)) is kind


def test_an_error_tells_all_that_zoom_said() -> None:
    body = {
        "code": 300,
        "message": "Validation Failed.",
        "errors": [
            {"field": "settings.jbh_time", "message": "Invalid parameter: jbh_time."},
            {"field": "topic", "message": "Missing field."},
        ],
    }
    error = api_error(answer(400, body, x_zm_trackingid="WEB_1"), NOW)
    assert error.errors == (
        FieldError("settings.jbh_time", "Invalid parameter: jbh_time."),
        FieldError("topic", "Missing field."),
    )
    assert str(error) == (
        "Zoom refuses a value. Zoom says: “Validation Failed: settings.jbh_time: Invalid parameter: jbh_time.; "
        "topic: Missing field.” Correct what Zoom names. (HTTP 400, Zoom code 300, tracking id WEB_1)"
    )


@pytest.mark.parametrize(
    "body",
    [
        {"code": 300, "message": None, "errors": "x"},
        {"code": None, "message": 5, "errors": [None, 3, {}, {"field": None, "message": {"a": [1]}}]},
        {"code": 10**3000, "message": "x" * 100_000, "errors": [{"field": "f" * 1000, "message": "m" * 1000}] * 500},
        {"code": 1.5, "message": ["a"]},
        {"message": "\ud800\x00\x1b[31m"},
        [],
        "text",
        None,
    ],
)
def test_odd_errors_are_told_in_a_printable_and_bounded_text(body: Any) -> None:
    for error in (api_error(answer(400, body), NOW), token_error(answer(400, body), NOW)):
        str(error).encode()
        assert len(str(error)) < 4000


def test_deeply_nested_errors_do_not_break_the_telling() -> None:
    for depth in range(880, 1000, 3):
        nested: bytes = b'{"code":300,"message":"x","errors":[{"field":' + b"[" * depth + b"]" * depth + b"}]}"
        assert isinstance(api_error(Response(400, {}, nested), NOW), InvalidRequestError)


@pytest.mark.parametrize(
    ("headers", "text", "wait"),
    [
        ({"retry_after": "7"}, "You have reached the maximum per-second rate limit for this API.", timedelta(seconds=7)),
        ({"retry_after": "2031-06-05T00:00:00Z"}, "You have reached the maximum daily rate limit for this API.", timedelta(hours=6)),
        ({}, "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests", timedelta(hours=6)),
        ({"retry_after": "soon"}, "You have reached the maximum daily rate limit for this API.", timedelta(hours=6)),
        ({}, "You have reached the maximum per-second rate limit for this API.", None),
    ],
)  # fmt: skip
def test_an_error_says_how_long_to_wait(headers: dict[str, str], text: str, wait: timedelta | None) -> None:
    assert api_error(refusal(429, 429, text, **headers), NOW).retry_after == wait


def test_secrets_in_zooms_words_are_not_repeated() -> None:
    text = "Bad url https://zoom.us/s/1?zak=canary and Bearer canary-canary"
    for error in (
        api_error(refusal(400, 300, text, x_zm_trackingid="WEB_1\x1b[0m token=canary"), NOW),
        token_error(answer(400, {"reason": text, "error": "x"}), NOW),
        api_error(answer(400, {"code": 300, "message": "x", "errors": [{"field": text, "message": text}]}), NOW),
    ):
        assert "canary" not in str(error) + repr(error) + error.zoom_message + repr(error.errors)
