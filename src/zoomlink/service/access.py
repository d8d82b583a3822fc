"""Who is asking, and whether they may: an API key in the header, or a session of the page."""

from __future__ import annotations

import hmac
import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request

from zoomlink.service.apikeys import SCOPES, matches, read_key
from zoomlink.service.problems import ServiceError
from zoomlink.service.sessions import COOKIE, OPERATOR, form_token, read_session
from zoomlink.service.state import State, now_ms
from zoomlink.store.carrying import day_of
from zoomlink.store.keys import FindKey, SeenKey, TakeUse

if TYPE_CHECKING:
    from zoomlink import AsyncLinkDesk
    from zoomlink.service.sessions import Session
    from zoomlink.store.keys import ApiKeyRow

__all__ = [
    "PAGE_HEADER",
    "SECURITY",
    "BatchKeeper",
    "Caller",
    "HostKeeper",
    "Needs",
    "Reader",
    "Writer",
    "check_form",
    "count_call",
    "day_is_full",
    "known_key",
    "page_session",
    "state_of",
    "take_uses",
]

PAGE_HEADER = "x-zoomlink-page"
"""What the page's scripts send with every change. Another site's cannot, without asking first."""
_SEEN_EVERY = 60_000
SECURITY: dict[str, Any] = {
    "API key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "zlk_…",
        "description": "Made by `zoomlink keys create NAME --scopes links:read,links:write`.",
    }
}
"""How the description of the API says it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may ask something."""

    desk: AsyncLinkDesk
    """The account's desk, for this caller's links."""
    scopes: frozenset[str]
    key: ApiKeyRow | None = None
    """None: whoever runs the server, at the page."""

    @property
    def account(self) -> str:
        """Zoom's account id."""
        return self.desk.rules.account

    @property
    def owner(self) -> str:
        """Whose links; empty for all."""
        return self.desk.rules.owner


def state_of(request: Request) -> State:
    """What the routes share."""
    found: State = request.app.state.zoomlink
    return found


class Needs:
    """A dependency: the caller, who must have `scope`."""

    def __init__(self, scope: str) -> None:
        assert scope in SCOPES  # noqa: S101 - a mistake in a route
        self.scope = scope

    async def __call__(self, request: Request) -> Caller:
        """Find out who is asking. Raises ServiceError: 401, 403 or 429."""
        caller: Caller | None = getattr(request.state, "caller", None)
        if caller is None:
            state = state_of(request)
            header = request.headers.get("authorization")
            if header is None and COOKIE in request.cookies:
                caller = await _at_the_page(request, state)
            else:
                caller = await _with_a_key(request, state, header)
            request.state.caller = caller
        if self.scope not in caller.scopes:
            raise ServiceError(
                f"The key has not the scope {self.scope}.",
                slug="forbidden",
                hint=_other_key(caller, self.scope),
            )
        return caller


def _other_key(caller: Caller, scope: str) -> str:
    """How to make a key that sees the same links and may do this too."""
    scopes = ",".join(one for one in SCOPES if one in caller.scopes or one == scope)
    owner = f" --owner {shlex.quote(caller.owner)}" if caller.owner else ""
    return f"Make another one: zoomlink keys create NAME --scopes {scopes}{owner}"


Reader = Annotated[Caller, Depends(Needs("links:read"))]
Writer = Annotated[Caller, Depends(Needs("links:write"))]
BatchKeeper = Annotated[Caller, Depends(Needs("batches"))]
HostKeeper = Annotated[Caller, Depends(Needs("host"))]
"""Callers as parameters of routes, with the scope they must have."""


async def known_key(state: State, text: str) -> ApiKeyRow | None:
    """The row of a key that is good now; None for any other."""
    key = read_key(text)
    if key is None:
        return None
    row = await _key_row(state, key.id)
    same = matches(key, None if row is None else row.hash)
    return row if same and row is not None and _is_good(state, row) else None


