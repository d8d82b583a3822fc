"""One request and its answer as plain values. No state, no Zoom rule, no socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl

from zoomsandbox.core.exceptions import NotJSONError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping, Sequence

    from zoomsandbox.core.ledger import Cause
    from zoomsandbox.core.router import Route
    from zoomsandbox.oauth.models import App

_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
MAX_BODY = 1 << 20
_PAGE_MAY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Exchange:
    """What is known of one request on its way through the pipeline.

    `path` is as sent (percent-encoded); `params` are the decoded values of the route's placeholders; `app` is the
    client app once the bearer token was accepted; `cause` says which request it is and collects what it committed;
    `faults` are the names of the faults that struck it.
    """

    __slots__ = (
        "_query",
        "app",
        "base_url",
        "body",
        "cause",
        "faults",
        "headers",
        "method",
        "params",
        "path",
        "query_string",
        "received_at",
        "route",
        "tracking_id",
    )

    def __init__(
        self,
        method: str,
        path: str,
        query_string: bytes,
        headers: Mapping[str, str],
        body: bytes,
        base_url: str,
    ) -> None:
        self.method = method
        self.path = path
        self.query_string = query_string
        self.headers = headers
        self.body = body
        self.base_url = base_url
        self.app: App | None = None
        self.route: Route
        self.params: Sequence[str] = ()
        self.received_at = 0.0
        self.tracking_id = ""
        self.cause: Cause
        self.faults: tuple[str, ...] = ()
        self._query: dict[str, str] | None = None

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; of a repeated one the last counts."""
        if self._query is None:
            self._query = form(self.query_string)
        return self._query

    def json(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises
        ------
        NotJSONError
            for anything else, also NaN, a list, or nesting without end.
        """
        try:
            value = json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise NotJSONError from None
        if not isinstance(value, dict):
            raise NotJSONError
        return value


class Delivery(Protocol):
    """How a wire fault sends an answer: it takes the connection over and must end by closing it."""

    async def __call__(self, transport: asyncio.Transport, response: Response) -> None: ...


class Response:
    """An answer. `delivery` None: sent as HTTP asks; otherwise by that function on the bare connection."""

    __slots__ = ("body", "content_type", "delivery", "headers", "status")

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        content_type: str = "application/json;charset=UTF-8",
        headers: list[tuple[str, str]] | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = headers if headers is not None else []
        self.delivery: Delivery | None = None


def json_response(status: int, value: object) -> Response:
    """`value` as JSON. A lone surrogate, which JSON can carry and UTF-8 cannot, becomes ``?``."""
    return Response(status, _ENCODER.encode(value).encode("utf-8", "replace"))


def no_content() -> Response:
    """204 without a body."""
    return Response(204)


def html_response(page: str, status: int = 200) -> Response:
    """A page. It may load and ask nothing but the sandbox, and runs nothing that stands in the page itself."""
    return Response(
        status,
        page.encode("utf-8", "replace"),
        "text/html; charset=utf-8",
        [
            ("content-security-policy", _PAGE_MAY),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
        ],
    )


def form(raw: bytes) -> dict[str, str]:
    """A query string or a form body as a dictionary; what cannot be read as such is empty."""
    try:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return {}
    return dict(pairs)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
