"""How pages are made: who looks, in which language and zone, templates, static files, errors as pages. No routes."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.routing import APIRoute
from jinja2 import DictLoader, Environment, StrictUndefined
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse

from zoomlink import __version__
from zoomlink.errors import ZoomLinkError
from zoomlink.http_problems import problem_document
from zoomlink.service.access import Caller, check_form, count_call, page_session, state_of
from zoomlink.service.page.texts import LANGUAGES, Texts, choose_language, texts
from zoomlink.service.page.words import find_zone
from zoomlink.service.problems import ServiceError
from zoomlink.service.sessions import form_token

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.datastructures import FormData

    from zoomlink.service.sessions import Session
    from zoomlink.service.state import State

__all__ = [
    "PageRoute",
    "SignInError",
    "Visit",
    "error_page",
    "form_and_file",
    "form_of",
    "page",
    "prepare",
    "read_form",
    "see",
    "signed_in",
    "static_file",
    "stranger",
    "visit",
]

LANGUAGE_COOKIE = "zoomlink_language"
ZONE_COOKIE = "zoomlink_zone"
_YEAR = 365 * 86_400
_FILES = resources.files(__package__)
_MAX_FIELDS = 40


class SignInError(Exception):
    """Raised where somebody has to sign in first."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody looking at the page."""

    request: Request
    state: State
    t: Texts
    zone: ZoneInfo
    zone_known: bool
    """False until the browser has told its zone."""
    session: Session | None
    caller: Caller | None

    @property
    def token(self) -> str:
        """What the page's forms carry."""
        return form_token(self.session, self.state.secret("page")) if self.session else ""

    def may(self, scope: str) -> bool:
        """True where the visitor has a scope."""
        return self.caller is not None and scope in self.caller.scopes

    def need(self, scope: str) -> Caller:
        """The visitor as a caller. Raises SignInError, ServiceError for one without the scope."""
        if self.caller is None:
            raise SignInError
        if scope not in self.caller.scopes:
            raise ServiceError(self.t("errors.scope", scope=scope), slug="forbidden")
        return self.caller

    def now(self) -> datetime:
        """The present."""
        return datetime.now(UTC)


async def visit(request: Request) -> Visit:
    """Find out who is looking, and how they read."""
    state = state_of(request)
    found = await page_session(request, state)
    session, caller = found or (None, None)
    wanted = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    language = choose_language(wanted, request.headers.get("accept-language", ""))
    said = request.query_params.get("zone") or request.cookies.get(ZONE_COOKIE, "")
    zone = find_zone(said[:64]) if said else None
    usual = state.desk.rules.timezone or "UTC"
    if caller is not None and caller.key is not None:
        request.state.key_id = caller.key.id
    return Visit(request, state, texts(language), zone or ZoneInfo(usual), zone is not None, session, caller)


