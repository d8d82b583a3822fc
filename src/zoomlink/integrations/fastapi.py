"""zoomlink in a FastAPI application: the same as in a Starlette one, and the desk as a dependency.

::

    app = FastAPI(lifespan=desk_lifespan())
    add_problem_handlers(app)


    @app.post("/lessons", status_code=201)
    async def book(start: str, lesson: str, desk: Desk):
        link = await desk.create("Guitar lesson", start=start, key=lesson)
        return link.to_dict()
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from zoomlink.integrations.starlette import (
    add_problem_handlers,
    desk_lifespan,
    get_desk,
    open_desk,
    problem_response,
)
from zoomlink.links.async_desk import AsyncLinkDesk

__all__ = ["Desk", "add_problem_handlers", "desk_lifespan", "get_desk", "open_desk", "problem_response"]

Desk = Annotated[AsyncLinkDesk, Depends(get_desk)]
"""The desk of the application, as the type of a path operation's parameter."""
