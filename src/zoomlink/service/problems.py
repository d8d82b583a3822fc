"""Errors of the service itself, and how every error becomes an answer with problem details."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from zoomlink.errors import ZoomLinkError, tidy
from zoomlink.http_problems import MEDIA_TYPE, problem_document
from zoomlink.service.wording import hint_for, remark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request

__all__ = ["ServiceError", "answer", "install", "not_found"]


class ServiceError(ZoomLinkError):
    """Raised for what only an HTTP service can refuse."""

    def __init__(
        self,
        message: str,
        *,
        slug: str,
        hint: str | None = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, hint=hint, slug=slug)
        self.more = dict(more or {})
        """Members of the answer besides the usual ones."""
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(max(int(retry_after + 0.999), 1))


def not_found(what: str = "link") -> ServiceError:
    """The answer for what is not there, and for what belongs to somebody else: nobody can tell them apart."""
    return ServiceError(f"There is no such {what}.", slug="not-found")


def answer(error: ZoomLinkError, request: Request | None = None) -> Response:
    """The answer that tells of an error."""
    if error.slug == "not-found" and not isinstance(error, ServiceError) and type(error) is ZoomLinkError:
        # The ledger's words are for those who have the command.
        error = not_found("batch" if request is not None and "/batches/" in request.url.path else "link")
    error.hint = hint_for(error)
    found = problem_document(error)
    if request is not None and (tracking := found.body.get("tracking_id")):
        request.state.tracking_id = tracking
    headers = {**found.headers, **getattr(error, "headers", {})}
    body = {**found.body, **getattr(error, "more", {})}
    return Response(json.dumps(body), found.status, headers=headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Have all errors of an app answered so."""
    app.add_exception_handler(ZoomLinkError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, ZoomLinkError)  # noqa: S101 - what it was registered for
    return answer(error, request)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = error.errors()
    if any(one["type"] == "missing" and tuple(one["loc"]) == ("header", "Idempotency-Key") for one in found):
        return answer(
            ServiceError(
                "The header Idempotency-Key is missing.",
                slug="malformed",
                hint="Send your own name for the request, such as a booking number: the same key gives the same link.",
            ),
            request,
        )
    if any(one["loc"][:1] == ("path",) for one in found):  # it names nothing that could be there
        return answer(not_found("batch" if "/batches/" in request.url.path else "link"), request)
    in_body = all(one["loc"][:1] == ("body",) for one in found)
    if in_body and any(len(one["loc"]) == 1 for one in found):
        return answer(ServiceError("The body is not one JSON object.", slug="malformed"), request)
    fields = [{"field": _field(one["loc"]), "detail": tidy(remark(one), 200)} for one in found[:MOST]]
    first = fields[0]
    problem = ServiceError(f"{first['field']}: {first['detail']}", slug="invalid-input")
    document = problem_document(problem)
    body = {**document.body, "field": first["field"], "errors": fields}
    return Response(json.dumps(body), document.status, media_type=MEDIA_TYPE)


MOST = 20
"""Fields at fault that are told at once."""


def _field(place: tuple[Any, ...]) -> str:
    return tidy(".".join(str(part) for part in place[1:]) or str(place[0]), 80)


_SLUGS = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "not-json", 400: "malformed"}


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if isinstance(error.__cause__, ZoomLinkError):  # raised while the body was read
        return answer(error.__cause__, request)
    slug = _SLUGS.get(error.status_code, "unexpected")
    words = {
        "not-found": "There is nothing at this address.",
        "method-not-allowed": "This address takes other methods.",
        "malformed": "The request cannot be read.",
    }
    headers = dict(error.headers or {})
    if slug == "method-not-allowed":
        headers["Allow"] = ", ".join(_methods(request))
        words[slug] = f"This address takes {headers['Allow'] or 'other methods'}."
    return answer(ServiceError(words.get(slug, str(error.detail)), slug=slug, headers=headers), request)


def _methods(request: Request) -> list[str]:
    """All methods that the request's address takes; the framework names those of the first route alone."""
    routes = request.app.router.routes
    return [
        method
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


async def _unforeseen(request: Request, error: Exception) -> Response:  # noqa: ARG001 - it is in the server's log
    return answer(
        ServiceError(
            "Something unforeseen went wrong.",
            slug="unexpected",
            hint=f"The service's log tells more, at request {request.state.request_id}.",
        )
    )
