"""Mistakes that other Zoom clients make, each as a test that this one does not. Named after what goes wrong there."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.helpers import NOW, FakeClock, answer, drive, meeting_answer, refusal, settings, token

from zoomlink.client.base import create_flow, request_flow, update_flow
from zoomlink.client.sync_client import ZoomClient
from zoomlink.client.tokens import MemoryTokens
from zoomlink.config import Credentials
from zoomlink.errors import AuthenticationError, NotFoundError, OutcomeUnknownError, RateLimitError
from zoomlink.secret import Secret
from zoomlink.zoom import meetings, oauth, past, users
from zoomlink.zoom.retry import RetryPolicy, parse_retry_after

if TYPE_CHECKING:
    from zoomlink.zoom.flow import Request, Response

POLICY = RetryPolicy()


def create(**given: Any) -> Any:
    return create_flow(
        "alice@example.com",
        **{"topic": "Piano lesson", "start": "2031-12-01T21:24Z", "timezone": None, "default_timezone": None} | given,
        policy=POLICY,
    )


class Network:
    """Answers each request by the next of a list, and remembers them."""

    def __init__(self, *answers: Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def send(self, request: Request, timeout: float) -> Response:
        assert 0 < timeout <= POLICY.timeout
        self.requests.append(request)
        result = self.answers.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    def close(self) -> None:
        """Nothing to close."""


TOKEN = {"access_token": "t1", "token_type": "bearer", "expires_in": 3600, "api_url": "https://api.zoom.us"}


# Times ------------------------------------------------------------------------------------------------------------


def test_aware_start_keeps_its_instant() -> None:
    run = drive()
    start = datetime(2031, 12, 1, 9, 0, tzinfo=timezone(timedelta(hours=5)))
    run.run(create(start=start), [answer(201, meeting_answer(start_time="2031-12-01T04:00:00Z"))])
    assert json.loads(run.requests[0].body)["start_time"] == "2031-12-01T04:00:00Z"


def test_naive_start_is_never_stamped_as_utc() -> None:
    run = drive()
    start = datetime(2031, 12, 1, 18, 24)  # noqa: DTZ001 - the point
    run.run(create(start=start, timezone="America/Sao_Paulo"), [answer(201, meeting_answer())])
    assert json.loads(run.requests[0].body)["start_time"] == "2031-12-01T21:24:00Z"


# Tokens -----------------------------------------------------------------------------------------------------------


def test_token_is_renewed_when_its_hour_is_over_without_anybody_asking() -> None:
    clock = FakeClock()
    network = Network(answer(200, TOKEN), answer(200, {}), answer(200, TOKEN | {"access_token": "t2"}), answer(200, {}))
    with ZoomClient(settings(), sender=network, clock=clock) as zoom:
        zoom.request("GET", "/users/me")
        clock.advance(3600)
        zoom.request("GET", "/users/me")
    assert network.requests[3].headers["Authorization"] == "Bearer t2"


def test_failed_token_request_raises_there_and_then() -> None:
    network = Network(answer(400, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}))
    with ZoomClient(settings(), sender=network, clock=FakeClock()) as zoom, pytest.raises(AuthenticationError):
        zoom.users.get("me")
    assert len(network.requests) == 1


def test_token_that_zoom_no_longer_accepts_is_not_used_again() -> None:
    clock = FakeClock()
    no = refusal(401, 124, "Invalid access token.")
    network = Network(
        answer(200, TOKEN), no, answer(200, TOKEN | {"access_token": "t2"}), answer(200, {}), answer(200, {})
    )
    with ZoomClient(settings(), sender=network, clock=clock) as zoom:
        zoom.request("GET", "/users/me")
        zoom.request("GET", "/users/me")
    used = [request.headers["Authorization"] for request in network.requests if "/v2/" in request.url]
    assert used == ["Bearer t1", "Bearer t2", "Bearer t2"]


def test_two_accounts_in_one_process_keep_their_tokens_apart() -> None:
    one, other = (
        Network(answer(200, TOKEN | {"access_token": name}), answer(200, {}), answer(200, {}))
        for name in ("one", "other")
    )
    first = ZoomClient(settings(), sender=one, clock=FakeClock())
    second = ZoomClient(settings(), sender=other, clock=FakeClock())
    first.request("GET", "/users/me")
    second.request("GET", "/users/me")
    first.request("GET", "/users/me")
    assert one.requests[-1].headers["Authorization"] == "Bearer one"
    assert other.requests[-1].headers["Authorization"] == "Bearer other"


def test_callers_that_meet_the_same_dead_token_renew_it_once() -> None:
    fetched = [token("t1"), token("t2"), token("t3")]
    source = MemoryTokens(lambda _rejected: fetched.pop(0), FakeClock().now)
    dead = source.get(None)
    assert {source.get(dead).value.reveal() for _ in range(3)} == {"t2"}


def test_credentials_go_out_in_plain_base64() -> None:
    run = drive()
    # These bytes come out as "+" and "/" in base64, and as "-" and "_" in its other alphabet.
    credentials = Credentials("account", "client", Secret("~~~???>>>"))
    run.run(oauth.fetch_token(replace(settings(), credentials=credentials), POLICY), [answer(200, TOKEN)])
    expected = base64.b64encode(b"client:~~~???>>>").decode()
    assert {"+", "/"} & set(expected)
    assert run.requests[0].headers["Authorization"] == f"Basic {expected}"


# Requests ---------------------------------------------------------------------------------------------------------


def test_post_body_is_json_as_its_content_type_says() -> None:
    run = drive()
    run.run(create(), [answer(201, meeting_answer())])
    assert run.requests[0].headers["Content-Type"] == "application/json"
    assert json.loads(run.requests[0].body)["topic"] == "Piano lesson"


def test_post_is_not_replayed_after_a_server_error() -> None:
    run = drive()
    with pytest.raises(OutcomeUnknownError):
        run.run(create(), [answer(502)])
    assert run.sent == 1


def test_every_call_has_a_timeout() -> None:
    run = drive()
    run.run(create(), [answer(201, meeting_answer())])
    run.run(users.get("me", policy=POLICY), [answer(200, {})])
    run.run(request_flow("GET", "/users/me/settings", query=None, body=None, policy=POLICY), [answer(200, {})])
    assert [0 < timeout <= POLICY.timeout for timeout in run.timeouts] == [True] * 3


def test_limits_are_waited_for_however_often_they_come_in_one_process() -> None:
    run = drive()
    busy = refusal(429, 429, "You have reached the maximum per-second rate limit for this API. Try again later.")
    for _ in range(12):
        run.run(users.get("me", policy=POLICY), [busy, answer(200, {})])
    assert run.sent == 24


def test_uuid_with_slashes_reaches_zoom_whole() -> None:
    run = drive()
    run.run(past.get("/abc+def//hijklmnopqrs==", policy=POLICY), [answer(200, {})])
    assert run.requests[0].url.endswith("/past_meetings/%252Fabc%252Bdef%252F%252Fhijklmnopqrs%253D%253D")


# Answers ----------------------------------------------------------------------------------------------------------


def test_create_answer_without_optional_fields_is_a_meeting() -> None:
    body = meeting_answer()
    for name in ("password", "h323_password", "pstn_password", "encrypted_password", "settings", "timezone"):
        body.pop(name, None)
    found = drive().run(create(), [answer(201, body)])
    assert (found.id, found.passcode) == (81234567890, None)


def test_error_without_json_is_zooms_error_and_not_a_decoding_error() -> None:
    with pytest.raises(NotFoundError, match="HTTP 404"):
        drive().run(users.get("me", policy=POLICY), [answer(404, b"<html>nothing here</html>")])


def test_empty_answer_is_none_and_not_a_decoding_error() -> None:
    flow = request_flow("PATCH", "/meetings/1", query=None, body={"topic": "x"}, policy=POLICY)
    assert drive().run(flow, [answer(204)]) is None


def test_update_sends_what_is_given_and_invents_nothing() -> None:
    run = drive()
    run.run(
        update_flow(81234567890, policy=POLICY, agenda="New"), [answer(204), answer(200, meeting_answer(agenda="New"))]
    )
    assert json.loads(run.requests[0].body) == {"agenda": "New"}


# Lists ------------------------------------------------------------------------------------------------------------


def test_filter_stays_on_every_page() -> None:
    run = drive()
    pages = [answer(200, {"meetings": [], "next_page_token": mark}) for mark in "ab"] + [answer(200, {"meetings": []})]
    run.run(meetings.pages("alice@example.com", policy=POLICY, type="upcoming").rest(), pages)
    queries = [parse_qs(urlsplit(request.url).query) for request in run.requests]
    assert [query["type"] for query in queries] == [["upcoming"]] * 3
    assert [query.get("next_page_token") for query in queries] == [None, ["a"], ["b"]]


# Limits -----------------------------------------------------------------------------------------------------------


def test_retry_after_as_a_date_is_a_date_and_not_the_seconds_of_its_year() -> None:
    assert parse_retry_after("2031-06-05T00:00:00Z", NOW) == timedelta(hours=6)


def test_daily_limit_is_not_tried_again_every_minute() -> None:
    run = drive()
    limit = refusal(
        429,
        429,
        "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this "
        "particular user. You may resume these requests at GMT 00:00:00.",
    )
    with pytest.raises(RateLimitError) as caught:
        run.run(create(), [limit])
    assert (run.sent, run.slept) == (1, [])
    assert caught.value.retry_after == timedelta(hours=6)
    assert caught.value.daily
    assert datetime(2031, 6, 5, tzinfo=UTC) == NOW + timedelta(hours=6)
