"""Calls: what is sent, what is sent again and what never, how long it may take. Fed by hand; nothing is really sent."""

# ruff: noqa: E501 - tables read better whole

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.helpers import answer, drive, meeting_answer, refusal, token

from zoomlink.errors import (
    APIError,
    AuthenticationError,
    InvalidInputError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
)
from zoomlink.zoom.calls import api_request, call
from zoomlink.zoom.flow import NeedToken, Now, Response, Send
from zoomlink.zoom.retry import RetryPolicy

POLICY = RetryPolicy()
OK = answer(200, {"ok": True})
MADE = answer(201, meeting_answer())
EXPIRED = refusal(401, 124, "Access token is expired.")
TOO_FAST = refusal(429, 429, "You have reached the maximum per-second rate limit for this API. Try again later.")
DAILY = refusal(429, 429, "You have reached the maximum daily rate limit for this API.")
HOST_DAILY = refusal(429, 429, "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests")
LOST = TransportError("It broke.", sent=True)
NOT_SENT = TransportError("It was not reached.", sent=False)
BAD_CERTIFICATE = TransportError("The certificate is not valid.", sent=False, retryable=False)
HTML = Response(502, {"content-type": "text/html"}, b"<html>Bad gateway</html>")


def get(policy: RetryPolicy = POLICY) -> Any:
    return call("GET", "/users/me", policy=policy)


def post(policy: RetryPolicy = POLICY) -> Any:
    return call("POST", "/users/me/meetings", policy=policy, body={"topic": "x"})


# What is sent ---------------------------------------------------------------------------------------------------------


def test_a_request_is_complete() -> None:
    request = api_request(
        token("t-1"), "POST", "/users/me/meetings", {"a": "1 2&3", "b": None, "c": True}, {"topic": "São"}
    )
    assert (request.method, request.url) == ("POST", "https://api.zoom.us/v2/users/me/meetings?a=1%202%263&c=true")
    assert request.headers == {
        "Authorization": "Bearer t-1",
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    assert request.body == '{"topic":"São"}'.encode()


def test_a_request_without_a_body_has_none() -> None:
    request = api_request(token(), "GET", "/users/me")
    assert request.url == "https://api.zoom.us/v2/users/me"
    assert request.body == b""
    assert "Content-Type" not in request.headers


@pytest.mark.parametrize(
    ("value", "written"),
    [(True, "true"), (False, "false"), (30, "30"), ("a/b", "a%2Fb"), (["1", "2"], "1%2C2"), (("1",), "1"), ("", "")],
)
def test_query_values_are_written_as_zoom_reads_them(value: Any, written: str) -> None:
    assert api_request(token(), "GET", "/x", {"q": value}).url == f"https://api.zoom.us/v2/x?q={written}"


CYCLE: list[Any] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    "body",
    [{"a": float("nan")}, {"a": float("inf")}, {"a": datetime(2031, 1, 1, tzinfo=UTC)}, {"a": {1, 2}}, {"a": "\ud800"},
     {("a", "b"): 1}, CYCLE, {"a": b"x"}],
    ids=["nan", "inf", "datetime", "set", "half-character", "tuple-key", "cycle", "bytes"],
)  # fmt: skip
def test_a_body_that_cannot_be_json_is_refused_before_anything_is_sent(body: Any) -> None:
    driver = drive()
    with pytest.raises(InvalidInputError, match=r"^The body cannot be written as JSON: ") as caught:
        driver.run(call("POST", "/x", policy=POLICY, body=body), [])
    assert caught.value.field == "body"
    assert driver.sent == 0


def test_a_query_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        drive().run(call("GET", "/x", policy=POLICY, query={"q": "\ud800"}), [])


