"""How routes read bodies, and how their problems are described. No routes of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_origin

from fastapi import Query, Request
from fastapi.routing import APIRoute
from starlette.convertors import Convertor, register_url_convertor

from zoomlink.errors import InvalidInputError, tidy
from zoomlink.http_problems import MEDIA_TYPE
from zoomlink.service.access import Needs
from zoomlink.service.models import ProblemOut
from zoomlink.service.problems import ServiceError
from zoomlink.service.reading import MalformedError, is_json, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from starlette.responses import Response

__all__ = ["RETRY", "Moment", "StrictRoute", "problems"]


def Moment(words: str) -> Any:  # noqa: N802 - stands where Query stands
    """A parameter that is a moment; :func:`~zoomlink.service.reading.read_moment` reads it."""
    return Query(description=words, max_length=40, json_schema_extra={"format": "date-time"})


class _StrictRequest(Request):
    async def json(self) -> Any:
        return read_json(await self.body())


class StrictRoute(APIRoute):
    """A route that guesses at nothing: its JSON is read strictly, and what it does not know, or is told twice, is
    refused.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, given such requests."""
        handler = super().get_route_handler()
        fields = self.dependant.query_params
        known = {one.alias for one in fields}
        repeated = {one.alias for one in fields if get_origin(one.field_info.annotation) is list}
        reads_json = self.body_field is not None

        needs = [one.call for one in self.dependant.dependencies if isinstance(one.call, Needs)]

        async def strict(request: Request) -> Response:
            for one in needs:  # before anything that was sent is read
                await one(request)
            if request.scope["query_string"]:
                _check_query(request.query_params.multi_items(), known, repeated)
            _check_headers(request.scope["headers"])
            if reads_json and not is_json(request.headers.get("content-type", "")):
                raise ServiceError(
                    "The body is not marked as JSON.",
                    slug="not-json",
                    hint="Send the header Content-Type: application/json.",
                )
            return await handler(_StrictRequest(request.scope, request.receive))

        return strict


class _Id(Convertor[str]):
    """One part of a path, without a dot: what is after the dot says in which form a thing is wanted."""

    regex = "[^/.]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("id", _Id())

_ONCE = frozenset({b"idempotency-key", b"content-type", b"if-match", b"if-none-match"})


def _check_query(given: Sequence[tuple[str, str]], known: set[str], repeated: set[str]) -> None:
    seen: set[str] = set()
    for name, _ in given:
        if name not in known:
            hint = f"There are {', '.join(sorted(known))}." if known else "This address takes none."
            raise InvalidInputError(f"There is no parameter {tidy(name, 40)!r}.", field=tidy(name, 40), hint=hint)
        if name in seen and name not in repeated:
            raise InvalidInputError(f"The parameter {name} is there twice.", field=name, hint="Give it once.")
        seen.add(name)


def _check_headers(given: Sequence[tuple[bytes, bytes]]) -> None:
    seen: set[bytes] = set()
    for name, _ in given:
        if name in _ONCE:
            if name in seen:
                raise MalformedError(f"The header {name.decode().title()} is there twice.", hint="Send it once.")
            seen.add(name)


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
RETRY = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe these answers of a route as problem details; 400, for what cannot be read, belongs to every route."""
    return {
        status: {
            "description": _WORDS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemOut.model_config['title']}"}}},
            **({"headers": RETRY} if status in {429, 503} else {}),
        }
        for status in sorted({400, *statuses})
    }
