"""The start page: a form that makes a link, and what comes next."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from zoomlink.errors import InvalidInputError, NoHostError, ZoomLinkError
from zoomlink.model import LinkState
from zoomlink.service.links import create_link
from zoomlink.service.page.entering import sign_in
from zoomlink.service.page.forms import DURATIONS, MAX_TIMES, SWITCHES, Filled, Wrong, read_link_form, wrong_of
from zoomlink.service.page.links import ON_FORM, details, host_choices
from zoomlink.service.page.render import PageRoute, error_page, form_of, page, see, signed_in, visit
from zoomlink.service.page.view import busy_view, by_day
from zoomlink.service.page.words import city_of, clock, day_name, day_words, zone_names, zone_words

if TYPE_CHECKING:
    from datetime import datetime

    from zoomlink.service.access import Caller
    from zoomlink.service.page.render import Visit
    from zoomlink.service.page.view import Day

__all__ = ["router"]

NEXT = 6
"""Links that the start page shows."""
COMING = (LinkState.READY, LinkState.PLANNED, LinkState.SENDING, LinkState.UNKNOWN, LinkState.PARKED)

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/")
async def start_page(request: Request) -> Response:
    """The form and the next links; who is not signed in, signs in."""
    visitor = await visit(request)
    if visitor.session is None:
        return sign_in(visitor)
    filled = Filled(_empty(visitor))
    return page(visitor, "home.html", **await _surroundings(visitor), filled=filled, clash=None, problem=None)


@router.post("/links")
async def make_link(request: Request) -> Response:
    """Make a link from the form, and show it. The form sent twice makes one."""
    visitor = await signed_in(request)
    form = await form_of(visitor)
    caller = visitor.need("links:write")
    filled = read_link_form(form, visitor.now(), visitor.t)
    if filled.wrong:
        return await _again(visitor, filled, 422)
    try:
        link, known = await create_link(visitor.state, caller, filled.key, filled.asked)
    except NoHostError as error:
        return await _again(visitor, filled, 409, clash=_clash(error, visitor, filled))
    except InvalidInputError as error:
        if error.slug == "key-reused":
            return await _reused(visitor, caller, filled)
        place, wrong = wrong_of(error)
        filled.wrong[place] = wrong
        return await _again(visitor, filled, 422)
    except ZoomLinkError as error:
        if error.slug in ON_FORM:
            return await _again(visitor, filled, 422, problem=error)
        return error_page(visitor, error)
    request.state.link_id = link.id
    if not visitor.may("links:read"):  # it is shown this once
        return await details(visitor, link, status=201)
    return see(visitor, f"/links/{link.id}?{'known' if known else 'new'}=1")


async def _again(
    visitor: Visit,
    filled: Filled,
    status: int,
    *,
    clash: dict[str, Any] | None = None,
    problem: ZoomLinkError | None = None,
) -> Response:
    around = await _surroundings(visitor)
    return page(visitor, "home.html", status, **around, filled=filled, clash=clash, problem=problem)


async def _reused(visitor: Visit, caller: Caller, filled: Filled) -> Response:
    """The form was sent before, with other values: that link stays, and the next press makes another one."""
    old = await caller.desk.find(filled.key)
    own = bool(filled.values.get("key", "").strip())
    place = "key" if own else ""
    address = f"/links/{old.id}" if old is not None else "/links"
    filled.wrong[place] = Wrong(visitor.t("wrong.reused_key" if own else "wrong.reused"), address)
    filled.values["form_key"] = _new_key()
    return await _again(visitor, filled, 422)


def _empty(visitor: Visit) -> dict[str, str]:
    """A form as it is offered: the next full hour, in the reader's zone."""
    soon = visitor.now().astimezone(visitor.zone) + timedelta(minutes=65)
    return {
        "topic": "",
        "date": f"{soon:%Y-%m-%d}",
        "time": f"{soon:%H}:00",
        "timezone": visitor.zone.key,
        "duration": "60",
        "times": "10",
        "form_key": _new_key(),
    }


def _new_key() -> str:
    return f"page-{secrets.token_hex(12)}"


async def _surroundings(visitor: Visit) -> dict[str, Any]:
    """What stands around the form."""
    now = visitor.now()
    days: list[Day] = []
    more = False
    if visitor.may("links:read") and visitor.caller is not None:
        begin = now - timedelta(hours=1)
        found = await visitor.caller.desk.list(state=COMING, start_from=begin, limit=NEXT)
        days, more = by_day(found.items, visitor.zone, now, visitor.t), found.next_cursor is not None
    return {
        "days": days,
        "more": more,
        "durations": DURATIONS,
        "switches": SWITCHES,
        "most_times": MAX_TIMES,
        "hosts": await host_choices(visitor),
        "zones": zone_names(),
        "city_of": city_of,
        "now_words": clock(now.astimezone(visitor.zone)),
    }


def _clash(error: NoHostError, visitor: Visit, filled: Filled) -> dict[str, Any]:
    """Who is busy, and when somebody is free."""
    zone = visitor.zone
    asked = filled.asked.get("timezone")
    if isinstance(asked, str):
        zone = ZoneInfo(asked)
    free = error.next_free
    return {
        "busy": [busy_view(one, zone) for one in error.busy[:8]],
        "more": max(len(error.busy) - 8, 0),
        "free": _free_words(free.astimezone(zone), filled, visitor) if free is not None else "",
        "free_value": f"{free:%Y-%m-%dT%H:%M:%SZ}" if free is not None else "",
        "zone": zone_words((free or visitor.now()).astimezone(zone)),
    }


def _free_words(free: datetime, filled: Filled, visitor: Visit) -> str:
    if f"{free:%Y-%m-%d}" == filled.values.get("date"):
        return clock(free)
    today = visitor.now().astimezone(free.tzinfo).date()
    name = day_name(free.date(), today, visitor.t)
    return visitor.t("dates.at", day=name or day_words(free.date(), visitor.t), time=clock(free))
