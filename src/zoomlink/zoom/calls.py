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
    InvalidInputError,
    OutcomeUnknownError,
    RateLimitError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
    ZoomLinkError,
    tidy,
)
from zoomlink.zoom.answers import (
    Outcome,
    api_error,
    classify_failure,
    classify_write,
    is_page,
    limited,
    read_object,
    token_refused,
    unreadable,
)
from zoomlink.zoom.flow import AccessToken, Flow, Moment, NeedToken, Now, Request, Response, Send, Sleep

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
        content = _as_json(body)
    url = f"{token.api_url}/v2{path}"
    asked = {name: _query_value(value) for name, value in (query or {}).items() if value is not None}
    if asked:
        try:
            url += f"?{urlencode(asked, quote_via=quote)}"
        except UnicodeEncodeError:
            raise InvalidInputError("The query holds half a character.", field="query") from None
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
    started: Moment = yield Now()  # the time a token takes is the caller's time too
    token: AccessToken = yield NeedToken()
    if not again:
        return (yield from write_once(token, method, path, policy=policy, query=query, body=body, started=started))
    response: Response = yield from send_repeatable(api_request(token, method, path, query, body), policy, started)
    if token_refused(response):  # once: a second time is an answer, not a stale token
        token = yield NeedToken(rejected=token)
        response = yield from send_repeatable(api_request(token, method, path, query, body), policy, started)
    if not 200 <= response.status < 300 or limited(response):
        moment = yield Now()
        raise _no(response, moment.wall)
    if method not in {"GET", "HEAD"} and is_page(response):
        # Something in between answered for Zoom: whether it was done is as open as if nobody had answered.
        raise unreadable(response, f"a web page (HTTP {response.status})")
    return response


def send_repeatable(request: Request, policy: RetryPolicy, started: Moment | None = None) -> Flow[Response]:
    """Send a request that may be sent again: after a lost answer, a 5xx or a limit of seconds, a few times.

    The policy's deadline counts from `started`, or from now. Returns the last answer, whatever its status. Raises
    TransportError when there is none.
    """
    now: Moment = yield Now()
    begin = (started or now).ticks
    attempt = 0
    while True:
        attempt += 1
        failure: TransportError | None = None
        fixed, jitter = policy.wait(attempt)
        try:
            response: Response = yield Send(request, _time_for_one(policy, begin, now))
        except TransportError as error:
            if not error.retryable:
                raise
            failure = error
            now = yield Now()
        else:
            if not (limited(response) or response.status == 408 or response.status >= 500):
                return response
            now = yield Now()
            error_seen = api_error(response, now.wall)
            if response.status == 501 or (isinstance(error_seen, RateLimitError) and error_seen.daily):
                return response
            if error_seen.retry_after is not None:
                fixed = max(fixed, error_seen.retry_after.total_seconds())
        if attempt >= policy.attempts or now.ticks - begin + fixed + jitter >= policy.deadline:
            if failure is not None:
                raise failure
            return response
        yield Sleep(fixed, jitter)
        now = yield Now()


def write_once(
    token: AccessToken,
    method: str,
    path: str,
    *,
    policy: RetryPolicy,
    query: Mapping[str, Any] | None = None,
    body: Any = None,
    started: Moment | None = None,
) -> Flow[Response]:
    """Send a write that must not happen twice, and return its 2xx answer.

    The policy's deadline counts from `started`, or from now.
    It is sent again only when no byte of it left, or when Zoom refused it for the moment (a limit of seconds, a token
    that is no longer good, once). Raises the APIError of a refusal, TransportError when it certainly was not sent, and
    OutcomeUnknownError in every other case.
    """
    now: Moment = yield Now()
    begin = (started or now).ticks
    renewed = False
    attempt = 0
    while True:
        attempt += 1
        fixed, jitter = policy.wait(attempt)
        refusal: ZoomLinkError
        request = api_request(token, method, path, query, body)
        try:
            response: Response = yield Send(request, _time_for_one(policy, begin, now))
        except TransportError as error:
            if classify_failure(error) is Outcome.UNKNOWN:
                raise unknown(error.message) from error
            if not error.retryable:
                raise
            refusal = error
            now = yield Now()
        else:
            outcome = classify_write(response)
            if outcome is Outcome.DONE:
                return response
            now = yield Now()
            refusal = _no(response, now.wall)
            if outcome is Outcome.UNKNOWN:
                tracking_id = response.tracking_id and tidy(response.tracking_id, 120)
                raise unknown(refusal.message, tracking_id) from refusal
            if outcome is Outcome.REFUSED or (isinstance(refusal, RateLimitError) and refusal.daily):
                raise refusal
            if token_refused(response):
                if renewed:
                    raise refusal
                renewed = True
                token = yield NeedToken(rejected=token)
                now = yield Now()
                continue
            if isinstance(refusal, APIError) and refusal.retry_after is not None:
                fixed = max(fixed, refusal.retry_after.total_seconds())
        if attempt >= policy.attempts or now.ticks - begin + fixed + jitter >= policy.deadline:
            raise refusal
        yield Sleep(fixed, jitter)
        now = yield Now()


def read_written(response: Response) -> dict[str, Any]:
    """Return the JSON object that answers a write. One that cannot be read leaves open what happened.

    Raises OutcomeUnknownError.
    """
    try:
        return read_object(response)
    except UnexpectedResponseError as error:
        raise unknown(error.message, error.tracking_id) from error


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


def _time_for_one(policy: RetryPolicy, begin: float, now: Moment) -> float:
    """Seconds for the next sending. Raises TransportError when none are left: a write cut off at once may be done."""
    left = policy.deadline - (now.ticks - begin)
    if left <= 0:
        raise TransportError(
            f"There was no time left to ask Zoom: the call may take {policy.deadline:g} seconds.",
            sent=False,
            retryable=False,
        )
    return min(policy.timeout, left)


def _as_json(body: Any) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        why = "it holds half a character" if isinstance(error, UnicodeEncodeError) else tidy(str(error), 120)
        raise InvalidInputError(f"The body cannot be written as JSON: {why}.", field="body") from None


def _query_value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(_query_value(entry) for entry in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
