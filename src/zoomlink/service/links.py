"""The routes of links: create, read, list, change, cancel, calendar file, start URL."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import anyio
from fastapi import APIRouter, Header, Path, Query, Request, Response

from zoomlink.calendar import link_calendar
from zoomlink.errors import InvalidInputError, NotFoundError
from zoomlink.links import flows
from zoomlink.links.base import host_name, issued
from zoomlink.links.request import check_key
from zoomlink.links.rules import Call
from zoomlink.links.view import link_of
from zoomlink.model import Link, LinkState, link_id
from zoomlink.service.access import Caller, HostKeeper, Reader, Writer, state_of, take_uses
from zoomlink.service.callbacks import check_url
from zoomlink.service.models import HOST_FORM, KEY_FORM, LinkChange, LinkOut, LinkPageOut, LinkRequestBody, StartUrlOut
from zoomlink.service.problems import ServiceError
from zoomlink.service.reading import read_moment
from zoomlink.service.routes import RETRY, Moment, StrictRoute, problems
from zoomlink.service.state import State, now_ms
from zoomlink.store.keys import CallbackRow, DropCallback, FindCallback, GiveUse, KeepCallback
from zoomlink.store.ops import HostOf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zoomlink.store.rows import LinkRow

__all__ = ["create_link", "router", "shown"]

MAX_WAIT = 30
MAX_PAGE = 300
_LOOK = 0.2
_OVER = {LinkState.CANCELLED, LinkState.DELETED, LinkState.REFUSED}
_ON_ITS_WAY = {LinkState.PLANNED, LinkState.SENDING, LinkState.UNKNOWN, LinkState.PARKED}

router = APIRouter(prefix="/v1/links", tags=["links"], route_class=StrictRoute)

LinkId = Annotated[str, Path(pattern=r"^lnk_[0-9a-z]{26}$", description="The link's id.")]
IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=KEY_FORM,
        description="Your own name for the request, such as a booking number: visible ASCII. The same key and request "
        "give the same link for ever; with another request it is refused.",
        examples=["booking-4711"],
    ),
]
_ETAG = {"ETag": {"description": "Names this version of the link.", "schema": {"type": "string"}}}
_LOCATION = {"Location": {"description": "The link's address.", "schema": {"type": "string"}}}
_REPLAYED = {
    "Idempotent-Replayed": {"description": "`true`: the key had its link already.", "schema": {"type": "string"}}
}


@router.post(
    "",
    operation_id="createLink",
    status_code=201,
    summary="Create a link",
    response_model=None,
    responses={
        201: {
            "model": LinkOut,
            "description": "The link is ready; or, for a key whose link was cancelled, that link: `state` says it.",
            "headers": {**_LOCATION, **_ETAG, **_REPLAYED},
        },
        202: {
            "model": LinkOut,
            "description": "Recorded; its outcome is not known yet. Ask its address, with `?wait=10`.",
            "headers": {**_LOCATION, **_ETAG, **_REPLAYED, **RETRY},
        },
        **problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 502, 503),
    },
)
async def post_link(request: Request, body: LinkRequestBody, key: IdempotencyKey, caller: Writer) -> Response:
    """Create a meeting in Zoom and return its join link. The same key never makes two."""
    try:
        link, replayed = await create_link(state_of(request), caller, key, body.model_dump())
    except NotFoundError as error:  # of Zoom's: that the address exists, nobody doubts
        raise ServiceError(
            error.message,
            slug="refused",
            hint=error.hint,
            more={"field": "host", "zoom_code": error.code, "tracking_id": error.tracking_id},
        ) from None
    request.state.link_id = link.id
    headers = {"Location": f"/v1/links/{link.id}"}
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    if link.state in _ON_ITS_WAY:
        headers["Retry-After"] = str(_until(link))
        return shown(link, 202, headers)
    return shown(link, 201, headers)


async def create_link(state: State, caller: Caller, key: str, asked: Mapping[str, Any]) -> tuple[Link, bool]:
    """Create a link for a caller, within the limits of their key; also says whether the key had it already.

    `asked` are the arguments of ``LinkDesk.create``, and `callback`. Raises ZoomLinkError.
    """
    given = dict(asked)
    callback = given.pop("callback", None)
    if callback is not None:
        check_url(callback)
    cap = caller.key.per_day if caller.key is not None else 0
    draw, day = int.from_bytes(os.urandom(10)), 0
    async with AsyncExitStack() as turn:
        if cap or callback is not None:  # so that copies of one request, come at once, count once
            await turn.enter_async_context(state.turn(caller.account, caller.owner, check_key(key)))
        old = await caller.desk.find(check_key(key))
        known = old is not None and old.state is not LinkState.REFUSED
        if known:
            await turn.aclose()
            await _same_callback(caller, key, callback)
        counted = cap > 0 and not known
        if counted:
            day = await take_uses(caller)
        if callback is not None and not known:
            # Before the link: whatever happens then, whoever asked for it is told.
            now = now_ms()
            row = CallbackRow(caller.account, caller.owner, key, callback, now, 0, now)
            await caller.desk.do(KeepCallback(row, again=old is not None))
        made = False
        try:
            flow = flows.create(caller.desk.rules, _call(), key=key, randomness=draw, wait=state.wait, **given)
            link = issued(await caller.desk.run(flow))
            made = not known and (old is not None or _is_of(link, draw))
        except BaseException as error:
            with anyio.CancelScope(shield=True):
                left = await caller.desk.find(key)
                if left is None and callback is not None:
                    await caller.desk.do(DropCallback(caller.account, caller.owner, key))
                made = (
                    left is not None and left.state is not LinkState.REFUSED and (old is not None or _is_of(left, draw))
                )
                if counted and not made:
                    await caller.desk.do(GiveUse(caller.account, caller.owner, day))
            state.metrics.outcomes.labels(getattr(error, "slug", "interrupted")).inc()
            raise
        if counted and not made:
            await caller.desk.do(GiveUse(caller.account, caller.owner, day))
    state.metrics.outcomes.labels(str(link.state) if made else "replayed").inc()
    if callback is not None or link.state in _ON_ITS_WAY:
        state.wake()
    return link, not made


def _is_of(link: Link, draw: int) -> bool:
    """True for a link that was recorded with these random bits: by nobody else."""
    return link.id[-16:] == link_id(0, draw)[-16:]


async def _same_callback(caller: Caller, key: str, callback: str | None) -> None:
    """Raise InvalidInputError when the link that a key has was to be told somewhere else."""
    row = await caller.desk.do(FindCallback(caller.account, caller.owner, key))
    if callback != (None if row is None else row.url):
        raise InvalidInputError(
            f"The key {key} belongs to another request, which has another callback.",
            field="callback",
            slug="key-reused",
        )


@router.get(
    "",
    operation_id="listLinks",
    summary="List links",
    response_model=None,
    responses={200: {"model": LinkPageOut}, **problems(401, 403, 422, 429, 503)},
)
async def get_links(
    caller: Reader,
    state: Annotated[list[LinkState], Query(description="Only links in one of these states.", max_length=8)] = [],  # noqa: B006 - only read
    host: Annotated[str | None, Query(pattern=HOST_FORM, description="Only this host's.")] = None,
    key: Annotated[str | None, Query(pattern=KEY_FORM, description="Only the link of this key.")] = None,
    start_from: Annotated[str | None, Moment("Starting at this time or later, with offset.")] = None,
    start_to: Annotated[str | None, Moment("Starting before this time, with offset.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    cursor: Annotated[
        str | None,
        Query(pattern=r"^-?[0-9]{1,15}\.lnk_[0-9a-z]{1,60}$", description="`next_cursor` of the page before."),
    ] = None,
) -> Response:
    """Links in the order of their start, a page at a time."""
    begin, end = read_moment("start_from", start_from), read_moment("start_to", start_to)
    if key is not None:
        found = await caller.desk.find(check_key(key))
        if host is not None:
            host = await caller.desk.do(HostOf(caller.account, host_name(host)))
        items = [found] if found is not None and _fits(found, state, host, begin, end) else []
        return _json({"items": [link.to_dict() for link in items], "next_cursor": None})
    page = await caller.desk.list(
        state=state or None, host=host, start_from=begin, start_to=end, limit=limit, cursor=cursor
    )
    return _json({"items": [link.to_dict() for link in page.items], "next_cursor": page.next_cursor})


@router.get(
    "/{id:id}.ics",
    operation_id="getLinkCalendar",
    summary="Get a link's calendar file",
    response_model=None,
    responses={
        200: {"content": {"text/calendar": {"schema": {"type": "string"}}}, "description": "An iCalendar file."},
        **problems(401, 403, 404, 409, 422, 429, 503),
    },
)
async def get_calendar(request: Request, id: LinkId, caller: Reader) -> Response:
    """The meeting as a calendar file; of a link that was cancelled, its cancellation."""
    link = await _link(request, caller, id)
    if link.join_url is None and link.state not in {LinkState.CANCELLED, LinkState.DELETED}:
        raise ServiceError("The link is not ready, so there is nothing to put into a calendar.", slug="conflict")
    body = link_calendar(link)
    return Response(
        body,
        media_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{link.id}.ics"'},
    )


@router.get(
    "/{id:id}/start-url",
    operation_id="getStartUrl",
    summary="Get the host's private entrance",
    response_model=None,
    responses={200: {"model": StartUrlOut}, **problems(401, 403, 404, 409, 422, 429, 502, 503)},
)
async def get_start_url(request: Request, id: LinkId, caller: HostKeeper) -> Response:
    """A fresh start URL, good for two hours. It opens the meeting as its host: hand it to nobody else."""
    link = await _link(request, caller, id)
    if link.meeting_id is None or link.state is not LinkState.READY:
        raise ServiceError("The link has no meeting to start.", slug="conflict")
    url = await caller.desk.zoom.meetings.start_url(link.meeting_id)
    return _json({"start_url": url.reveal()})


@router.get(
    "/{id:id}",
    operation_id="getLink",
    summary="Get a link",
    response_model=None,
    responses={
        200: {"model": LinkOut, "headers": _ETAG},
        304: {"description": "It is as you know it."},
        **problems(401, 403, 404, 422, 429, 503),
    },
)
async def get_link(
    request: Request,
    caller: Reader,
    id: LinkId,
    wait: Annotated[int, Query(ge=0, le=MAX_WAIT, description="Seconds to wait for its outcome.")] = 0,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """A link as it is now; with `wait`, as it is when its outcome is known."""
    link = await _link(request, caller, id)
    state, now = state_of(request), asyncio.get_running_loop().time
    end = now() + wait
    while link.state in _ON_ITS_WAY and now() < end and not state.stopping:
        await asyncio.sleep(_LOOK)
        link = await _link(request, caller, id)
    tag = _tag(link)
    if if_none_match is not None and _names(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    headers = {"Retry-After": str(_until(link))} if link.state in _ON_ITS_WAY else {}
    return shown(link, 200, headers)


@router.patch(
    "/{id:id}",
    operation_id="changeLink",
    summary="Change a link",
    response_model=None,
    responses={
        200: {"model": LinkOut, "headers": _ETAG},
        **problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 502, 503),
    },
)
async def patch_link(
    request: Request,
    caller: Writer,
    id: LinkId,
    body: LinkChange,
    if_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Change what is named, in Zoom too. The join URL stays the same."""
    changes = body.model_dump(exclude_none=True)
    if not set(changes) - {"allow_overlap", "timezone"}:
        raise ServiceError("Nothing is to be changed.", slug="invalid-input", hint="Name a field, such as start.")
    await _link(request, caller, id)
    flow = flows.update(
        caller.desk.rules, _call(), id, wait=state_of(request).wait, only_if=_unchanged(if_match), **changes
    )
    return shown(link_of(await caller.desk.run(flow)))