def stranger(request: Request) -> Visit:
    """The same without asking the store: for when nothing can be relied on."""
    state = state_of(request)
    language = choose_language(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", ""))
    return Visit(request, state, texts(language), ZoneInfo("UTC"), False, None, None)


async def signed_in(request: Request) -> Visit:
    """The same for pages that are nobody else's business. Raises SignInError."""
    found = await visit(request)
    if found.session is None:
        raise SignInError
    if found.caller is not None and found.caller.key is not None:
        count_call(found.state, found.caller.key)
    return found


async def form_of(visitor: Visit) -> dict[str, str]:
    """The form that was sent, if it is the page's own. Raises ServiceError, SignInError."""
    return (await form_and_file(visitor))[0]


async def form_and_file(visitor: Visit) -> tuple[dict[str, str], UploadFile | None]:
    """The same, with the file that came with it. Raises ServiceError, SignInError."""
    if visitor.session is None:
        raise SignInError
    form = await read_form(visitor)
    values = {name: value for name, value in form.items() if not isinstance(value, UploadFile)}
    check_form(visitor.request, visitor.session, visitor.state, values.pop("token", ""))
    file = form.get("file")
    return values, file if isinstance(file, UploadFile) else None


async def read_form(visitor: Visit) -> FormData:
    """A form, whoever made it. Raises ServiceError."""
    try:
        return await visitor.request.form(max_files=1, max_fields=_MAX_FIELDS)
    except HTTPException:
        raise ServiceError(visitor.t("errors.unreadable"), slug="malformed") from None


def page(visitor: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """Render a page."""
    html = _environment().get_template(template).render(_shared(visitor), **values)
    response = HTMLResponse(html, status, headers={"Content-Language": visitor.t.language, "Vary": "Cookie"})
    _remember(visitor, response)
    return response


def see(visitor: Visit, address: str) -> Response:
    """Send the browser to another page, after a form."""
    response = RedirectResponse(address, 303)
    _remember(visitor, response)
    return response


class PageRoute(APIRoute):
    """A route whose errors are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its errors turned into pages."""
        handler = super().get_route_handler()

        async def paged(request: Request) -> Response:
            try:
                return await handler(request)
            except SignInError:
                return RedirectResponse("/", 303)
            except ZoomLinkError as error:
                return error_page(await visit(request), error)
            finally:
                await request.close()  # with the file that came with a form

        return paged


def error_page(visitor: Visit, error: ZoomLinkError) -> Response:
    """Tell of an error that belongs to no field of a form."""
    document = problem_document(error)
    slug = document.body["type"].rpartition("/")[2]
    tracking = document.body.get("tracking_id")
    if tracking:
        visitor.request.state.tracking_id = tracking
    response = page(visitor, "error.html", document.status, error=error, slug=slug, tracking=tracking)
    response.headers.update({**document.headers, **getattr(error, "headers", {})})
    return response


# -- templates and files -----------------------------------------------------------------------------------------------


def prepare() -> None:
    """Read all that pages are made of, once: a release that is put in the place of this one changes no running page."""
    for language in LANGUAGES:
        texts(language)
    _static_address("page.css")
    _environment().get_template("error.html")


@cache
def _environment() -> Environment:
    files = (_FILES / "templates").iterdir()
    made = Environment(
        loader=DictLoader({file.name: file.read_text(encoding="utf-8") for file in files if file.is_file()}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.globals.update(static=_static_address, languages=LANGUAGES, version=__version__)
    return made


def _shared(visitor: Visit) -> dict[str, Any]:
    path = visitor.request.url.path
    return {
        "visit": visitor,
        "t": visitor.t,
        "path": path,
        "place": "/" if visitor.request.method == "POST" and path == "/links" else path,
        "sandbox": visitor.state.sandbox,
        "language_address": lambda language: _other(visitor.request, lang=language),
    }


def _other(request: Request, **changes: str) -> str:
    """The address of this page with other query parameters; of a page that answers a form, the start page's."""
    if request.method != "GET":
        return f"/?{urlencode(changes)}"
    found = {name: value for name, value in request.query_params.items() if name not in {"code", *changes}}
    path = quote("/" + request.url.path.lstrip("/"))  # two slashes would lead to another site
    return f"{path}?{urlencode({**found, **changes})}"


def _remember(visitor: Visit, response: Response) -> None:
    asked = visitor.request.query_params
    secure = visitor.state.https
    if asked.get("lang") in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, asked["lang"], max_age=_YEAR, samesite="strict", secure=secure)
    if "zone" in asked and visitor.zone_known:
        response.set_cookie(ZONE_COOKIE, visitor.zone.key, max_age=_YEAR, samesite="strict", secure=secure)


@cache
def _static_files() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (_FILES / "static").iterdir() if file.is_file()}


@cache
def _version_of_files() -> str:
    whole = hashlib.sha256()
    for name, content in sorted(_static_files().items()):
        whole.update(name.encode() + b"\0" + content + b"\0")
    return whole.hexdigest()[:16]


def _static_address(name: str) -> str:
    """The address of a static file; it changes when any of them does, so that modules find each other's right one."""
    if name not in _static_files():
        raise KeyError(name)
    return f"/static/{_version_of_files()}/{name}"


def static_file(version: str, name: str) -> Response:
    """A static file, kept by browsers for a year. Raises ServiceError."""
    content = _static_files().get(name)
    if content is None:
        raise ServiceError("There is nothing at this address.", slug="not-found")
    kind = {"js": "text/javascript", "svg": "image/svg+xml", "css": "text/css"}.get(name.rpartition(".")[2])
    kept = "public, max-age=31536000, immutable" if version == _version_of_files() else "no-cache"
    media = kind or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(content, media_type=f"{media}; charset=utf-8", headers={"Cache-Control": kept})
