"""From an HTTP answer to JSON, to the right error, or to the outcome class of a write. Pure; no retries, no fields.

The outcome class is the heart of the promise that nothing is made twice: a write may be sent again only when it is
certain that it did not happen. Every status from 100 to 599 and every transport failure has exactly one class.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from zoomlink.errors import (
    APIError,
    FieldError,
    MissingScopeError,
    RateLimitError,
    TransportError,
    UnexpectedResponseError,
    tidy,
)
from zoomlink.zoom.meanings import LIMIT_CODES, SCOPES_TEXT, TOKEN_CODES, api_meaning, token_meaning
from zoomlink.zoom.retry import parse_retry_after, until_utc_midnight

if TYPE_CHECKING:
    from datetime import datetime

    from zoomlink.zoom.flow import Response

__all__ = [
    "Outcome",
    "api_error",
    "classify_failure",
    "classify_write",
    "is_page",
    "limited",
    "read_json",
    "read_object",
    "token_error",
    "token_refused",
    "unreadable",
]


class Outcome(Enum):
    """What became of a write."""

    DONE = "done"
    """Zoom says that it happened."""
    NOT_SENT = "not sent"
    """No byte left: it certainly did not happen and may be sent again."""
    REFUSED_NOW = "refused for now"
    """Zoom did not do it because of the moment (a limit, a token): it may be sent again later."""
    REFUSED = "refused"
    """Zoom says no, and will say so again."""
    UNKNOWN = "unknown"
    """It may have happened: find out before anything is sent again."""


def classify_failure(error: TransportError) -> Outcome:
    """Class of a write whose answer did not arrive."""
    return Outcome.UNKNOWN if error.sent else Outcome.NOT_SENT


def classify_write(response: Response) -> Outcome:
    """Class of a write by its answer.

    A refusal counts only in Zoom's own form, a JSON object with ``code`` and ``message``: the page of a proxy or a
    firewall says nothing about what Zoom did. A 2xx that cannot be read, any 3xx, 408 and every 5xx leave it open.
    """
    status = response.status
    if status == 429:
        return Outcome.REFUSED_NOW
    if status in {202, 204} and not response.body:
        return Outcome.DONE
    if not (200 <= status < 300 or 400 <= status < 500) or status == 408:
        return Outcome.UNKNOWN
    if limited(response):
        return Outcome.REFUSED_NOW
    body = _load(response.body)
    if 200 <= status < 300:
        # An error without an id is a refusal in the clothes of a success, seen behind some gateways.
        return Outcome.DONE if isinstance(body, dict) and ("id" in body or not _envelope(body)) else Outcome.UNKNOWN
    if not _envelope(body):
        return Outcome.UNKNOWN
    return Outcome.REFUSED_NOW if token_refused(response) else Outcome.REFUSED


def limited(response: Response) -> bool:
    """True when Zoom says "too many calls": by the status, or by its own code under another one (but never a 5xx)."""
    if response.status == 429:
        return True
    if not (200 <= response.status < 300 or 400 <= response.status < 500) or len(response.body) > _LONGEST_ERROR:
        return False
    body = _load(response.body)
    return _envelope(body) and body["code"] in LIMIT_CODES and "id" not in body


def token_refused(response: Response) -> bool:
    """True when Zoom did not accept the token, so that a new one may help.

    That is Zoom's own code under 401, or under 400 as its newer descriptions have it, and a 401 that gives no reason.
    """
    if response.status not in {400, 401}:
        return False
    body = _load(response.body)
    if not _envelope(body):
        return response.status == 401
    return body["code"] in TOKEN_CODES and SCOPES_TEXT.search(body["message"]) is None


def read_json(response: Response) -> Any:
    """Return the JSON of a successful answer; None for an empty one. Raises UnexpectedResponseError."""
    if not response.body.strip():
        return None
    value = _load(response.body)
    if value is _UNREADABLE:
        raise unreadable(response)
    return value


def read_object(response: Response) -> dict[str, Any]:
    """Return the JSON object of a successful answer. Raises UnexpectedResponseError when it is none."""
    value = _load(response.body)
    if not isinstance(value, dict):
        raise unreadable(response)
    return value


def is_page(response: Response) -> bool:
    """True for a web page: not Zoom, which answers in JSON, but something between here and there."""
    return "html" in response.headers.get("content-type", "").lower()


def unreadable(response: Response, what: str = "") -> UnexpectedResponseError:
    """The error for an answer that says success and cannot be understood."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip() or "nothing that says what it is"
    seen = what or f"an answer that is not JSON ({tidy(kind, 60)}, {len(response.body)} bytes)"
    return UnexpectedResponseError(
        f"Zoom's address gave {seen}.",
        status_code=response.status,
        tracking_id=_tracking(response),
        body=response.body,
        hint=_IN_BETWEEN if is_page(response) else None,
    )