@router.delete(
    "/{id:id}",
    operation_id="cancelLink",
    summary="Cancel a link",
    response_model=None,
    responses={
        200: {"model": LinkOut, "description": "As it is then: `cancelled`.", "headers": _ETAG},
        202: {
            "model": LinkOut,
            "description": "Its meeting is being made at this moment: it is taken back as soon as that is known.",
            "headers": {**_LOCATION, **_ETAG, **RETRY},
        },
        **problems(401, 403, 404, 409, 412, 422, 429, 502, 503),
    },
)
async def delete_link(
    request: Request,
    caller: Writer,
    id: LinkId,
    if_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Take a link back: its meeting is deleted in Zoom. To repeat it does no harm."""
    await _link(request, caller, id)
    flow = flows.cancel(
        caller.desk.rules, _call(), id, wait=state_of(request).wait, notify=False, only_if=_unchanged(if_match)
    )
    link = link_of(await caller.desk.run(flow))
    if link.state in _OVER:
        return shown(link)
    return shown(link, 202, {"Location": f"/v1/links/{id}", "Retry-After": str(_until(link))})


# ----------------------------------------------------------------------------------------------------------------------


def shown(link: Link, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A link as an answer."""
    body = _body(link)
    return Response(body, status, headers={"ETag": _tag(link, body), **(headers or {})}, media_type="application/json")


def _body(link: Link) -> bytes:
    return json.dumps(link.to_dict(), ensure_ascii=False).encode()


def _json(found: Mapping[str, Any]) -> Response:
    return Response(json.dumps(found, ensure_ascii=False), media_type="application/json")


def _tag(link: Link, body: bytes | None = None) -> str:
    told = b"%d %s" % (link.sequence, _body(link) if body is None else body)
    return f'"{hashlib.sha256(told).hexdigest()[:24]}"'


def _names(header: str, tag: str) -> bool:
    return header.strip() == "*" or tag in re.findall(r'"[^"]*"', header)


def _until(link: Link) -> int:
    if link.next_try_at is None:
        return 1
    return max(int((link.next_try_at - datetime.now(UTC)).total_seconds()) + 1, 1)


async def _link(request: Request, caller: Caller, id: str) -> Link:
    request.state.link_id = id
    return await caller.desk.get(id)


def _unchanged(if_match: str | None) -> Callable[[LinkRow], None]:
    """What raises for a link that is not as the caller knew it, at the moment at which it is to be written."""

    def check(row: LinkRow) -> None:
        if if_match is not None and not _names(if_match, _tag(link_of(row))):
            raise ServiceError("The link is not as you knew it.", slug="changed-meanwhile", hint="Get it anew.")

    return check


def _call() -> Call:
    return Call(os.urandom(8).hex())


def _fits(
    link: Link, states: list[LinkState], host: str | None, start_from: datetime | None, start_to: datetime | None
) -> bool:
    return (
        (not states or link.state in states)
        and (host is None or link.host == host)
        and (start_from is None or link.start_time >= start_from)
        and (start_to is None or link.start_time < start_to)
    )
