"""Faults that answer something else: server errors, pages of something in between, redirects, limits, lost tokens."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from zoomsandbox.core.clock import zulu
from zoomsandbox.core.exceptions import AccessTokenExpiredError, InvalidAccessTokenError, InvalidPageTokenError
from zoomsandbox.core.http import Response, json_response
from zoomsandbox.limits.exceptions import AccountDayError, ConcurrentWriteError, HostDayError, TooFastError

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomsandbox.core.exceptions import ZoomError
    from zoomsandbox.faults.strike import Carry, Proceed, Strike

BODIES = ("json", "html", "xml", "empty")
_DAY = 86400


def error_answer(status: int, body: str) -> Response:
    """A server's own error: Zoom describes none of 5xx, so neither text is Zoom's."""
    phrase = _phrase(status)
    if body == "html":
        page = (
            f"<html>\r\n<head><title>{status} {phrase}</title></head>\r\n<body>\r\n<center><h1>{status} {phrase}</h1>"
            "</center>\r\n<hr><center>a proxy</center>\r\n</body>\r\n</html>\r\n"
        )
        return Response(status, page.encode(), "text/html")
    if body == "xml":
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{status}</Code><Message>{phrase}</Message></Error>\n'
        )
        return Response(status, text.encode(), "application/xml")
    if body == "empty":
        return Response(status)
    return json_response(status, {"code": status, "message": phrase})


def server_error(status: int, *, commit: bool) -> Carry:
    """This status, before or after the commit."""

    async def carry(strike: Strike, proceed: Proceed) -> Response:
        if commit:
            await proceed()
        return error_answer(status, strike["body"])

    return carry


def page(body: str) -> Carry:
    """An HTML or XML page with any status."""

    async def carry(strike: Strike, proceed: Proceed) -> Response:
        if strike["when"] == "after":
            await proceed()
        return error_answer(strike["status"], body)

    return carry


async def redirect(strike: Strike, proceed: Proceed) -> Response:
    """Elsewhere."""
    if strike["when"] == "after":
        await proceed()
    response = error_answer(strike["status"], "html")
    response.headers.append(("location", strike["to"]))
    return response


def limit(kind: str) -> Carry:
    """A 429 of one of Zoom's sorts."""

    async def carry(strike: Strike, proceed: Proceed) -> Response:  # noqa: ARG001 - every kind has this shape
        world, label = strike.world, strike.exchange.route.label or "Light"
        error = _LIMITS[kind](world.limits.writes_per_host)
        body = error.body()
        if strike["code"]:
            body["code"] = strike["code"]
        response = json_response(strike["status"], body)
        figures = world.limits.labels[label]
        headers: list[tuple[str, str]] = []
        if strike["headers"]:
            headers.append(("X-RateLimit-Category", label))
            if kind in {"per-second", "daily"}:
                headers.append(("X-RateLimit-Type", "QPS" if kind == "per-second" else "Daily-limit"))
            size = (figures.daily or 30_000) if kind == "daily" else figures.bucket.size
            headers += [("X-RateLimit-Limit", str(size)), ("X-RateLimit-Remaining", "0")]
            if kind == "daily":
                midnight = (world.clock.now() // _DAY + 1) * _DAY
                headers.append(("Retry-After", zulu(midnight)))
        if strike["retry_after"]:
            headers = [one for one in headers if one[0] != "Retry-After"]
            headers.append(("Retry-After", strike["retry_after"]))
        response.headers += headers
        return response

    return carry


async def unauthorised(strike: Strike, proceed: Proceed) -> Response:  # noqa: ARG001 - every kind has this shape
    """401 as for a token that has ended, or that never was."""
    error = AccessTokenExpiredError() if strike["message"] == "expired" else InvalidAccessTokenError()
    return json_response(401, error.body())


async def token_refused(strike: Strike, proceed: Proceed) -> Response:  # noqa: ARG001 - every kind has this shape
    """A refusal in the token endpoint's form."""
    return json_response(strike["status"], {"reason": strike["reason"], "error": strike["error"]})


async def page_fails(strike: Strike, proceed: Proceed) -> Response:  # noqa: ARG001 - every kind has this shape
    """A later page of a list cannot be had."""
    return error_answer(strike["status"], "json")


async def page_token_expired(strike: Strike, proceed: Proceed) -> Response:  # noqa: ARG001 - every kind has this shape
    """A later page of a list is asked for too late."""
    return json_response(400, InvalidPageTokenError().body())


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


_LIMITS: dict[str, Callable[[int], ZoomError]] = {
    "per-second": lambda _: TooFastError(),
    "daily": lambda _: AccountDayError(),
    "host-daily": HostDayError,
    "concurrent": lambda _: ConcurrentWriteError(),
}
