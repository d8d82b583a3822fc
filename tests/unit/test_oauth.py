"""The token: how it is asked for, which answers are believed, and where the token may go."""

# ruff: noqa: E501 - tables read better whole

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import NOW, answer, drive, settings

from zoomlink.config import Credentials, Settings
from zoomlink.errors import (
    AuthenticationError,
    RateLimitError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
    ZoomLinkError,
)
from zoomlink.secret import Secret
from zoomlink.zoom.oauth import fetch_token, life_of, read_token, token_request
from zoomlink.zoom.retry import RetryPolicy

if TYPE_CHECKING:
    from zoomlink.zoom.flow import Response

POLICY = RetryPolicy()
GOOD = {
    "access_token": "canary-token",
    "token_type": "bearer",
    "expires_in": 3600,
    "scope": "a:b c:d",
    "api_url": "https://api-eu.zoom.us",
}
HTML = b"<!doctype html><title>Sign in to the Wi-Fi</title>"
LOST = TransportError("It broke.", sent=True)


def body(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}


def test_the_request_is_a_form_with_basic_authentication() -> None:
    odd = Credentials("acc&ount=1", "a-client", Secret("s:e/c+r?et"))
    request = token_request("https://zoom.us", odd)
    assert (request.method, request.url) == ("POST", "https://zoom.us/oauth/token")
    assert parse_qs(request.body.decode()) == {"grant_type": ["account_credentials"], "account_id": ["acc&ount=1"]}
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    scheme, _, encoded = request.headers["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(encoded)) == ("Basic", b"a-client:s:e/c+r?et")
    assert "canary" not in repr(request)


def test_a_good_answer_is_read() -> None:
    found = read_token(answer(200, GOOD), settings(), NOW)
    assert found.value == Secret("canary-token")
    assert found.api_url == "https://api-eu.zoom.us"
    assert found.expires_at == NOW + timedelta(hours=1)
    assert found.renew_at == NOW + timedelta(minutes=59)
    assert found.scopes == {"a:b", "c:d"}
    assert "canary" not in repr(found)


@pytest.mark.parametrize(
    ("given_", "life"),
    [
        (3600, 3600), (3599, 3599), ("3600", 3600), (3600.9, 3600.9), (1, 1), (59, 59), (86_400, 86_400),
        # What makes no sense counts as an hour; the first 401 heals a wrong guess.
        (None, 3600), (0, 3600), (0.4, 3600), (-1, 3600), ("0", 3600), (float("nan"), 3600), ("soon", 3600), ("", 3600), ("-5", 3600),
        (True, 3600), ([], 3600), ({}, 3600), (-(10**400), 3600), (float("-inf"), 3600),
        # And nothing lives longer than a day.
        (10**12, 86_400), (10**400, 86_400), (float("inf"), 86_400), ("999999999999", 86_400), ("9" * 30, 3600),
    ],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_how_long_a_token_lives(given_: Any, life: float) -> None:
    assert life_of(given_) == timedelta(seconds=life)


@pytest.mark.parametrize(
    ("written", "life"),
    [
        ("3600", 3600),
        ('"3600"', 3600),
        ("0", 3600),
        ("-1", 3600),
        ("1e999", 86_400),
        ("-1e999", 3600),
        ("9" * 400, 86_400),
        ("null", 3600),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_token_is_renewed_in_time(written: str, life: float) -> None:
    found = read_token(answer(200, f'{{"access_token":"t","expires_in":{written}}}'.encode()), settings(), NOW)
    assert found.expires_at == NOW + timedelta(seconds=life)
    assert found.renew_at == found.expires_at - timedelta(seconds=60)


def test_a_short_life_keeps_half_of_itself() -> None:
    found = read_token(answer(200, body(expires_in=10)), settings(), NOW)
    assert (found.expires_at, found.renew_at) == (NOW + timedelta(seconds=10), NOW + timedelta(seconds=5))


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "two words",
        "line\nend",
        "line\r\nX-Evil: 1",
        "tab\t",
        "nul\x00",
        "é",
        "x" * 65_536,
        "x" * 16_385,
        None,
        5,
        [],
        ...,
    ],
    ids=repr,
)
def test_a_token_that_cannot_be_sent_is_not_taken(value: Any) -> None:
    with pytest.raises(UnexpectedResponseError, match="a token answer without a usable token") as caught:
        read_token(answer(200, body(access_token=value)), settings(), NOW)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "response",
    [answer(200), answer(200, HTML, content_type="text/html"), answer(200, [GOOD]), answer(200, b'{"access_token":"canary-tok'),
     answer(200, b"[" * 200_000), answer(200, b'{"access_token":"a","access_token":"b"}')],
)  # fmt: skip
def test_an_answer_that_is_no_token_is_called_unreadable(response: Response) -> None:
    driver = drive()
    with pytest.raises(UnexpectedResponseError) as caught:
        driver.run(fetch_token(settings(), POLICY), [response])
    assert "canary" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://api.zoom.us", "https://api.zoom.us"),
        ("https://api-us.zoom.us/", "https://api-us.zoom.us"),
        ("https://acme.zoom.us", "https://acme.zoom.us"),
        ("https://api.zoomgov.com", "https://api.zoomgov.com"),
        ("https://api.zoom.us/v2", "https://api.zoom.us"),
        ("", "https://api.zoom.us"),
        (None, "https://api.zoom.us"),
        (..., "https://api.zoom.us"),
    ],
)
def test_the_address_of_the_api_is_taken_from_the_answer(url: Any, taken: str) -> None:
    assert read_token(answer(200, body(api_url=url)), settings(), NOW).api_url == taken