# Reads ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        [OK],
        [LOST, OK],
        [NOT_SENT, OK],
        [LOST, NOT_SENT, LOST, OK],
        [HTML, OK],
        [answer(500), answer(503), answer(504), OK],
        [answer(408), OK],
        [TOO_FAST, OK],
        [refusal(400, 429, "Too fast."), OK],
        [refusal(200, 429, "Too fast."), OK],
        [EXPIRED, OK],
        [refusal(400, 124, "Access token is expired."), OK],
        [answer(401), OK],
        [LOST, EXPIRED, LOST, OK],
    ],
    ids=lambda script: "-".join(str(getattr(step, "status", "lost")) for step in script),
)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_what_may_be_repeated_is_repeated_until_it_succeeds(method: str, script: list[Any]) -> None:
    driver = drive()
    assert driver.run(call(method, "/x", policy=POLICY), script) == OK
    assert driver.sent == len(script)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (LOST, TransportError),
        (NOT_SENT, TransportError),
        (answer(500), ServerError),
        (HTML, ServerError),
        (answer(408), ServerError),
        (TOO_FAST, RateLimitError),
        (refusal(200, 4001, "Too fast."), RateLimitError),
    ],
)
def test_a_read_is_given_up_after_as_many_tries_as_the_policy_says(step: Any, kind: type[Exception]) -> None:
    driver = drive()
    with pytest.raises(kind):
        driver.run(get(), [step] * 4)
    assert driver.sent == 4
    assert driver.slept == [(0.25, 0.25), (0.5, 0.5), (1.0, 1.0)]


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (refusal(404, 3001, "Meeting does not exist: 1."), NotFoundError),
        (refusal(400, 300, "Validation Failed."), InvalidRequestError),
        (answer(501), ServerError),
        (BAD_CERTIFICATE, TransportError),
        (DAILY, RateLimitError),
        (HOST_DAILY, RateLimitError),
        (refusal(400, 429, "You have reached the maximum daily rate limit for this API."), RateLimitError),
        (answer(302, location="https://evil.example/"), UnexpectedResponseError),
        (answer(304), UnexpectedResponseError),
        (refusal(400, 4711, "Invalid access token, does not contain scopes:[a:b]."), APIError),
        (refusal(401, 1010, "User not found on this account: a1."), NotFoundError),
    ],
)
def test_a_read_that_would_fail_the_same_way_is_sent_once(step: Any, kind: type[Exception]) -> None:
    driver = drive()
    with pytest.raises(kind):
        driver.run(get(), [step])
    assert driver.sent == 1
    assert driver.slept == []
    assert driver.rejected == [None]


def test_a_rejected_token_is_renewed_once_and_the_second_no_is_an_answer() -> None:
    driver = drive()
    with pytest.raises(AuthenticationError) as caught:
        driver.run(get(), [EXPIRED, EXPIRED])
    assert caught.value.name == "token-expired"
    assert driver.rejected == [None, "token-1"]
    assert [request.headers["Authorization"] for request in driver.requests] == ["Bearer token-1", "Bearer token-2"]


def test_the_new_tokens_address_is_used() -> None:
    driver = drive()
    driver.run(get(), [EXPIRED, OK], tokens=[token("a"), token("b", api_url="https://api-eu.zoom.us")])
    assert driver.requests[1].url == "https://api-eu.zoom.us/v2/users/me"


def test_a_refused_token_request_is_the_callers_error() -> None:
    refused = AuthenticationError("No.", status_code=400)
    driver = drive()
    with pytest.raises(AuthenticationError):
        driver.run(get(), [], tokens=[refused])
    with pytest.raises(AuthenticationError):
        driver.run(post(), [], tokens=[refused])
    assert driver.sent == 0


@pytest.mark.parametrize(
    ("header", "wait"),
    [("3", 3.0), ("0", 0.25), ("2031-06-04T18:00:05Z", 5.0), ("Wed, 04 Jun 2031 18:00:05 GMT", 5.0), ("soon", 0.25)],
)
def test_what_zoom_asks_to_wait_is_waited_and_never_less_than_our_own(header: str, wait: float) -> None:
    for flow, last in ((get(), OK), (post(), MADE)):
        driver = drive()
        driver.run(flow, [refusal(429, 429, "Too fast.", retry_after=header), last])
        assert driver.slept == [(wait, 0.25)]


def test_a_date_to_wait_for_is_counted_from_the_answer_and_not_from_the_question() -> None:
    driver = drive()
    driver.run(get(), [refusal(429, 429, "Too fast.", retry_after="2031-06-04T18:00:25Z"), OK], sending_takes=20)
    assert driver.slept == [(5.0, 0.25)]


# The deadline ---------------------------------------------------------------------------------------------------------


def test_a_wait_longer_than_the_deadline_is_not_begun() -> None:
    for flow in (get(), post()):
        driver = drive()
        with pytest.raises(RateLimitError) as caught:
            driver.run(flow, [refusal(429, 429, "Too fast.", retry_after="60")])
        assert caught.value.retry_after is not None
        assert driver.slept == []


