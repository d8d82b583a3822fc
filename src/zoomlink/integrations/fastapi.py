"""zoomlink in a FastAPI application: the same as in a Starlette one, and the desk as a dependency.

::

    app = FastAPI(lifespan=desk_lifespan())
    add_problem_handlers(app)
    app.include_router(webhook_router())


    @app.post("/lessons", status_code=201)
    async def book(start: str, lesson: str, desk: Desk):
        link = await desk.create("Guitar lesson", start=start, key=lesson)
        return link.to_dict()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends

from zoomlink.integrations.starlette import (
    add_problem_handlers,
    desk_lifespan,
    get_desk,
    open_desk,
    problem_response,
    webhook_route,
)
from zoomlink.links.async_desk import AsyncLinkDesk

if TYPE_CHECKING:
    from zoomlink.integrations.starlette import OnEvent

__all__ = [
    "Desk",
    "add_problem_handlers",
    "desk_lifespan",
    "get_desk",
    "open_desk",
    "problem_response",
    "webhook_route",
    "webhook_router",
]

Desk = Annotated[AsyncLinkDesk, Depends(get_desk)]
"""The desk of the application, as the type of a path operation's parameter."""


def webhook_router(path: str = "/webhooks/zoom", *, on_event: OnEvent | None = None) -> APIRouter:
    """Return a router with the address to which Zoom sends its events.

    `on_event` is called with each genuine event, when it comes for the first time, and the desk; what it returns is
    awaited, if it can be.
    """
    router = APIRouter()
    router.routes.append(webhook_route(path, on_event=on_event))
    return router
