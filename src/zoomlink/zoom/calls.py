"""Flows that every call goes through: a token, sending, a renewed token after 401, and repeating where that is safe.

Which calls exist does not belong here. Two kinds are told apart: *repeatable* ones (reads, and writes that do the same
when done twice) and *once* ones, which are sent again only when it is certain that they did not happen.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from zoomlink.errors import (
    APIError,
    OutcomeUnknownError,
    RateLimitError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
    ZoomLinkError,
)
from zoomlink.zoom.answers import Outcome, api_error, classify_failure, classify_write, unreadable
from zoomlink.zoom.flow import AccessToken, Flow, NeedToken, Now, Request, Response, Send, Sleep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.zoom.retry import RetryPolicy

__all__ = ["api_request", "call", "send_repeatable", "write_once"]

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"})


def api_request(
    token: AccessToken,
    method: str,
    path: str,
    query: Mapping[str, Any] | None = None,
    body: Any = None,
) -> Request:
    """Build a request to the API: `path` below ``/v2``, already encoded; `query` values None are left out."""
    headers = {"Authorization": f"Bearer {token.value.reveal()}", "Accept": "application/json"}
    content = b""
    if body is not None:
        headers["Content-Type"] = "application/json"
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    asked = {name: _query_value(value) for name, value in (query or {}).items() if value is not None}
    url = f"{token.api_url}/v2{path}" + (f"?{urlencode(asked, quote_via=quote)}" if asked else "")
    return Request(method, url, headers, content)


def call(
    method: str,
    path: str,
    *,
    policy: RetryPolicy,
    query: Mapping[str, Any] | None = None,
    body: Any = None,
    repeatable: bool | None = None,
) -> Flow[Response]:
    """Call the API and return its 2xx answer.

    `repeatable` says whether a second sending does no harm; by default all methods but POST. Raises the APIError the
    answer means, TransportError when there was none, OutcomeUnknownError when a call that must not be repeated may
    have happened.
    """
    again = method in _REPEATABLE if repeatable is None else repeatable
    token: AccessToken = yield NeedToken()
    response: Response
    if again:
        response = yield from send_repeatable(api_request(token, method, path, query, body), policy)
        if response.status == 401:  # once: a second 401 is an answer, not a stale token
            token = yield NeedToken(rejected=token)
            response = yield from send_repeatable(api_request(token, method, path, query, body), policy)
        if not 200 <= response.status < 300:
            moment = yield Now()
            raise _no(response, moment.wall)
        return response
    return (yield from write_once(token, method, path, policy=policy, query=query, body=body))


def send_repeatable(request: Request, policy: RetryPolicy) -> Flow[Response]:
    """Send a request that may be sent again: after a lost answer, a 5xx or a limit of seconds, a few times.

    Returns the last answer, whatever its status. Raises TransportError when there is none.
    """
    started = yield Now()
    for attempt in range(1, policy.attempts + 1):
        now = yield Now()
        left = policy.deadline - (now.ticks - started.ticks)
        fixed, jitter = policy.wait(attempt)
        last = attempt == policy.attempts
        try:
            response: Response = yield Send(request, max(0.001, min(policy.timeout, left)))
        except TransportError as error:
            if last or not error.retryable:
                raise
            failure: TransportError | None = error
        else:
            failure = None
            if response.status != 429 and response.status < 500:
                return response
            if last or response.status == 501:
                return response
            error_seen = api_error(response, now.wall)
            if isinstance(error_seen, RateLimitError) and error_seen.daily:
                return response
            if error_seen.retry_after is not None:
                fixed = max(fixed, error_seen.retry_after.total_seconds())
        now = yield Now()
        if fixed + jitter >= policy.deadline - (now.ticks - started.ticks):
            if failure is not None:
                raise failure
            return response
        yield Sleep(fixed, jitter)
    raise AssertionError("a policy allows at least one attempt")


def write_once(
    token: AccessToken,
    method: str,
    path: str,
    *,
    policy: RetryPolicy,
    query: Mapping[str, Any] | None = None,
    body: Any = None,
) -> Flow[Response]:
    """Send a write that must not happen twice, and return its 2xx answer.

    It is sent again only when no byte of it left, or when Zoom refused it for the moment (a limit of seconds, a token
    that is no longer good, once). Raises the APIError of a refusal, TransportError when it certainly was not sent, and
    OutcomeUnknownError in every other case.
    """
    started = yield Now()
    renewed = False
    attempt = 0
    while True:
        attempt += 1
        now = yield Now()
        left = policy.deadline - (now.ticks - started.ticks)
        fixed, jitter = policy.wait(attempt)
        refusal: ZoomLinkError
        try:
            response: Response = yield Send(
                api_request(token, method, path, query, body), max(0.001, min(policy.timeout, left))
            )
        except TransportError as error:
            if classify_failure(error) is Outcome.UNKNOWN:
                raise unknown(str(error.message)) from error
            if not error.retryable:
                raise
            refusal = error
        else:
            outcome = classify_write(response)
            if outcome is Outcome.DONE:
                return response
            moment = yield Now()
            refusal = _no(response, moment.wall)
            if outcome is Outcome.UNKNOWN:
                raise unknown(refusal.message, response.tracking_id) from refusal
            if outcome is Outcome.REFUSED or (isinstance(refusal, RateLimitError) and refusal.daily):
                raise refusal
            if response.status == 401:
                if renewed:
                    raise refusal
                renewed = True
                token = yield NeedToken(rejected=token)
                continue
            if isinstance(refusal, APIError) and refusal.retry_after is not None:
                fixed = max(fixed, refusal.retry_after.total_seconds())
        now = yield Now()
        if attempt >= policy.attempts or fixed + jitter >= policy.deadline - (now.ticks - started.ticks):
            raise refusal
        yield Sleep(fixed, jitter)


def unknown(what: str, tracking_id: str | None = None) -> OutcomeUnknownError:
    """The error for a write that may or may not have happened; `what` says why in a sentence."""
    return OutcomeUnknownError(
        f"It is not known whether Zoom did it. {what}",
        hint="Look before you try again: a second try may do it twice.",
        tracking_id=tracking_id,
    )


def _no(response: Response, now: Any) -> ZoomLinkError:
    """The error for an answer that is not 2xx (or is a refusal dressed as one)."""
    if 300 <= response.status < 400:
        where = f"a redirect (HTTP {response.status}), which is never followed"
        return unreadable(response, where)
    error = api_error(response, now)
    if isinstance(error, ServerError) or response.status >= 400 or error.code is not None:
        return error
    return UnexpectedResponseError(
        "Zoom's answer says success but cannot be read.",
        status_code=response.status,
        tracking_id=error.tracking_id,
        body=response.body,
    )


def _query_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