def test_each_sending_gets_what_is_left_of_the_deadline() -> None:
    driver = drive()
    with pytest.raises(ServerError):
        driver.run(get(RetryPolicy(timeout=30, deadline=60)), [answer(503)] * 3, sending_takes=25)
    assert driver.timeouts == [30, 30, 60 - 25 - 0.5 - 25 - 1.0]


@pytest.mark.parametrize("make", [get, post])
def test_the_deadline_bounds_a_renewed_token_too(make: Any) -> None:
    driver = drive()
    with pytest.raises((AuthenticationError, TransportError, ServerError, RateLimitError)):
        driver.run(make(RetryPolicy(timeout=30, deadline=60)), [EXPIRED, TOO_FAST], sending_takes=29.8)
    assert driver.timeouts == [30, 30]
    assert driver.clock.ticks - 1000 <= 60


@pytest.mark.parametrize("make", [get, post])
def test_nothing_is_sent_once_no_time_is_left(make: Any) -> None:
    driver = drive()
    with pytest.raises(TransportError) as caught:
        driver.run(make(RetryPolicy(deadline=60)), [EXPIRED], sending_takes=60)
    assert caught.value.sent is False
    assert type(caught.value) is TransportError
    assert driver.sent == 1


@pytest.mark.parametrize("make", [get, post])
def test_the_time_a_token_takes_counts_toward_the_deadline(make: Any) -> None:
    driver = drive()
    flow = make(RetryPolicy(timeout=30, deadline=60))
    assert isinstance(next(flow), Now)
    assert isinstance(flow.send(driver.clock.now()), NeedToken)
    driver.clock.advance(50)
    assert isinstance(flow.send(token()), Now)
    step = flow.send(driver.clock.now())
    assert isinstance(step, Send)
    assert step.timeout == 10
    flow.close()


# Writes that must not happen twice ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        [MADE],
        [NOT_SENT, MADE],
        [NOT_SENT, NOT_SENT, NOT_SENT, MADE],
        [TOO_FAST, MADE],
        [refusal(429, 4001, "Too fast."), MADE],
        [refusal(400, 429, "Too fast."), MADE],
        [refusal(200, 429, "Too fast."), MADE],
        [EXPIRED, MADE],
        [refusal(400, 124, "Access token is expired."), MADE],
        [NOT_SENT, EXPIRED, TOO_FAST, MADE],
    ],
    ids=lambda script: "-".join(str(getattr(step, "status", "lost")) for step in script),
)
def test_a_write_that_certainly_did_not_happen_is_sent_again(script: list[Any]) -> None:
    driver = drive()
    assert driver.run(post(), script) == MADE
    assert driver.sent == len(script)


MAYBE = {
    "lost": LOST,
    "lost-for-good": TransportError("It broke.", sent=True, retryable=False),
    "too-large": TransportError("More than 8 MB.", sent=True, retryable=False),
    "500": answer(500),
    "500-envelope": refusal(500, 429, "Too fast."),
    "502": HTML,
    "503": answer(503, retry_after="1"),
    "504": answer(504),
    "408": answer(408),
    "301": answer(301, location="https://evil.example/"),
    "302": answer(302, location="https://evil.example/"),
    "307": answer(307, location="https://evil.example/"),
    "304": answer(304),
    "200-html": Response(200, {"content-type": "text/html"}, b"<html>Sign in</html>"),
    "201-empty": answer(201),
    "201-half": answer(201, b'{"id": 8123'),
    "201-nan": answer(201, b'{"id": NaN}'),
    "201-twice": answer(201, b'{"id": 1, "id": 2}'),
    "201-array": answer(201, [1]),
    "201-utf16": answer(201, '{"id": 1}'.encode("utf-16")),
    "201-deep": answer(201, b"[" * 200_000),
    "200-refusal": refusal(200, 300, "Validation Failed."),
    "401-html": Response(401, {"content-type": "text/html"}, b"<html>"),
    "403-html": Response(403, {"content-type": "text/html"}, b"<html>"),
    "404-empty": answer(404),
    "407": Response(407, {"content-type": "text/html"}, b"<html>"),
    "400-other-json": answer(400, {"error": "x"}),
    "101": answer(101),
}


