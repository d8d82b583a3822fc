"""The list of links: by day, from today on or those of before, searched and filtered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from zoomlink.errors import ZoomLinkError
from zoomlink.links.request import check_key
from zoomlink.model import Link, LinkState
from zoomlink.service.page.links import LINK_ID
from zoomlink.service.page.render import PageRoute, page, signed_in
from zoomlink.service.page.view import by_day

if TYPE_CHECKING:
    from zoomlink.service.access import Caller
    from zoomlink.service.page.render import Visit

__all__ = ["router"]

SHOWN = 50
"""Links on a page of the list."""
SEARCHED = 5000
"""Links among which a search looks."""
PAST_DAYS = 92
"""Days before today that the list of past links shows."""
_STATES = {
    "all": None,
    "ready": (LinkState.READY,),
    "moving": (LinkState.PLANNED, LinkState.SENDING, LinkState.UNKNOWN, LinkState.PARKED),
    "ended": (LinkState.CANCELLED, LinkState.DELETED, LinkState.REFUSED),
}

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Found:
    """Links that fit, and how to go on."""

    links: tuple[Link, ...]
    cursor: str | None
    cut: bool = False
    """True where a search ended before the ledger did."""


@router.get("/links")
async def all_links(request: Request) -> Response:
    """Links by day, from today on or those of before, searched and filtered."""
    visitor = await signed_in(request)
    caller = visitor.need("links:read")
    asked = request.query_params
    query = asked.get("q", "").strip()[:200]
    state = asked.get("state", "all") if asked.get("state") in _STATES else "all"
    past = asked.get("when") == "past"
    found = await _find(caller, visitor, query, state, asked.get("after") or None, past=past)
    return page(
        visitor,
        "links.html",
        days=by_day(found.links, visitor.zone, visitor.now(), visitor.t),
        count=len(found.links),
        cursor=found.cursor,
        cut=found.cut,
        query=query,
        state=state,
        states=list(_STATES),
        past=past,
    )


async def _find(caller: Caller, visitor: Visit, query: str, state: str, cursor: str | None, *, past: bool) -> Found:
    midnight = visitor.now().astimezone(visitor.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    today = midnight.astimezone(UTC)
    if past:
        return await _before(caller, today, query, state)
    step = SHOWN if not query else 500
    exact = await _exactly(caller, query) if query and cursor is None else None
    links: list[Link] = [exact] if exact is not None else []
    seen = 0
    while True:
        found = await caller.desk.list(state=_STATES[state], limit=step, cursor=cursor, start_from=today)
        seen += len(found.items)
        links += [one for one in found.items if _says(one, query) and (exact is None or one.id != exact.id)]
        cursor = found.next_cursor
        if cursor is None or not query or len(links) >= SHOWN or seen >= SEARCHED:
            return Found(tuple(links), cursor, cut=bool(query) and cursor is not None)


async def _before(caller: Caller, today: datetime, query: str, state: str) -> Found:
    """The links of the last days, the latest first."""
    links: list[Link] = []
    cursor = None
    begin = today - timedelta(days=PAST_DAYS)
    for _ in range(SEARCHED // 1000):
        found = await caller.desk.list(
            state=_STATES[state], limit=1000, cursor=cursor, start_from=begin, start_to=today
        )
        links += [one for one in found.items if _says(one, query)]
        cursor = found.next_cursor
        if cursor is None:
            break
    return Found(tuple(reversed(links))[: 4 * SHOWN], None, cut=cursor is not None or len(links) > 4 * SHOWN)


async def _exactly(caller: Caller, query: str) -> Link | None:
    """The link whose key, id or meeting number this is, whenever it is."""
    try:
        found = await caller.desk.find(check_key(query))
        if found is not None:
            return found
        number = query.replace(" ", "")
        if LINK_ID.fullmatch(query) or re.fullmatch(r"[0-9]{9,12}", number, re.ASCII):
            return await caller.desk.get(query if LINK_ID.fullmatch(query) else int(number))
    except ZoomLinkError:
        return None
    return None


def _says(link: Link, query: str) -> bool:
    words = query.casefold().split()
    said = f"{link.topic}\n{link.host}\n{link.key}".casefold()
    return all(word in said for word in words)
