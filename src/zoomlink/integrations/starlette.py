"""zoomlink in a Starlette application: a desk that lives as long as the application, errors as answers.

::

    app = Starlette(routes=[Route("/lessons", book, methods=["POST"])], lifespan=desk_lifespan())
    add_problem_handlers(app)


    async def book(request):
        link = await get_desk(request).create("Guitar lesson", start="2031-12-01T18:24Z", key="lesson-7")
        return JSONResponse(link.to_dict(), 201)
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.background import BackgroundTask
from starlette.requests import HTTPConnection  # noqa: TC002 - FastAPI reads the types of get_desk at run time
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from zoomlink import integrations
from zoomlink.config import Settings, read_environment
from zoomlink.errors import ZoomLinkError
from zoomlink.http_problems import MEDIA_TYPE, problem_document
from zoomlink.integrations.variables import laid_over
from zoomlink.integrations.webhook_apps import hand_over_async, joined
from zoomlink.links.async_desk import AsyncLinkDesk
from zoomlink.sandbox import from_environ
from zoomlink.webhooks import AsyncWebhooks
from zoomlink.webhooks.events import MAX_BODY
from zoomlink.worker import Chore, Sweeper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from starlette.applications import Starlette
    from starlette.requests import Request

    from zoomlink.webhooks import Event

    OnEvent = Callable[[Event, AsyncLinkDesk], object]

__all__ = [
    "add_problem_handlers",
    "desk_lifespan",
    "get_desk",
    "open_desk",
    "problem_response",
    "webhook_endpoint",
    "webhook_route",
]

STATE = "zoomlink_desk"
logger = logging.getLogger("zoomlink.webhooks")


@asynccontextmanager
async def open_desk(config: Settings | Mapping[str, Any] | None = None) -> AsyncIterator[AsyncLinkDesk]:
    """Give a desk, and close it in the end.

    `config`: the settings; or values by the names of the environment variables (``{"ZOOM_ACCOUNT_ID": …}``), laid over
    the environment and ``.env``; None: what those say. While a test has the fixture `zoom_sandbox`, its environment
    alone says whose account it is, and where. Raises ConfigurationError naming all that is missing.
    """
    async with AsyncExitStack() as stack:
        settings = config if isinstance(config, Settings) else None
        if settings is None or integrations.environment_only:  # a test's sandbox, and never another account
            said = config if isinstance(config, Mapping) else {}
            settings, release = from_environ(laid_over(said, read_environment()))
            stack.callback(release)
        yield await stack.enter_async_context(AsyncLinkDesk(settings))


def desk_lifespan(
    config: Settings | Mapping[str, Any] | None = None,
    *,
    inner: Callable[[Any], AbstractAsyncContextManager[Mapping[str, Any] | None]] | None = None,
    settle: bool = True,
) -> Callable[[Any], AbstractAsyncContextManager[dict[str, Any]]]:
    """Return a lifespan for an application that opens a desk at its start and closes it at its end.

    `config` as for :func:`open_desk`. `inner`: a lifespan of your own, run while the desk is open. `settle`: go on with
    links that are not ready yet, and with Zoom's events, in the background (needs asyncio); without it, something else
    has to, such as ``zoomlink settle`` from a timer. Each process that serves the application has its own desk; the
    ledger is what they share.
    """

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
        async with AsyncExitStack() as stack:
            desk = await stack.enter_async_context(open_desk(config))
            if settle:
                hooks = AsyncWebhooks(desk)
                await stack.enter_async_context(Sweeper(desk, chores=[Chore("webhooks", hooks.work)]))
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


def webhook_endpoint(on_event: OnEvent | None = None) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint to which Zoom sends its events.

    `on_event` is called with each genuine event, when it comes for the first time, and the desk; what it returns is
    awaited, if it can be. The event is stored then, and Zoom waits three seconds for the answer. What it raises is
    logged. After the answer, links and hosts are brought in step with what was told.
    """

    async def receive(request: Request) -> Response:
        desk = get_desk(request)
        hooks = AsyncWebhooks(desk)
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BODY:
                break
        reply = await hooks.receive(bytes(body), joined(request.headers.items()))
        await hand_over_async(reply, None if on_event is None else lambda event: on_event(event, desk))
        later = None if reply.event is None else BackgroundTask(_work_off, hooks)
        return Response(reply.body, reply.status, media_type=reply.content_type, background=later)

    return receive


def webhook_route(path: str = "/webhooks/zoom", *, on_event: OnEvent | None = None) -> Route:
    """Return a route to which Zoom sends its events; `on_event` as for :func:`webhook_endpoint`."""
    return Route(path, webhook_endpoint(on_event), methods=["POST"], include_in_schema=False)


async def _work_off(hooks: AsyncWebhooks) -> None:
    try:
        while await hooks.work():
            pass
    except ZoomLinkError as error:
        logger.warning("Zoom's events wait: %s", error)