async def _key_row(state: State, id: str) -> ApiKeyRow | None:
    for desk in state.desks.values():
        row: ApiKeyRow | None = await desk.do(FindKey(id))
        if row is not None:
            return row
    return None


def _is_good(state: State, row: ApiKeyRow) -> bool:
    now = now_ms()
    ends = (row.revoked_at, row.expires_at)
    return row.account in state.desks and all(end is None or now < end for end in ends)


async def _with_a_key(request: Request, state: State, header: str | None) -> Caller:
    given = request.headers.getlist("authorization")
    scheme, _, text = (header or "").partition(" ")
    row = await known_key(state, text.strip()) if scheme.lower() == "bearer" and len(given) == 1 else None
    if row is None:
        address = request.client.host if request.client else "-"
        wait = state.limits.mistake(address, time.monotonic())
        if wait:
            raise ServiceError("Too many requests without a good key.", slug="rate-limited", retry_after=wait)
        raise _unknown(missing=header is None)
    request.state.key_id = row.id
    count_call(state, row)
    if row.used_at is None or now_ms() - row.used_at >= _SEEN_EVERY:
        await state.desks[row.account].do(SeenKey(row.id, now_ms()))
    return _caller(state, row)


def count_call(state: State, row: ApiKeyRow) -> None:
    """Count a call of a key, with the key itself or from a session that it opened. Raises ServiceError."""
    wait = state.limits.call(row.id, row.per_minute, time.monotonic())
    if wait:
        raise ServiceError(
            f"The key's limit of {row.per_minute} calls a minute is reached.", slug="key-limit", retry_after=wait
        )


def _caller(state: State, row: ApiKeyRow) -> Caller:
    return Caller(state.desk_of(row.account, row.owner), frozenset(row.scopes.split()), row)


async def take_uses(caller: Caller, many: int = 1) -> int:
    """Count links for the day of a caller's key, and return that day. Raises ServiceError when they are too many."""
    day = day_of(now_ms())
    cap = caller.key.per_day if caller.key is not None else 0
    if cap and not await caller.desk.do(TakeUse(caller.account, caller.owner, day, cap, many)):
        raise day_is_full(cap)
    return day


def day_is_full(cap: int) -> ServiceError:
    """The refusal of more links than a key may make in a day."""
    left = 86_400 - int(time.time()) % 86_400
    return ServiceError(f"The key's limit of {cap} links a day is reached.", slug="key-limit", retry_after=left)


def _unknown(*, missing: bool) -> ServiceError:
    words = "No API key was sent." if missing else "The API key is not known, or no longer good."
    return ServiceError(
        words,
        slug="unauthenticated",
        hint="Send Authorization: Bearer zlk_…; zoomlink keys create makes one.",
        headers={"WWW-Authenticate": "Bearer"},
    )


async def page_session(request: Request, state: State) -> tuple[Session, Caller] | None:
    """Who is at the page; None when nobody is signed in."""
    text = request.cookies.get(COOKIE, "")
    session = read_session(text, state.secret("page"), time.time())
    if session is None:
        return None
    if session.subject == OPERATOR:
        return session, Caller(state.desk, frozenset(SCOPES))
    row = await _key_row(state, session.subject)
    return None if row is None or not _is_good(state, row) else (session, _caller(state, row))


async def _at_the_page(request: Request, state: State) -> Caller:
    found = await page_session(request, state)
    if found is None:
        raise _unknown(missing=True)
    if request.method not in {"GET", "HEAD"} and request.headers.get(PAGE_HEADER) != "1":
        raise ServiceError("That did not come from the page.", slug="forbidden", hint="Send an API key instead.")
    if found[1].key is not None:
        count_call(state, found[1].key)
    return found[1]


def check_form(request: Request, session: Session, state: State, token: str) -> None:
    """Raise ServiceError unless a form was made by the page for this session."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in {"same-origin", "none"} or not hmac.compare_digest(
        token.encode(), form_token(session, state.secret("page")).encode()
    ):
        raise ServiceError("That form did not come from this page.", slug="forbidden", hint="Open the page anew.")