@pytest.mark.parametrize("step", MAYBE.values(), ids=MAYBE)
@pytest.mark.parametrize("before", [[], [NOT_SENT], [TOO_FAST], [EXPIRED]], ids=["first", "unsent", "limit", "token"])
def test_a_write_that_may_have_happened_is_never_sent_again(before: list[Any], step: Any) -> None:
    driver = drive()
    with pytest.raises(OutcomeUnknownError) as caught:
        driver.run(post(), [*before, step])
    assert driver.sent == len(before) + 1
    assert caught.value.sent is True
    assert caught.value.retryable is False
    assert str(caught.value).startswith("It is not known whether Zoom did it. ")
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("status", range(100, 600))
def test_no_status_sends_a_write_again_unless_it_was_refused_for_the_moment(status: int) -> None:
    for body in (b"", b"<html>", b'{"hello":1}', b'{"code":300,"message":"x"}'):
        driver = drive()
        step = Response(status, {}, body)
        if status == 429:
            assert driver.run(post(), [step, MADE]) == MADE
            continue
        with contextlib.suppress(APIError, OutcomeUnknownError):
            driver.run(post(), [step])
        assert driver.sent == 1


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (refusal(400, 300, "Validation Failed."), InvalidRequestError),
        (refusal(404, 1001, "User does not exist: u1."), NotFoundError),
        (refusal(400, 4711, "Invalid access token, does not contain scopes:[a:b]."), APIError),
        (refusal(401, 1010, "User not found on this account: a1."), NotFoundError),
        (DAILY, RateLimitError),
        (HOST_DAILY, RateLimitError),
        (refusal(400, 429, "You have exceeded the daily rate limit (100) of Meeting Create/Update API"), RateLimitError),
        (refusal(200, 429, "You have exceeded the daily rate limit (100) of Meeting Create/Update API"), RateLimitError),
        (BAD_CERTIFICATE, TransportError),
    ],
)  # fmt: skip
def test_a_write_that_is_refused_is_sent_once(step: Any, kind: type[Exception]) -> None:
    driver = drive()
    with pytest.raises(kind):
        driver.run(post(), [step])
    assert driver.sent == 1
    assert driver.slept == []


@pytest.mark.parametrize("step", [NOT_SENT, TOO_FAST])
def test_a_write_is_tried_as_often_as_the_policy_says(step: Any) -> None:
    driver = drive()
    with pytest.raises((TransportError, RateLimitError)):
        driver.run(post(), [step] * 4)
    assert driver.sent == 4
    assert driver.slept == [(0.25, 0.25), (0.5, 0.5), (1.0, 1.0)]
    driver = drive()
    with pytest.raises((TransportError, RateLimitError)):
        driver.run(post(RetryPolicy(attempts=1)), [step])
    assert driver.sent == 1


def test_a_write_renews_its_token_once() -> None:
    driver = drive()
    with pytest.raises(AuthenticationError):
        driver.run(post(), [EXPIRED, EXPIRED])
    assert driver.rejected == [None, "token-1"]


def test_the_tracking_id_of_an_open_outcome_is_kept_and_made_fit_to_show() -> None:
    with pytest.raises(OutcomeUnknownError) as caught:
        drive().run(post(), [answer(500, x_zm_trackingid="WEB_1\x9b31m zak=canary " + "x" * 500)])
    shown = caught.value.tracking_id or ""
    assert shown.startswith("WEB_1 31m zak=***")
    assert len(shown) <= 120


def test_a_write_without_a_body_to_answer_with_is_done() -> None:
    for step in (answer(204), answer(202)):
        assert drive().run(post(), [step]) == step


def test_whoever_knows_better_says_whether_a_call_may_be_repeated() -> None:
    driver = drive()
    assert driver.run(call("POST", "/x", policy=POLICY, repeatable=True), [LOST, OK]) == OK
    with pytest.raises(OutcomeUnknownError):
        drive().run(call("PATCH", "/x", policy=POLICY, repeatable=False), [LOST])


def test_the_same_bytes_go_out_every_time() -> None:
    driver = drive()
    driver.run(post(), [NOT_SENT, TOO_FAST, MADE])
    assert len({(request.method, request.url, request.body) for request in driver.requests}) == 1
    assert json.loads(driver.requests[0].body) == {"topic": "x"}


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "PUT"])
def test_a_web_page_that_says_success_is_no_answer_to_a_write(method: str) -> None:
    page = Response(200, {"content-type": "text/html"}, b"<h1>Welcome</h1>")
    with pytest.raises(UnexpectedResponseError, match="a web page"):
        drive().run(call(method, "/meetings/1", policy=POLICY), [page])