def api_error(response: Response, now: datetime) -> APIError:
    """Return the error an answer of the API means. `now` turns ``Retry-After`` dates into a span."""
    body = _load(response.body)
    found = body if isinstance(body, dict) else {}
    code = found.get("code")
    number = code if isinstance(code, int) and not isinstance(code, bool) and abs(code) < 2**63 else None
    text = _text(found.get("message"))
    said = tidy(text)
    meaning = api_meaning(response.status, number, text)
    fields = _field_errors(found.get("errors"))
    details = "; ".join(f"{entry.field}: {entry.message}" if entry.field else entry.message for entry in fields)
    words = f"{said.rstrip('.')}: {details}" if said and details else said or details
    message = f"{meaning.cause} Zoom says: “{words}”" if words else meaning.cause
    retry_after = parse_retry_after(response.headers.get("retry-after"), now)
    if meaning.daily and retry_after is None:
        retry_after = until_utc_midnight(now)
    error = meaning.error(
        message,
        status_code=response.status,
        code=number,
        zoom_message=said,
        errors=fields,
        tracking_id=_tracking(response),
        retry_after=retry_after,
        body=response.body,
        hint=_IN_BETWEEN if response.status < 500 and not found and is_page(response) else meaning.cure or None,
        slug=meaning.slug,
        name=meaning.name,
    )
    if isinstance(error, MissingScopeError) and (listed := SCOPES_TEXT.search(text)):
        named = (scope.strip(" \"'\\") for scope in listed[1].split(","))
        error.scopes = tuple(scope for scope in named if re.fullmatch(r"[A-Za-z0-9_.:-]{1,100}", scope))
        # A server-to-server app can only be given the scope for the whole account.
        best = next((scope for scope in error.scopes if scope.endswith(":admin")), None) or ", ".join(error.scopes[:3])
        if best:
            error.message = f"The Zoom app lacks the scope {best}."
            error.args = (error.message,)
    if isinstance(error, RateLimitError):
        error.daily = meaning.daily
        if retry_after is not None and retry_after >= timedelta(minutes=1):
            again = (now + retry_after + timedelta(seconds=59)).astimezone(UTC)
            error.hint = f"{error.hint} That is from {again:%Y-%m-%d %H:%M} UTC on."
    return error


def token_error(response: Response, now: datetime) -> APIError:
    """Return the error an answer of the token endpoint means; it speaks of ``reason`` and ``error``."""
    body = _load(response.body)
    found = body if isinstance(body, dict) else {}
    reason = _text(found.get("reason") or found.get("message") or found.get("error_description"))
    said = tidy(reason)
    meaning = token_meaning(response.status, _text(found.get("error")), reason)
    return meaning.error(
        f"{meaning.cause} Zoom says: “{said}”" if said else meaning.cause,
        status_code=response.status,
        zoom_message=said,
        tracking_id=_tracking(response),
        retry_after=parse_retry_after(response.headers.get("retry-after"), now),
        body=response.body,
        hint=meaning.cure,
        slug=meaning.slug,
        name=meaning.name,
    )


_UNREADABLE = object()
_LONGEST_ERROR = 16 * 1024
_LONGEST_TEXT = 16 * 1024
_IN_BETWEEN = "Something between here and Zoom (a proxy, a login page) may have answered instead."


def _load(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode("utf-8-sig"), parse_constant=_refuse_constant, object_pairs_hook=_refuse_contradiction
        )
    except (ValueError, RecursionError):
        return _UNREADABLE


def _refuse_contradiction(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs) and any(found[name] != value for name, value in pairs):
        raise ValueError("a name stands twice with different values")
    return found


def _text(value: object) -> str:
    return value[:_LONGEST_TEXT] if isinstance(value, str) else ""


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _envelope(body: Any) -> bool:
    return (
        isinstance(body, dict)
        and isinstance(body.get("code"), int)
        and not isinstance(body.get("code"), bool)
        and isinstance(body.get("message"), str)
    )


def _field_errors(value: Any) -> tuple[FieldError, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(
        FieldError(tidy(_text(entry.get("field")), 100), tidy(_text(entry.get("message")), 200))
        for entry in value[:10]
        if isinstance(entry, dict)
    )


def _tracking(response: Response) -> str | None:
    return tidy(response.tracking_id, 120) if response.tracking_id else None