@pytest.mark.parametrize(
    "url",
    ["https://evil.example", "http://api.zoom.us", "https://api.zoom.us.evil.example", "https://api.zoom.us@evil.example",
     "https://evil.example\\@api.zoom.us", "https://api.zoom.us:8443", "https://api.zoom.us?x=", "https://api.zoom.us#",
     "http://127.0.0.1:1", "http://localhost", "https://127.0.0.1", "javascript:x", "api.zoom.us", "https://evil.example\t.zoom.us",
     5, True, ["https://api.zoom.us"], {}, "x" * 100_000],
    ids=lambda url: repr(url)[:40],
)  # fmt: skip
def test_a_token_is_never_taken_to_a_foreign_address(url: Any) -> None:
    with pytest.raises(UnexpectedResponseError, match="which is not Zoom's") as caught:
        read_token(answer(200, body(api_url=url)), settings(), NOW)
    assert caught.value.hint == (
        "The token was not sent there. Set ZOOM_API_URL to your account's address, such as https://api.zoom.us, to go on."
    )
    assert len(str(caught.value)) < 400


def test_beside_a_sandbox_the_api_may_be_on_loopback() -> None:
    local = settings(oauth_url="http://127.0.0.1:8765")
    assert read_token(answer(200, body(api_url="http://127.0.0.1:9")), local, NOW).api_url == "http://127.0.0.1:9"
    assert read_token(answer(200, body(api_url=...)), local, NOW).api_url == "http://127.0.0.1:8765"
    with pytest.raises(UnexpectedResponseError):
        read_token(answer(200, body(api_url="http://10.0.0.1")), local, NOW)


def test_what_is_set_wins_over_the_answer() -> None:
    chosen = settings(api_url="https://api-sg.zoom.us")
    for url in ("https://api-eu.zoom.us", "https://evil.example", 5):
        assert read_token(answer(200, body(api_url=url)), chosen, NOW).api_url == "https://api-sg.zoom.us"


@pytest.mark.parametrize("scope", [None, 5, "", [], ...])
def test_scopes_that_are_no_text_are_none(scope: Any) -> None:
    assert read_token(answer(200, body(scope=scope)), settings(), NOW).scopes == frozenset()


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (400, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}, AuthenticationError),
        (400, {"reason": "Bad Request", "error": "invalid_request"}, AuthenticationError),
        (400, {"reason": "unsupported grant type", "error": "unsupported_grant_type"}, AuthenticationError),
        (401, {}, AuthenticationError),
        (401, None, AuthenticationError),
        (403, {"error": "x"}, AuthenticationError),
    ],
)
def test_refused_credentials_are_asked_about_once(status: int, said: Any, kind: type[Exception]) -> None:
    driver = drive()
    with pytest.raises(kind) as caught:
        driver.run(fetch_token(settings(), POLICY), [answer(status, said, x_zm_trackingid="WEB_1")])
    assert driver.sent == 1
    assert "a-secret" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    "response",
    [
        answer(301, location="https://evil.example"),
        answer(302, HTML, content_type="text/html", location="http://portal.example"),
        answer(307),
        answer(204),
        answer(202, {}),
        answer(201, GOOD),
        answer(400, HTML, content_type="text/html"),
        answer(403, HTML, content_type="text/html; charset=utf-8"),
        answer(404, HTML, content_type="text/html"),
        answer(407, HTML, content_type="text/html"),
    ],
    ids=lambda response: str(response.status),
)
def test_something_in_between_is_not_mistaken_for_zoom_refusing_the_credentials(response: Response) -> None:
    driver = drive()
    with pytest.raises(UnexpectedResponseError):
        driver.run(fetch_token(settings(), POLICY), [response])
    assert driver.sent == 1


@pytest.mark.parametrize(
    "step", [LOST, TransportError("x", sent=False), answer(500), answer(502, HTML), answer(429), answer(408)]
)
def test_trouble_is_tried_again(step: Any) -> None:
    driver = drive()
    assert driver.run(fetch_token(settings(), POLICY), [step, answer(200, GOOD)]).value == Secret("canary-token")
    assert driver.sent == 2


@pytest.mark.parametrize(
    ("step", "kind"),
    [(LOST, TransportError), (answer(503), ServerError), (answer(520), ServerError), (answer(429), RateLimitError)],
)
def test_trouble_that_stays_is_told(step: Any, kind: type[Exception]) -> None:
    driver = drive()
    with pytest.raises(kind):
        driver.run(fetch_token(settings(), POLICY), [step] * 4)
    assert driver.sent == 4


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=6
)  # fmt: skip


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(GOOD, JSON)))
def test_no_answer_breaks_the_reading(found: dict[str, Any]) -> None:
    local: Settings = settings()
    try:
        read = read_token(answer(200, found), local, NOW)
    except ZoomLinkError as error:
        str(error).encode()
        return
    assert read.api_url.startswith("https://")
    assert NOW < read.renew_at < read.expires_at
