"""Signing in, by a one-time address or an API key, and out."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from zoomlink.service.access import known_key
from zoomlink.service.page.render import PageRoute, form_of, page, read_form, see, visit
from zoomlink.service.problems import ServiceError
from zoomlink.service.sessions import COOKIE, LIFE, OPERATOR, make_session, visit_hash
from zoomlink.service.state import now_ms
from zoomlink.store.keys import UseVisit

if TYPE_CHECKING:
    from zoomlink.service.page.render import Visit

__all__ = ["router", "sign_in"]

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/enter")
async def enter_by_address(request: Request) -> Response:
    """Use a one-time address up, and open the page."""
    visitor = await visit(request)
    code = request.query_params.get("code", "")
    if not code:
        return see(visitor, "/")
    if await visitor.state.desk.do(UseVisit(visit_hash(code[:200]), now_ms())):
        return _welcome(visitor, OPERATOR)
    if visitor.session is not None:  # the address was opened a second time, such as by going back
        return see(visitor, "/")
    _count_mistake(visitor)
    return sign_in(visitor, 401, used=True)


@router.post("/enter")
async def enter_by_key(request: Request) -> Response:
    """Open the page to whoever has an API key, with what the key may do."""
    visitor = await visit(request)
    _check_origin(visitor)
    form = await read_form(visitor)
    text = form.get("key", "")
    row = None if isinstance(text, UploadFile) else await known_key(visitor.state, text.strip())
    if row is None:
        _count_mistake(visitor)
        return sign_in(visitor, 401, wrong=visitor.t("enter.wrong"))
    request.state.key_id = row.id
    return _welcome(visitor, row.id)


@router.post("/leave")
async def leave(request: Request) -> Response:
    """Sign out."""
    visitor = await visit(request)
    await form_of(visitor)
    response = see(visitor, "/")
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=visitor.state.https)
    return response


def sign_in(visitor: Visit, status: int = 200, *, used: bool = False, wrong: str = "") -> Response:
    """The page with the ways in, and the command that prints an address for this very server."""
    words = ["zoomlink page"]
    if visitor.state.sandbox:
        words.append("--sandbox")
    host = visitor.request.headers.get("host", "")
    if host not in {"127.0.0.1:8000", "localhost:8000"} and re.fullmatch(r"[A-Za-z0-9.:\[\]-]{1,255}", host, re.ASCII):
        words.append(f"--url {'https' if visitor.state.https else 'http'}://{host}")
    return page(visitor, "enter.html", status, used=used, wrong=wrong, command=" ".join(words))


def _welcome(visitor: Visit, subject: str) -> Response:
    session = make_session(subject, visitor.state.secret("page"), time.time())
    response = see(visitor, "/")
    response.set_cookie(
        COOKIE, session.text, max_age=LIFE, httponly=True, samesite="strict", secure=visitor.state.https
    )
    return response


def _check_origin(visitor: Visit) -> None:
    """Nobody shall be signed in by another site, either. Raises ServiceError."""
    headers = visitor.request.headers
    site = headers.get("sec-fetch-site")
    if site is None:  # a program, or a browser of long ago, that names the origin at best
        origin = headers.get("origin")
        good = origin is None or urlsplit(origin).netloc == headers.get("host", "")
    else:
        good = site in {"same-origin", "none"}
    if not good:
        raise ServiceError(visitor.t("errors.form"), slug="forbidden")


def _count_mistake(visitor: Visit) -> None:
    """Have those wait who only guess. Raises ServiceError."""
    client = visitor.request.client
    wait = visitor.state.limits.mistake(client.host if client else "-", time.monotonic())
    if wait:
        raise ServiceError(visitor.t("errors.guesses"), slug="rate-limited", retry_after=wait)
