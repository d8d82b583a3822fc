"""The web page: server-rendered, small scripts on top, nothing from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from fastapi import APIRouter
from starlette.exceptions import HTTPException

from zoomlink.service.page import batches, entering, home, hosts, links, listing, reference
from zoomlink.service.page.render import error_page, visit
from zoomlink.service.problems import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI, Request, Response

__all__ = ["lead_back", "router"]

router = APIRouter()
for _part in (entering, home, listing, links, hosts, batches, reference):
    router.include_router(_part.router)


def lead_back(app: FastAPI) -> None:
    """Answer browsers that ask for what is not there with a page, and programs as before."""
    usual = cast("Callable[[Request, Exception], Awaitable[Response]]", app.exception_handlers[HTTPException])

    async def astray(request: Request, error: Exception) -> Response:
        asked = request.headers.get("accept", "")
        lost = getattr(error, "status_code", 0) == 404 and not request.url.path.startswith("/v1/")
        if not lost or "text/html" not in asked:
            return await usual(request, error)
        visitor = await visit(request)
        return error_page(visitor, ServiceError(visitor.t("errors.nothing"), slug="not-found"))

    app.add_exception_handler(HTTPException, astray)
