"""The web page: server-rendered, small scripts on top, nothing from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from fastapi import APIRouter
from starlette.exceptions import HTTPException

from zoomlink.service.page import batches, entering, home, hosts, links, listing, reference
from zoomlink.service.page.render import error_page, prepare, stranger, visit
from zoomlink.service.problems import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI, Request, Response

__all__ = ["lead_back", "router"]

router = APIRouter()
for _part in (entering, home, listing, links, hosts, batches, reference):
    router.include_router(_part.router)


def lead_back(app: FastAPI) -> None:
    """Answer browsers that ask for what is not there, or that run into a mistake of ours, with a page; programs as
    before."""
    prepare()
    usual, unforeseen = (
        cast("Callable[[Request, Exception], Awaitable[Response]]", app.exception_handlers[kind])
        for kind in (HTTPException, Exception)
    )

    async def astray(request: Request, error: Exception) -> Response:
        if getattr(error, "status_code", 0) != 404 or not _for_browser(request):
            return await usual(request, error)
        visitor = await visit(request)
        return error_page(visitor, ServiceError(visitor.t("errors.nothing"), slug="not-found"))

    async def broken(request: Request, error: Exception) -> Response:
        if not _for_browser(request):
            return await unforeseen(request, error)
        seen = stranger(request)  # who it is may be just what cannot be found out
        hint = seen.t("errors.request", request=request.state.request_id)
        return error_page(seen, ServiceError(seen.t("errors.unforeseen"), slug="unexpected", hint=hint))

    app.add_exception_handler(HTTPException, astray)
    app.add_exception_handler(Exception, broken)


def _for_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")
