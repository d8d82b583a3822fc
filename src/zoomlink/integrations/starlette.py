"""zoomlink in a Starlette application: a desk that lives as long as the application, errors as answers.

::

    app = Starlette(routes=[Route("/lessons", book, methods=["POST"])], lifespan=desk_lifespan())
    add_problem_handlers(app)


    async def book(request):
        link = await get_desk(request).create("Guitar lesson", start="2031-12-01T18:24Z", key="lesson-7")
        return JSONResponse(link.to_dict(), 201)
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.requests import HTTPConnection  # noqa: TC002 - FastAPI reads the types of get_desk at run time
from starlette.responses import JSONResponse

from zoomlink.config import Settings, read_environment
from zoomlink.errors import ZoomLinkError
from zoomlink.http_problems import MEDIA_TYPE, problem_document
from zoomlink.integrations.variables import laid_over
from zoomlink.links.async_desk import AsyncLinkDesk
from zoomlink.sandbox import from_environ

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from starlette.applications import Starlette
    from starlette.requests import Request

__all__ = ["add_problem_handlers", "desk_lifespan", "get_desk", "open_desk", "problem_response"]

STATE = "zoomlink_desk"


@asynccontextmanager
async def open_desk(config: Settings | Mapping[str, Any] | None = None) -> AsyncIterator[AsyncLinkDesk]:
    """Give a desk, and close it in the end.

    `config`: the settings; or values by the names of the environment variables (``{"ZOOM_ACCOUNT_ID": …}``), laid over
    the environment and ``.env``; None: what those say. Raises ConfigurationError naming all that is missing.
    """
    async with AsyncExitStack() as stack:
        if not isinstance(config, Settings):
            config, release = from_environ(laid_over(config or {}, read_environment()))
            stack.callback(release)
        yield await stack.enter_async_context(AsyncLinkDesk(config))


def desk_lifespan(
    config: Settings | Mapping[str, Any] | None = None,
    *,
    inner: Callable[[Any], AbstractAsyncContextManager[Mapping[str, Any] | None]] | None = None,
) -> Callable[[Any], AbstractAsyncContextManager[dict[str, Any]]]:
    """Return a lifespan for an application that opens a desk at its start and closes it at its end.

    `config` as for :func:`open_desk`. `inner`: a lifespan of your own, run while the desk is open. Each process that
    serves the application has its own desk; the ledger is what they share.
    """

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
        async with AsyncExitStack() as stack:
            desk = await stack.enter_async_context(open_desk(config))
            more = await stack.enter_async_context(inner(app)) if inner is not None else None
            yield {**(more or {}), STATE: desk}

    return lifespan


def get_desk(connection: HTTPConnection) -> AsyncLinkDesk:
    """Return the desk of the application that answers this request (or web socket).

    Raises RuntimeError where no :func:`desk_lifespan` has run.
    """
    desk = getattr(connection.state, STATE, None)
    if not isinstance(desk, AsyncLinkDesk):
        raise RuntimeError(  # noqa: TRY004 - nothing was given that has a wrong type
            "No desk is open: give the application lifespan=desk_lifespan(), and in tests use its client in a with "
            "block (with TestClient(app) as client)."
        )
    return desk


def problem_response(error: ZoomLinkError) -> JSONResponse:
    """Answer an error with problem details (RFC 9457): what happened, what to do, no secret."""
    status, headers, body = problem_document(error)
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def add_problem_handlers(app: Starlette) -> None:
    """Have the application answer every ZoomLinkError that nobody catches with problem details."""
    app.add_exception_handler(ZoomLinkError, _answer)


async def _answer(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ZoomLinkError)  # noqa: S101 - what it was registered for
    return problem_response(error)
