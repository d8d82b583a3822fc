"""From an HTTP answer to JSON, to the right error, or to the outcome class of a write. Pure; no retries, no fields.

The outcome class is the heart of the promise that nothing is made twice: a write may be sent again only when it is
certain that it did not happen. Every status from 100 to 599 and every transport failure has exactly one class.
"""

from __future__ import annotations

import json
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
from zoomlink.zoom.meanings import SCOPES_TEXT, api_meaning, token_meaning
from zoomlink.zoom.retry import parse_retry_after, until_utc_midnight

if TYPE_CHECKING:
    from datetime import datetime

    from zoomlink.zoom.flow import Response

__all__ = ["Outcome", "api_error", "classify_failure", "classify_write", "read_json", "read_object", "token_error"]


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
    if 200 <= status < 300:
        if status == 204:
            return Outcome.DONE
        body = _load(response.body)
        if not isinstance(body, dict):
            return Outcome.UNKNOWN
        if _envelope(body) and "id" not in body:
            # A refusal in the clothes of a success, seen behind some gateways.
            return Outcome.REFUSED_NOW if body["code"] in {429, 4001} else Outcome.UNKNOWN
        return Outcome.DONE
    if 400 <= status < 500 and status != 408:
        body = _load(response.body)
        if status == 429:
            return Outcome.REFUSED_NOW
        if not _envelope(body):
            return Outcome.UNKNOWN
        if (status == 401 and body["code"] == 124) or body["code"] in {429, 4001}:
            return Outcome.REFUSED_NOW
        return Outcome.REFUSED
    return Outcome.UNKNOWN


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


def unreadable(response: Response, what: str = "") -> UnexpectedResponseError:
    """The error for an answer that says success and cannot be understood."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip() or "nothing that says what it is"
    seen = what or f"an answer that is not JSON ({tidy(kind, 60)}, {len(response.body)} bytes)"
    return UnexpectedResponseError(
        f"Zoom's address gave {seen}.",
        status_code=response.status,
        tracking_id=_tracking(response),
        body=response.body,
        hint="Something between here and Zoom (a proxy, a login page) may have answered instead."
        if "html" in kind
        else None,
    )


def api_error(response: Response, now: datetime) -> APIError:
    """Return the error an answer of the API means. `now` turns ``Retry-After`` dates into a span."""
    body = _load(response.body)
    found = body if isinstance(body, dict) else {}
    code = found.get("code")
    number = code if isinstance(code, int) and not isinstance(code, bool) else None
    text = found.get("message")
    said = tidy(text) if isinstance(text, str) else ""
    meaning = api_meaning(response.status, number, said)
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
        hint=meaning.cure or None,
        slug=meaning.slug,
        name=meaning.name,
    )
    if isinstance(error, MissingScopeError) and (listed := SCOPES_TEXT.search(said)):
        error.scopes = tuple(scope.strip(" \"'\\") for scope in listed[1].split(",") if scope.strip())
        # A server-to-server app can only be given the scope for the whole account.
        best = next((scope for scope in error.scopes if scope.endswith(":admin")), None) or ", ".join(error.scopes)
        error.message = f"The Zoom app lacks the scope {best}."
        error.args = (error.message,)
    if isinstance(error, RateLimitError):
        error.daily = meaning.daily
    return error


def token_error(response: Response, now: datetime) -> APIError:
    """Return the error an answer of the token endpoint means; it speaks of ``reason`` and ``error``."""
    body = _load(response.body)
    found = body if isinstance(body, dict) else {}
    word, reason = found.get("error"), found.get("reason") or found.get("message") or found.get("error_description")
    said = tidy(reason) if isinstance(reason, str) else ""
    meaning = token_meaning(response.status, word if isinstance(word, str) else None, said)
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


def _load(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return _UNREADABLE


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
        FieldError(tidy(str(entry.get("field", "")), 100), tidy(str(entry.get("message", "")), 200))
        for entry in value[:50]
        if isinstance(entry, dict)
    )


def _tracking(response: Response) -> str | None:
    return tidy(response.tracking_id, 120) if response.tracking_id else None
