"""What Zoom's errors mean: every text of its documentation has its row, and the row says who is at fault."""

# ruff: noqa: E501 - tables read better whole

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import NOW, answer, refusal

from zoomlink import errors
from zoomlink.errors import APIError, MissingScopeError, RateLimitError
from zoomlink.zoom.answers import api_error, token_error
from zoomlink.zoom.meanings import API_MEANINGS, TOKEN_MEANINGS, api_meaning, token_meaning

API_ROWS = [
    # HTTP, code, text, our name, class, slug
    (400, 300, "Request Body should be a valid JSON object.", "not-json", "InvalidRequestError", "refused"),
    (400, 300, "Validation Failed.", "invalid-fields", "InvalidRequestError", "refused"),
    (400, 300, "The value that you entered in the schedule_for field is invalid. Enter a valid value and try again.", "bad-schedule-for", "InvalidRequestError", "refused"),
    (400, 300, "The value that you entered in the `schedule_for` field is invalid.", "bad-schedule-for", "InvalidRequestError", "refused"),
    (400, 300, "Invalid enforce_login_domains. Separate multiple domains with semicolons.", "bad-login-domains", "InvalidRequestError", "refused"),
    (400, 300, "Invalid parameter: `occurrence_id`.", "bad-occurrence", "NotFoundError", "not-found"),
    (400, 300, "Invalid meeting ID.", "bad-meeting-id", "InvalidRequestError", "refused"),
    (400, 300, "The next page token is invalid or expired.", "page-expired", "InvalidRequestError", "refused"),
    (404, 300, "Meeting ID does not exist.", "meeting-not-found", "NotFoundError", "not-found"),
    (400, 300, "This meeting has not registration required: 81234567890", "registration-off", "ConflictError", "conflict"),
    (400, 200, "Only available for paid users: u1.", "paid-only", "PermissionDeniedError", "not-permitted"),
    (400, 200, "Only available for paid account: a1.", "paid-only", "PermissionDeniedError", "not-permitted"),
    (400, 200, "No permission.", "no-permission", "PermissionDeniedError", "not-permitted"),
    (400, 200, "Invalid api key or secret.", "wrong-token-kind", "AuthenticationError", "credentials"),
    (400, 303, "This API can only be used for scheduled meeting(meeting type: 2). Batch registration is not supported for other meeting types.", "single-meetings-only", "InvalidRequestError", "refused"),
    (400, 404, "Registration has not been enabled for this meeting: 81234567890.", "registration-off", "ConflictError", "conflict"),
    (401, 124, "Invalid access token.", "token-invalid", "AuthenticationError", "credentials"),
    (401, 124, "Access token is expired.", "token-expired", "AuthenticationError", "credentials"),
    (401, 124, "Access token has expired.", "token-expired", "AuthenticationError", "credentials"),
    (400, 124, "Access token is expired.", "token-expired", "AuthenticationError", "credentials"),
    (401, 124, "Invalid access token, this access token is not supported as query parameter string.", "token-in-query", "AuthenticationError", "credentials"),
    (400, 4711, "Invalid access token, does not contain scopes:[meeting:write:meeting, meeting:write:meeting:admin].", "missing-scope", "MissingScopeError", "missing-scope"),
    (400, 4700, "Invalid access token, does not contain scopes:[meeting:write].", "missing-scope", "MissingScopeError", "missing-scope"),
    (400, 104, "Invalid access token, does not contain scopes:[meeting:write].", "missing-scope", "MissingScopeError", "missing-scope"),
    (403, None, "Access to the Zoom REST API has been denied for this account. Contact Zoom Support for details.", "api-denied", "PermissionDeniedError", "not-permitted"),
    (403, None, "authenticated user has not permitted access to the targeted resource", "not-permitted", "PermissionDeniedError", "not-permitted"),
    (403, 2306, "Not allowed to view meetings scheduled for others.", "others-hidden", "PermissionDeniedError", "not-permitted"),
    (404, 1001, "User does not exist: u1.", "host-not-found", "NotFoundError", "not-found"),
    (404, 3001, "User does not exist: u1.", "host-not-found", "NotFoundError", "not-found"),
    (404, 1001, "Meeting does not exist: 81234567890.", "meeting-not-found", "NotFoundError", "not-found"),
    (400, 1010, "User does not belong to this account: a1.", "host-in-other-account", "NotFoundError", "not-found"),
    (401, 1010, "User not found on this account: a1.", "host-in-other-account", "NotFoundError", "not-found"),
    (400, 1120, "A valid invitation to join the Zoom account was not found for this user.", "invitation-pending", "NotFoundError", "not-found"),
    (409, 1005, 'Email "a@example.com" has already been used.', "user-exists", "ConflictError", "conflict"),
    (400, 2300, "This API endpoint is not recognized.", "unknown-endpoint", "NotFoundError", "not-found"),
    (404, 2300, "This API endpoint is not recognized.", "unknown-endpoint", "NotFoundError", "not-found"),
    (400, 3000, "Instant meetings do not support the schedule_for parameter, and you can't schedule an instant meeting for another user.", "instant-schedule-for", "InvalidRequestError", "refused"),
    (400, 3000, "You cannot schedule a meeting for u1", "schedule-for-refused", "PermissionDeniedError", "not-permitted"),
    (400, 3000, "You cannot schedule a meeting for u1.", "schedule-for-refused", "PermissionDeniedError", "not-permitted"),
    (400, 3000, "Users in 'u1' have been blocked from joining meetings and webinars. To unblock them, go to the Settings page", "users-blocked", "InvalidRequestError", "refused"),
    (400, 3000, "Cannot access webinar info.", "is-webinar", "InvalidRequestError", "refused"),
    (400, 3000, "Cannot access webinar information.", "is-webinar", "InvalidRequestError", "refused"),
    (400, 3000, "The meeting's SIP URI does not exist: 81234567890.", "no-sip-uri", "NotFoundError", "not-found"),
    (400, 3000, "Prescheduling is only available for scheduled meetings (type 2) and recurring meetings with no fixed time (type 3).", "prescheduling", "InvalidRequestError", "refused"),
    (404, 3001, "Meeting does not exist: 81234567890.", "meeting-not-found", "NotFoundError", "not-found"),
    (404, 3001, "Meeting does not exist: 81234567890", "meeting-not-found", "NotFoundError", "not-found"),
    (400, 3002, "Meeting is in progress.", "meeting-running", "ConflictError", "conflict"),
    (400, 3003, "Not meeting host.", "not-the-host", "PermissionDeniedError", "not-permitted"),
    (400, 3007, "Meeting has ended.", "meeting-over", "ConflictError", "conflict"),
    (400, 3018, "Not allowed to delete PMI.", "personal-meeting", "ConflictError", "conflict"),
    (400, 3037, "Not allowed to delete PAC.", "personal-audio", "ConflictError", "conflict"),
    (400, 3038, "Meeting is over, you can not register now.", "registration-over", "ConflictError", "conflict"),
    (400, 3043, "Meeting has reached maximum attendee capacity.", "meeting-full", "ConflictError", "conflict"),
    (400, 3063, "Can not end on-premise user's meeting: 81234567890.", "on-premise", "ConflictError", "conflict"),
    (400, 3161, "Your user account is not allowed meeting hosting and scheduling capabilities.", "host-may-not-schedule", "PermissionDeniedError", "not-permitted"),
    (400, 3161, "Meeting hosting and scheduling capabilities are not allowed for your user account.", "host-may-not-schedule", "PermissionDeniedError", "not-permitted"),
    (400, 12702, "Cannot access a meeting a year ago.", "too-long-ago", "InvalidRequestError", "refused"),
    (429, 429, "You have reached the maximum per-second rate limit for this API. Try again later.", "too-fast", "RateLimitError", "rate-limited"),
    (429, 4001, "You have reached the maximum per-second rate limit for this API. Try again later.", "too-fast", "RateLimitError", "rate-limited"),
    (429, 429, "You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request.", "account-daily-limit", "RateLimitError", "daily-limit"),
    (429, 429, "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this particular user. You may resume these requests at GMT 00:00:00.", "host-daily-limit", "RateLimitError", "daily-limit"),
    (429, 429, "You have exceeded the daily rate limit of (3) for Add a webinar registrant API requests for the registrant (user@example.com). You can resume these API requests at GMT 00:00:00.", "registrant-daily-limit", "RateLimitError", "daily-limit"),
    (429, 429, "Too many concurrent requests. A request to disassociate this user has already been made.", "concurrent-requests", "RateLimitError", "rate-limited"),
    (429, None, "", "too-fast", "RateLimitError", "rate-limited"),
    # A limit in other clothes, seen behind gateways.
    (400, 429, "You have reached the maximum per-second rate limit for this API.", "too-fast", "RateLimitError", "rate-limited"),
    (400, 4001, "You have reached the maximum daily rate limit for this API.", "account-daily-limit", "RateLimitError", "daily-limit"),
    (200, 429, "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this particular user.", "host-daily-limit", "RateLimitError", "daily-limit"),
    # What no document names.
    (401, None, "", "unauthorised", "AuthenticationError", "credentials"),
    (403, None, "", "not-permitted", "PermissionDeniedError", "not-permitted"),
    (404, None, "", "not-found", "NotFoundError", "not-found"),
    (404, 1001, "Something does not exist.", "not-found", "NotFoundError", "not-found"),
    (409, None, "", "conflict", "ConflictError", "conflict"),
    (400, 9999, "Something new.", "refused", "InvalidRequestError", "refused"),
    (422, None, "", "refused", "InvalidRequestError", "refused"),
    (408, None, "", "zoom-failed", "ServerError", "zoom-failed"),
    (500, None, "", "zoom-failed", "ServerError", "zoom-failed"),
    (503, 1, "Busy", "zoom-failed", "ServerError", "zoom-failed"),
    (599, None, "", "zoom-failed", "ServerError", "zoom-failed"),
    (501, None, "", "not-imitated", "ServerError", "zoom-failed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "code", "text", "name", "kind", "slug"),
    API_ROWS,
    ids=[f"{row[0]}-{row[1]}-{row[2][:40]}" for row in API_ROWS],
)
def test_an_answer_of_the_api_means(status: int, code: int | None, text: str, name: str, kind: str, slug: str) -> None:
    error = api_error(answer(status, {"code": code, "message": text} if code is not None else {"message": text}), NOW)
    assert (error.name, type(error).__name__, error.slug) == (name, kind, slug)
    assert (error.status_code, error.code, error.zoom_message) == (status, code, text)
    assert isinstance(error, RateLimitError) is (slug in {"rate-limited", "daily-limit"})
    if isinstance(error, RateLimitError):
        assert error.daily is (slug == "daily-limit")


TOKEN_ROWS = [
    (400, "invalid_client", "Invalid client_id or client_secret", "wrong-client", "AuthenticationError"),
    (401, "invalid_client", "Invalid client_id or client_secret", "wrong-client", "AuthenticationError"),
    (400, "invalid_request", "Bad Request", "wrong-account", "AuthenticationError"),
    (400, "unsupported_grant_type", "unsupported grant type", "wrong-grant", "AuthenticationError"),
    (400, "invalid_request", "Invalid Token!", "wrong-account", "AuthenticationError"),
    (401, "invalid_grant", "Invalid Token!", "bad-grant", "AuthenticationError"),
    (400, "invalid_request", "The app has been disabled", "app-disabled", "AuthenticationError"),
    (400, None, "The app has been deactivated.", "app-disabled", "AuthenticationError"),
    (400, "new_word", "Something new", "token-refused", "AuthenticationError"),
    (403, None, "", "token-refused", "AuthenticationError"),
    (429, None, "", "token-rate-limited", "RateLimitError"),
    (408, None, "", "token-server-error", "ServerError"),
    (500, None, "", "token-server-error", "ServerError"),
    (502, None, "", "token-server-error", "ServerError"),
    (520, None, "", "token-server-error", "ServerError"),
    (599, None, "", "token-server-error", "ServerError"),
]


@pytest.mark.parametrize(("status", "word", "reason", "name", "kind"), TOKEN_ROWS)
def test_an_answer_of_the_token_endpoint_means(
    status: int, word: str | None, reason: str, name: str, kind: str
) -> None:
    error = token_error(answer(status, {"reason": reason, "error": word}), NOW)
    assert (error.name, type(error).__name__, error.code) == (name, kind, None)
    assert error.zoom_message == reason
    assert error.hint


def test_every_row_is_reached_by_some_answer() -> None:
    assert {row[3] for row in API_ROWS} == {row.name for row in API_MEANINGS}
    assert {row[3] for row in TOKEN_ROWS} == {row.name for row in TOKEN_MEANINGS}


def test_names_are_unique_but_where_zoom_says_one_thing_in_several_ways() -> None:
    several = {name for name, count in Counter(row.name for row in API_MEANINGS).items() if count > 1}
    assert several == {"host-not-found", "meeting-not-found", "registration-off"}
    for name in several:  # one name, one meaning
        rows = [row for row in API_MEANINGS if row.name == name]
        assert len({(row.error, row.slug, row.cause, row.cure) for row in rows}) == 1
    names = [row.name for row in TOKEN_MEANINGS]
    assert len(set(names)) == len(names)
    assert not set(names) & {row.name for row in API_MEANINGS}


@given(st.integers(100, 599), st.none() | st.integers(), st.text(max_size=50))
def test_every_answer_means_something(status: int, code: int | None, text: str) -> None:
    assert issubclass(api_meaning(status, code, text).error, APIError)
    assert issubclass(token_meaning(status, text, text).error, APIError)


@pytest.mark.parametrize(
    ("text", "scopes", "best"),
    [
        ("Invalid access token, does not contain scopes:[meeting:write].", ("meeting:write",), "meeting:write"),
        ("Invalid access token, does not contain scopes: [meeting:write:meeting,meeting:write:meeting:admin]", ("meeting:write:meeting", "meeting:write:meeting:admin"), "meeting:write:meeting:admin"),
        ("invalid access token, DOES NOT CONTAIN SCOPES:[user:read:admin , user:read].", ("user:read:admin", "user:read"), "user:read:admin"),
        ("Invalid access token: does not contain scopes:[meeting:write:admin].", ("meeting:write:admin",), "meeting:write:admin"),
        ('does not contain scopes:["a:b", "a:b:admin"]', ("a:b", "a:b:admin"), "a:b:admin"),
        ("does not contain scopes [a:b:c, d:e:f]", ("a:b:c", "d:e:f"), "a:b:c, d:e:f"),
        ("does not contain scopes:[a:b", ("a:b",), "a:b"),
        ("does not contain scopes:[]", (), None),
        ("does not contain scopes:[<script>, a:b, \x1b[31m]", ("a:b",), "a:b"),
    ],
)  # fmt: skip
def test_the_missing_scope_is_named(text: str, scopes: tuple[str, ...], best: str | None) -> None:
    error = api_error(refusal(400, 4711, text), NOW)
    assert isinstance(error, MissingScopeError)
    assert error.scopes == scopes
    assert error.message.startswith(f"The Zoom app lacks the scope {best}." if best else "The Zoom app lacks a scope.")
    assert str(error).startswith(error.message)
    assert error.args == (error.message,)


def test_a_long_list_of_scopes_is_read_to_its_end() -> None:
    many = [f"meeting:write:a_rather_long_name_{number}:admin" for number in range(40)]
    error = api_error(refusal(400, 4711, f"Invalid access token, does not contain scopes:[{', '.join(many)}]."), NOW)
    assert isinstance(error, MissingScopeError)
    assert error.scopes == tuple(many)
    assert len(error.zoom_message) <= 500


def test_the_tables_speak_our_words() -> None:
    for row in API_MEANINGS + TOKEN_MEANINGS:
        assert row.name == row.name.lower().replace("_", "-")
        assert issubclass(row.error, errors.APIError)
        assert row.daily is (row.slug == "daily-limit")
