"""How routes read bodies, and how their problems are described. No routes of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.routing import APIRoute

from zoomlink.http_problems import MEDIA_TYPE
from zoomlink.service.models import ProblemOut
from zoomlink.service.reading import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.responses import Response

__all__ = ["StrictRoute", "problems"]


class _StrictRequest(Request):
    async def json(self) -> Any:
        return read_json(await self.body())


class StrictRoute(APIRoute):
    """A route whose JSON is read strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, given such requests."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(_StrictRequest(request.scope, request.receive))

        return strict


_WORDS = {
    400: "The request cannot be read, or the Idempotency-Key is missing.",
    401: "No API key, or none that is good.",
    403: "The key lacks the scope, or Zoom does not allow it.",
    404: "There is no such thing, or it is somebody else's.",
    409: "No host is free (`busy`, `next_free`), or its state does not allow it.",
    412: "It has changed meanwhile.",
    413: "The body is too large.",
    415: "The body is not in a form that is read here.",
    422: "A value cannot be used, or the key belongs to another request.",
    429: "A limit is reached: `Retry-After` says for how long.",
    502: "Zoom's answer cannot be read.",
    503: "Zoom or the ledger cannot be reached, or too much comes at once: `Retry-After` says when to try again.",
}
_RETRY = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe these answers of a route as problem details."""
    return {
        status: {
            "description": _WORDS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemOut.model_config['title']}"}}},
            **({"headers": _RETRY} if status in {429, 503} else {}),
        }
        for status in statuses
    }
